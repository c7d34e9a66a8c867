// The contract in its simplest form: everything in containers under one lock, a unit at a time. Slow where that keeps it
// plain; what the contract tests compare SQLite with must be right at a glance.

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "store/window.hpp"

namespace wayleave::store {

namespace {

bool waits(Status status) { return status == Status::accepted || status == Status::delivering; }
bool unfinished(Status status) { return waits(status) || status == Status::parked || status == Status::unknown; }

struct Document {
  DocumentRecord record;
  Bytes canonical;
  std::vector<Stage> stages;
  bool sending = false;

  bool open() const { return unfinished(record.status) && !record.process.empty(); }
  std::string lane() const { return record.lane.empty() ? "#" + record.id : record.lane; }
  Time due() const { return record.next_attempt.value_or(record.received); }
};

struct Receipt {
  ReceiptRecord record;                  // without its documents
  Bytes content;
  std::string idempotency_key, fingerprint;
  std::uint64_t site_version = 0;
  std::vector<Document> documents;
};

struct Kept {
  std::string epoch;
  std::uint64_t last = 0;
  std::vector<Entry> entries;
};

struct Lease {
  std::uint64_t token = 0;
  Time until{};
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  Future<AcceptOutcome> accept(Acceptance acceptance) override {
    auto work = [&] { return accept_now(acceptance); };
    co_return unit<AcceptOutcome>(work);
  }

