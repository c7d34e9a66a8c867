#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace mapping_test;

TEST_CASE("operators bind as in XPath", "[mapping]") {
  CHECK(value("1 + 2 * 3") == "7");
  CHECK(value("(1 + 2) * 3") == "9");
  CHECK(value("10 - 2 - 3") == "5");
  CHECK(value("-2 * -3") == "6");
  CHECK(value("- - 4") == "4");
  CHECK(value("7 mod 4 + 1") == "4");
  CHECK(value("-7 mod 4") == "-3");
  CHECK(holds("1 + 1 = 2 and 3 > 2 or 1 = 2"));
  CHECK(holds("1 = 2 and 1 = 1 or 1 = 1"));
  CHECK_FALSE(holds("1 = 2 and (1 = 1 or 1 = 1)"));
  CHECK(holds("2 > 1 = (3 > 2)"));
}

TEST_CASE("a hyphen in a name belongs to the name, beside blanks it subtracts", "[mapping]") {
  CHECK(value("Count -1") == "6");
  CHECK(codes(problems("Count-1")) == "M101");
  CHECK(value("Count * 2") == "14");
}

TEST_CASE("paths select by names, up, by qualifier and by number", "[mapping]") {
  CHECK(value("Number") == "N-1");
  CHECK(value("/In/Number") == "N-1");
  CHECK(value("@id") == "i-1");
  CHECK(value("Place/City") == "Joliet");
  CHECK(value("Tag[@key='x']") == "tx");
  CHECK(value("Tag[@key='y']") == "ty");
  CHECK(value("Tag[1]/@key") == "x");
  CHECK(value("Tag[2]") == "ty");
  CHECK(value("Tag[last()]") == "t2");
  CHECK(value("Tag[9]") == "-");
  CHECK(value("Tag[@key='z'][1]") == "t1");
  CHECK(value("first(Line[No='2']/Qty)") == "2.5");
  CHECK(value("first(Line[Qty=12]/No)") == "1");
  CHECK(value("first(Line[Place/City='Toronto' and No='2']/No)") == "2");
  CHECK(value("first(Line[Qty/@unit='KGM']/No)") == "2");
  CHECK(value("first(Tag[.='t2']/@key)") == "z");
}

TEST_CASE("what is empty in the list of a numbered step has no number", "[mapping]") {
  CHECK(value("Tag[@key='z'][2]") == "t2");
  CHECK(value("count(Tag)") == "4");
}

TEST_CASE("a syntax error points at the place inside the expression", "[mapping]") {
  struct Case {
    const char* expression;
    const char* code;
    unsigned column, length;
  };
  const Case cases[] = {
    {"Number = ", "M010", 10, 0},        {"1 + ", "M010", 5, 0},           {"concat(Number", "M010", 14, 0},
    {"Number Number", "M010", 8, 6},     {"'open", "M010", 1, 5},          {"Tag[@key]", "M010", 9, 1},
    {"//Line", "M017", 1, 2},            {"Line/*", "M017", 6, 1},         {"Line//No", "M017", 5, 2},
    {"child::Line", "M017", 6, 2},       {"Number | Name", "M017", 8, 1},  {"Line[position()=1]", "M017", 6, 8},
    {"cnocat(Number)", "M012", 1, 6},    {"truncate(Number)", "M013", 1, 8}, {"Tag[@key='x' or @key='y']", "M017", 14, 2},
    {"@id/Number", "M010", 4, 1},        {"Line/..", "M017", 6, 2},        {"Tag[0]", "M010", 5, 1},
    {"$", "M010", 2, 0},                 {"Number + #", "M010", 10, 1},
  };
  for (const auto& c : cases) {
    INFO(c.expression);
    auto findings = problems(c.expression);
    REQUIRE(findings.size() == 1);
    INFO(findings[0].message);
    CHECK(findings[0].code == c.code);
    CHECK(findings[0].column == c.column);
    CHECK(findings[0].length == c.length);
    CHECK(findings[0].in == "rule");
  }
}

