#include "process/state_parties.hpp"

#include <algorithm>
#include <array>

namespace wayleave::process {
namespace {

// The variants with max="1" in shipment-status-1.xsd and common-1.xsd.
constexpr std::array single_roles{
  "shipper", "consignee", "bill-to", "ship-from", "ship-to", "carrier", "freight-payer", "previous-consignee", "broker",
  "freight-forwarder", "return-to"};
constexpr std::array single_references{
  "pro-number", "master-bill", "booking", "load", "trip", "pickup", "pickup-confirmation", "customs-entry", "gsin", "ginc",
  "customer-reference"};
constexpr std::array single_schemes{"gln", "duns", "scac", "account", "buyer-assigned", "seller-assigned"};

template <std::size_t n>
bool among(const std::array<const char*, n>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [&](const char* item) { return text == item; });
}

/// Puts `newer` in the place of the first that `is_same`, else at the end.
template <class Same>
void replace_or_add(std::vector<Element>& list, Element newer, Same is_same) {
  const auto place = std::find_if(list.begin(), list.end(), is_same);
  if (place == list.end()) {
    list.push_back(std::move(newer));
  } else {
    *place = std::move(newer);
  }
}

std::vector<Element> children_named(const Element& element, std::string_view name) {
  std::vector<Element> found;
  for (const auto& child : element.children)
    if (child.name == name) found.push_back(child);
  return found;
}

void put_id(std::vector<Element>& ids, Element id) {
  const auto scheme = std::string(id.attribute("scheme"));
  const auto value = collapse(id.text);
  const bool single = among(single_schemes, scheme);
  replace_or_add(ids, std::move(id), [&](const Element& other) {
    return other.attribute("scheme") == scheme && (single || collapse(other.text) == value);
  });
}

void append(std::vector<Element>& to, std::vector<Element> from) {
  for (auto& element : from) to.push_back(std::move(element));
}

}  // namespace

bool same_party(const Element& a, const Element& b) {
  const auto partner_a = a.attribute("partner"), partner_b = b.attribute("partner");
  if (!partner_a.empty() && !partner_b.empty()) return partner_a == partner_b;
  bool both_say_one = false;
  for (const auto& id : a.children) {
    if (id.name != "Id") continue;
    for (const auto& other : b.children) {
      if (other.name != "Id" || other.attribute("scheme") != id.attribute("scheme")) continue;
      if (collapse(other.text) == collapse(id.text)) return true;
      both_say_one = true;
    }
  }
  if (both_say_one) return false;
  const auto* name_a = a.child("Name");
  const auto* name_b = b.child("Name");
  // A name alone tells two parties apart badly; it does when at most one of them says more about who it is.
  const bool identified_a = a.child("Id") || !partner_a.empty(), identified_b = b.child("Id") || !partner_b.empty();
  return name_a && name_b && collapse(name_a->text) == collapse(name_b->text) && !(identified_a && identified_b);
}

Element join_parties(const Element& older, const Element& newer) {
  Element joined;
  joined.name = "Party";
  joined.attributes = older.attributes;
  for (const auto& [name, value] : newer.attributes) joined.set_attribute(name, value);
  auto ids = children_named(older, "Id");
  for (auto& id : children_named(newer, "Id")) put_id(ids, std::move(id));
  append(joined.children, std::move(ids));
  for (const auto* name : {"Name", "AdditionalName", "Address", "Contact"}) {
    auto said = children_named(newer, name);
    append(joined.children, said.empty() ? children_named(older, name) : std::move(said));
  }
  auto references = children_named(older, "Reference");
  for (auto& reference : children_named(newer, "Reference")) put_reference(references, std::move(reference), Word::latest);
  append(joined.children, std::move(references));
  return joined;
}

void put_party(std::vector<Element>& parties, Element party, Word word) {
  const auto role = party.attribute("role");
  const bool single = among(single_roles, role);
  const auto place = std::find_if(parties.begin(), parties.end(), [&](const Element& other) {
    return other.attribute("role") == role && (single || same_party(other, party));
  });
  if (place == parties.end()) {
    parties.push_back(std::move(party));
  } else if (same_party(*place, party)) {
    *place = word == Word::latest ? join_parties(*place, party) : join_parties(party, *place);
  } else if (word == Word::latest) {
    *place = std::move(party);
  }
}

const Element* party_of(const std::vector<Element>& parties, std::string_view role) {
  for (const auto& party : parties)
    if (party.attribute("role") == role) return &party;
  return nullptr;
}

void remove_party(std::vector<Element>& parties, std::string_view role) {
  std::erase_if(parties, [&](const Element& party) { return party.attribute("role") == role; });
}

Element in_role(Element party, std::string_view role) {
  if (party.attribute("role") == role) return party;
  party.set_attribute("role", role);
  for (const auto* original : {"code", "list", "listVersion", "agency", "text"}) party.set_attribute(original, "");
  return party;
}

void put_reference(std::vector<Element>& references, Element reference, Word word) {
  const auto kind = std::string(reference.attribute("kind"));
  const auto value = collapse(reference.text);
  const auto line = std::string(reference.attribute("line"));
  const bool single = among(single_references, kind);
  const auto is_same = [&](const Element& other) {
    return other.attribute("kind") == kind && (single || (collapse(other.text) == value && other.attribute("line") == line));
  };
  if (word == Word::late && std::any_of(references.begin(), references.end(), is_same)) return;
  replace_or_add(references, std::move(reference), is_same);
}

}  // namespace wayleave::process
