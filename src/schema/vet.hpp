#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "schema/schema.hpp"

namespace wayleave::schema {

/// Compiles the files in a child process under limits (512 MiB, 20 s of processor and of wall clock, no core file).
/// nullopt: it went through, or its faults are ones that compiling here will report as well, or there is no binary to
/// run (WAYLEAVE_VET_BINARY, or this process when it is `wayleave`). Otherwise what ended the child.
std::optional<Finding> vet_in_child(const std::vector<std::string>& files, const SearchPath& path);

/// What the child does: compiles without a child of its own. S909: it ran out of memory and could still say so.
Findings compile_here(const std::vector<std::string>& files, const SearchPath& path);

}  // namespace wayleave::schema
