#include "tests/store/fixture.hpp"

#include <fmt/format.h>
#include <stdlib.h>


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
