#pragma once

#include <string>
#include <vector>

#include "desk/origins.hpp"
#include "mapping/map.hpp"

namespace wayleave::desk {

/// Why something of the output is there, or is not: what happened at every place of the map that could write it.
struct Why {
  struct Event {
    std::uint32_t line = 0;                ///< of the document: the item the map was at
    std::string path;
    std::string map;                       ///< the line that decided
    std::string sentence;
    bool written = false;
  };
  struct Writer {
    std::string map;                       ///< `base.map.xml:27`
    std::string called;                    ///< the line that calls the m:def this is in; empty: none
    std::vector<Event> events;
  };
  std::string path;                        ///< as it was understood: `ErpOrder/Header/Department`
  std::vector<Writer> writers;
  std::string note;                        ///< where nothing in the map writes it
  bool known = true;                       ///< false: the target has no such path
  mapping::Mapped mapped;
};

/// `path`: names from the root down, an attribute with @ last: `Order/Line[2]/Quantity/@unit`. `[n]` means the nth item of the
/// loop that writes this element, `[@role='ship-to']` the element with that literal attribute in the map.
Why why(const mapping::Map& map, const Document& document, const mapping::Context& context, const std::string& path);
std::string render(const Why& why, const std::string& file);
std::string render_json(const Why& why, const std::string& file);

}  // namespace wayleave::desk
