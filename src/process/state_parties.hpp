#pragma once

#include <string_view>
#include <vector>

#include "process/state_element.hpp"

namespace wayleave::process {

/// How a newer word meets an older one. A late word only adds what was not known.
enum class Word : std::uint8_t { latest, late };

/// Whether two Party elements surely mean the same party, whatever their roles. In doubt: no, so that nobody inherits
/// another's identifiers, by which it would be seen as concerned.
bool same_party(const Element& a, const Element& b);
/// Both parties as one: `newer`'s values win, what it does not say stays.
Element join_parties(const Element& older, const Element& newer);
/// Joins it to the party of its role: the only one of roles that occur once, else the one that is the same.
void put_party(std::vector<Element>& parties, Element party, Word word);

const Element* party_of(const std::vector<Element>& parties, std::string_view role);
void remove_party(std::vector<Element>& parties, std::string_view role);
/// The same party in another role.
Element in_role(Element party, std::string_view role);

/// Joins by kind and value; kinds that occur once by kind.
void put_reference(std::vector<Element>& references, Element reference, Word word);

}  // namespace wayleave::process
