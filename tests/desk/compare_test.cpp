#include <catch2/catch.hpp>

#include "desk/compare.hpp"
#include "desk/outline.hpp"
#include "desk/phrase.hpp"
#include "fixture.hpp"

using namespace wayleave;

namespace {

const std::string base = R"MAP(<m:map xmlns:m="urn:wayleave:map:1" xmlns="urn:test:out:1" name="t" source="in-1.xsd#In" target="out-1.xsd#Out">
  <m:codes name="mode" href="./mode.codes.xml"/>
  <m:let name="who" value="default(Name,Number)"/>
  <m:let name="least" value="1"/>
  <m:def name="row" of="Line" gives="Row"><Id>{No}</Id><Value>{Price}</Value></m:def>
  <Out ref="{@id}">
    <Key>{Number}</Key>
    <Free>{$who}</Free>
    <Sum>{round(Amount * (2 + 1), 2)}</Sum>
    <Mode m:if="Count &gt; 3">{code(Kind,'mode')}</Mode>
    <m:choose>
      <m:when test="Count &gt; $least"><Left>{Number}</Left></m:when>
      <m:otherwise><Right m:note="the rest">{Number}</Right></m:otherwise>
    </m:choose>
    <Row m:each="Line" m:sort="No desc" n="{position()}" m:call="row"/>
    <Mark a="one"/>
    <Mark a="two" b="{Tag[@key='x']}"/>
  </Out>
  <m:reject test="Count = 0" code="T-1" at="Count">nothing in {Number}</m:reject>
  <m:warn test="Count = 1" code="T-2">little</m:warn>
</m:map>
)MAP";

const std::string list = R"MAP(<codes xmlns="urn:wayleave:map:1" name="mode" unknown="default:P"><c from="plain" to="P" label="usual"/><c from="rush" to="R"/></codes>
)MAP";

struct Side {
  std::string map = base, codes = list;
};

std::vector<desk::Difference> differences(const Side& a, const Side& b) {
  desk_test::Folder before, after;
  before.write("mode.codes.xml", a.codes);
  after.write("mode.codes.xml", b.codes);
  return desk::compare(*desk_test::map(before.write("t.map.xml", a.map)), *desk_test::map(after.write("t.map.xml", b.map)));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

struct Change {
  std::string what, by;
  std::string told;                        ///< `kind of at: what|before|after`, one a line
};

std::string told(const std::vector<desk::Difference>& differences) {
  static const char* kinds[] = {"added", "removed", "changed", "moved"};
  std::string text;
  for (const auto& d : differences)
    text += std::string(kinds[static_cast<int>(d.kind)]) + " " + d.of + " " + d.at + ": " + d.what + "|" + d.before + "|" + d.after + "\n";
  return text;
}

}  // namespace

