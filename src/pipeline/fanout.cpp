#include "pipeline/fanout.hpp"

#include <algorithm>
#include <map>

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "pipeline/report.hpp"
#include "process/state.hpp"

namespace wayleave::pipeline {
namespace {

/// A canonical status message, of which some events may be known already.
struct Message {
  Document canonical;
  bool network = false;
  std::string key;                       ///< shipment, or publisher and situation
  struct Event {
    std::string id;
    std::string digest;                  ///< of its content: the same id with other content is a contradiction
    Document::Index node;
  };
  std::vector<Event> events;
};

std::string child_text(const Document& document, Document::Index parent, std::string_view name) {
  for (auto child = document.first_child(parent); child != Document::none; child = document.next(child))
    if (document.local_name(document.node(child).name) == name) return std::string(document.text(child));
  return {};
}

std::string attribute_text(const Document& document, Document::Index node, std::string_view name) {
  const auto* attributes = document.attributes(node);
  for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
    if (document.local_name(attributes[i].name) == name) return std::string(document.text(attributes[i]));
  return {};
}

/// The texts of one request: the document itself, or each child of `<events>`.
struct Part {
  std::string bytes;
  std::string prefix;                    ///< for paths in findings: `/events/event[2]`
  Document::Position at;
};
std::vector<Part> split(const std::string& bytes, Findings& findings) {
  const auto root = xml::sniff_root(bytes);
  if (!root || root->ns != "urn:wayleave:events:1" || root->local != "events") return {Part{bytes, "", {}}};
  auto reading = xml::read_wellformed(bytes);
  if (!reading.document) {
    findings = std::move(reading.findings);
    return {};
  }
  std::vector<Part> parts;
  const auto& list = *reading.document;
  const LineIndex lines(list.source());
  for (auto child = list.first_child(list.root()); child != Document::none; child = list.next(child)) {
    // `<events><event>…</event></events>`, as the public feed gives them, or the bodies themselves.
    auto body = child;
    if (list.local_name(list.node(child).name) == "event" && list.namespace_of(list.node(child).name) == root->ns) body = list.first_child(child);
    if (body == Document::none) continue;
    parts.push_back(Part{xml::serialize(list, body), list.path(child), lines.at(list.node(body).source)});
  }
  return parts;
}

const EventSource* source_for(const std::vector<EventSource>& sources, const xml::RootName& root) {
  for (const auto& source : sources)
    if (names::local(source.schema->root_name()) == root.local && names::ns(source.schema->root_name()) == root.ns) return &source;
  return nullptr;
}

std::optional<Message> read_message(const Publication& publication, const Part& part, Findings& findings) {
  const auto& sources = publication.site->sources.find(publication.backend)->second;
  const auto root = xml::sniff_root(part.bytes);
  const auto* source = root ? source_for(sources, *root) : nullptr;
  if (root && !source) {
    Finding finding;
    finding.code = "X120";
    finding.line = part.at.line ? part.at.line : 1;
    finding.column = part.at.column ? part.at.column : 1;
    finding.path = part.prefix + "/" + root->local;
    finding.found = root->local;
    finding.expected = "a canonical status document, or one that this back end's <sends> names";
    finding.message = root->local + " is no event that this back end sends";
    findings.push_back(std::move(finding));
    return std::nullopt;
  }
  auto reading = source ? xml::read(part.bytes, *source->schema) : xml::read_wellformed(part.bytes);
  if (!reading.valid() || !source) {
    for (auto& finding : reading.findings) {
      if (part.at.line) finding.line = part.at.line, finding.column = part.at.column;
      finding.path = part.prefix + finding.path;
      findings.push_back(std::move(finding));
    }
    return std::nullopt;
  }
  Message message;
  message.network = source->event == "network-status";
  if (source->map) {
    mapping::Context context;
    context.now = publication.received;
    context.message = {{"sender", publication.backend}, {"received", to_iso(publication.received)}};
    auto made = mapping::run(*source->map, *reading.document, context);
    for (auto& finding : made.findings) findings.push_back(finding);
    if (!made.ok()) return std::nullopt;
    auto canonical = xml::read_own(std::move(made.xml), *source->map->target());
    for (auto& finding : canonical.findings) {
      finding.message = "mapped by " + source->map->name() + ": " + finding.message;
      findings.push_back(std::move(finding));
    }
    if (!canonical.valid()) return std::nullopt;
    message.canonical = std::move(*canonical.document);
  } else {
    message.canonical = std::move(*reading.document);
  }
  const auto& canonical = message.canonical;
  if (message.network) {
    message.events.push_back({attribute_text(canonical, canonical.root(), "id"), crypto::sha256_hex(xml::canonical(canonical)), 0});
    for (auto child = canonical.first_child(canonical.root()); child != Document::none; child = canonical.next(child))
      if (canonical.local_name(canonical.node(child).name) == "Situation")
        message.key = attribute_text(canonical, child, "publisher") + "/" + std::string(canonical.text(child));
  } else {
    message.key = child_text(canonical, canonical.root(), "Shipment");
    for (auto child = canonical.first_child(canonical.root()); child != Document::none; child = canonical.next(child))
      if (canonical.local_name(canonical.node(child).name) == "Event")
        message.events.push_back(
          {attribute_text(canonical, child, "id"), crypto::sha256_hex(message.key + '\n' + xml::canonical(canonical, child)), child}
        );
  }
  return message;
}

/// The events of all messages, folded one after the other on the states that were read.
struct Folding {
  store::EventBatch batch;
  struct Told {
    std::string id;
    std::size_t audience = 0;
    bool duplicate = false;
  };
  std::vector<Told> told;
  std::string contradicts;               ///< an event id that is known with other content
};

/// Which of the message's events are news. Known ones with the same content are told as duplicates.
Result<std::vector<Message::Event>> news(
  store::Store& store, const std::string& publisher, const Message& message, std::map<std::string, std::string>& seen, Folding& folding
) {
  std::vector<std::string> ids;
  for (const auto& event : message.events) ids.push_back(event.id);
  auto known = store.known_events(publisher, ids);
  if (!known) return known.error();
  std::vector<Message::Event> fresh;
  for (std::size_t i = 0; i < message.events.size(); ++i) {
    const auto& event = message.events[i];
    auto digest = (*known)[i].digest;
    if (digest.empty()) digest = seen.try_emplace(event.id, event.digest).second ? "" : seen[event.id];
    if (digest.empty()) {
      fresh.push_back(event);
    } else if (digest == event.digest) {
      folding.told.push_back({event.id, 0, true});
    } else {
      folding.contradicts = event.id;
    }
  }
  return fresh;
}

/// The message without the events that are known already.
Document without_known(const Message& message, const std::vector<Message::Event>& fresh) {
  const auto& from = message.canonical;
  const auto root = from.root();
  std::string xml;
  xml::Writer writer(xml);
  writer.start(from.local_name(from.node(root).name)).attribute("xmlns", from.namespace_of(from.node(root).name));
  const auto* attributes = from.attributes(root);
  for (std::uint16_t i = 0; i < from.node(root).attribute_count; ++i)
    writer.attribute(from.local_name(attributes[i].name), from.text(attributes[i]));
  for (auto child = from.first_child(root); child != Document::none; child = from.next(child)) {
    const bool is_event = std::any_of(message.events.begin(), message.events.end(), [&](const auto& e) { return e.node == child; });
    const bool is_fresh = std::any_of(fresh.begin(), fresh.end(), [&](const auto& e) { return e.node == child; });
    if (!is_event || is_fresh) writer.raw(xml::serialize(from, child));
  }
  writer.end();
  return std::move(*xml::read_wellformed(std::move(xml)).document);
}

/// Who may see the object now, and who gets this entry.
std::vector<std::string> audience_of(const partners::Directory& directory, bool network, const process::Folded& step, store::Object& object) {
  const auto entry = xml::read_wellformed(step.entry).document;
  const auto state = xml::read_wellformed(step.parties).document;
  object.parties.clear();
  if (network) {
    auto audience = directory.network_audience(directory.concerned_by(*entry));
    for (const auto& partner : directory.network_audience(directory.concerned_by(*state))) object.parties.push_back({partner, "concerned"});
    return audience;
  }
  auto roles = directory.roles_in(*state);
  roles.merge(directory.roles_in(*entry));
  for (const auto& role : roles) object.parties.push_back({role.partner, role.role});
  return directory.shipment_audience(roles);
}

Result<Folding> fold(store::Store& store, const Publication& publication, const std::vector<Message>& messages) {
  Folding folding;
  std::map<std::string, std::string> seen;                            // event id → digest, within this request
  std::map<std::pair<std::string, std::string>, std::size_t> place;   // (kind, id) → index in batch.objects
  for (const auto& message : messages) {
    auto fresh = news(store, publication.backend, message, seen, folding);
    if (!fresh) return fresh.error();
    if (!folding.contradicts.empty()) return folding;
    if (fresh->empty()) continue;

    const std::string kind = message.network ? "situation" : "shipment";
    auto [it, first] = place.try_emplace({kind, message.key}, folding.batch.objects.size());
    if (first) {
      auto object = store.object(kind, message.key);
      if (!object) return object.error();
      store::Object empty;
      empty.kind = kind;
      empty.id = message.key;
      folding.batch.objects.push_back(*object ? std::move(**object) : std::move(empty));
    }
    auto& object = folding.batch.objects[it->second];
    std::optional<Document> current;
    if (object.body) current = std::move(xml::read_wellformed(*object.body).document);
    const auto* before = current ? &*current : nullptr;

    std::vector<process::Folded> steps;
    if (message.network) {
      steps.push_back(process::fold_network(before, message.canonical, publication.received));
    } else if (fresh->size() == message.events.size()) {
      steps = process::fold_shipment(before, message.canonical, publication.received).steps;
    } else {
      steps = process::fold_shipment(before, without_known(message, *fresh), publication.received).steps;
    }
    for (std::size_t i = 0; i < steps.size() && i < fresh->size(); ++i) {
      auto& step = steps[i];
      store::NewEntry entry;
      entry.audience = audience_of(*publication.site->directory, message.network, step, object);
      entry.feed = message.network ? "network-status" : "shipment-status";
      entry.key = message.key;
      entry.event_id = (*fresh)[i].id;
      entry.body = std::make_shared<const std::string>(std::move(step.entry));
      folding.told.push_back({entry.event_id, entry.audience.size(), false});
      store::EventBatch::Event event;
      event.id = entry.event_id;
      event.publisher = publication.backend;
      event.digest = (*fresh)[i].digest;
      event.entry = std::move(entry);
      folding.batch.events.push_back(std::move(event));
      object.status = step.status;
      object.updated = publication.received;
      if (step.state.empty()) continue;                                      // the last step has the whole state
      object.references = step.references;
      object.body = std::make_shared<const std::string>(std::move(step.state));
    }
  }
  return folding;
}

std::string accepted_xml(const Folding& folding) {
  std::string out;
  xml::Writer writer(out);
  writer.start("accepted").attribute("xmlns", "urn:wayleave:accepted:1");
  for (const auto& event : folding.told)
    writer.start("event")
      .attribute("id", event.id)
      .attribute("audience", std::to_string(event.audience))
      .attribute("duplicate", event.duplicate ? "yes" : "no")
      .end();
  writer.end();
  return out;
}

Answer problem(int status, std::string detail, std::string outcome) {
  Answer answer;
  answer.http_status = status;
  answer.problem = std::move(detail);
  answer.kind = "event";
  answer.outcome = std::move(outcome);
  return answer;
}

}  // namespace

asio::awaitable<Answer> FanoutFlow::publish(Publication publication) {
  Findings findings;
  auto parts = split(publication.bytes, findings);                            // one, or a list: all or nothing
  std::vector<Message> messages;
  for (const auto& part : parts)
    if (auto message = read_message(publication, part, findings)) messages.push_back(std::move(*message));
  if (has_errors(findings) || messages.empty()) {
    Answer answer = problem(422, findings.empty() ? "there is no event in this request" : "", "rejected");
    if (!findings.empty())
      answer.body = std::make_shared<const std::string>(report_xml(new_id(publication.received), "rejected", "event", "", findings));
    co_return answer;
  }
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto folding = fold(store_, publication, messages);                       // new state and log entries, with audiences
    if (!folding) co_return problem(503, folding.error().detail, "failed");
    if (!folding->contradicts.empty())
      co_return problem(409, "event " + folding->contradicts + " is known with other content", "refused");
    if (!folding->batch.events.empty()) {
      auto batch = std::move(folding->batch);
      auto outcome = co_await store_.append(std::move(batch));                // numbers are taken in this commit
      if (!outcome) co_return problem(503, outcome.error().detail, "failed");
      // Somebody folded before us, perhaps these very events: read again.
      if (outcome->kind != store::AppendOutcome::Kind::appended) continue;
    }
    Answer answer;
    answer.kind = "event";
    answer.outcome = "accepted";
    answer.body = std::make_shared<const std::string>(accepted_xml(*folding));
    co_return answer;
  }
  auto busy = problem(503, "the state is changing too quickly; send it again", "failed");
  busy.retry_after = 1;
  co_return busy;
}

}  // namespace wayleave::pipeline
