#include "feed/page.hpp"

#include <catch2/catch.hpp>

using namespace wayleave;
using namespace wayleave::feed;

namespace {

store::Entry entry(std::uint64_t seq, const std::string& id, const std::string& body) {
  store::Entry entry;
  entry.seq = seq;
  entry.event_id = id;
  entry.recorded = *parse_iso("2026-11-21T09:12:04.118Z");
  entry.body = std::make_shared<const std::string>(body);
  return entry;
}

}  // namespace

TEST_CASE("a reader starts at the earliest entry, at the end, or after its cursor", "[feed]") {
  const store::LineHead head{"ep", 11, 20};
  CHECK(resolve_cursor("", head)->text() == "ep:10");
  CHECK(resolve_cursor("now", head)->text() == "ep:20");
  CHECK(resolve_cursor("ep:10", head)->text() == "ep:10");
  CHECK(resolve_cursor("ep:15", head)->text() == "ep:15");
  CHECK(resolve_cursor("ep:20", head)->text() == "ep:20");
  const store::LineHead fresh{"ep", 1, 0};
  CHECK(resolve_cursor("", fresh)->text() == "ep:0");
  CHECK(resolve_cursor("now", fresh)->text() == "ep:0");
}

TEST_CASE("a foreign, unknown, expired or too high cursor is gone, and the earliest is told", "[feed]") {
  const store::LineHead head{"ep", 11, 20};
  for (const auto* cursor : {"other:15", "ep:9", "ep:21", "ep:18446744073709551615", "ep:", "ep:-1", "ep:1x", ":5", "nonsense", "earliest", " now"}) {
    INFO(cursor);
    const auto resolved = resolve_cursor(cursor, head);
    REQUIRE_FALSE(resolved.has_value());
    CHECK(resolved.error().code == Errc::not_found);
    CHECK(resolved.error().detail.find("the earliest is ep:10") != std::string::npos);
  }
}

TEST_CASE("a server-sent event carries cursor, feed and body", "[feed]") {
  CHECK(server_sent_event("shipment-status", "ep", entry(7, "e", "<a>\xC3\xA9</a>")) == "id: ep:7\nevent: shipment-status\ndata: <a>\xC3\xA9</a>\n\n");
}

TEST_CASE("a body with line breaks cannot break the stream", "[feed]") {
  CHECK(server_sent_event("f", "ep", entry(1, "e", "a\nb\r\nc\rdata: x\n\nid: 9")) ==
        "id: ep:1\nevent: f\ndata: a\ndata: b\ndata: c\ndata: data: x\ndata: \ndata: id: 9\n\n");
}

TEST_CASE("a page holds the bodies byte for byte and says where to go on", "[feed]") {
  const std::vector<store::Entry> entries{entry(1, "a&b", "<x xmlns=\"u\">1</x>"), entry(2, "c", "<y/>")};
  CHECK(events_xml(entries, "ep", {"ep", 2}) ==
        "<events xmlns=\"urn:wayleave:events:1\" next=\"ep:2\">"
        "<event cursor=\"ep:1\" id=\"a&amp;b\" recorded=\"2026-11-21T09:12:04.118Z\"><x xmlns=\"u\">1</x></event>"
        "<event cursor=\"ep:2\" id=\"c\" recorded=\"2026-11-21T09:12:04.118Z\"><y/></event></events>");
  CHECK(events_xml({}, "ep", {"ep", 5}).find("next=\"ep:5\"") != std::string::npos);
}

TEST_CASE("the twin of a page names bodies by their root", "[feed]") {
  const std::vector<store::Entry> entries{entry(1, "a\"b", "<ShipmentStatus xmlns=\"u\"><S/></ShipmentStatus>"), entry(2, "c", "<y/>")};
  const auto twin = [](const store::Entry& one) { return one.seq == 1 ? std::string("{\"S\":\"\"}") : std::string(); };
  CHECK(events_json(entries, "ep", {"ep", 2}, twin) ==
        "{\"next\":\"ep:2\",\"event\":["
        "{\"cursor\":\"ep:1\",\"id\":\"a\\\"b\",\"recorded\":\"2026-11-21T09:12:04.118Z\",\"ShipmentStatus\":{\"S\":\"\"}},"
        "{\"cursor\":\"ep:2\",\"id\":\"c\",\"recorded\":\"2026-11-21T09:12:04.118Z\",\"xml\":\"<y/>\"}]}");
}
