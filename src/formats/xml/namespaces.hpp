#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "document/name_hash.hpp"

namespace wayleave::xml {

/// A namespace name as a number: equal numbers, equal names. Means something only within one scan.
using Uri = std::uint32_t;
inline constexpr Uri no_namespace = 0, xml_namespace = 1, xsi_namespace = 2, xmlns_namespace = 3;
inline constexpr Uri unbound = 0xffffffffu;

/// Which namespace a prefix stands for while a document is scanned (Namespaces in XML 1.0, §6). Looking up costs the
/// same however many declarations are in force. Reusable: clear() keeps memory.
class Namespaces {
 public:
  Namespaces();
  void clear();

  /// What `prefix` (empty: the default namespace) stands for here; unbound when it was not declared. `prefix` must stay
  /// valid until clear().
  Uri find(std::string_view prefix);
  /// False when the document has used more than `most` prefixes or namespaces by now.
  bool declare(std::string_view prefix, std::string_view uri);
  static constexpr std::size_t most = 4096;
  /// Declarations since a mark are undone when their element ends.
  std::size_t mark() const { return undo_.size(); }
  void rewind(std::size_t mark);

  std::string_view uri(Uri id) const { return uris_[id]; }
  std::size_t uris() const { return uri_count_; }

 private:
  struct Hash {
    std::size_t operator()(std::string_view text) const { return namespace_hash(text); }
  };
  struct Prefix {
    std::string_view text;
    Uri bound;
  };
  struct Undo {
    std::uint32_t prefix;
    Uri before;
  };
  std::uint32_t prefix_index(std::string_view prefix);
  Uri uri_index(std::string_view uri);

  static constexpr std::size_t few = 8;  // so many are compared one by one
  std::vector<Prefix> prefixes_;         // [0]: the default namespace
  std::unordered_map<std::string_view, std::uint32_t, Hash> prefix_table_;
  std::vector<Undo> undo_;
  std::deque<std::string> uris_;  // the first uri_count_ of them; the rest is kept for later
  std::size_t uri_count_ = 0;
  std::unordered_map<std::string_view, Uri, Hash> uri_table_;
};

}  // namespace wayleave::xml
