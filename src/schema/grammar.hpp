#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>
#include <xercesc/framework/XMLGrammarPool.hpp>

#include "schema/closure.hpp"

namespace wayleave::schema {

/// Files of one or several closures that go into one pool, by absolute path. Shared closures appear once.
using FileSet = std::map<std::string, const Closure::File*>;

struct Grammars {
  std::shared_ptr<xercesc::XMLGrammarPool> pool;   ///< locked; null when there are errors
  Findings findings;
};

/// Compiles `roots` (keys of `files`) into one locked pool. Xerces sees the bytes in `files` and nothing else. Several
/// roots of one namespace are merged; when they contradict each other that is an error.
Grammars load_grammars(const FileSet& files, const std::vector<std::string>& roots);

}  // namespace wayleave::schema
