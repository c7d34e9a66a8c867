#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace wayleave::feed {

/// What a subscription knows beyond its cursor: store::Subscription::progress. The store keeps it without reading it.
struct Progress {
  /// Entries of one key that wait; the first is the one that fails.
  struct Key {
    std::string key;
    std::vector<std::uint64_t> seqs;
    unsigned attempts = 0;               ///< of the first; 0: it has not failed yet
    Time due{};                          ///< of its next attempt
    Time since{};                        ///< its first failure
  };
  /// An entry given up: its schedule was exhausted, or it was removed before it could be sent.
  struct Parked {
    std::uint64_t seq = 0;
    std::string event_id, key;
    Time at{};
    std::string reason;
  };
  std::uint64_t high = 0;                ///< entries after the cursor up to here are delivered or parked unless they wait
  std::vector<Key> keys;
  std::vector<Parked> parked;            ///< the newest, at most parked_kept
  std::uint64_t parked_total = 0;        ///< those that were dropped from the list included, those replayed not
};
inline constexpr std::size_t parked_kept = 1'000;

std::string write_progress(const Progress& progress);
/// Empty or unreadable text gives an empty Progress: then what lies after the cursor is sent again.
Progress read_progress(const std::string& text);

}  // namespace wayleave::feed
