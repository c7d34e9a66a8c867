#pragma once

#include <map>
#include <optional>
#include <string>

#include "mapping/compiled.hpp"
#include "mapping/expression.hpp"

namespace mapping_test {

/// schemas/in-1.xsd#In with most of its content: lines 1 and 2, tags x, y and z.
extern const std::string sample;
/// `In` with its mandatory content only, and some of `more` in its place.
std::string minimal(const std::string& after_day = "");

wayleave::schema::SchemaPtr schema(const std::string& reference);
wayleave::Document read(const std::string& xml, const std::string& reference = "in-1.xsd#In");


/// A whole map around a template and its head; namespaces declared, source in-1, target out-1.
std::string map_text(const std::string& root, const std::string& head = "", const std::string& tail = "");
wayleave::mapping::Compiled compile(const std::string& text, const std::map<std::string, std::string>& codes = {},
                                    const wayleave::mapping::States& states = {});
/// Compiles and runs; fails the test when the map has errors.
wayleave::mapping::Mapped run(const std::string& text, const std::string& document = sample,
                              const std::map<std::string, std::string>& codes = {}, const wayleave::mapping::Context& context = {});
/// What stands in the only element of a template `<Maybe>{expression}</Maybe>`; `-` when it is absent.
std::string in_element(const std::string& expression, const std::string& document = sample);

/// The value of an expression over a document, `-` when absent; `!code` when it is refused or does not compile.
std::string value(const std::string& expression, const std::string& document = sample, const wayleave::mapping::Context& context = {});
bool holds(const std::string& expression, const std::string& document = sample, const wayleave::mapping::Context& context = {});
wayleave::Findings problems(const std::string& expression);

std::string codes(const wayleave::Findings& findings);

}  // namespace mapping_test
