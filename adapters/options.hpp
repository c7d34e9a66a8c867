#pragma once

#include <string>
#include <string_view>

#include "adapter/adapter.hpp"

namespace wayleave::adapter {

/// Findings for options that `type` does not know (C148, with the nearest name) and for required ones that are missing
/// (C147). A documented name that ends with `*` stands for all names that begin so.
void check_names(const AdapterType& type, const Options& options, const Where& step, Findings& findings);

/// A finding C149 at the option.
void wrong_value(const std::string& name, const Option& option, std::string message, std::string fix, Findings& findings);

/// The option's value, or what stands in for it.
std::string value_of(const Options& options, std::string_view name, std::string_view otherwise);

}  // namespace wayleave::adapter
