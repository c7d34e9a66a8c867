#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wayleave::process {

/// What stands between lanes and one back end: a breaker and a bulkhead. A plain state machine without timers; the caller
/// says what time it is. Used by one thread (the engine's strand).
///
/// Breaker: closed → (failures in a row) → open for `probe` → one probe → closed, or open again.
/// Bulkhead: at most `calls` calls under way; at most `share` lanes here at all, the rest is put back into the store, so
/// that one slow back end never fills the engine.
class Target {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::milliseconds;

  struct Limits {
    std::size_t calls = 16;
    std::size_t share = 64;
    unsigned failures = 5;
    Duration probe{30'000};
  };
  Target(std::string name, Limits limits) : name_(std::move(name)), limits_(limits) {}

  enum class Answer : std::uint8_t { go, wait, put_back };
  /// What a lane that wants to call shall do. `go` is no reservation: call begin() before anything else happens.
  Answer ask(Instant now) const;
  /// A place in the queue, taken and left.
  void wait() { ++waiting_; }
  void leave() { --waiting_; }
  /// True when the first of the queue may call now.
  bool may_start(Instant now) const;
  /// Whether those in the queue should go back into the store (the breaker opened; the back end hangs).
  bool refuses_waiting(Instant now) const;

  /// A call starts. True: it is the breaker's probe.
  bool begin(Instant now);
  enum class End : std::uint8_t {
    answered,        ///< the back end is there, whatever it said
    failed,          ///< refused connection, time-out, 503
    nothing,         ///< says nothing about it: never sent, broken off by us
  };
  void end(bool probe, End end, Instant now);

  /// How long a lane that was put back stays away: until the breaker's probe, else about until its turn comes.
  Duration put_back_for(Instant now);
  /// Lanes that could come now without being put back.
  std::size_t room(Instant now) const;
  bool open(Instant now) const { return open_ && now < open_until_; }
  /// Once a second: measures how many calls a second the back end could answer with all its places taken (what it does
  /// answer says little: it may have been asked for nothing).
  void tick(Instant now);

  const std::string& name() const { return name_; }
  bool breaker_open() const { return open_; }
  std::uint64_t failures() const { return failures_; }
  std::size_t calls() const { return calls_; }

 private:
  std::size_t share() const { return stalled_ ? limits_.calls + 4 : limits_.share; }
  void pass(Instant now);
  double measured() const;

  std::string name_;
  Limits limits_;
  std::size_t calls_ = 0;
  std::size_t waiting_ = 0;
  bool open_ = false;
  bool probing_ = false;
  unsigned in_a_row_ = 0;
  std::uint64_t failures_ = 0;
  Instant open_until_{};
  Instant next_return_{};
  std::uint64_t ended_ = 0;          ///< since the last tick
  std::chrono::duration<double> occupied_{};   ///< the times of all calls together, since the last tick
  Instant passed_{};                 ///< up to here they are counted
  double per_second_ = 0;            ///< 0: not known yet
  bool stalled_ = false;             ///< every place taken and nothing ended for a second
};

}  // namespace wayleave::process
