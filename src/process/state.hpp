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
  std::string state;                     ///< the new current state, XML on one line, complete="true"
  std::string entry;                     ///< the log entry's body: one event, top-level Status as of now; XML on one line
  std::string status;                    ///< for Object::status
  std::string key;                       ///< shipment id, or situation
  std::vector<store::Object::Reference> references;
};

/// `message` may hold several events: one Folded each, in document order, each building on the one before.
struct ShipmentFold {
  std::vector<Folded> steps;             ///< last one: the state to store
  std::vector<std::string> event_ids;
};
ShipmentFold fold_shipment(const Document* current, const Document& message, Time now);

/// A NetworkStatus: the state of a situation is its highest version, among equals the last to arrive.
Folded fold_network(const Document* current, const Document& message, Time now);

}  // namespace wayleave::process
