#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "schema/model.hpp"

namespace wayleave::desk {

/// What a content model costs at least, in elements, and ways through it.
class ContentWalks {
 public:
  static constexpr std::uint32_t impossible = 1'000'000;
  /// Looks at everything below `root`.
  ContentWalks(const schema::Model& model, schema::ElementId root);

  /// Elements in the least document that begins here; `impossible`: there is none without xsi:type.
  std::uint32_t weight(schema::ElementId element) const;

  /// One way from the start to an accepting state. `takes` is asked for each element that may come next, in schema order, with
  /// the number of those that this walk has had; when all are declined and the model wants more, the cheapest way is gone.
  /// An element `none` stands for a wildcard.
  using Takes = std::function<bool(schema::ElementId element, std::uint32_t had)>;
  /// `rotation`: where alternatives are open, which of them is asked first.
  std::vector<const schema::Automaton::Edge*> walk(const schema::Type& type, const Takes& takes, std::uint32_t rotation) const;

 private:
  struct Costs {
    std::uint32_t least = impossible;                  ///< of the whole content
    std::vector<std::uint32_t> to_end;                 ///< by state
  };
  std::uint32_t weight_of(const schema::Automaton::Edge& edge) const;
  bool update(schema::TypeId type);
  const schema::Automaton::Edge* cheapest(const Costs& costs, const std::vector<const schema::Automaton::Edge*>& open) const;

  const schema::Model& model_;
  std::unordered_map<schema::TypeId, Costs> costs_;
};

}  // namespace wayleave::desk
