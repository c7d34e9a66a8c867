#include "run_call.hpp"

using namespace wayleave::adapter;
using namespace wayleave::adapter::testing;

TEST_CASE("the adapters are all in the one list, each with words for every option") {
  std::vector<std::string> names;
  for (const auto* type : builtin()) {
    names.emplace_back(type->name);
    CHECK(find(type->name) == type);
    CHECK_FALSE(std::string(type->summary).empty());
    for (const auto& option : type->options) CHECK_FALSE(std::string(option.text).empty());
  }
  CHECK(names == std::vector<std::string>{"directory", "http"});
  CHECK(find("ftp") == nullptr);
}

TEST_CASE("a misspelt option is found with its nearest name, at its own place") {
  wayleave::Findings findings;
  find("http")->make_sender(options({{"urll", "http://erp/"}}), {"processes/place.xml", 6, 3}, {}, findings);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].code == "C147");     // url is missing
  CHECK(findings[0].line == 6);
  CHECK(findings[1].code == "C148");
  CHECK(findings[1].line == 7);
  CHECK(findings[1].fix == "write url");
}
