#include "process/counters.hpp"

#include <algorithm>

namespace wayleave::process {

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return bounds;
}

void Counters::call_started() {
  const std::lock_guard lock(mutex_);
  ++numbers_.attempts;
  ++numbers_.under_way;
}

void Counters::call_ended(const std::string& process, const std::string& step, std::chrono::duration<double> took) {
  const auto& bounds = latency_bounds();
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds, took.count()) - bounds.begin());
  const std::lock_guard lock(mutex_);
  --numbers_.under_way;
  auto& latency = latencies_[{process, step}];
  if (latency.buckets.empty()) {
    latency.process = process;
    latency.step = step;
    latency.buckets.resize(bounds.size() + 1);
  }
  ++latency.buckets[bucket];
  ++latency.count;
  latency.sum_seconds += took.count();
}

void Counters::count(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  switch (outcome) {
    case Outcome::delivered: ++numbers_.delivered; break;
    case Outcome::confirmed: ++numbers_.confirmed; break;
    case Outcome::refused: ++numbers_.refused; break;
    case Outcome::retried: ++numbers_.retried; break;
    case Outcome::parked: ++numbers_.parked; break;
    case Outcome::unknown: ++numbers_.unknown; break;
  }
}

void Counters::target(const std::string& name, bool open, std::uint64_t failures) {
  const std::lock_guard lock(mutex_);
  targets_[name] = {name, open, failures};
}

DeliveryCounters Counters::read() const {
  const std::lock_guard lock(mutex_);
  DeliveryCounters copy = numbers_;
  for (const auto& [name, target] : targets_) copy.targets.push_back(target);
  for (const auto& [step, latency] : latencies_) copy.latencies.push_back(latency);
  return copy;
}

}  // namespace wayleave::process
