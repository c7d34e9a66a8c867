#pragma once

#include <string>

#include "base/finding.hpp"
#include "feed/webhooks.hpp"
#include "pipeline/receiving.hpp"

/// Interchanges from entries of feeds. Pure: no store, no clock.
namespace wayleave::gateway {

/// Control numbers have nine digits and go on with 1 after the last of them.
std::uint64_t control_of(std::uint64_t number);
/// ST02, UNH 0062: there is one set in an interchange.
std::string set_control(edi::Standard standard);

/// One interchange with the tree as its one set, dated by the entry. Findings: the tree is not the guide's, or has what
/// cannot be written; `out` is then of no use.
Findings write_interchange(const pipeline::Receiving& receiving, Time dated, const Document& tree, std::uint64_t control, std::string& out);

/// `214-000000017.edi`: sorted by name is sorted by number.
std::string interchange_name(const std::string& set, std::uint64_t control);
/// `shipment-status-000000017-EVENT.xml`
std::string entry_name(const feed::Sending& sending);

/// The entry of the feed acknowledgments as the EDI that is in it; `made`, or `refused` when there is none. A very long one
/// is not in the entry: give it as `kept`.
feed::Rendering acknowledgment(const store::Entry& entry, store::Bytes kept = nullptr);
/// The receipt that has the EDI, where the entry only says where it is; empty: it is in the entry.
std::string acknowledgment_elsewhere(const store::Entry& entry);
/// `x12`, `edifact`; empty when the entry does not say.
std::string acknowledgment_format(const store::Entry& entry);

const char* content_type(edi::Standard standard);

}  // namespace wayleave::gateway
