#include "process/schedule.hpp"

#include <algorithm>
#include <array>

namespace wayleave::process {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds scheduled(const config::Step& step, int attempts) {
  static constexpr std::array<milliseconds, 6> by_default{1s, 5s, 30s, 2min, 10min, 1h};
  const auto index = static_cast<std::size_t>(std::max(attempts, 1) - 1);
  if (step.retry.empty()) return by_default[std::min(index, by_default.size() - 1)];
  return step.retry[std::min(index, step.retry.size() - 1)];
}

milliseconds spread(milliseconds delay, double from, double to, std::mt19937_64& random) {
  std::uniform_real_distribution<double> factor(from, to);
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(delay.count()) * factor(random)));
}

}  // namespace

std::optional<Time> next_attempt(const config::Step& step, const Failure& failure, std::mt19937_64& random) {
  const milliseconds give_up = step.give_up > 0ms ? step.give_up : milliseconds(72h);
  if (failure.now - failure.first >= give_up) return std::nullopt;
  if (failure.retry_after && *failure.retry_after > 0ms) {
    const auto asked = std::min<milliseconds>(*failure.retry_after, longest_retry_after);
    return failure.now + spread(asked, 1.0, 1.2, random);
  }
  const Time at = failure.now + spread(scheduled(step, failure.attempts), 0.8, 1.2, random);
  return std::min(at, failure.first + give_up);
}

}  // namespace wayleave::process
