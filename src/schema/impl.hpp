#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <xercesc/framework/XMLGrammarPool.hpp>

#include "schema/model.hpp"
#include "schema/schema.hpp"

namespace wayleave::schema {

/// What a Schema stands on. Included by schema/ and by the validator in formats/xml, nobody else: Xerces' types end here.
struct Schema::Impl {
  /// Locked, every lazily built part of it built beforehand, so any number of threads may validate against it. Give it
  /// to a parser's constructor with fgXercesUseCachedGrammarInParse and keep the shared_ptr as long as the parser.
  /// Several Schemas whose closures share files have the same pool.
  std::shared_ptr<xercesc::XMLGrammarPool> pool;
  std::shared_ptr<const Model> model;
  std::string label;
  std::filesystem::path file;
};

}  // namespace wayleave::schema
