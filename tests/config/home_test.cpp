#include <catch2/catch.hpp>

#include "sites.hpp"

using namespace wayleave::config;

TEST_CASE("the product's files are found from a build", "[config]") {
  unsetenv("WAYLEAVE_HOME");
  CHECK(std::filesystem::exists(product_home() / "schemas/wayleave/gateway-1.xsd"));
}

TEST_CASE("WAYLEAVE_HOME says where the product's files are", "[config]") {
  setenv("WAYLEAVE_HOME", "/opt/elsewhere", 1);
  CHECK(product_home() == "/opt/elsewhere");
  unsetenv("WAYLEAVE_HOME");
}

TEST_CASE("the site around a folder is the nearest with a gateway.xml", "[config]") {
  CHECK(enclosing_site(test_site("good") / "mappings/acme") == test_site("good"));
  CHECK(enclosing_site(test_site("good")) == test_site("good"));
  ScratchSite empty;
  CHECK_FALSE(enclosing_site(empty.path()));
}
