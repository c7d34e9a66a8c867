#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace wayleave::feed {

/// `id: epoch:seq\nevent: feed\ndata: …\n\n`
std::string server_sent_event(const std::string& feed, const std::string& epoch, const store::Entry& entry);

/// Where a reader wants to start: absent → earliest, `now`, or a cursor. A foreign, unknown, expired or too high cursor
/// is Errc::not_found, whose detail says the earliest cursor (HTTP 410).
Result<store::Cursor> resolve_cursor(std::string_view after, const store::LineHead& head);
/// The cursor that reads everything still kept.
store::Cursor earliest(const store::LineHead& head);

/// A page: `<events xmlns="urn:wayleave:events:1" next="…"><event cursor= id= recorded=>body</event>…</events>`.
std::string events_xml(const std::vector<store::Entry>& entries, const std::string& epoch, const store::Cursor& next);

/// The JSON twin of a body: `json::write` of the body read with its schema. Empty: it could not be made.
using BodyToJson = std::function<std::string(const store::Entry& entry)>;
/// The page's JSON twin: `{"next":"…","event":[{"cursor":"…","id":"…","recorded":"…","ShipmentStatus":{…}}]}`. A body
/// that `twin` cannot convert goes out as its XML in member `xml`.
std::string events_json(const std::vector<store::Entry>& entries, const std::string& epoch, const store::Cursor& next, const BodyToJson& twin);

}  // namespace wayleave::feed
