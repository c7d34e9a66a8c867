#include "process/state.hpp"

#include <algorithm>
#include <unordered_set>

#include "formats/xml/write.hpp"
#include "process/state_event.hpp"
#include "process/state_parties.hpp"

namespace wayleave::process {
namespace {

// Ids of events that were replaced or withdrawn and whose replacement is not in the state any more: without them such an
// event would count after all if it came late. Kept in Extensions, as maps and rules never look there.
constexpr std::string_view replaced_namespace = "urn:wayleave:state:1";

struct Extension {
  std::string name;                      ///< namespace and local name
  std::string xml;
};

/// A shipment while it is being folded: the parts of its ShipmentStatus in the order of the schema.
struct Shipment {
  std::string id;
  bool test = false;
  std::vector<Element> references, parties;
  std::optional<Element> mode, service_level, estimate, appointment;
  std::vector<Element> quantities;
  std::vector<Event> events;             ///< in order of arrival
  std::vector<Element> texts;
  std::optional<Element> source;
  std::vector<Extension> extensions;
  std::unordered_set<std::string> named;    ///< every id that some event corrects
  std::unordered_set<std::string> replaced; ///< those of them whose naming event is not in `events`

  /// The event that says where the shipment stands; nullptr: none counts yet.
  const Event* standing() const {
    const Event* best = nullptr;
    for (const auto& event : events)
      if (event.counts() && (!best || !(event.at < best->at))) best = &event;
    return best;
  }
};

/// The top level of a ShipmentStatus: everything but its events.
Shipment read_top(const Document& document) {
  Shipment shipment;
  const auto root = document.root();
  shipment.test = collapse(attribute(document, root, "test")) == "true" || collapse(attribute(document, root, "test")) == "1";
  for (auto child = document.first_child(root); child != Document::none; child = document.next(child)) {
    const auto name = local(document, child);
    if (name == "Shipment") shipment.id = collapse(document.text(child));
    else if (name == "Reference") shipment.references.push_back(take(document, child));
    else if (name == "Party") shipment.parties.push_back(take(document, child));
    else if (name == "Mode") shipment.mode = take(document, child);
    else if (name == "ServiceLevel") shipment.service_level = take(document, child);
    else if (name == "Estimate") shipment.estimate = take(document, child);
    else if (name == "Appointment") shipment.appointment = take(document, child);
    else if (name == "Quantity") shipment.quantities.push_back(take(document, child));
    else if (name == "Text") shipment.texts.push_back(take(document, child));
    else if (name == "Source") shipment.source = take(document, child);
    else if (name == "Extensions")
      for (auto own = document.first_child(child); own != Document::none; own = document.next(own)) {
        const auto ns = document.namespace_of(document.node(own).name);
        if (ns == replaced_namespace) {
          shipment.replaced.insert(collapse(document.text(own)));
        } else {
          shipment.extensions.push_back({std::string(ns) + ' ' + std::string(local(document, own)), xml::serialize(document, own)});
        }
      }
  }
  return shipment;
}

std::vector<Event> read_events(const Document& document, Time now) {
  std::vector<Event> events;
  for (auto child = document.first_child(document.root()); child != Document::none; child = document.next(child))
    if (local(document, child) == "Event") events.push_back(read_event(document, child, now));
  return events;
}

Shipment read_current(const Document& current, Time now) {
  auto shipment = read_top(current);
  shipment.events = read_events(current, now);
  shipment.named = shipment.replaced;
  for (const auto& event : shipment.events)
    if (!event.corrects.empty()) shipment.named.insert(event.corrects);
  return shipment;
}

// ------------------------------------------------------------------------------------------------- joining a message

/// A message is late when all its events happened before the one the status is from, or were replaced already: then
/// what it says beside them is not the newest either.
Word word_of(const Shipment& shipment, const std::vector<Event>& events) {
  const auto* standing = shipment.standing();
  const auto late = [&](const Event& event) {
    if (shipment.named.contains(event.id)) return true;
    return standing && event.classifier == "actual" && event.corrects.empty() && event.at < standing->at;
  };
  return std::all_of(events.begin(), events.end(), late) ? Word::late : Word::latest;
}

void put(std::optional<Element>& place, const std::optional<Element>& said, Word word) {
  if (said && (word == Word::latest || !place)) place = said;
}

void put_quantity(std::vector<Element>& quantities, const Element& quantity, Word word) {
  for (auto& known : quantities)
    if (known.attribute("kind") == quantity.attribute("kind")) {
      if (word == Word::latest) known = quantity;
      return;
    }
  quantities.push_back(quantity);
}

/// Notes of one kind and language give way to newer ones; general notes add up.
void put_texts(std::vector<Element>& texts, const std::vector<Element>& said, Word word) {
  const auto slot = [](const Element& text) { return std::pair(text.attribute("kind"), text.attribute("lang")); };
  const auto replaces = [&](const Element& text) {
    return !text.attribute("kind").empty() &&
           std::any_of(said.begin(), said.end(), [&](const Element& newer) { return slot(newer) == slot(text); });
  };
  std::vector<Element> kept;
  std::vector<Element> added = said;
  if (word == Word::latest) {
    std::erase_if(texts, replaces);
  } else {
    std::erase_if(added, [&](const Element& text) {
      return !text.attribute("kind").empty() &&
             std::any_of(texts.begin(), texts.end(), [&](const Element& known) { return slot(known) == slot(text); });
    });
  }
  for (auto& text : added) {
    const bool known = std::any_of(texts.begin(), texts.end(), [&](const Element& other) {
      return slot(other) == slot(text) && other.text == text.text;
    });
    if (!known) texts.push_back(std::move(text));
  }
}

void put_extensions(std::vector<Extension>& extensions, const std::vector<Extension>& said, Word word) {
  const auto same_name = [](const std::vector<Extension>& list, const Extension& one) {
    return std::any_of(list.begin(), list.end(), [&](const Extension& other) { return other.name == one.name; });
  };
  auto added = said;
  if (word == Word::latest) {
    std::erase_if(extensions, [&](const Extension& known) { return same_name(said, known); });
  } else {
    std::erase_if(added, [&](const Extension& newer) { return same_name(extensions, newer); });
  }
  extensions.insert(extensions.end(), added.begin(), added.end());
}

void join_top(Shipment& shipment, const Shipment& message, Word word) {
  shipment.test = shipment.test || message.test;
  for (const auto& reference : message.references) put_reference(shipment.references, reference, word);
  for (const auto& party : message.parties) put_party(shipment.parties, party, word);
  put(shipment.mode, message.mode, word);
  put(shipment.service_level, message.service_level, word);
  put(shipment.estimate, message.estimate, word);
  put(shipment.appointment, message.appointment, word);
  for (const auto& quantity : message.quantities) put_quantity(shipment.quantities, quantity, word);
  put_texts(shipment.texts, message.texts, word);
  put(shipment.source, message.source, word);
  put_extensions(shipment.extensions, message.extensions, word);
}

// --------------------------------------------------------------------------------------------- forecast, appointment

bool of_delivery(const Element& appointment) {
  const auto* location = appointment.child("Location");
  return !location || location->attribute("function").empty() || location->attribute("function") == "delivery";
}

/// The last forecast of the delivery among the events; nullptr: none made one.
const Element* forecast(const std::vector<Event>& events) {
  const Event* best = nullptr;
  for (const auto& event : events) {
    if (!event.estimate || event.classifier == "requested") continue;
    const auto of = event.estimate->attribute("of");
    if ((of.empty() || of == "delivery") && (!best || !(event.said < best->said))) best = &event;
  }
  return best ? &*best->estimate : nullptr;
}

/// The last word on the appointment of delivery: agreed, cancelled or missed. Proposals do not count.
const Element* last_appointment(const std::vector<Event>& events) {
  const Event* best = nullptr;
  for (const auto& event : events) {
    if (!event.appointment || event.classifier == "requested" || !of_delivery(*event.appointment)) continue;
    const auto* status = event.appointment->child("Status");
    const auto value = status ? collapse(status->text) : std::string();
    if (value != "requested" && value != "proposed" && (!best || !(event.said < best->said))) best = &event;
  }
  return best ? &*best->appointment : nullptr;
}

bool holds(const Element& appointment) {
  const auto* status = appointment.child("Status");
  const auto value = status ? collapse(status->text) : std::string();
  return value != "cancelled" && value != "missed";
}

std::string text_of(const Element* element) {
  std::string out;
  if (element) write(out, *element);
  return out;
}

// -------------------------------------------------------------------------------------------------- taking an event in

const Event* last_move(const std::vector<Event>& events) {
  const Event* last = nullptr;
  for (const auto& event : events)
    if (event.new_consignee() && (!last || !(event.at < last->at))) last = &event;
  return last;
}

/// Takes the event of that id out of the state. What it corrects stays replaced.
std::optional<Event> take_out(Shipment& shipment, const std::string& id) {
  const auto place = std::find_if(shipment.events.begin(), shipment.events.end(), [&](const Event& e) { return e.id == id; });
  if (place == shipment.events.end()) return std::nullopt;
  auto event = std::move(*place);
  shipment.events.erase(place);
  if (!event.corrects.empty()) shipment.replaced.insert(event.corrects);
  return event;
}

/// What the step began with, to tell what it changed.
struct Before {
  std::optional<Element> consignee;
  std::string last_move;                 ///< id
  std::string forecast, appointment;
};

Before look(const Shipment& shipment) {
  Before before;
  if (const auto* consignee = party_of(shipment.parties, "consignee")) before.consignee = *consignee;
  if (const auto* move = last_move(shipment.events)) before.last_move = move->id;
  before.forecast = text_of(forecast(shipment.events));
  before.appointment = text_of(last_appointment(shipment.events));
  return before;
}

void move_to(Shipment& shipment, const Event& move, const Before& before, bool corrects_a_move, bool previous_stated) {
  const auto& consignee = *move.new_consignee();
  const auto* stated = party_of(move.parties, "previous-consignee");
  std::optional<Element> previous;
  if (stated) {
    previous = *stated;
    if (before.consignee && same_party(*before.consignee, *stated)) previous = join_parties(in_role(*before.consignee, "previous-consignee"), *stated);
  } else if (before.consignee && !corrects_a_move && !previous_stated && !same_party(*before.consignee, consignee)) {
    previous = in_role(*before.consignee, "previous-consignee");
  }
  put_party(shipment.parties, consignee, Word::latest);
  if (previous) put_party(shipment.parties, std::move(*previous), Word::latest);
}

/// A change of destination was withdrawn: the consignee before it is the consignee again.
void move_back(Shipment& shipment, const Event& withdrawn) {
  const auto* consignee = party_of(shipment.parties, "consignee");
  if (!consignee || !same_party(*consignee, *withdrawn.new_consignee())) return;
  std::optional<Element> back;
  if (const auto* previous = party_of(shipment.parties, "previous-consignee")) back = *previous;
  else if (const auto* stated = party_of(withdrawn.parties, "previous-consignee")) back = *stated;
  remove_party(shipment.parties, "previous-consignee");
  const auto* move = last_move(shipment.events);
  if (move) {
    auto named = *move->new_consignee();
    back = back && same_party(*back, named) ? join_parties(*back, named) : named;
    if (const auto* stated = party_of(move->parties, "previous-consignee")) put_party(shipment.parties, *stated, Word::latest);
  }
  if (!back) return;
  remove_party(shipment.parties, "consignee");
  shipment.parties.push_back(in_role(std::move(*back), "consignee"));
}

void follow_moves(Shipment& shipment, const Event& event, const std::optional<Event>& removed, const Before& before, const Shipment* stated) {
  const bool removed_last = removed && removed->new_consignee() && removed->id == before.last_move;
  const auto* move = last_move(shipment.events);
  if (move && move->id == event.id) {
    move_to(shipment, *move, before, removed_last, stated && party_of(stated->parties, "previous-consignee"));
  } else if (removed_last && !(stated && party_of(stated->parties, "consignee"))) {
    move_back(shipment, *removed);
  }
}

/// The top-level forecast and appointment follow the events' when these changed; else what publishers stated stays.
void follow_news(Shipment& shipment, const Before& before, const Shipment* stated) {
  const auto* estimate = forecast(shipment.events);
  if (!(stated && stated->estimate) && text_of(estimate) != before.forecast)
    shipment.estimate = estimate ? std::optional(*estimate) : std::nullopt;
  const auto* appointment = last_appointment(shipment.events);
  if (!(stated && stated->appointment) && text_of(appointment) != before.appointment)
    shipment.appointment = appointment && holds(*appointment) ? std::optional(*appointment) : std::nullopt;
}

/// One event into the state. `stated`: the message's top level when it is in force with this event, else null.
void take_in(Shipment& shipment, Event event, const Before& before, const Shipment* stated) {
  const bool self = event.corrects == event.id;
  const bool outdated = shipment.named.contains(event.id) && !self;
  auto removed = take_out(shipment, event.id);
  if (!event.corrects.empty() && !self) {
    shipment.named.insert(event.corrects);
    if (auto replaced = take_out(shipment, event.corrects)) removed = std::move(replaced);
  }
  const Event taken = event;
  if (!outdated || shipment.events.empty()) {
    shipment.replaced.erase(taken.corrects);
    shipment.events.push_back(std::move(event));
  } else if (!taken.corrects.empty()) {
    shipment.replaced.insert(taken.corrects);
  }
  follow_moves(shipment, taken, removed, before, stated);
  follow_news(shipment, before, stated);
}

// ------------------------------------------------------------------------------------------------------------- writing

void write_all(std::string& out, const std::vector<Element>& elements) {
  for (const auto& element : elements) write(out, element);
}
void write_one(std::string& out, const std::optional<Element>& element) {
  if (element) write(out, *element);
}
void write_shipment(std::string& out, const std::string& id) {
  out += "<Shipment>";
  xml::escape_text(out, id, true);
  out += "</Shipment>";
}

/// Status and Occurred: ours alone.
void write_standing(std::string& out, const Event* standing) {
  if (!standing) return;
  out += "<Status";
  write_attribute(out, "event", standing->id);
  out.append(standing->status_codes).push_back('>');
  xml::escape_text(out, standing->status, true);
  out.append("</Status>").append(standing->occurred);
}

void write_extensions(std::string& out, const std::vector<Extension>& extensions, std::vector<std::string> replaced) {
  if (extensions.empty() && replaced.empty()) return;
  out += "<Extensions>";
  for (const auto& extension : extensions) out += extension.xml;
  std::sort(replaced.begin(), replaced.end());
  for (const auto& id : replaced) {
    out.append("<w:Replaced xmlns:w=\"").append(replaced_namespace).append("\">");
    xml::escape_text(out, id, true);
    out += "</w:Replaced>";
  }
  out += "</Extensions>";
}

constexpr std::string_view start_tag = "<ShipmentStatus xmlns=\"urn:wayleave:canonical:1\"";

std::string write_state(const Shipment& shipment, Time now) {
  std::string out;
  std::size_t size = 4096;
  for (const auto& event : shipment.events) size += event.xml.size();
  out.reserve(size);
  out += start_tag;
  write_attribute(out, "complete", "true");
  write_attribute(out, "created", to_iso(now));
  if (shipment.test) write_attribute(out, "test", "true");
  out.push_back('>');
  write_shipment(out, shipment.id);
  write_all(out, shipment.references);
  write_all(out, shipment.parties);
  write_one(out, shipment.mode);
  write_one(out, shipment.service_level);
  write_standing(out, shipment.standing());
  write_one(out, shipment.estimate);
  write_one(out, shipment.appointment);
  write_all(out, shipment.quantities);
  std::vector<std::string> replaced(shipment.replaced.begin(), shipment.replaced.end());
  for (const auto& event : shipment.events) out += event.xml;
  write_all(out, shipment.texts);
  write_one(out, shipment.source);
  write_extensions(out, shipment.extensions, std::move(replaced));
  out += "</ShipmentStatus>";
  return out;
}

/// What the publisher sent, with one event, all references that the shipment is known by, and our Status.
std::string write_entry(const Shipment& shipment, const Document& message, const Shipment& stated, const Event& event) {
  std::string out(start_tag);
  for (const auto* name : {"id", "created", "test"})
    if (const auto value = attribute(message, message.root(), name); !value.empty()) write_attribute(out, name, value);
  out.push_back('>');
  write_shipment(out, shipment.id);
  write_all(out, shipment.references);
  write_all(out, stated.parties);
  write_one(out, stated.mode);
  write_one(out, stated.service_level);
  write_standing(out, shipment.standing());
  write_one(out, stated.estimate);
  write_one(out, stated.appointment);
  write_all(out, stated.quantities);
  out += event.xml;
  write_all(out, stated.texts);
  write_one(out, stated.source);
  write_extensions(out, stated.extensions, {});
  out += "</ShipmentStatus>";
  return out;
}

std::string write_parties(const Shipment& shipment) {
  std::string out(start_tag);
  out.push_back('>');
  write_shipment(out, shipment.id);
  std::unordered_set<std::string> written;
  const auto add = [&](const Element& party) {
    auto xml = text_of(&party);
    if (written.contains(xml)) return;
    out += xml;
    written.insert(std::move(xml));
  };
  for (const auto& party : shipment.parties) add(party);
  for (const auto& event : shipment.events)
    for (const auto& party : event.parties) add(party);
  out += "</ShipmentStatus>";
  return out;
}

std::vector<store::Object::Reference> references_of(const Shipment& shipment) {
  std::vector<store::Object::Reference> references;
  for (const auto& reference : shipment.references) references.push_back({collapse(reference.attribute("kind")), collapse(reference.text)});
  for (const auto& event : shipment.events) references.insert(references.end(), event.references.begin(), event.references.end());
  std::sort(references.begin(), references.end());
  references.erase(std::unique(references.begin(), references.end()), references.end());
  return references;
}

}  // namespace

ShipmentFold fold_shipment(const Document* current, const Document& message, Time now) {
  ShipmentFold fold;
  const auto stated = read_top(message);
  auto events = read_events(message, now);
  auto shipment = current ? read_current(*current, now) : Shipment{};
  shipment.id = stated.id;
  const auto word = word_of(shipment, events);
  const auto* in_force = word == Word::latest ? &stated : nullptr;
  // What the top level says holds after all events; the consignee before the message is the one that a move replaces.
  const auto consignee = look(shipment).consignee;
  bool moved = false;
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto before = look(shipment);
    if (!moved) before.consignee = consignee;
    if (i == 0) join_top(shipment, stated, word);
    take_in(shipment, events[i], before, in_force);
    moved = moved || (events[i].new_consignee() && look(shipment).last_move == events[i].id);
    Folded step;
    step.key = shipment.id;
    if (const auto* standing = shipment.standing()) step.status = standing->status;
    step.entry = write_entry(shipment, message, stated, events[i]);
    step.parties = write_parties(shipment);
    fold.event_ids.push_back(events[i].id);
    fold.steps.push_back(std::move(step));
  }
  if (!fold.steps.empty()) {
    fold.steps.back().state = write_state(shipment, now);
    fold.steps.back().references = references_of(shipment);
  }
  return fold;
}

}  // namespace wayleave::process
