#include <algorithm>

#include "base/log.hpp"
#include "base/utf8.hpp"
#include "feed/push.hpp"

/// What came of a delivery: the lane goes on, tries again later, or parks its first entry; the subscription may be suspended.
namespace wayleave::feed {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t previous_kept = 4'096;   // keys whose last number is remembered for Feed-Previous
constexpr auto outage = std::chrono::minutes(1);

/// One printable line for the customer's eyes.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : utf8_head(text, 300)) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  return out;
}

std::string describe(const Posted& posted) {
  auto text = posted.status == 0 ? std::string("no answer") : "HTTP " + std::to_string(posted.status);
  const auto detail = one_line(posted.detail);
  return detail.empty() ? text : text + ": " + detail;
}

}  // namespace

void Push::settle(const std::string& key, const store::Entry& entry, const Posted& posted) {
  remember(key, entry.seq);
  if (posted.status >= 200 && posted.status < 300) {
    ++delivered_;
    succeeded(key);
  } else {
    ++failed_;
    failed(key, entry, posted);
  }
  touch();
}

void Push::succeeded(const std::string& key) {
  const auto now = pushing_->clock.now();
  const bool endpoint_is_back = record_.failing_since && now - *record_.failing_since >= outage && failed_since_success_.size() > 1;
  record_.last_success = now;
  record_.failing_since.reset();
  failed_since_success_.clear();
  next_in(key);
  // It was down and answers again: what failed meanwhile need not wait out its delay. Such a try does not count.
  if (endpoint_is_back) bring_forward(true);
}

void Push::failed(const std::string& key, const store::Entry& entry, const Posted& posted) {
  const auto now = pushing_->clock.now();
  const auto& options = pushing_->options;
  auto& lane = lanes_.at(key);
  record_.last_failure = to_iso(now) + ' ' + describe(posted);
  if (!record_.failing_since) record_.failing_since = now;
  failed_since_success_.insert(key);
  log::debug("webhook-failed", {{"subscription", id_}, {"status", posted.status}, {"seq", entry.seq}, {"attempt", lane.attempts + 1}});
  if (lane.extra) {
    lane.extra = false;
    set_due(key, lane, std::max(lane.due, now + 1s));
  } else {
    if (lane.attempts == 0) {
      lane.since = now;
      ++failing_;
      // Those behind it wait longer than their bodies are worth holding.
      for (auto& waiting : lane.queue) waiting.item = nullptr;
    }
    ++lane.attempts;
    if (lane.attempts >= options.schedule.size()) {
      park(key, entry, describe(posted));
    } else {
      std::uniform_real_distribution<double> spread(1 - options.jitter, 1 + options.jitter);
      const auto delay = std::chrono::duration<double, std::milli>(static_cast<double>(options.schedule[lane.attempts].count()) * spread(pushing_->random));
      auto due = now + std::chrono::duration_cast<std::chrono::milliseconds>(delay);
      if (posted.retry_after) due = std::max(due, now + std::clamp<std::chrono::milliseconds>(*posted.retry_after, 0ms, options.retry_after_limit));
      set_due(key, lane, due);
    }
  }
  if (posted.status == 410) {
    suspend("the endpoint answered 410 Gone");
  } else if (now - *record_.failing_since >= options.suspend_after) {
    suspend("no success since " + to_iso(*record_.failing_since) + "; the last failure: " + describe(posted));
  }
}

void Push::park(const std::string& key, const store::Entry& entry, std::string reason) {
  reason = one_line(reason);
  log::warning("push-parked", {{"subscription", id_}, {"seq", entry.seq}, {"key", key}, {"why", reason}});
  parked_.push_back({entry.seq, entry.event_id, key, pushing_->clock.now(), std::move(reason)});
  if (parked_.size() > parked_kept) parked_.erase(parked_.begin());
  ++parked_total_;
  next_in(key);
  touch();
}

std::uint64_t Push::replay(std::optional<std::uint64_t> seq) {
  std::vector<Progress::Parked> again, stay;
  for (auto& parked : parked_) (!seq || parked.seq == *seq ? again : stay).push_back(std::move(parked));
  parked_ = std::move(stay);
  for (const auto& parked : again) put_back(parked.seq, parked.key);
  parked_total_ -= std::min<std::uint64_t>(parked_total_, again.size());
  if (again.empty()) return 0;
  log::info("push-replayed", {{"subscription", id_}, {"entries", again.size()}});
  touch();
  pump();
  return again.size();
}

/// By its number among those that wait; behind the one that is under way.
void Push::put_back(std::uint64_t seq, const std::string& key) {
  if (!outstanding_.insert(seq).second) return;
  auto& lane = lanes_[key];
  const auto from = lane.queue.begin() + (lane.busy ? 1 : 0);
  const auto place = std::find_if(from, lane.queue.end(), [&](const Waiting& waiting) { return waiting.seq > seq; });
  const bool first = !lane.busy && place == lane.queue.begin();
  lane.queue.insert(place, {seq, nullptr});
  if (!first) return;
  if (lane.attempts > 0) --failing_;
  lane.attempts = 0;
  lane.extra = false;
  if (lane.scheduled) due_.erase({lane.due, key});
  lane.scheduled = false;
  make_ready(key, lane);
}

/// The first of the lane is done with, one way or the other.
void Push::next_in(const std::string& key) {
  auto& lane = lanes_.at(key);
  outstanding_.erase(lane.queue.front().seq);
  lane.queue.pop_front();
  if (lane.attempts > 0) --failing_;
  lane.attempts = 0;
  lane.extra = false;
  if (lane.queue.empty()) {
    lanes_.erase(key);
  } else {
    make_ready(key, lane);
  }
}

void Push::suspend(std::string reason) {
  if (record_.status != store::Subscription::Status::active) return;
  log::warning("webhook-suspended", {{"subscription", id_}, {"partner", partner_}});
  record_.status = store::Subscription::Status::suspended;
  record_.reason = std::move(reason);
  suspension_written_ = false;
  touch();
}

void Push::remember(const std::string& key, std::uint64_t seq) {
  const auto [place, added] = sent_.insert_or_assign(key, seq);
  if (!added) return;
  sent_order_.push_back(key);
  if (sent_order_.size() <= previous_kept) return;
  sent_.erase(sent_order_.front());
  sent_order_.pop_front();
}

}  // namespace wayleave::feed
