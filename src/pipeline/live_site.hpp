#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/site.hpp"
#include "formats/edi/guide.hpp"
#include "mapping/expression.hpp"
#include "mapping/map.hpp"
#include "partners/directory.hpp"
#include "pipeline/receiving.hpp"
#include "process/process.hpp"
#include "schema/schema.hpp"

namespace wayleave::pipeline {

/// One `<accepts>` compiled.
struct Agreement {
  const config::Agreement* config = nullptr;
  std::string id;                        ///< `acme/3`: what the store remembers a document was admitted by
  schema::SchemaPtr schema;              ///< EDI: the guide's
  edi::GuidePtr guide;                   ///< EDI only
  mapping::MapPtr map;                   ///< null: the document is canonical already
  schema::SchemaPtr canonical;           ///< of the canonical document
  std::shared_ptr<const mapping::Expression> when;
  std::shared_ptr<const mapping::Expression> source_key;
  process::ProcessPtr process;           ///< null: kept, nothing delivered
  /// Used when no process says otherwise.
  std::shared_ptr<const mapping::Template> key, lane;
};

/// One `<sends>` compiled, or a canonical event that needs no line.
struct EventSource {
  std::string event;                     ///< shipment-status, network-status
  schema::SchemaPtr schema;
  mapping::MapPtr map;                   ///< null: canonical already
};

/// A whole site, read and compiled: immutable, shared by everybody who works, swapped as a whole on reload.
struct LiveSite {
  std::uint64_t version = 0;             ///< counts reloads; from 1
  config::Site config;
  std::unique_ptr<partners::Directory> directory;
  std::map<std::string, std::vector<Agreement>, std::less<>> agreements;      ///< by partner
  std::map<std::string, edi::Guides, std::less<>> guides;                     ///< what a partner's interchanges are read by
  std::map<std::string, std::vector<Receiving>, std::less<>> receives;        ///< by partner
  std::map<std::string, std::vector<EventSource>, std::less<>> sources;       ///< by back end
  std::map<std::string, process::ProcessPtr, std::less<>> processes;
  mapping::States states;                ///< canonical schemas by kind: shipment, order, situation …
  std::map<std::string, schema::SchemaPtr, std::less<>> schemas;              ///< by reference, those used at run time
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> properties;   ///< partner() of each

  const config::Partner* partner(std::string_view id) const;
  schema::SchemaPtr schema_of(const std::string& reference) const;
};
using LiveSitePtr = std::shared_ptr<const LiveSite>;

/// What a kind of document is by default: its canonical schema, business key and lane.
struct Kind {
  const char* name;                      ///< order
  const char* schema;                    ///< canonical/order-1.xsd#Order
  const char* key;
  const char* lane;
  const char* path;                      ///< /v1/orders; empty: only /v1/documents
};
const Kind* find_kind(std::string_view name);
const std::vector<Kind>& kinds();

}  // namespace wayleave::pipeline
