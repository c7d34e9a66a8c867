#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/types.hpp"
#include "schema/schema.hpp"

namespace wayleave::desk {

/// The place in the source that a place in the target corresponds to, seen from the item that is being mapped.
struct Counterpart {
  schema::TypeId type = schema::none;        ///< none: nothing corresponds
  std::string path;                          ///< `Item/Id`; empty: the item itself
  bool optional = false;                     ///< some step of the path may be absent
  bool many = false;                         ///< the last step may be there several times
  std::uint32_t max = 1;                     ///< how often at most
  bool exists() const { return type != schema::none; }
  /// The same item as the beginning of paths: what a loop over it sees.
  Counterpart as_item() const { return {type, "", false, false, 1}; }
};

/// What of a source has the same name at the same position as something of a target, and whether it can simply be copied.
/// Neither schema may go before it.
class Correspondence {
 public:
  Correspondence(const schema::Schema& source, const schema::Schema& target);

  Counterpart root() const;
  /// The child of that name; nothing where two namespaces have one.
  Counterpart child(const Counterpart& of, std::string_view local) const;
  Counterpart attribute(const Counterpart& of, std::string_view local) const;

  enum class Agreement : std::uint8_t {
    no,
    copy,                                    ///< its path can stand there
    may_lack,                                ///< the same, but the target needs a value and the source may have none
  };
  Agreement agreement(const Counterpart& from, schema::TypeId to, bool mandatory);
  /// The target says something of its values that the source does not, and that only a run shows: a form, bounds.
  bool narrower(const Counterpart& from, schema::TypeId to) const;

  /// Paths of the source that end in that name, for hints; at most `most`.
  std::vector<std::string> elsewhere(std::string_view local, std::size_t most = 3) const;

 private:
  void collect(schema::TypeId type, const std::string& path, std::vector<schema::TypeId>& around);

  const schema::Model& source_;
  const schema::Model& target_;
  schema::TypeId root_;
  mapping::Places places_;
  std::multimap<std::string, std::string, std::less<>> by_name_;
};

}  // namespace wayleave::desk