TEST_CASE("deep and long expressions are refused, not followed", "[mapping]") {
  CHECK(codes(problems(std::string(500, '(') + "1" + std::string(500, ')'))) == "M010");
  CHECK(codes(problems(std::string(5000, '-') + "1")) == "M010");
  std::string sum = "1";
  for (int i = 0; i < 5000; ++i) sum += "+1";
  CHECK(codes(problems(sum)) == "M010");
  std::string calls;
  for (int i = 0; i < 300; ++i) calls += "upper(";
  CHECK(codes(problems(calls + "Number" + std::string(300, ')'))) == "M010");
  CHECK(codes(problems(std::string(30'000, 'x'))) == "M010");
}

TEST_CASE("a wrong step is told with what is allowed there and the nearest name", "[mapping]") {
  auto findings = problems("Place/Cty");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "M101");
  CHECK(findings[0].column == 7);
  CHECK(findings[0].length == 3);
  CHECK(findings[0].expected == "here: City Zone");
  CHECK(findings[0].fix == "did you mean City?");
  findings = problems("id");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].fix == "did you mean @id?");
  CHECK(codes(problems("@Number")) == "M101");
  CHECK(codes(problems("../Number")) == "M101");
  CHECK(codes(problems("/Out/Number")) == "M101");
  CHECK(codes(problems("Number/City")) == "M101");
  CHECK(codes(problems("x:Number")) == "M101");
}

TEST_CASE("several values where one is wanted are told", "[mapping]") {
  CHECK(codes(problems("Tag")) == "");   // whether there is any is a fair question
  CHECK(value("Tag") == "tx");
  CHECK(codes(problems("Tag = 'x'")) == "M102");
  CHECK(codes(problems("upper(Tag)")) == "M102");
  CHECK(codes(problems("Line/Qty + 1")) == "M102");
  CHECK(codes(problems("concat(Number, Tag[@key='z'])")) == "M102");
}

TEST_CASE("types are never changed silently from text to number or date", "[mapping]") {
  CHECK(codes(problems("Number + 1")) == "M301");
  CHECK(codes(problems("Amount = 'x'")) == "M301");
  CHECK(codes(problems("Amount > '5'")) == "M301");
  CHECK(codes(problems("Day > Number")) == "M301");
  CHECK(codes(problems("Day + 1")) == "M301");
  CHECK(codes(problems("Amount div 3")) == "M301");
  CHECK(codes(problems("round(Amount div 3 * 2, 2)")) == "M301");
  CHECK(codes(problems("upper(Place)")) == "M301");
  CHECK(codes(problems("@flag > 'false'")) == "M301");
  CHECK(codes(problems("round(Amount div 3, 2)")) == "");
  CHECK(codes(problems("concat(Amount, Day)")) == "");
}

TEST_CASE("a constant that can never match is told", "[mapping]") {
  auto findings = problems("Kind = 'rash'");
  REQUIRE(codes(findings) == "M110");
  CHECK(findings[0].fix == "did you mean 'rush'?");
  CHECK(findings[0].column == 8);
  CHECK(codes(problems("Tag[@key='q']")) == "M110");
  CHECK(codes(problems("first(Line[Qty='many'])")) == "M301");
  CHECK(codes(problems("Kind = 'rush'")) == "");
  CHECK(codes(problems("upper(Tag[@key='q'])")) == "M110");   // and no more about that path
}

TEST_CASE("an expression of a rule finds its place in the file that it stands in", "[mapping]") {
  wayleave::Findings findings;
  wayleave::mapping::compile_expression("Number = Nmae", schema("in-1.xsd#In"), {}, {"site/processes/p.xml", 12, 30}, findings);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].in == "site/processes/p.xml");
  CHECK(findings[0].line == 12);
  CHECK(findings[0].column == 39);
}

TEST_CASE("a comparison with an absent side is false, != too", "[mapping]") {
  const auto empty = minimal();
  CHECK_FALSE(holds("Name = 'x'", empty));
  CHECK_FALSE(holds("Name != 'x'", empty));
  CHECK_FALSE(holds("Count < 5", empty));
  CHECK_FALSE(holds("Count >= 5", empty));
  CHECK(holds("Number != 'x'", empty));
}

