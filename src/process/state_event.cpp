#include "process/state_event.hpp"

#include <algorithm>
#include <array>

#include "formats/xml/write.hpp"
#include "process/state_parties.hpp"

namespace wayleave::process {
namespace {

constexpr std::array news{"eta-changed", "appointment-set", "appointment-changed", "retracted", "unmapped"};

bool is_news(std::string_view type) {
  return std::any_of(news.begin(), news.end(), [&](const char* item) { return type == item; });
}

std::string codes_of(const Document& document, Document::Index status) {
  std::string out;
  const auto* attributes = document.attributes(status);
  for (std::uint16_t i = 0; i < document.node(status).attribute_count; ++i)
    if (document.local_name(attributes[i].name) != "event")
      write_attribute(out, document.local_name(attributes[i].name), document.text(attributes[i]));
  return out;
}

std::string render(const Document& document, Document::Index node, Time now) {
  std::string out;
  write_start(out, document, node);
  out.push_back('>');
  bool recorded = false;
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child))
    recorded = recorded || local(document, child) == "Recorded";
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) {
    write(out, document, child);
    if (!recorded && local(document, child) == "Occurred") {
      out.append("<Recorded>").append(to_iso(now)).append("</Recorded>");
      recorded = true;
    }
  }
  out += "</Event>";
  return out;
}

}  // namespace

Instant read_instant(std::string_view text) {
  auto value = collapse(text);
  // xs:dateTime allows 24:00:00 as the end of a day.
  const auto midnight = value.find("T24:");
  if (midnight != std::string::npos) value[midnight + 1] = value[midnight + 2] = '0';
  Instant instant;
  const auto time = parse_iso(value);
  if (!time) return instant;
  instant.time = *time + (midnight != std::string::npos ? std::chrono::hours(24) : std::chrono::hours(0));
  if (const auto point = value.find('.'); point != std::string::npos) {
    const auto end = value.find_first_not_of("0123456789", point + 1);
    auto digits = value.substr(point + 1, end - point - 1);
    digits.erase(0, 3);
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    instant.fraction = std::move(digits);
  }
  return instant;
}

const Element* Event::new_consignee() const {
  const auto moves = [](std::string_view what) { return what == "reconsigned" || what == "rerouted"; };
  if (classifier != "actual" || !(moves(type) || moves(status))) return nullptr;
  return party_of(parties, "consignee");
}

Event read_event(const Document& document, Document::Index node, Time now) {
  Event event;
  event.id = collapse(attribute(document, node, "id"));
  event.type = collapse(attribute(document, node, "type"));
  event.classifier = collapse(attribute(document, node, "classifier"));
  event.corrects = collapse(attribute(document, node, "corrects"));
  if (!is_news(event.type)) event.status = event.type;
  Instant recorded{now, {}};
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) {
    const auto name = local(document, child);
    if (name == "Occurred") {
      event.at = read_instant(document.text(child));
      write(event.occurred, document, child);
    } else if (name == "Recorded") {
      recorded = read_instant(document.text(child));
    } else if (name == "Status") {
      event.status = collapse(document.text(child));
      event.status_codes = codes_of(document, child);
    } else if (name == "Reference") {
      event.references.push_back({collapse(attribute(document, child, "kind")), collapse(document.text(child))});
    } else if (name == "Party") {
      event.parties.push_back(take(document, child));
    } else if (name == "Appointment") {
      event.appointment = take(document, child);
    } else if (name == "Estimate") {
      event.estimate = take(document, child);
    }
  }
  // A forecast lies ahead: there Occurred says what is expected, not when it was.
  event.said = event.classifier == "actual" || is_news(event.type) ? event.at : recorded;
  event.xml = render(document, node, now);
  return event;
}

}  // namespace wayleave::process
