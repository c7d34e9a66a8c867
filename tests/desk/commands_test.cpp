#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "fixture.hpp"

namespace fs = std::filesystem;

namespace {

bool built() {
  if (fs::exists(WAYLEAVE_BINARY)) return true;
  WARN("skipped: " << WAYLEAVE_BINARY << " is not built");
  return false;
}

struct Ran {
  int code = -1;
  std::string out;
};

Ran run(const desk_test::Folder& folder, const std::string& arguments) {
  const auto out = folder.path() / "out.txt";
  const auto command = "cd '" + folder.path().string() + "' && '" WAYLEAVE_BINARY "' " + arguments + " > out.txt 2> err.txt";
  const auto status = std::system(command.c_str());
  UNSCOPED_INFO("wayleave " << arguments << "\n" << desk_test::slurp(folder.path() / "err.txt"));
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, desk_test::slurp(out)};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("every command on the page about the desk runs as it stands there", "[desk]") {
  if (!built()) return;
  desk_test::Folder folder;
  fs::copy(desk_test::source_tree() / "mappings", folder.path() / "mappings", fs::copy_options::recursive);
  const auto base = desk_test::slurp(folder.path() / "mappings/order_to_erp/base.map.xml");
  folder.write("mappings/order_to_erp/mine.map.xml", replaced(base, "@kind='department'", "@kind='cost-center'"));
  std::istringstream page(desk_test::slurp(desk_test::source_tree() / "docs/desk.md"));
  std::size_t ran = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("    wayleave ")) continue;
    const auto arguments = line.substr(13);
    const auto result = run(folder, arguments);
    CHECK(result.code == (arguments.starts_with("diff") ? 1 : 0));
    if (arguments.starts_with("diff")) {
      CHECK(result.out.find("changed target ErpOrder/Header/Department: value\n  - {truncate(Reference[@kind='department'], 20)}") == 0);
    }
    ++ran;
  }
  CHECK(ran == 11);
  CHECK(desk_test::slurp(folder.path() / "draft.map.xml").find("<OrderDate>{$TODO}</OrderDate> <!-- TODO OrderDate: a date -->") != std::string::npos);
  CHECK(desk_test::slurp(folder.path() / "kind.codes.xml") == desk_test::slurp(desk_test::source_tree() / "mappings/order_to_erp/codes/kind-to-erp.codes.xml"));
  CHECK(desk_test::slurp(folder.path() / "order-to-erp.html").starts_with("<!DOCTYPE html>"));
  CHECK(fs::exists(folder.path() / "order.template.elements.xsd"));
}

TEST_CASE("what cannot be judged ends with exit code 2, what is wrong with 1", "[desk]") {
  if (!built()) return;
  desk_test::Folder folder;
  folder.write("bad.csv", "from;to;until\na;b;morgen\n");
  folder.write("bad.map.xml", "<m:map xmlns:m=\"urn:wayleave:map:1\" name=\"t\" source=\"canonical/order-1.xsd#Order\" target=\"canonical/order-1.xsd#Order\"/>");
  CHECK(run(folder, "codes --from-csv bad.csv").code == 1);
  CHECK(run(folder, "codes --from-csv none.csv").code == 2);
  CHECK(run(folder, "codes --to-csv").code == 2);
  CHECK(run(folder, "diff bad.map.xml bad.map.xml").code == 2);
  CHECK(run(folder, "doc bad.map.xml").code == 2);
  CHECK(run(folder, "new --from canonical/order-1.xsd#Order --to canonical/none.xsd#X").code == 2);
  CHECK(run(folder, "new --from canonical/order-1.xsd#Order --to canonical/order-1.xsd#Order -o bad.map.xml").code == 2);
  CHECK(run(folder, "template-schema canonical/order-1.xsd#Nobody").code == 2);
}
