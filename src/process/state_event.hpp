#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "process/state_element.hpp"
#include "store/store.hpp"

namespace wayleave::process {

/// A point in time, to the last digit of its fraction.
struct Instant {
  Time time = Time::min();
  std::string fraction;                  ///< digits after the third, without trailing zeros
  auto operator<=>(const Instant&) const = default;
};
/// xs:dateTime with an offset. The earliest instant when it is none.
Instant read_instant(std::string_view text);

/// One Event of a ShipmentStatus: what folding has to know of it, and its XML.
struct Event {
  std::string id, type, classifier, corrects;
  std::string status;                    ///< in which it leaves the shipment; empty: it is news only
  std::string status_codes;              ///< attributes of its Status, as XML
  std::string occurred;                  ///< the element, as XML
  Instant at;                            ///< Occurred
  Instant said;                          ///< when the publisher knew: what forecasts are ordered by
  std::optional<Element> estimate, appointment;
  std::vector<Element> parties;
  std::vector<store::Object::Reference> references;
  std::string xml;                       ///< one line, Recorded filled in

  bool counts() const { return classifier == "actual" && !status.empty(); }
  /// The consignee it brings when it changes the destination; nullptr: it does not.
  const Element* new_consignee() const;
};

/// `now` becomes Recorded where the publisher did not say.
Event read_event(const Document& document, Document::Index node, Time now);

}  // namespace wayleave::process