TEST_CASE("what two maps say differently is told by place", "[desk]") {
  const std::vector<Change> changes{
    {"{round(Amount * (2 + 1), 2)}", "{round(Amount * 3, 2)}", "changed target Out/Sum: value|{round(Amount * (2 + 1), 2)}|{round(Amount * 3, 2)}\n"},
    {"Amount * (2 + 1)", "Amount * 2 + 1", "changed target Out/Sum: value|{round(Amount * (2 + 1), 2)}|{round(Amount * 2 + 1, 2)}\n"},
    {"<Sum>{round(Amount * (2 + 1), 2)}</Sum>", "", "removed target Out/Sum: |{round(Amount * (2 + 1), 2)}|\n"},
    {"<Mark a=\"one\"/>", "<Mark a=\"one\"/><Mark a=\"new\"/>", "added target Out/Mark[@a='new']: ||\n"},
    {"<Mark a=\"one\"/>", "", "removed target Out/Mark[@a='one']: ||\n"},
    {"<Mark a=\"one\"/>\n    <Mark a=\"two\" b=\"{Tag[@key='x']}\"/>", "<Mark a=\"two\" b=\"{Tag[@key='x']}\"/><Mark a=\"one\"/>", "moved target Out/Mark[@a='one']: ||\n"},
    {" b=\"{Tag[@key='x']}\"", "", "removed target Out/Mark[@a='two']/@b: |{Tag[@key='x']}|\n"},
    {"[@key='x']", "[@key='y']", "changed target Out/Mark[@a='two']/@b: value|{Tag[@key='x']}|{Tag[@key='y']}\n"},
    {"m:if=\"Count &gt; 3\"", "m:if=\"Count &gt;= 3\"", "changed target Out/Mode: if|Count > 3|Count >= 3\n"},
    {"m:if=\"Count &gt; 3\"", "", "changed target Out/Mode: if|Count > 3|\n"},
    {" desc\"", "\"", "changed target Out/Row: sort|No desc|No\n"},
    {"m:each=\"Line\"", "m:each=\"Line\" m:as=\"l\"", "changed target Out/Row: as||l\n"},
    {"m:note=\"the rest\"", "m:keep=\"yes\" m:final=\"yes\"", "changed target Out/Right: note|the rest|\nchanged target Out/Right: keep||yes\nchanged target Out/Right: final||yes\n"},
    {"test=\"Count &gt; $least\"", "test=\"Count &gt;= $least\"", "changed target Out/Left: if|Count > $least|Count >= $least\nchanged target Out/Right: unless|Count > $least|Count >= $least\n"},
    {"value=\"default(Name,Number)\"", "value=\"default(Name, 'nobody')\"", "changed let $who: value|default(Name, Number)|default(Name, 'nobody')\n"},
    {"<Value>{Price}</Value>", "<Value>{Qty}</Value>", "changed def row/Value: value|{Price}|{Qty}\n"},
    {"code=\"T-1\"", "code=\"T-3\"", "removed rule reject T-1: |Count = 0|\nadded rule reject T-3: ||Count = 0\n"},
    {"test=\"Count = 0\"", "test=\"Count &lt; 1\"", "changed rule reject T-1: test|Count = 0|Count < 1\n"},
    {">nothing in {Number}<", ">nothing in {$who}<", "changed rule reject T-1: message|nothing in {Number}|nothing in {$who}\n"},
    {" at=\"Count\"", "", "changed rule reject T-1: at|Count|\n"},
    {"name=\"t\"", "name=\"u\"", "changed head name: |t|u\n"},
  };
  for (const auto& change : changes) {
    INFO(change.what << " -> " << change.by);
    CHECK(told(differences({}, {replaced(base, change.what, change.by), list})) == change.told);
  }
}

TEST_CASE("lists are compared by what they hold", "[desk]") {
  const auto changed = [](const std::string& what, const std::string& by) { return told(differences({}, {base, replaced(list, what, by)})); };
  CHECK(changed("to=\"R\"", "to=\"P\"") == "changed codes mode/rush: row|R|P\n");
  CHECK(changed("label=\"usual\"", "label=\"usual\" until=\"2026-12-31\"") == "changed codes mode/plain: row|P (usual)|P (usual) until 2026-12-31\n");
  CHECK(changed("<c from=\"rush\" to=\"R\"/>", "") == "removed codes mode/rush: |R|\n");
  CHECK(changed("<c from=\"rush\"", "<c from=\"other\" to=\"R\"/><c from=\"rush\"") == "added codes mode/other: ||R\n");
  CHECK(changed("default:P", "default:R") == "changed codes mode: unknown|default:P|default:R\n");
}

TEST_CASE("white space, comments, brackets, quotes and the order of declarations are no difference", "[desk]") {
  auto text = replaced(base, "<Key>{Number}</Key>", "<Key>\n  { (Number) }<!-- the number -->\n</Key>");
  text = replaced(text, "default(Name,Number)", "default( Name , Number )");
  text = replaced(text, "[@key='x']", "[ @key = &quot;x&quot; ]");
  text = replaced(text, "Amount * (2 + 1)", "(Amount*(2+1))");
  text = replaced(text, "  <m:let name=\"least\" value=\"1\"/>\n", "");
  text = replaced(text, "  <m:let name=\"who\"", "  <m:let name=\"least\" value=\"1\"/>\n  <m:let name=\"who\"");
  text = replaced(text, "<Mark a=\"two\" b=\"{Tag[ @key = &quot;x&quot; ]}\"/>", "<Mark b=\"{Tag[ @key = &quot;x&quot; ]}\" a=\"two\"/>");
  CHECK(told(differences({}, {text, list})).empty());
  CHECK(told(differences({}, {})).empty());
}

