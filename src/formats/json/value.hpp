#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayleave::json {

struct Member;

/// A parsed JSON text. Numbers keep the characters they were written with.
struct Value {
  enum Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = null;
  std::string text;  ///< boolean, number, string
  std::vector<Value> items;
  std::vector<Member> members;  ///< in the order of the text, names all different
};

struct Member {
  std::string name;
  Value value;
};

/// RFC 8259, at most `depth` deep; a name twice in one object is refused.
Result<Value> parse(std::string_view text, std::size_t depth);

}  // namespace wayleave::json
