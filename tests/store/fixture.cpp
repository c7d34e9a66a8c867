#include "tests/store/fixture.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <functional>

namespace wayleave::store::test {

namespace {

std::string show(const std::optional<Time>& time) { return time ? to_iso(*time) : "-"; }
std::string show(const Bytes& bytes) { return bytes ? "'" + *bytes + "'" : "null"; }

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  auto pattern = (std::filesystem::temp_directory_path() / "wayleave-store-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Subject::Subject(Engine engine, std::size_t max_group) : engine(engine), max_group(max_group) {
  if (engine == Engine::memory) {
    store = open_memory(clock);
  } else {
    reopen();
  }
}

Subject::~Subject() {
  if (store) store->stop();
}

void Subject::reopen() {
  if (store) store->stop();
  store.reset();
  SqliteOptions options;
  options.directory = directory.path();
  options.max_group = max_group;
  options.clock = &clock;
  auto opened = open_sqlite(options);
  if (!opened) FAIL(opened.error().detail);
  store = std::move(*opened);
}

Bytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

std::string digest(std::string_view text) { return fmt::format("{:064x}", std::hash<std::string_view>{}(text)); }

Acceptance order(std::string id, std::string key, Time received, std::string partner) {
  Acceptance a;
  a.receipt = "R-" + id;
  a.partner = std::move(partner);
  a.received = received;
  a.path = "/v1/documents";
  a.content = bytes("content of " + id);
  a.content_digest = digest(*a.content);
  a.site_version = 1;
  a.answer = bytes("<receipt id='" + a.receipt + "'/>");
  auto& document = a.documents.emplace_back();
  document.id = std::move(id);
  document.kind = "order";
  document.key = key;
  document.canonical = bytes("<Order>" + key + "</Order>");
  document.canonical_digest = digest(*document.canonical);
  document.process = "place-order";
  document.lane = "order:" + key;
  document.agreement = a.partner + "/1";
  return a;
}

NewEntry entry(std::string feed, std::string key, std::vector<std::string> audience) {
  NewEntry entry;
  entry.feed = std::move(feed);
  entry.event_id = "event of " + key;
  entry.body = bytes("<e>" + key + "</e>");
  entry.key = std::move(key);
  entry.audience = std::move(audience);
  return entry;
}

Stage stage(std::string name, Time at, std::string outcome) {
  Stage stage;
  stage.name = std::move(name);
  stage.step = "dispatch";
  stage.at = at;
  stage.outcome = std::move(outcome);
  stage.attempt = 1;
  stage.detail = "as seen";
  return stage;
}

Verdict verdict(bool accepted, std::string code, Time at) {
  Verdict verdict;
  verdict.accepted = accepted;
  verdict.code = std::move(code);
  verdict.reason = "because";
  verdict.at = at;
  return verdict;
}

std::string show(const DocumentRecord& d) {
  std::string word = "-";
  if (d.verdict) {
    word = fmt::format("{} {} {} {} {}", d.verdict->accepted, d.verdict->code, d.verdict->reason, to_iso(d.verdict->at), show(d.verdict->response));
  }
  return fmt::format(
    "{} of {} {} {} {} process={} lane={} agreement={} {} test={} received={} updated={} step={} attempts={} next={} blocked={} "
    "digest={} verdict={}",
    d.id, d.receipt, d.partner, d.kind, d.key, d.process, d.lane, d.agreement, to_string(d.status), d.test, to_iso(d.received),
    to_iso(d.updated), d.step, d.attempts, show(d.next_attempt), d.blocked, d.canonical_digest, word
  );
}

std::string show(const ReceiptRecord& r) {
  return fmt::format(
    "{} {} {} {} {} test={} {} {} {}\n", r.id, r.partner, r.path, r.content_digest, to_iso(r.received), r.test, r.http_status,
    show(r.answer), show(r.report)
  ) + show(r.documents);
}

std::string show(const Object& o) {
  auto text = fmt::format("{} {} v{} {} {} {}", o.kind, o.id, o.version, o.status, to_iso(o.updated), show(o.body));
  for (const auto& party : o.parties) text += " " + party.partner + ":" + party.role;
  for (const auto& reference : o.references) text += " " + reference.kind + "=" + reference.value;
  return text;
}

std::string show(const Stage& s) {
  return fmt::format("{} {} {} {} {} {}", s.name, s.step, to_iso(s.at), s.outcome, s.attempt, s.detail);
}

std::string show(const Subscription& s) {
  return fmt::format(
    "{} {} {} {} {} {} {} {} {} {} {} {} {}", s.id, s.partner, s.feed, s.endpoint, s.secret, static_cast<int>(s.status), s.reason,
    s.cursor.text(), to_iso(s.created), show(s.failing_since), show(s.last_success), s.last_failure, s.progress
  );
}

std::string show(const First& f) {
  return fmt::format("{} {} {} {} {}", f.receipt, f.document, f.http_status, show(f.answer), f.site_version);
}

std::string show(const AcceptOutcome& outcome) {
  static constexpr const char* kinds[] = {"accepted", "repeated", "key_reused", "duplicate", "contradiction"};
  return kinds[static_cast<int>(outcome.kind)] + std::string{" "} + show(outcome.first);
}

std::string show(const AppendOutcome& outcome) {
  static constexpr const char* kinds[] = {"appended", "stale", "contradiction"};
  std::string text = kinds[static_cast<int>(outcome.kind)] + (" " + outcome.event);
  for (bool duplicate : outcome.duplicate) text += duplicate ? " duplicate" : " new";
  return text;
}

std::string show(const Entry& e) {
  return fmt::format("{} at {} {} {} {} {}", e.seq, e.position, e.key, e.event_id, to_iso(e.recorded), show(e.body));
}

}  // namespace wayleave::store::test