TEST_CASE("numbers, dates, moments and booleans are compared as what they are", "[mapping]") {
  CHECK(holds("Amount = 227.650"));
  CHECK(holds("Count < 10"));
  CHECK(holds("Day < '2024-03-01'"));
  CHECK(holds("Day = '2024-02-28'"));
  CHECK(holds("Stamp = '2025-03-09T18:00:00Z'"));
  CHECK(holds("Stamp < '2025-03-09T13:00:01-05:00'"));
  CHECK_FALSE(holds("Stamp < '2025-03-09T13:00:00-05:00'"));
  CHECK(holds("Clock > '08:00:00'"));
  CHECK(holds("@flag = 'true'"));
  CHECK(holds("@flag"));
  CHECK_FALSE(holds("@flag = 'false'"));
  CHECK(holds("Number < 'O'"));
  CHECK(holds("now() > Stamp", sample, [] {
    wayleave::mapping::Context context;
    context.now = *wayleave::parse_iso("2025-03-09T18:00:01Z");
    return context;
  }()));
}

TEST_CASE("a path as a condition asks whether it is there, a boolean gives its value", "[mapping]") {
  CHECK(holds("Place"));
  CHECK(holds("Tag[@key='y']"));
  CHECK_FALSE(holds("Place", minimal()));
  CHECK_FALSE(holds("Loose", minimal()));
  CHECK_FALSE(holds("Nil", minimal("<Nil xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>")));
  std::string off = sample;
  off.replace(off.find("flag=\"true\""), 11, "flag=\"0\"");
  CHECK_FALSE(holds("@flag", off));
  CHECK(holds("exists(@flag)", off));
}

TEST_CASE("state() gives another document, and its paths are checked by its own schema", "[mapping]") {
  wayleave::mapping::Context context;
  auto other = std::make_shared<const wayleave::Document>(read(sample));
  int asked = 0;
  context.state = [&](std::string_view kind, std::string_view id) -> std::shared_ptr<const wayleave::Document> {
    ++asked;
    return kind == "in" && id == "N-1" ? other : nullptr;
  };
  CHECK(value("state('in', Number)/Place/City", sample, context) == "Joliet");
  CHECK(value("concat(state('in', Number)/Kind, state('in', Number)/Count)", sample, context) == "rush7");
  CHECK(asked == 2);   // once a run, and once for each of two runs
  CHECK(holds("state('in', Number)", sample, context));
  CHECK_FALSE(holds("state('in', @id)", sample, context));
  CHECK_FALSE(holds("state('in', @id)/Kind = 'rush'", sample, context));
  CHECK(codes(problems("state('in', Number)/Plce")) == "M101");
  CHECK(codes(problems("state('ni', Number)")) == "M014");
  CHECK(codes(problems("state(Number, Number)")) == "M301");
}

TEST_CASE("a template is absent when one of its parts is", "[mapping]") {
  auto render = [](const std::string& text, const std::string& document) {
    wayleave::Findings findings;
    auto compiled = wayleave::mapping::compile_template(text, schema("in-1.xsd#In"), {}, {"p.xml", 1, 1}, findings);
    REQUIRE(compiled);
    auto read_document = read(document);
    return compiled->render(read_document, {}, findings).value_or("-");
  };
  CHECK(render("order:{Number}", sample) == "order:N-1");
  CHECK(render("{Number}/{Name}", minimal()) == "-");
  CHECK(render("{Number}/{default(Name,'')}", minimal()) == "N-2/");
  CHECK(render("{{{Number}}}", sample) == "{N-1}");
  CHECK(render("a '{concat('}', Number)}'", sample) == "a '}N-1'");
}

TEST_CASE("a brace that is not closed, or closes nothing, is told at its place", "[mapping]") {
  auto told = [](const std::string& text) {
    wayleave::Findings findings;
    wayleave::mapping::compile_template(text, schema("in-1.xsd#In"), {}, {"p.xml", 3, 5}, findings);
    REQUIRE(findings.size() == 1);
    return findings[0].code + " " + std::to_string(findings[0].line) + ":" + std::to_string(findings[0].column);
  };
  CHECK(told("x {Number") == "M011 3:7");
  CHECK(told("x } y") == "M011 3:7");
  CHECK(told("{}") == "M010 3:6");
  CHECK(told("a\n {Nmber}") == "M101 4:3");
}
