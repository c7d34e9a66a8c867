#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "schema/schema.hpp"

/// Schemas and documents for the tests of this room.
namespace fixture {

std::string contents(const std::filesystem::path& file);
/// A schema of the product's own schemas/; fails the test when it does not load.
wayleave::schema::SchemaPtr load(const std::string& reference);
/// The schema in `xsd` with that root.
wayleave::schema::SchemaPtr schema_of(const std::string& xsd, const std::string& root);
/// schemas/canonical/instances, each with the reference of its schema.
std::vector<std::pair<std::filesystem::path, std::string>> canonical_instances();
/// Where OASIS UBL 2.4 lies; empty when it is not there.
std::filesystem::path ubl();
/// The UBL examples that have a schema, each with it.
std::vector<std::pair<std::filesystem::path, wayleave::schema::SchemaPtr>> ubl_examples();

}  // namespace fixture
