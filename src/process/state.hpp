#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "document/document.hpp"
#include "store/store.hpp"

namespace wayleave::process {

/// Folds one canonical status document into the current state, by the rules of schemas/canonical/README.md: late events
/// never move the state back, `corrects` replaces, `retracted` takes out, top-level Status and Occurred are ours.
/// Pure; both documents must be valid.
struct Folded {
  std::string state;                     ///< the new current state, XML on one line, complete="true"; the last step's only
  std::string entry;                     ///< the log entry's body: one event, top-level Status as of now; XML on one line
  std::string parties;                   ///< the state with every Party of it, those of its events too, but no events: who is concerned
  std::string status;                    ///< for Object::status; empty: no event that counts yet
  std::string key;                       ///< shipment id, or `publisher/situation`
  std::vector<store::Object::Reference> references;   ///< what the object is found by; the last step's only
};

/// `message` may hold several events: one Folded each, in document order, each building on the one before. Takes time in
/// proportion to the events of both.
///
/// Beyond Status and Occurred: top-level References are joined by kind and value, Parties by role and identity; the
/// latest word on each wins, except that a late event (older than the one the status is from) only adds what was not
/// known. A `reconsigned` or `rerouted` event that names a consignee makes it the shipment's, and the one before it the
/// previous-consignee; taken out again, so is the change. An event that was replaced before it arrived is logged only.
struct ShipmentFold {
  std::vector<Folded> steps;             ///< last one: the state to store
  std::vector<std::string> event_ids;
};
ShipmentFold fold_shipment(const Document* current, const Document& message, Time now);

/// A NetworkStatus: the state of a situation is its highest version, among equals the last to arrive.
/// References: its own, its tickets (`ticket`), its services (`service`).
Folded fold_network(const Document* current, const Document& message, Time now);

}  // namespace wayleave::process