TEST_CASE("what directives hold together makes a difference", "[desk]") {
  const std::string apart = "<m:for each=\"Line\"><Row><Id>{No}</Id></Row></m:for><m:for each=\"Line\"><Row><Id>{No}</Id></Row></m:for>";
  const std::string together = "<m:for each=\"Line\"><Row><Id>{No}</Id></Row><Row><Id>{No}</Id></Row></m:for>";
  const std::string row = "<Row m:each=\"Line\" m:sort=\"No desc\" n=\"{position()}\" m:call=\"row\"/>";
  CHECK(told(differences({replaced(base, row, apart), list}, {replaced(base, row, together), list})) ==
        "changed target Out: arrangement|Key Free Sum Mode choose(Left | Right) for(Row) for(Row) Mark Mark|"
        "Key Free Sum Mode choose(Left | Right) for(Row Row) Mark Mark\n");
}

TEST_CASE("differences are printed with the place on either side", "[desk]") {
  desk_test::Folder folder;
  folder.write("mode.codes.xml", list);
  const auto a = desk_test::map(folder.write("a.map.xml", base));
  const auto b = desk_test::map(folder.write("b.map.xml", "<!-- new -->\n" + replaced(base, "<Free>{$who}</Free>", "<Free>{Loose}</Free><Maybe>{$who}</Maybe>")));
  auto text = desk::render_text(desk::compare(*a, *b));
  const auto where = folder.path().string();
  CHECK(text == "changed target Out/Free: value\n  - {$who}    " + where + "/a.map.xml:8\n  + {Loose}    " + where + "/b.map.xml:9\n"
                "added target Out/Maybe\n  + {$who}    " + where + "/b.map.xml:9\n");
  const auto json = desk::render_json(desk::compare(*a, *b), "a", "b");
  CHECK(json.find("\"equal\":false") != std::string::npos);
  CHECK(json.find("{\"kind\":\"added\",\"of\":\"target\",\"at\":\"Out/Maybe\",\"after\":\"{$who}\"") != std::string::npos);
}

TEST_CASE("an expression in words", "[desk]") {
  desk_test::Folder folder;
  folder.write("mode.codes.xml", list);
  const auto words = [&](const std::string& expression) {
    const auto map = desk_test::map(folder.write(std::to_string(std::hash<std::string>()(expression)) + ".map.xml",
      "<m:map xmlns:m=\"urn:wayleave:map:1\" name=\"t\" source=\"in-1.xsd#In\" target=\"out-1.xsd#Out\"><m:codes name=\"mode\" href=\"./mode.codes.xml\"/>"
      "<Out><Key>{fits(Number,20)}</Key><Free>" + expression + "</Free></Out></m:map>"));
    return desk::in_words(*map->impl().tree->root->children[1]->text);
  };
  CHECK(words("{Number}") == "Number");
  CHECK(words("as ever") == "always “as ever”");
  CHECK(words("{truncate(default(Name,'nobody'),70)}") == "Name; if absent, “nobody”; cut to 70 characters");
  CHECK(words("{require(Name,'T-1','no name')}") == "Name; if absent, the document is refused (T-1)");
  CHECK(words("{code(Kind,'mode')}") == "Kind; translated by the list mode");
  CHECK(words("{choose(Count &gt; 3 and Amount != 1,'many','few')}") == "if (Count is greater than 3) and (Amount is not 1): “many”, else “few”");
  CHECK(words("no {Number} of {Day}") == "“no ” + Number + “ of ” + Day");
  CHECK(words("{replace(Loose,'a','b')}") == "replace(Loose, 'a', 'b')");
}