  Future<bool> remember_answer(std::string receipt, int http_status, Bytes answer) override {
    auto work = [&]() -> Result<bool> {
      auto* found = find_receipt(receipt);
      if (found == nullptr) return Problem{Errc::not_found, "no receipt " + receipt};
      found->record.http_status = http_status;
      found->record.answer = std::move(answer);
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<std::vector<ClaimedLane>> claim_lanes(
    std::string /*node*/, Time now, std::chrono::milliseconds lease, std::size_t limit
  ) override {
    auto work = [&]() -> Result<std::vector<ClaimedLane>> {
      std::vector<Document*> due;
      for (auto* head : heads()) {
        bool ready = waits(head->record.status) || head->sending;
        auto held = leases_.find(lane_key(*head));
        bool leased = held != leases_.end() && held->second.until > now;
        if (ready && head->due() <= now && !leased) due.push_back(head);
      }
      std::ranges::stable_sort(due, {}, [](const Document* d) { return d->due(); });
      due.resize(std::min(due.size(), limit));
      std::vector<ClaimedLane> claimed;
      for (auto* head : due) {
        if (head->sending && head->record.status != Status::unknown) {
          head->record.status = Status::unknown;
          head->record.blocked = "it was being sent when its delivery was interrupted; whether it arrived is not known";
          head->record.updated = now;
        }
        leases_[lane_key(*head)] = Lease{++last_token_, now + lease};
        claimed.push_back({Fence{head->record.partner, head->lane(), last_token_, head->record.test}, head->record});
      }
      return claimed;
    };
    co_return unit<std::vector<ClaimedLane>>(work);
  }

  Future<bool> sending(Fence fence, std::string document) override {
    auto work = [&]() -> Result<bool> {
      auto found = held(fence, document);
      if (!found) return found.error();
      if ((*found)->sending || !waits((*found)->record.status)) return Problem{Errc::conflict, "not to be sent"};
      (*found)->sending = true;
      (*found)->record.status = Status::delivering;
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<bool> complete_step(Fence fence, StepDone done) override {
    auto work = [&]() -> Result<bool> {
      bool allowed = done.status == Status::delivering || done.status == Status::delivered ||
                     done.status == Status::confirmed || done.status == Status::refused;
      if (!allowed) return Problem{Errc::invalid, "not what a completed step leaves"};
      auto found = held(fence, done.document);
      if (!found) return found.error();
      auto& document = **found;
      bool open = document.open();
      document.stages.push_back(done.stage);
      if (open) {
        if (done.verdict) document.record.verdict = done.verdict;
        change(document, done.status, done.next_step, 0, std::nullopt, {}, done.stage.at);
        publish(done.entries);
      }
      if (done.release) leases_.erase(lane_key(document));
      return open;
    };
    co_return unit<bool>(work);
  }

  Future<bool> retry_at(Fence fence, StepRetry retry) override {
    auto work = [&]() -> Result<bool> {
      auto found = held(fence, retry.document);
      if (!found) return found.error();
      auto& document = **found;
      bool goes_on = document.open() && waits(document.record.status);
      if (!retry.stage.name.empty()) document.stages.push_back(retry.stage);
      if (goes_on) {
        int attempts = document.record.attempts + (retry.counts ? 1 : 0);
        change(document, Status::delivering, document.record.step, attempts, retry.at, retry.stage.detail, retry.stage.at);
        publish(retry.entries);
      }
      if (retry.release) leases_.erase(lane_key(document));
      return goes_on;
    };
    co_return unit<bool>(work);
  }

  Future<bool> park(Fence fence, StepParked parked) override {
    auto work = [&]() -> Result<bool> {
      if (parked.status != Status::parked && parked.status != Status::unknown) return Problem{Errc::invalid, "not parked"};
      auto found = held(fence, parked.document);
      if (!found) return found.error();
      auto& document = **found;
      bool open = document.open();
      document.stages.push_back(parked.stage);
      if (open) {
        const auto& record = document.record;
        change(document, parked.status, record.step, record.attempts, std::nullopt, parked.stage.detail, parked.stage.at);
        publish(parked.entries);
      }
      if (parked.release) leases_.erase(lane_key(document));
      return open;
    };
    co_return unit<bool>(work);
  }

  Future<bool> release(Fence fence) override {
    auto work = [&]() -> Result<bool> {
      if (!holds(fence)) return Problem{Errc::conflict, "stale"};
      leases_.erase(lane_key(fence));
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<std::optional<DocumentRecord>> next_in_lane(Fence fence, Time now) override {
    auto work = [&]() -> Result<std::optional<DocumentRecord>> {
      if (!holds(fence)) return Problem{Errc::conflict, "stale"};
      for (auto* head : heads()) {
        if (lane_key(*head) != lane_key(fence)) continue;
        if (waits(head->record.status) && head->due() <= now) return std::optional{head->record};
      }
      return std::optional<DocumentRecord>{};
    };
    co_return unit<std::optional<DocumentRecord>>(work);
  }

  Future<SettleOutcome> settle(Settlement settlement) override {
    auto work = [&]() -> Result<SettleOutcome> {
      auto* document = find_document(settlement.document);
      if (document == nullptr) return Problem{Errc::not_found, "no document"};
      auto& record = document->record;
      const auto& word = settlement.verdict;
      if (record.verdict) {
        bool same = record.verdict->accepted == word.accepted && (word.accepted || record.verdict->code == word.code);
        return same ? SettleOutcome::repeated : SettleOutcome::contradicts;
      }
      if (record.status == Status::confirmed || record.status == Status::refused) {
        return (record.status == Status::confirmed) == word.accepted ? SettleOutcome::repeated : SettleOutcome::contradicts;
      }
      if (record.status == Status::rejected || record.status == Status::discarded) return SettleOutcome::contradicts;
      document->stages.push_back(settlement.stage);
      record.verdict = word;
      auto status = word.accepted ? Status::confirmed : Status::refused;
      change(*document, status, record.step, record.attempts, std::nullopt, {}, settlement.stage.at);
      publish(settlement.entries);
      return SettleOutcome::settled;
    };
    co_return unit<SettleOutcome>(work);
  }

  Future<bool> replay(std::string id, int from_step, Bytes canonical, Stage stage, std::vector<NewEntry> entries) override {
    auto work = [&]() -> Result<bool> {
      auto* document = find_document(id);
      if (document == nullptr) return Problem{Errc::not_found, "no document"};
      auto status = document->record.status;
      bool may = status == Status::parked || status == Status::unknown || status == Status::refused || status == Status::delivered;
      if (!may || document->record.process.empty()) return Problem{Errc::conflict, "cannot be replayed"};
      document->stages.push_back(stage);
      if (canonical) document->canonical = canonical;
      document->record.verdict.reset();
      change(*document, Status::delivering, from_step, 0, std::nullopt, {}, stage.at);
      publish(entries);
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<bool> set_status(std::string id, Status status, Stage stage, std::vector<NewEntry> entries) override {
    auto work = [&]() -> Result<bool> {
      auto* document = find_document(id);
      if (document == nullptr) return Problem{Errc::not_found, "no document"};
      auto& record = document->record;
      bool nowhere = status == Status::delivering && record.process.empty();
      if (record.status == Status::rejected || status == Status::rejected || nowhere) return Problem{Errc::conflict, "rejected"};
      if (record.status == status) return false;
      document->stages.push_back(stage);
      auto blocked = unfinished(status) ? stage.detail : std::string{};
      change(*document, status, record.step, record.attempts, std::nullopt, blocked, stage.at);
      publish(entries);
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<AppendOutcome> append(EventBatch batch) override {
    auto work = [&] { return append_now(batch); };
    co_return unit<AppendOutcome>(work);
  }

  Future<bool> put_subscription(Subscription subscription) override {
    auto work = [&]() -> Result<bool> {
      subscriptions_[subscription.id] = subscription;
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<bool> record_progress(Subscription pushed) override {
    auto work = [&]() -> Result<bool> {
      auto found = subscriptions_.find(pushed.id);
      if (found == subscriptions_.end()) return false;
      auto& stored = found->second;
      if (stored.status == Subscription::Status::active) {
        stored.status = pushed.status;
        stored.reason = pushed.reason;
      }
      stored.cursor = pushed.cursor;
      stored.failing_since = pushed.failing_since;
      stored.last_success = pushed.last_success;
      stored.last_failure = pushed.last_failure;
      stored.progress = pushed.progress;
      return true;
    };
    co_return unit<bool>(work);
  }

  Future<bool> delete_subscription(std::string id) override {
    auto work = [&]() -> Result<bool> { return subscriptions_.erase(id) != 0; };
    co_return unit<bool>(work);
  }

  Future<std::uint64_t> number(std::string scope, std::string sequence, std::string document) override {
    auto work = [&]() -> Result<std::uint64_t> {
      auto& numbers = numbers_[{std::move(scope), std::move(sequence)}];
      const auto [known, asked] = numbers.given.try_emplace(std::move(document), numbers.last + 1, clock_.now());
      numbers.last += asked;
      return known->second.first;
    };
    co_return unit<std::uint64_t>(work);
  }

  Future<std::uint64_t> retain(Time documents_before, Time feeds_before) override {
    auto work = [&]() -> Result<std::uint64_t> {
      for (auto& [line, kept] : lines_) {
        std::erase_if(kept.entries, [&](const Entry& entry) { return entry.recorded < feeds_before; });
      }
      auto removed = std::erase_if(log_, [&](const auto& entry) { return entry.second < feeds_before; });
      std::erase_if(events_, [&](const auto& event) { return event.second.second < feeds_before; });
      for (auto& [of, numbers] : numbers_)
        std::erase_if(numbers.given, [&](const auto& number) { return number.second.second < documents_before; });
      std::erase_if(receipts_, [&](const Receipt& receipt) {
        if (receipt.record.received >= documents_before) return false;
        if (std::ranges::any_of(receipt.documents, [](const Document& d) { return d.open(); })) return false;
        removed += receipt.documents.size();
        return true;
      });
      return removed;
    };
    co_return unit<std::uint64_t>(work);
  }

  Future<LineHead> line_head(Line line) override {
    auto work = [&]() -> Result<LineHead> {
      auto& kept = this->line(line);
      return LineHead{kept.epoch, kept.entries.empty() ? kept.last + 1 : kept.entries.front().seq, kept.last};
    };
    co_return unit<LineHead>(work);
  }

  Result<std::optional<ReceiptRecord>> receipt(const std::string& id) override {
    std::lock_guard lock{mutex_};
    auto* found = find_receipt(id);
    if (found == nullptr) return std::optional<ReceiptRecord>{};
    auto record = found->record;
    for (const auto& document : found->documents) record.documents.push_back(document.record);
    return std::optional{std::move(record)};
  }
  Result<Bytes> receipt_content(const std::string& id) override {
    std::lock_guard lock{mutex_};
    auto* found = find_receipt(id);
    if (found == nullptr) return Problem{Errc::not_found, "no receipt " + id};
    return found->content;
  }
  Result<std::optional<DocumentRecord>> document(const std::string& id) override {
    std::lock_guard lock{mutex_};
    auto* found = find_document(id);
    return found == nullptr ? std::nullopt : std::optional{found->record};
  }
  Result<Bytes> document_canonical(const std::string& id) override {
    std::lock_guard lock{mutex_};
    auto* found = find_document(id);
    if (found == nullptr) return Problem{Errc::not_found, "no document " + id};
    return found->canonical;
  }
  Result<std::vector<Stage>> stages(const std::string& document) override {
    std::lock_guard lock{mutex_};
    auto* found = find_document(document);
    return found == nullptr ? std::vector<Stage>{} : found->stages;
  }

  Result<std::vector<DocumentRecord>> documents(const DocumentQuery& query) override {
    std::lock_guard lock{mutex_};
    std::vector<DocumentRecord> found;
    auto all = all_documents();
    for (auto place = all.rbegin(); place != all.rend() && found.size() < query.limit; ++place) {
      const auto& record = (*place)->record;
      bool fits = (query.partner.empty() || record.partner == query.partner) && (query.kind.empty() || record.kind == query.kind) &&
                  (query.key.empty() || record.key == query.key) && (!query.status || record.status == *query.status) &&
                  (!query.since || record.received >= *query.since) && (!query.test || record.test == *query.test) &&
                  std::ranges::find(query.without, record.status) == query.without.end();
      if (fits) found.push_back(record);
    }
    return found;
  }

  Result<std::optional<First>> idempotency(const std::string& partner, const std::string& key, std::string& fingerprint) override {
    std::lock_guard lock{mutex_};
    auto* found = remembered(partner, key, clock_.now());
    if (found == nullptr) return std::optional<First>{};
    fingerprint = found->fingerprint;
    return std::optional{first_of(*found, {})};
  }

  Result<std::vector<Entry>> read_line(const Line& line, std::uint64_t after, std::size_t limit, std::size_t max_bytes) override {
    std::lock_guard lock{mutex_};
    std::vector<Entry> entries;
    auto kept = lines_.find(line);
    if (kept == lines_.end()) return entries;
    std::size_t bytes = 0;
    for (const auto& entry : kept->second.entries) {
      if (entry.seq <= after) continue;
      if (entries.size() == limit || (!entries.empty() && bytes >= max_bytes)) break;
      entries.push_back(entry);
      bytes += entry.body ? entry.body->size() : 0;
    }
    return entries;
  }

  Result<std::optional<Object>> object(const std::string& kind, const std::string& id) override {
    std::lock_guard lock{mutex_};
    for (const auto& object : objects_) {
      if (object.kind == kind && object.id == id) return std::optional{object};
    }
    return std::optional<Object>{};
  }

  Result<std::vector<Object>> objects(const ObjectQuery& query) override {
    std::lock_guard lock{mutex_};
    std::vector<Object> found;
    for (const auto& object : objects_) {
      auto party = [&](const Object::Party& p) { return p.partner == query.partner; };
      auto reference = [&](const Object::Reference& r) {
        return r.value == query.reference_value && (query.reference_kind.empty() || r.kind == query.reference_kind);
      };
      bool fits = object.kind == query.kind && (query.partner.empty() || std::ranges::any_of(object.parties, party)) &&
                  (query.reference_value.empty() || std::ranges::any_of(object.references, reference)) &&
                  (!query.updated_since || object.updated >= *query.updated_since);
      if (fits) found.push_back(object);
    }
    // objects_ is in the order of creation, which breaks ties.
    std::ranges::stable_sort(found, {}, &Object::updated);
    if (!query.updated_since) std::ranges::reverse(found);
    if (found.size() > query.limit) found.resize(query.limit);
    return found;
  }

  Result<std::vector<KnownEvent>> known_events(const std::string& publisher, const std::vector<std::string>& ids) override {
    std::lock_guard lock{mutex_};
    std::vector<KnownEvent> known;
    for (const auto& id : ids) {
      auto event = events_.find({publisher, id});
      known.push_back({event == events_.end() ? std::string{} : event->second.first});
    }
    return known;
  }

  Result<std::vector<Subscription>> subscriptions(const std::string& partner) override {
    std::lock_guard lock{mutex_};
    std::vector<Subscription> found;
    for (const auto& [id, subscription] : subscriptions_) {
      if (partner.empty() || subscription.partner == partner) found.push_back(subscription);
    }
    return found;
  }
  Result<std::optional<Subscription>> subscription(const std::string& id) override {
    std::lock_guard lock{mutex_};
    auto found = subscriptions_.find(id);
    return found == subscriptions_.end() ? std::nullopt : std::optional{found->second};
  }

  Result<Counts> counts() override {
    std::lock_guard lock{mutex_};
    Counts counts;
    for (const auto* document : all_documents()) {
      if (!document->open()) continue;
      auto status = document->record.status;
      ++(status == Status::parked ? counts.parked : status == Status::unknown ? counts.unknown : counts.waiting);
    }
    return counts;
  }
  Health health() override {
    std::lock_guard lock{mutex_};
    Health health;
    health.units = health.commits = units_;
    health.mean_group = units_ == 0 ? 0 : 1;
    return health;
  }

  void on_appended(OnAppended told) override { told_ = std::move(told); }
  void stop() override {
    std::lock_guard lock{mutex_};
    stopped_ = true;
  }

 private:
  template <class T, class Work>
  Result<T> unit(Work& work) {
    std::lock_guard lock{mutex_};
    if (stopped_) return Problem{Errc::stopping, "the store is closing"};
    ++units_;
    Result<T> result = work();
    if (!appended_.empty() && told_) told_(std::make_shared<const std::vector<Appended>>(std::move(appended_)));
    appended_.clear();
    return result;
  }

  Result<AcceptOutcome> accept_now(const Acceptance& a) {
    AcceptOutcome outcome;
    if (!a.idempotency_key.empty()) {
      auto* before = remembered(a.partner, a.idempotency_key, a.received);
      if (before != nullptr && before->fingerprint != a.fingerprint) {
        outcome.kind = AcceptOutcome::Kind::key_reused;
        return outcome;
      }
      if (before != nullptr && (before->record.http_status != 422 || before->site_version == a.site_version)) {
        outcome.kind = AcceptOutcome::Kind::repeated;
        outcome.first = first_of(*before, {});
        return outcome;
      }
    }
    for (std::size_t i = 0; i < a.documents.size(); ++i) {
      const auto& document = a.documents[i];
      if (document.status == Status::rejected || !document.check_duplicate || document.key.empty()) continue;
      const Document* earliest = nullptr;
      const Document* same = nullptr;
      for (const auto* other : all_documents()) {
        const auto& o = other->record;
        bool rival = o.partner == a.partner && o.kind == document.kind && o.key == document.key && o.test == a.test &&
                     o.status != Status::rejected && o.received >= a.received - duplicate_window;
        if (!rival) continue;
        if (earliest == nullptr) earliest = other;
        if (same == nullptr && o.canonical_digest == document.canonical_digest) same = other;
      }
      if (earliest == nullptr) continue;
      const auto& first = (same != nullptr ? same : earliest)->record;
      if (same == nullptr) return AcceptOutcome{AcceptOutcome::Kind::contradiction, first_of(*find_receipt(first.receipt), first.id), {}};
      if (outcome.known.empty()) outcome.first = first_of(*find_receipt(first.receipt), first.id);
      outcome.kind = AcceptOutcome::Kind::duplicate;
      outcome.known.push_back(i);
    }
    if (!outcome.known.empty()) return outcome;

    bool known = find_receipt(a.receipt) != nullptr;
    std::set<std::string> ids;
    for (const auto& document : a.documents) known = known || !ids.insert(document.id).second || find_document(document.id) != nullptr;
    if (known) return Problem{Errc::conflict, "contradicts what is stored"};
    auto& receipt = receipts_.emplace_back();
    receipt.record = {a.receipt, a.partner, a.path, a.content_digest, a.received, a.test, a.http_status, a.answer, a.report, {}, a.acknowledgment};
    receipt.content = a.content;
    receipt.idempotency_key = a.idempotency_key;
    receipt.fingerprint = a.fingerprint;
    receipt.site_version = a.site_version;
    for (const auto& d : a.documents) {
      auto& document = receipt.documents.emplace_back();
      document.canonical = d.canonical;
      auto& record = document.record;
      record.id = d.id;
      record.receipt = a.receipt;
      record.partner = a.partner;
      record.kind = d.kind;
      record.key = d.key;
      record.process = d.process;
      record.lane = d.lane;
      record.agreement = d.agreement;
      record.status = d.status;
      record.test = a.test;
      record.received = record.updated = a.received;
      record.canonical_digest = d.canonical_digest;
    }
    publish(a.entries);
    return outcome;
  }

  Result<AppendOutcome> append_now(const EventBatch& batch) {
    AppendOutcome outcome;
    std::map<std::pair<std::string, std::string>, std::string> within;
    bool any_new = batch.events.empty();
    for (const auto& event : batch.events) {
      std::pair name{event.publisher, event.id};
      auto known = events_.find(name);
      auto [place, fresh] = within.try_emplace(name, known == events_.end() ? event.digest : known->second.first);
      if (place->second != event.digest) return AppendOutcome{AppendOutcome::Kind::contradiction, event.id, {}};
      outcome.duplicate.push_back(known != events_.end() || !fresh);
      any_new = any_new || !outcome.duplicate.back();
    }
    if (!any_new) return outcome;
    auto find = [&](const Object& wanted) {
      return std::ranges::find_if(objects_, [&](const Object& o) { return o.kind == wanted.kind && o.id == wanted.id; });
    };
    for (const auto& object : batch.objects) {
      auto now = find(object);
      if ((now == objects_.end() ? 0 : now->version) != object.version) return AppendOutcome{AppendOutcome::Kind::stale, {}, {}};
    }
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
      const auto& event = batch.events[i];
      if (outcome.duplicate[i]) continue;
      events_[{event.publisher, event.id}] = {event.digest, clock_.now()};
      if (event.entry) publish({*event.entry});
    }
    for (const auto& object : batch.objects) {
      auto now = find(object);
      if (object.removed) {
        if (now != objects_.end()) objects_.erase(now);
        continue;
      }
      if (now == objects_.end()) now = objects_.insert(now, object);
      *now = object;
      ++now->version;
    }
    return outcome;
  }

  void publish(const std::vector<NewEntry>& entries) {
    for (const auto& entry : entries) {
      auto now = clock_.now();
      log_.emplace_back(++last_position_, now);
      for (const auto& partner : std::set<std::string>{entry.audience.begin(), entry.audience.end()}) {
        Line name{entry.feed, partner};
        auto& kept = line(name);
        kept.entries.push_back({++kept.last, last_position_, entry.key, entry.event_id, now, entry.body});
        appended_.push_back({name, kept.epoch, kept.entries.back()});
      }
    }
  }

  Kept& line(const Line& name) {
    auto [place, fresh] = lines_.try_emplace(name);
    if (fresh) place->second.epoch = "m" + std::to_string(lines_.size());
    return place->second;
  }

  /// The first open document of every lane, in the order of acceptance.
  std::vector<Document*> heads() {
    std::vector<Document*> heads;
    std::set<std::string> seen;
    for (auto* document : all_documents()) {
      if (document->open() && seen.insert(lane_key(*document)).second) heads.push_back(document);
    }
    return heads;
  }

  std::vector<Document*> all_documents() {
    std::vector<Document*> all;
    for (auto& receipt : receipts_) {
      for (auto& document : receipt.documents) all.push_back(&document);
    }
    return all;
  }
  Receipt* find_receipt(const std::string& id) {
    auto found = std::ranges::find_if(receipts_, [&](const Receipt& r) { return r.record.id == id; });
    return found == receipts_.end() ? nullptr : &*found;
  }
  Document* find_document(const std::string& id) {
    for (auto* document : all_documents()) {
      if (document->record.id == id) return document;
    }
    return nullptr;
  }
  Receipt* remembered(const std::string& partner, const std::string& key, Time now) {
    for (auto receipt = receipts_.rbegin(); receipt != receipts_.rend(); ++receipt) {
      if (key.empty() || receipt->record.partner != partner || receipt->idempotency_key != key) continue;
      return receipt->record.received >= now - known_for(key) ? &*receipt : nullptr;
    }
    return nullptr;
  }
  static First first_of(const Receipt& receipt, std::string document) {
    return {receipt.record.id, std::move(document), receipt.record.http_status, receipt.record.answer, receipt.site_version};
  }

  static std::string lane_key(const Fence& fence) { return fence.partner + "\n" + fence.lane + (fence.test ? "\ntest" : ""); }
  static std::string lane_key(const Document& document) {
    return lane_key(Fence{document.record.partner, document.lane(), 0, document.record.test});
  }
  bool holds(const Fence& fence) const {
    auto held = leases_.find(lane_key(fence));
    return held != leases_.end() && held->second.token == fence.token;
  }
  Result<Document*> held(const Fence& fence, const std::string& id) {
    if (!holds(fence)) return Problem{Errc::conflict, "stale"};
    auto* document = find_document(id);
    if (document == nullptr) return Problem{Errc::not_found, "no document"};
    if (lane_key(*document) != lane_key(fence)) return Problem{Errc::conflict, "another lane"};
    return document;
  }
  static void change(
    Document& document, Status status, int step, int attempts, std::optional<Time> next_attempt, std::string blocked, Time at
  ) {
    document.sending = false;
    document.record.status = status;
    document.record.step = step;
    document.record.attempts = attempts;
    document.record.next_attempt = next_attempt;
    document.record.blocked = std::move(blocked);
    document.record.updated = at;
  }

  const Clock& clock_;
  std::mutex mutex_;
  bool stopped_ = false;
  std::uint64_t units_ = 0, last_token_ = 0, last_position_ = 0;
  std::vector<Receipt> receipts_;
  std::vector<std::pair<std::uint64_t, Time>> log_;    // position and time of every entry
  std::map<Line, Kept> lines_;
  std::map<std::string, Lease> leases_;
  std::map<std::pair<std::string, std::string>, std::pair<std::string, Time>> events_;   // → digest, recorded
  std::vector<Object> objects_;
  std::map<std::string, Subscription> subscriptions_;
  struct Numbers {
    std::uint64_t last = 0;
    std::map<std::string, std::pair<std::uint64_t, Time>> given;   ///< by document
  };
  std::map<std::pair<std::string, std::string>, Numbers> numbers_;   ///< by scope and sequence
  std::vector<Appended> appended_;
  OnAppended told_;
};

}  // namespace

std::unique_ptr<Store> open_memory(const Clock& clock) { return std::make_unique<MemoryStore>(clock); }

}  // namespace wayleave::store
