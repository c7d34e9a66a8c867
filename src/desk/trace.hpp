#pragma once

#include <string>
#include <vector>

#include "desk/origins.hpp"
#include "mapping/map.hpp"

namespace wayleave::desk {

/// A run with, for every piece of its output, the line of the map and the place of the document that made it.
struct Trace {
  struct Line {
    std::string text;                      ///< one line of the output, indented; of an attribute its name alone
    std::string path;                      ///< of the node in the output; empty: an end tag
    std::string map;                       ///< `base.map.xml:12`
    std::string called;                    ///< the line that calls the m:def this is in; empty: none
    std::vector<Origin> origins;
    bool attribute = false;
  };
  struct Message {
    std::vector<Line> lines;
  };
  std::vector<Message> messages;           ///< one; of a map that splits any number; none where the document was refused
  mapping::Mapped mapped;
};
Trace trace(const mapping::Map& map, const Document& document, const mapping::Context& context);

/// `<Quantity>5</Quantity>   <- base.map.xml:12  in.xml:7 /Order/Line[2]/Quantity`; `file` is what the document is called.
std::string render(const Trace& trace, const std::string& file);
/// Findings with both places.
std::string render_findings(const mapping::Mapped& mapped, const std::string& file);
/// The same for other programs: one object.
std::string render_json(const Trace& trace, const std::string& file);

}  // namespace wayleave::desk
