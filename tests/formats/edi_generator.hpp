#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "formats/edi/guide.hpp"

namespace fixture {

/// Makes up trees that keep to a guide: lengths, codes, patterns, rules, variants. The same seed gives the same tree.
/// What the writer computes is left out.
class EdiGenerator {
 public:
  struct Odds {
    bool repetitions = false;  ///< repeat data elements
    std::string marks;         ///< characters that texts may have beside letters, digits and blanks
    bool wide = false;         ///< letters of Latin-1, too
  };
  EdiGenerator(const wayleave::edi::Guide& guide, std::uint64_t seed, Odds odds)
      : guide_(guide), random_(seed), odds_(std::move(odds)) {}
  /// The XML of the whole tree; nullopt: something must be there that could not be made up; `why` says what.
  std::optional<std::string> tree();
  const std::string& why() const { return why_; }

 private:
  using Forced = std::vector<std::pair<std::pair<unsigned, unsigned>, std::string>>;
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::size_t below(std::size_t n) { return n ? random_() % n : 0; }
  bool children(std::uint32_t spot, std::string& out, unsigned depth);
  bool occurrences(std::uint32_t spot, std::string& out, unsigned depth);
  bool segment(std::uint32_t spot, const Forced& forced, std::string& out, unsigned depth);
  std::optional<std::string> data(const wayleave::edi::Segment& segment, const Forced& forced);
  std::optional<std::string> element(const wayleave::edi::Element& element, unsigned position, const Forced& forced);
  std::optional<std::string> value(const wayleave::edi::Element& element);
  std::string candidate(const wayleave::edi::Value& value, unsigned attempt);
  std::string text(std::size_t length);
  bool obey(
      std::uint32_t first, std::uint32_t count, std::uint64_t possible, std::uint64_t mandatory, std::uint64_t& present
  );
  bool matches(const wayleave::edi::Variant& variant, const std::string& segment, const wayleave::edi::Segment& what)
      const;

  const wayleave::edi::Guide& guide_;
  std::mt19937_64 random_;
  Odds odds_;
  std::string why_;
};

}  // namespace fixture
