#include "feed/page.hpp"

#include <nlohmann/json.hpp>

#include "formats/xml/write.hpp"

namespace wayleave::feed {
namespace {

Problem gone(std::string_view after, std::string_view why, const store::LineHead& head) {
  return Problem{
    Errc::not_found, "cursor " + std::string(after.substr(0, 100)) + ' ' + std::string(why) + "; the earliest is " + earliest(head).text()};
}

std::string cursor_text(const std::string& epoch, std::uint64_t seq) { return store::Cursor{epoch, seq}.text(); }

/// Local name of a body's root: bodies are ours, one line, without a declaration.
std::string root_name(std::string_view body) {
  const auto end = body.find_first_of(" \t/>", 1);
  auto name = body.substr(1, end == std::string_view::npos ? end : end - 1);
  if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return std::string(name);
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

// WHATWG HTML, 9.2.6: a line ends with CR, LF or both; an event ends with an empty line. Bodies have neither by contract;
// one that has is sent as several data lines, which the client joins again, never as a broken event.
std::string server_sent_event(const std::string& feed, const std::string& epoch, const store::Entry& entry) {
  static const std::string nothing;
  const std::string& body = entry.body ? *entry.body : nothing;
  const auto id = cursor_text(epoch, entry.seq);
  std::string out;
  out.reserve(id.size() + feed.size() + body.size() + 32);
  out.append("id: ").append(id).append("\nevent: ").append(feed).append("\ndata: ");
  if (body.find_first_of("\r\n") == std::string::npos) {
    out.append(body);
  } else {
    for (std::size_t i = 0; i < body.size(); ++i) {
      if (body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n') continue;
      if (body[i] == '\r' || body[i] == '\n') {
        out.append("\ndata: ");
      } else {
        out.push_back(body[i]);
      }
    }
  }
  out.append("\n\n");
  return out;
}

store::Cursor earliest(const store::LineHead& head) { return store::Cursor{head.epoch, head.first > 0 ? head.first - 1 : 0}; }

Result<store::Cursor> resolve_cursor(std::string_view after, const store::LineHead& head) {
  if (after.empty()) return earliest(head);
  if (after == "now") return store::Cursor{head.epoch, head.last};
  const auto cursor = store::Cursor::parse(after);
  if (!cursor) return gone(after, "is not one of this feed's", head);
  if (cursor->epoch != head.epoch) return gone(after, "is of another feed or of a time before this feed was rebuilt", head);
  if (cursor->seq > head.last) return gone(after, "lies beyond the last entry", head);
  if (cursor->seq < earliest(head).seq) return gone(after, "has expired: entries after it are not kept any more", head);
  return *cursor;
}

std::string events_xml(const std::vector<store::Entry>& entries, const std::string& epoch, const store::Cursor& next) {
  std::string out;
  std::size_t size = 128;
  for (const auto& entry : entries) size += (entry.body ? entry.body->size() : 0) + 192;
  out.reserve(size);
  xml::Writer writer(out, true);
  writer.start("events").attribute("xmlns", "urn:wayleave:events:1").attribute("next", next.text());
  for (const auto& entry : entries) {
    writer.start("event")
      .attribute("cursor", cursor_text(epoch, entry.seq))
      .attribute("id", entry.event_id)
      .attribute("recorded", to_iso(entry.recorded));
    if (entry.body) writer.raw(*entry.body);
    writer.end();
  }
  writer.end();
  return out;
}

std::string events_json(const std::vector<store::Entry>& entries, const std::string& epoch, const store::Cursor& next, const BodyToJson& twin) {
  std::string out = "{\"next\":" + quoted(next.text()) + ",\"event\":[";
  bool first = true;
  for (const auto& entry : entries) {
    if (!first) out.push_back(',');
    first = false;
    out += "{\"cursor\":" + quoted(cursor_text(epoch, entry.seq)) + ",\"id\":" + quoted(entry.event_id) +
           ",\"recorded\":" + quoted(to_iso(entry.recorded));
    if (entry.body && !entry.body->empty()) {
      auto body = twin ? twin(entry) : std::string();
      out += body.empty() ? ",\"xml\":" + quoted(*entry.body) : ',' + quoted(root_name(*entry.body)) + ':' + body;
    }
    out.push_back('}');
  }
  out += "]}";
  return out;
}

}  // namespace wayleave::feed
