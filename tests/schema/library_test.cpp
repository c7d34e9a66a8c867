#include <catch2/catch.hpp>
#include <cstdlib>

#include "fixture.hpp"
#include "schema/impl.hpp"

using namespace wayleave;
using namespace wayleave::schema;

namespace {

SearchPath product() { return {{std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas"}}; }

const std::vector<std::string> canonical{"canonical/order-1.xsd#Order", "canonical/order-change-1.xsd#OrderChange", "canonical/shipment-status-1.xsd#ShipmentStatus"};

}  // namespace

TEST_CASE("schemas vetted together that share files share one pool and one model", "[schema][library]") {
  Library library(product());
  library.vet(canonical);
  const auto a = library.load(canonical[0]), b = library.load(canonical[1]);
  REQUIRE(a.schema);
  REQUIRE(b.schema);
  CHECK(a.schema->impl().pool == b.schema->impl().pool);
  CHECK(&a.schema->model() == &b.schema->model());
  CHECK(names::local(b.schema->root_name()) == "OrderChange");
  CHECK(a.schema->label() == canonical[0]);
}

TEST_CASE("schemas of one namespace that contradict each other are compiled apart", "[schema][library]") {
  const test::SchemaFolder folder;
  folder.write("common.xsd", test::schema_text("<xs:simpleType name='S'><xs:restriction base='xs:string'/></xs:simpleType>"));
  const auto one = folder.write("one.xsd", test::schema_text("<xs:include schemaLocation='common.xsd'/><xs:element name='E' type='xs:int'/>"));
  const auto two = folder.write("two.xsd", test::schema_text("<xs:include schemaLocation='common.xsd'/><xs:element name='E' type='xs:date'/>"));
  Library library({});
  library.vet({one, two});
  const auto a = library.load(one), b = library.load(two);
  REQUIRE(a.schema);
  REQUIRE(b.schema);
  CHECK(test::findings_of(*a.schema, "<E>1</E>").empty());
  CHECK(test::xerces_accepts(*a.schema, "<E>1</E>"));
  CHECK(test::findings_of(*b.schema, "<E>2025-03-14</E>").empty());
  CHECK(test::xerces_accepts(*b.schema, "<E>2025-03-14</E>"));
  CHECK_FALSE(test::xerces_accepts(*b.schema, "<E>1</E>"));
}

TEST_CASE("the same reference is compiled once", "[schema][library]") {
  Library library(product());
  CHECK(&library.load(canonical[0]).schema->model() == &library.load(canonical[0]).schema->model());
}

TEST_CASE("a schema outlives its library", "[schema][library]") {
  SchemaPtr schema;
  {
    Library library(product());
    schema = library.load(canonical[0]).schema;
  }
  CHECK(names::local(schema->root_name()) == "Order");
}

TEST_CASE("a root that the file does not declare is refused with those it does", "[schema][library]") {
  Library library(product());
  const auto loaded = library.load("canonical/order-1.xsd#Ordre");
  CHECK_FALSE(loaded.schema);
  REQUIRE(test::codes(loaded.findings) == "S911");
  CHECK(loaded.findings[0].fix.find("order-1.xsd#Order") != std::string::npos);
}

TEST_CASE("references with a dot are relative, others are searched in the roots in order", "[schema][library]") {
  const test::SchemaFolder site, shipped;
  site.write("acme/po.xsd", test::schema_text("<xs:element name='Site' type='xs:string'/>"));
  shipped.write("acme/po.xsd", test::schema_text("<xs:element name='Shipped' type='xs:string'/>"));
  shipped.write("acme/types.xsd", test::schema_text("<xs:element name='Types' type='xs:string'/>"));
  Library library({{site.path(), shipped.path()}});
  CHECK(library.load("acme/po.xsd#Site").schema);
  CHECK(library.load("acme/types.xsd#Types").schema);
  CHECK(library.load("./po.xsd#Shipped", shipped.path() / "acme").schema);
  CHECK(library.load("../acme/po.xsd", site.path() / "maps").schema);
  CHECK(test::codes(library.load("./types.xsd#Types", site.path() / "acme").findings) == "S910");
}

TEST_CASE("an include is searched beside the file and then in the roots", "[schema][library]") {
  const test::SchemaFolder site, shipped;
  shipped.write("x12/types.xsd", test::schema_text("<xs:simpleType name='AN'><xs:restriction base='xs:string'><xs:maxLength value='2'/></xs:restriction></xs:simpleType>"));
  const auto file = site.write("guide.xsd", test::schema_text("<xs:include schemaLocation='x12/types.xsd'/><xs:element name='E' type='t:AN'/>"));
  Library library({{shipped.path()}});
  const auto loaded = library.load(file);
  REQUIRE(loaded.schema);
  CHECK(test::codes(test::findings_of(*loaded.schema, "<E>abc</E>")) == "X204");
}

TEST_CASE("a schema that ends its child process is refused, its neighbours are not", "[schema][library][vet]") {
  if (!std::filesystem::exists(WAYLEAVE_BINARY)) {
    WARN("skipped: " << WAYLEAVE_BINARY << " is not built");
    return;
  }
  setenv("WAYLEAVE_VET_BINARY", WAYLEAVE_BINARY, 1);
  const test::SchemaFolder folder;
  // The lint does not see through a group reference to how often the copies multiply.
  std::string bomb = "<xs:group name='G0'><xs:sequence><xs:element name='a' type='xs:string'/><xs:element name='b' type='xs:string'/></xs:sequence></xs:group>";
  for (int i = 1; i < 5; ++i) {
    bomb += "<xs:group name='G" + std::to_string(i) + "'><xs:sequence><xs:group ref='t:G" + std::to_string(i - 1) + "' maxOccurs='100'/><xs:element name='c" + std::to_string(i) + "' type='xs:string'/></xs:sequence></xs:group>";
  }
  const auto bad = folder.write("bomb.xsd", test::schema_text(bomb + "<xs:element name='E'><xs:complexType><xs:group ref='t:G4'/></xs:complexType></xs:element>"));
  const auto good = folder.write("good.xsd", test::schema_text("<xs:element name='E' type='xs:string'/>"));
  Library library({});
  library.vet({good, bad});
  const auto refused = library.load(bad);
  CHECK_FALSE(refused.schema);
  CHECK(test::codes(refused.findings) == "S909");
  CHECK(library.load(good).schema);
  unsetenv("WAYLEAVE_VET_BINARY");
}

TEST_CASE("a binary that cannot be run is no reason to compile unvetted", "[schema][library][vet]") {
  setenv("WAYLEAVE_VET_BINARY", "/nowhere/wayleave", 1);
  Library library(product());
  CHECK(test::codes(library.load(canonical[0]).findings) == "S909");
  unsetenv("WAYLEAVE_VET_BINARY");
}
