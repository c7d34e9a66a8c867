#include <catch2/catch.hpp>

#include "schema/schema.hpp"

using namespace wayleave;

TEST_CASE("the canonical order compiles", "[schema]") {
  schema::Library library({{std::string(WAYLEAVE_SOURCE_DIR) + "/schemas"}});
  const auto loaded = library.load("canonical/order-1.xsd#Order");
  for (const auto& f : loaded.findings) FAIL(f.in << ":" << f.line << ":" << f.column << " " << f.message);
  REQUIRE(loaded.schema);
}
