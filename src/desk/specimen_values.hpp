#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/model.hpp"
#include "schema/pattern_syntax.hpp"

namespace wayleave::desk {

/// Chance that gives the same from the same seed on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  /// 0 to `limit` - 1.
  std::uint64_t below(std::uint64_t limit) { return limit < 2 ? 0 : engine_() % limit; }
  bool percent(unsigned how_often) { return below(100) < how_often; }

 private:
  std::mt19937_64 engine_;
};

/// Makes values of simple types, for one document. Each is judged by schema::diagnose_value before it is given; nullopt
/// where nothing that was tried is of the type.
class SpecimenValues {
 public:
  /// `wild`: lengths, signs and characters as they seldom come, else the plain ones first.
  SpecimenValues(const schema::Model& model, Chance& chance, bool wild) : model_(model), chance_(chance), wild_(wild) {}
  std::optional<std::string> make(schema::TypeId type, std::string_view name);
  /// One that this `of` has not had yet, as long as there are any.
  std::optional<std::string> make_unique(schema::TypeId type, std::string_view name, const void* of);

 private:
  std::optional<std::string> guess(schema::TypeId type, std::string_view name, unsigned attempt);
  std::optional<std::string> of_wire(schema::TypeId type, std::string_view name, unsigned attempt);
  std::optional<std::string> of_list(const schema::Facets& facets, std::string_view name);
  std::string matching(const schema::Pattern& pattern);
  void append(std::string& text, const schema::PatternNode& node);
  void append(std::string& text, const schema::CharacterSet& set);
  std::string text(const schema::Facets& facets, std::string_view name, unsigned attempt);
  std::string odd_text(std::size_t length);
  std::string number(const schema::Facets& facets, unsigned attempt);
  std::string moment(const schema::Facets& facets, unsigned attempt);

  const schema::Model& model_;
  Chance& chance_;
  bool wild_;
  unsigned made_ = 0;                      ///< values so far: each is to be told from the others
  std::unordered_map<const schema::Pattern*, std::optional<schema::PatternNode>> patterns_;
  std::unordered_map<const void*, std::set<std::string>> had_;
};

}  // namespace wayleave::desk
