#include "process/target.hpp"

#include <algorithm>

namespace wayleave::process {

namespace {
using namespace std::chrono_literals;
constexpr double slowest = 10, fastest = 1000, unknown = 200;   // calls a second by which lanes are spread
}

Target::Answer Target::ask(Instant now) const {
  if (open(now)) return Answer::put_back;
  if (waiting_ == 0 && may_start(now)) return Answer::go;
  return calls_ + waiting_ < share() ? Answer::wait : Answer::put_back;
}

bool Target::may_start(Instant now) const {
  if (open_) return now >= open_until_ && !probing_;
  return calls_ < limits_.calls;
}

bool Target::refuses_waiting(Instant now) const { return open(now) || calls_ + waiting_ > share(); }

bool Target::begin(Instant now) {
  pass(now);
  ++calls_;
  if (open_) probing_ = true;
  return open_;
}

void Target::end(bool probe, End end, Instant now) {
  pass(now);
  --calls_;
  ++ended_;
  stalled_ = false;
  if (probe) probing_ = false;
  if (end == End::nothing) return;
  if (end == End::answered) {
    open_ = false;
    in_a_row_ = 0;
    return;
  }
  ++failures_;
  ++in_a_row_;
  // A call that began before the breaker opened and fails after it says nothing new.
  if (open_ ? probe : in_a_row_ >= limits_.failures) {
    open_ = true;
    open_until_ = now + limits_.probe;
  }
}

Target::Duration Target::put_back_for(Instant now) {
  // Spread, so that they neither come back at once nor leave the back end idle.
  const double rate = per_second_ > 0 ? per_second_ : measured();
  const auto step = Duration(static_cast<std::int64_t>(1000.0 / std::clamp(rate, slowest, fastest)));
  const Instant earliest = open(now) ? open_until_ : now + 250ms;
  next_return_ = std::max(next_return_ + step, earliest);
  if (next_return_ > earliest + 30s) next_return_ = earliest + 15s;
  return std::chrono::ceil<Duration>(next_return_ - now);
}

std::size_t Target::room(Instant now) const {
  if (open(now)) return share();
  const std::size_t here = calls_ + waiting_;
  return here < share() ? share() - here : 0;
}

void Target::pass(Instant now) {
  if (now > passed_) occupied_ += static_cast<double>(calls_) * (now - passed_);
  passed_ = std::max(passed_, now);
}

double Target::measured() const {
  if (ended_ == 0) return unknown;
  if (occupied_.count() <= 0) return fastest;
  return std::min(fastest, static_cast<double>(ended_ * limits_.calls) / occupied_.count());
}

void Target::tick(Instant now) {
  pass(now);
  stalled_ = ended_ == 0 && calls_ >= limits_.calls;
  if (stalled_) per_second_ = slowest;
  else if (ended_ > 0) per_second_ = per_second_ > 0 ? (per_second_ + measured()) / 2 : measured();
  ended_ = 0;
  occupied_ = {};
}

}  // namespace wayleave::process
