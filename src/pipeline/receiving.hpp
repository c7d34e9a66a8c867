#pragma once

#include <filesystem>
#include <string>

#include "config/site.hpp"
#include "formats/edi/guide.hpp"
#include "formats/edi/write.hpp"
#include "mapping/map.hpp"
#include "schema/schema.hpp"

namespace wayleave::pipeline {

/// One `<receives>` compiled: how entries of a feed are written for a partner, and how they come to it.
struct Receiving {
  const config::Receives* config = nullptr;
  /// `receives-acme-shipment-status-1`: the subscription that brings it, and whom its control numbers are drawn for.
  std::string id;
  schema::SchemaPtr source;              ///< of the feed's entries; null: the feed has no canonical document
  mapping::MapPtr map;                   ///< the partner's own overlay where there is one; null: the entry as it is
  edi::GuidePtr guide;                   ///< what the map makes a tree of; null: format xml, or acknowledgments
  edi::WritePolicy policy;
  edi::InterchangeHead head;             ///< all that is the same in every interchange
  std::string folder;                    ///< via directory: as the site says it

  bool by_directory() const { return config->via == "directory"; }
};

}  // namespace wayleave::pipeline
