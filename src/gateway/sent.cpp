#include "gateway/sent.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::gateway {
namespace {

constexpr std::string_view kind = "sent";
constexpr std::string_view closing_tag = "</interchange>";
constexpr std::string_view set_note = ">set ";       // how a note on a set begins, and no other
constexpr std::size_t shown = 1'000;

std::string_view to_string(edi::Standard standard) { return standard == edi::Standard::x12 ? "x12" : "edifact"; }

std::string_view to_string(Answer answer) {
  switch (answer) {
    case Answer::arrived: return "arrived";
    case Answer::accepted: return "accepted";
    case Answer::partly: return "partly";
    case Answer::rejected: return "rejected";
  }
  return "arrived";
}

void set_status(store::Object& object, std::string_view status, Time now) {
  object.status = status;
  object.updated = now;
  object.references = {{std::string(kind), std::string(status)}};
}

std::string body_of(const SentLog::Interchange& interchange) {
  std::string text;
  xml::Writer out(text, true);
  const auto control = std::to_string(interchange.control);
  out.start("interchange").attribute("xmlns", "urn:wayleave:sent:1").attribute("partner", interchange.partner);
  out.attribute("standard", to_string(interchange.standard)).attribute("control", control);
  if (interchange.standard == edi::Standard::x12) out.attribute("group", control);
  out.attribute("made", to_iso(interchange.made)).attribute("via", interchange.via);
  out.start("set").attribute("id", interchange.set).attribute("version", interchange.version).attribute("control", interchange.set_control);
  out.attribute("feed", interchange.feed).attribute("event", interchange.event).attribute("key", interchange.key);
  out.attribute("cursor", interchange.cursor).end().end();
  return text;
}

std::string_view without_zeros(std::string_view control) {
  control.remove_prefix(std::min(control.find_first_not_of("0 "), control.size()));
  return control;
}

/// An attribute of the set in a body of ours.
std::string of_set(const std::string& body, std::string_view name) {
  const auto reading = xml::read_wellformed(body);
  if (!reading.document) return {};
  const auto& document = *reading.document;
  const auto set = document.first_child(document.root());
  if (set == Document::none) return {};
  const auto* all = document.attributes(set);
  for (std::uint16_t i = 0; i < document.node(set).attribute_count; ++i)
    if (document.local_name(all[i].name) == name) return std::string(document.text(all[i]));
  return {};
}

bool has_set(const std::string& body, const About& about) {
  const bool named = about.set.empty() || about.set == of_set(body, "id");
  return named && (about.control.empty() || without_zeros(about.control) == without_zeros(of_set(body, "control")));
}

std::string answer_of(Answer answer, const std::string& note, Time now) {
  std::string text;
  xml::Writer out(text, true);
  out.start("answer").attribute("status", to_string(answer)).attribute("at", to_iso(now)).text(note).end();
  return text;
}

std::string partner_of(const store::Object& object) { return object.parties.empty() ? std::string() : object.parties.front().partner; }

}  // namespace

std::string SentLog::Interchange::id() const { return SentLog::id(partner, standard, std::to_string(control)); }

/// With zeros in front or without, it is one number.
std::string SentLog::id(const std::string& partner, edi::Standard standard, std::string_view control) {
  return partner + ":" + std::string(to_string(standard)) + ":" + std::string(without_zeros(control));
}

void SentLog::load() {
  store::Store::ObjectQuery query;
  query.kind = kind;
  query.reference_kind = kind;
  query.reference_value = "sent";
  query.limit = 1'000'000;
  auto found = store_.objects(query);
  if (!found) {
    log::error("sent-not-counted", {{"reason", found.error().detail}});
    return;
  }
  for (const auto& object : *found) count(partner_of(object), 1);
}

void SentLog::count(const std::string& partner, int by) {
  const std::lock_guard lock(mutex_);
  auto& number = waiting_[partner];
  number = by < 0 && number == 0 ? 0 : number + static_cast<std::uint64_t>(by);
}

std::map<std::string, std::uint64_t> SentLog::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

Result<std::optional<std::string>> SentLog::status(const std::string& id) {
  auto object = store_.object(std::string(kind), id);
  if (!object) return object.error();
  if (!*object) return std::optional<std::string>();
  return std::optional((*object)->status);
}

Result<SentLog::Known> SentLog::known(const Interchange& interchange) {
  auto object = store_.object(std::string(kind), interchange.id());
  if (!object) return object.error();
  if (!*object) return Known::no;
  const auto& body = *(*object)->body;
  const bool same = of_set(body, "cursor") == interchange.cursor && of_set(body, "feed") == interchange.feed && of_set(body, "event") == interchange.event;
  return !same ? Known::another : (*object)->status == "sending" ? Known::sending : Known::left;
}

asio::awaitable<Result<bool>> SentLog::change(std::string id, std::function<bool(store::Object&)> edit) {
  for (;;) {
    auto found = store_.object(std::string(kind), id);
    if (!found) co_return found.error();
    auto object = *found ? std::move(**found) : store::Object{};
    object.kind = kind;
    object.id = id;
    if (!edit(object)) co_return false;
    store::EventBatch batch;
    batch.objects.push_back(std::move(object));
    auto unit = store_.append(std::move(batch));
    auto outcome = co_await std::move(unit);
    if (!outcome) co_return outcome.error();
    if (outcome->kind == store::AppendOutcome::Kind::appended) co_return true;
  }
}

