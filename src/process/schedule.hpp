#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "base/clock.hpp"
#include "config/site.hpp"

namespace wayleave::process {

/// When a step that failed is tried again. Pure but for the generator.
struct Failure {
  int attempts = 1;                      ///< of this step, those that count, the one that just failed included
  Time first{};                          ///< when the step was first tried
  Time now{};
  std::optional<std::chrono::milliseconds> retry_after;
};

inline constexpr std::chrono::hours longest_retry_after{24};

/// The time of the next attempt; nullopt: give up. The n-th delay of `retry=` ±20 %, the last one repeated, and one last
/// attempt when `give-up` is reached; what the back end asked for (clamped to 24 h, spread by up to 20 % later) takes
/// its place.
std::optional<Time> next_attempt(const config::Step& step, const Failure& failure, std::mt19937_64& random);

}  // namespace wayleave::process
