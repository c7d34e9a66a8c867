#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/finding.hpp"
#include "document/document.hpp"
#include "schema/schema.hpp"

namespace wayleave::xml {

/// The pre-scan's limits; each is named in the finding (X0xx) of a document that exceeds it.
struct Limits {
  std::uint64_t document = 50ull << 20;
  std::uint32_t depth = 256;
  std::uint32_t attributes = 256;           ///< a tag
  std::uint32_t namespaces = 64;            ///< xmlns declarations a tag
  std::uint32_t namespaces_in_force = 256;  ///< of a tag and all those around it
  std::uint32_t start_tag = 64u << 10;      ///< bytes
  std::uint32_t attribute_value = 1u << 20;
  std::uint32_t text = 10u << 20;
  std::uint32_t name = 1u << 10;
  std::uint32_t nodes = 5'000'000;
  bool internal_dtd = false;  ///< an administrator's own schema files only
};

/// What reading gave: a tree, findings, or both (well-formed but not valid: the tree is there for the report's sake).
struct Reading {
  std::optional<Document> document;
  Findings findings;
  bool valid() const { return document && findings.empty(); }
};

/// Three moves over the bytes (docs/architecture.md): pre-scan (encoding, DOCTYPE, limits, well-formedness, offsets),
/// our tree from the offsets, Xerces-C++ for the verdict; only when that is "no", our automata for the diagnosis.
/// Opens no file and no socket, whatever the document says. Any thread; parsers are kept per thread.
Reading read(std::string bytes, const schema::Schema& schema, const Limits& limits = {});

/// The same without a schema: well-formed or not.
Reading read_wellformed(std::string bytes, const Limits& limits = {});

/// Our own judgement only (no Xerces): for documents that we wrote ourselves and whose map was checked.
Reading read_own(std::string bytes, const schema::Schema& schema, const Limits& limits = {});

/// The root element's name without building anything; findings when even that cannot be told. Used to identify.
struct RootName {
  std::string ns;
  std::string local;
};
std::optional<RootName> sniff_root(std::string_view bytes);

/// Validations where Xerces and our automata disagreed since start (Xerces' verdict stood). For /metrics.
std::uint64_t disagreements();

}  // namespace wayleave::xml
