#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "mapping/check_expression.hpp"
#include "mapping/map_file.hpp"
#include "mapping/tree.hpp"

namespace wayleave::mapping {

/// The address of one template node by what it writes: `SalesOrder/Item/Qty[@uom='ST']`, or `#id` for an m:id.
struct Address {
  struct Step {
    std::string name;
    std::vector<std::pair<std::string, std::string>> attributes;   ///< literal attributes that tell it from others
    std::vector<std::pair<std::vector<std::string>, std::string>> elements;   ///< literal texts in it: qualifiers of segments
  };
  std::vector<Step> steps;
  std::string id;
  Fragment text;
};

/// One change that an overlay makes to its base.
struct Patch {
  enum class Kind : std::uint8_t { replace, before, after, append, remove } kind = Kind::replace;
  Address at;
  Span span;                               ///< of the directive's name
  std::uint32_t end = 0;                   ///< offset behind the directive
  std::vector<TemplateNodePtr> nodes;
};

/// What was patched where, once merged: for messages that name both files.
struct Merged {
  std::uint16_t file = 0;                  ///< the overlay
  std::uint32_t begin = 0, end = 0;        ///< the patch in it
  Patch::Kind kind = Patch::Kind::replace;
  Span base;                               ///< the node that was addressed
  Span parent;                             ///< the one around it
  std::string name;                        ///< of the node
};

/// A map, an overlay or a library taken apart; expressions parsed, nothing checked against a schema yet.
struct MapSource {
  enum class Kind : std::uint8_t { map, overlay, library } kind = Kind::map;
  Fragment name, source, target;           ///< attributes of m:map
  Fragment extends;                        ///< of m:overlay
  std::string partner;                     ///< of m:overlay: whose documents take it
  Span span;
  std::string note;
  struct Codes {
    std::string name;
    Fragment href;                         ///< empty: rows only
    Span span;
    std::vector<Fragment> more;            ///< files that overlays merged into it; they win over the first
    std::vector<CodeList::Row> rows;       ///< written here; they win over the files'
    enum class Override : std::uint8_t { none, merge, replace } override_ = Override::none;
    bool is_final = false;
  };
  std::vector<Codes> codes;
  struct Use {
    Fragment href;
    Span span;
  };
  std::vector<Use> uses;
  std::vector<Key> keys;
  std::vector<Linked> linked;
  struct Sequence {
    std::string name;
    Span span;
    bool per_partner = true;               ///< scope="partner"; else one for the gateway
  };
  std::vector<Sequence> sequences;
  std::vector<TemplateNodePtr> lets;           ///< of the head, in order; m:param among them
  std::vector<Span> overriding;                ///< of an overlay: the lets that say override="yes", by span
  std::vector<std::unique_ptr<Definition>> definitions;
  TemplateNodePtr root;
  std::vector<TemplateNodePtr> rules;          ///< m:reject and m:warn beside the root
  std::vector<Patch> patches;                  ///< of an overlay
  /// Checked: places of the source that are mandatory and that nothing here reads (M703), as paths.
  std::vector<std::string> unmapped;
  /// Checked: how the names that m:copy may write are written.
  std::unordered_map<NameId, std::string> copy_tags;
  std::vector<schema::TypeId> copied;          ///< types of the target that m:copy writes
  std::vector<Merged> merged;                  ///< of a map that overlays were laid upon
};

/// Findings M0xx; null when it is neither map nor overlay nor library.
std::unique_ptr<MapSource> parse_map(Compilation& compilation, const MapFile& file);
/// `A/B[@x='lit']/C` or `#id`; findings M004 and no steps when it is neither.
Address parse_address(Fragment text, Reporter& reporter);

}  // namespace wayleave::mapping