asio::awaitable<bool> SentLog::begin(Interchange interchange) {
  auto edit = [&interchange, now = clock_.now()](store::Object& object) {
    if (object.version != 0) return false;
    set_status(object, "sending", now);
    object.body = std::make_shared<const std::string>(body_of(interchange));
    object.parties = {{interchange.partner, "receiver"}};
    return true;
  };
  auto work = change(interchange.id(), std::move(edit));
  const auto done = co_await std::move(work);
  if (!done) log::warning("sent-not-kept", {{"interchange", interchange.id()}, {"reason", done.error().detail}});
  co_return done.has_value();
}

asio::awaitable<bool> SentLog::left(std::string id) {
  std::string partner;
  auto edit = [&partner, now = clock_.now()](store::Object& object) {
    if (object.status != "sending") return false;
    partner = partner_of(object);
    set_status(object, "sent", now);
    return true;
  };
  auto work = change(id, std::move(edit));
  const auto done = co_await std::move(work);
  if (!done) log::warning("sent-not-kept", {{"interchange", id}, {"reason", done.error().detail}});
  if (done && *done) count(partner, 1);
  co_return done.has_value();
}

asio::awaitable<Result<bool>> SentLog::acknowledged(
  std::string partner, edi::Standard standard, std::string control, Answer answer, std::string note, About about
) {
  const auto id = SentLog::id(partner, standard, control);
  bool waited = false, unknown = false, foreign = false, counts = false;
  auto edit = [&, now = clock_.now()](store::Object& object) {
    unknown = object.version == 0;
    if (unknown) return false;
    waited = object.status == "sent";
    auto body = *object.body;
    foreign = about.level == About::Level::set && !has_set(body, about);
    const auto said = foreign ? answer_of(Answer::arrived, note + ", which is not in it: passed over", now) : answer_of(answer, note, now);
    const auto end = body.rfind(closing_tag);
    body.insert(end == std::string::npos ? body.size() : end, said);
    object.body = std::make_shared<const std::string>(std::move(body));
    // Later words count: who refused the whole may take it after all. An envelope that came says nothing of its content, and
    // of a set that was answered for by itself the word on the whole can only say worse.
    const bool overruled = foreign || (about.level != About::Level::set && answer != Answer::rejected && object.body->find(set_note) != std::string::npos);
    counts = answer != Answer::arrived && !overruled;
    if (counts) set_status(object, to_string(answer), now);
    return true;
  };
  auto work = change(id, std::move(edit));
  auto done = co_await std::move(work);
  if (!done) co_return done.error();
  if (unknown) {
    log::warning("acknowledgment-of-nothing", {{"interchange", id}, {"status", to_string(answer)}});
    co_return false;
  }
  if (foreign) {
    log::warning("acknowledgment-of-another-set", {{"interchange", id}, {"status", to_string(answer)}, {"set", about.set}, {"control", about.control}});
    co_return false;
  }
  if (waited && counts) count(partner, -1);
  log::info("acknowledged", {{"interchange", id}, {"status", to_string(answer)}});
  co_return true;
}

asio::awaitable<Result<std::uint64_t>> SentLog::forget(Time before) {
  std::uint64_t removed = 0;
  for (;;) {
    store::Store::ObjectQuery oldest;
    oldest.kind = kind;
    oldest.updated_since = Time{};
    auto found = store_.objects(oldest);
    if (!found) co_return found.error();
    std::erase_if(*found, [&](const store::Object& object) { return object.updated >= before; });
    if (found->empty()) co_return removed;
    store::EventBatch batch;
    for (auto& object : *found) {
      object.removed = true;
      batch.objects.push_back(object);
    }
    auto unit = store_.append(std::move(batch));
    auto outcome = co_await std::move(unit);
    if (!outcome) co_return outcome.error();
    if (outcome->kind != store::AppendOutcome::Kind::appended) continue;     // one of them was answered for just now
    removed += found->size();
    for (const auto& object : *found)
      if (object.status == "sent") count(partner_of(object), -1);
  }
}

Result<std::vector<std::string>> SentLog::find(const Query& query) {
  store::Store::ObjectQuery objects;
  objects.kind = kind;
  objects.partner = query.partner;
  objects.updated_since = Time{};
  objects.limit = shown;
  const auto status = query.overdue && query.status.empty() ? std::string("sent") : query.status;
  if (!status.empty()) objects.reference_kind = kind, objects.reference_value = status;
  auto found = store_.objects(objects);
  if (!found) return found.error();
  const auto now = clock_.now();
  std::vector<std::string> out;
  for (const auto& object : *found) {
    const std::string_view body = *object.body;
    if (query.overdue && now - object.updated < *query.overdue) continue;
    constexpr std::string_view begin = "<interchange";
    std::string text(begin);
    text += " status=\"" + object.status + "\" updated=\"" + to_iso(object.updated) + "\"";
    out.push_back(text.append(body.substr(begin.size())));
  }
  return out;
}

}  // namespace wayleave::gateway
