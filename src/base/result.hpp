#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace wayleave {

/// What went wrong, by kind. Few kinds; policy and tests compare these, never text.
enum class Errc : std::uint8_t {
  invalid,       // the input was judged and found wanting
  unusable,      // the judgement could not be made: a file, schema, map or site that does not compile
  not_found,     // no such thing, or somebody else's
  conflict,      // contradicts what is already durable
  busy,          // try later
  too_large,     // a named limit was exceeded
  timeout,       // a deadline passed
  unreachable,   // no connection, or it broke
  refused,       // not allowed here
  storage,       // the store could not make it durable
  stopping,      // we are shutting down
};

/// A place in a text that a person wrote. line and column count from 1, column in characters; 0: unknown.
struct Where {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// A failure as a value. `detail` says what was seen and what to do about it.
struct Problem {
  Errc code = Errc::invalid;
  std::string detail;
  Where where = {};
};

/// Thrown by Result<T>::value() on a failure: only where a failure is a bug or ends start-up.
class ProblemError : public std::runtime_error {
 public:
  explicit ProblemError(Problem p) : std::runtime_error(p.detail), problem(std::move(p)) {}
  Problem problem;
};

[[noreturn]] inline void throw_exception_from_error(const Problem& problem, const boost::source_location&) {
  throw ProblemError(problem);
}

template <class T>
using Result = boost::system::result<T, Problem>;

}  // namespace wayleave
