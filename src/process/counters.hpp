#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "process/delivery.hpp"

namespace wayleave::process {

/// The engine's numbers. Written by its strand, read by /metrics; any thread.
class Counters {
 public:
  enum class Outcome : std::uint8_t { delivered, confirmed, refused, retried, parked, unknown };
  void call_started();
  void call_ended(const std::string& process, const std::string& step, std::chrono::duration<double> took);
  void count(Outcome outcome);
  void target(const std::string& name, bool open, std::uint64_t failures);
  DeliveryCounters read() const;

 private:
  mutable std::mutex mutex_;
  DeliveryCounters numbers_;
  std::map<std::string, DeliveryCounters::Target> targets_;
  std::map<std::pair<std::string, std::string>, DeliveryCounters::StepLatency> latencies_;
};

}  // namespace wayleave::process
