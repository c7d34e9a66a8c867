#include <catch2/catch.hpp>

#include "desk/place_page.hpp"
#include "fixture.hpp"

using namespace wayleave;

TEST_CASE("a place of a schema is told with occurrence, type, codes, meaning and what stands in it", "[desk]") {
  const auto schema = desk_test::schema("canonical/order-1.xsd#Order");
  const auto page = desk::place_page(*schema, "Line/Quantity").value();
  CHECK(page.find("Order/Line/Quantity   exactly once") == 0);
  CHECK(page.find("@unit") != std::string::npos);
  CHECK(desk::place_page(*schema, "Party").value().find("[@role='ship-to']") != std::string::npos);
  CHECK(desk::place_page(*schema, "Line/Quantity/@unit").value().find("mandatory") != std::string::npos);
  CHECK(desk::place_page(*schema, "").value().find("the root element") != std::string::npos);
  const auto missing = desk::place_page(*schema, "Line/Quantty");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().detail.find("did you mean Quantity?") != std::string::npos);
}
