#include "document/document.hpp"

#include <catch2/catch.hpp>

using namespace wayleave;

namespace {

/// <Order id="7"><Line>1</Line><Note/><Line>2</Line></Order>, with the offsets of that text.
Document order() {
  const std::string source = R"(<Order id="7"><Line>1</Line><Note/><Line>2</Line></Order>)";
  DocumentBuilder build(source);
  build.start(build.name("", "Order"), 0);
  build.attribute(build.name("", "id"), 11, 1, 7);
  build.start(build.name("", "Line"), 14);
  build.text(20, 1);
  build.end();
  build.start(build.name("", "Note"), 28);
  build.end();
  build.start(build.name("", "Line"), 35);
  build.text(41, 1);
  build.end();
  build.end();
  return build.finish();
}

}  // namespace

TEST_CASE("a document is walked by first child and next sibling", "[document]") {
  const Document d = order();
  REQUIRE(d.size() == 4);
  CHECK(d.parent(d.root()) == Document::none);
  CHECK(d.first_child(0) == 1);
  CHECK(d.next(1) == 2);
  CHECK(d.next(2) == 3);
  CHECK(d.next(3) == Document::none);
  CHECK(d.first_child(2) == Document::none);
  CHECK(d.parent(3) == 0);
  CHECK(d.local_name(d.node(0).name) == "Order");
}

TEST_CASE("text and attribute values are views of the source", "[document]") {
  const Document d = order();
  CHECK(d.text(1) == "1");
  CHECK(d.text(1).data() == d.source().data() + 20);
  CHECK(d.text(2).empty());
  CHECK(d.text(0).empty());
  REQUIRE(d.attribute(0, names::find("", "id")) == nullptr);  // nobody interned it: it is the document's own name
  REQUIRE(d.node(0).attribute_count == 1);
  CHECK(d.text(d.attributes(0)[0]) == "7");
  CHECK(d.attribute(0, d.attributes(0)[0].name) == d.attributes(0));
  CHECK(d.attribute(1, d.attributes(0)[0].name) == nullptr);
}

TEST_CASE("a path numbers only the siblings that share a name", "[document]") {
  const Document d = order();
  CHECK(d.path(0) == "/Order");
  CHECK(d.path(1) == "/Order/Line[1]");
  CHECK(d.path(2) == "/Order/Note");
  CHECK(d.path(3) == "/Order/Line[2]");
}

TEST_CASE("an interned name is shared and an unknown one belongs to its document", "[document]") {
  const NameId known = names::intern("urn:document-test", "Known");
  DocumentBuilder build("");
  CHECK(build.name("urn:document-test", "Known") == known);
  const NameId own = build.name("urn:document-test", "Unknown");
  CHECK((own & local_name_bit) != 0);
  CHECK(build.name("urn:document-test", "Unknown") == own);
  CHECK(build.name("", "Unknown") != own);
  build.start(own, 0);
  build.end();
  const Document d = build.finish();
  CHECK(d.local_name(d.node(0).name) == "Unknown");
  CHECK(d.namespace_of(d.node(0).name) == "urn:document-test");
  CHECK(names::find("urn:document-test", "Unknown") == no_name);
}

TEST_CASE("unknown names beyond the bound share one id", "[document]") {
  DocumentBuilder build("");
  std::vector<NameId> ids;
  for (int i = 0; i < 10000; ++i) ids.push_back(build.name("urn:flood", "n" + std::to_string(i)));
  CHECK(ids[4094] != ids[4093]);
  CHECK(ids[4095] == ids[9999]);
  CHECK(ids[5000] == ids[9999]);
  CHECK(build.name("urn:flood", "n17") == ids[17]);
  build.start(ids[9999], 0);
  build.end();
  CHECK(build.finish().local_name(ids[9999]) == "other");
}

TEST_CASE("pieces of text are joined and decoded text goes to the side", "[document]") {
  DocumentBuilder build("<a>one<!-- -->two</a>");
  build.start(build.name("", "a"), 0);
  build.text(3, 3);
  build.text(14, 3);
  build.text_decoded("&", 17);
  build.end();
  const Document d = build.finish();
  CHECK(d.text(0) == "onetwo&");
  CHECK(d.node(0).source_text == 3);
}

TEST_CASE("text beside children is not kept but, unless blank, told", "[document]") {
  auto make = [](std::string_view before, std::string_view after) {
    DocumentBuilder build("");
    build.start(build.name("", "a"), 0);
    build.text_decoded(before, 1);
    build.start(build.name("", "b"), 2);
    build.text_decoded("inner", 3);
    build.end();
    build.text_decoded(after, 4);
    build.end();
    return build.finish();
  };
  const Document blank = make(" \n", "\t");
  CHECK(blank.node(0).flags == Document::has_children);
  for (const auto& [before, after] : {std::pair{"x", " "}, std::pair{"", "y"}}) {
    const Document mixed = make(before, after);
    CHECK(mixed.node(0).flags == (Document::has_children | Document::mixed_text));
    CHECK(mixed.text(0).empty());
    CHECK(mixed.text(1) == "inner");
  }
}

TEST_CASE("a builder starts over with another source", "[document]") {
  DocumentBuilder build("<first/>");
  build.start(build.name("urn:over", "first"), 0);
  build.clear("<second/>");
  build.start(build.name("urn:over", "second"), 0);
  build.end();
  const Document d = build.finish();
  CHECK(d.size() == 1);
  CHECK(d.source() == "<second/>");
  CHECK(d.local_name(d.node(0).name) == "second");
}

TEST_CASE("positions are those in what people look at, of which the source may be a part", "[document]") {
  Document d = order();
  CHECK(d.begin().line == 1);
  d.begins_at({7, 5});
  CHECK(d.position(14).line == 7);
  CHECK(d.position(14).column == 19);
  DocumentBuilder build("<a>\n<b/></a>");
  build.start(build.name("", "a"), 0);
  build.end();
  Document two = build.finish();
  two.begins_at({7, 5});
  CHECK(two.position(5).line == 8);
  CHECK(two.position(5).column == 2);
}

TEST_CASE("positions count lines of every kind and columns in characters", "[document]") {
  const std::string text = "ab\ncd\r\nef\rgh\xC3\xA9i";
  struct Case {
    std::uint32_t offset, line, column;
  };
  DocumentBuilder build(text);
  const Document d = build.finish();
  const LineIndex index(text);
  for (const Case c :
       {Case{0, 1, 1},
        {2, 1, 3},
        {3, 2, 1},
        {5, 2, 3},
        {6, 2, 4},
        {7, 3, 1},
        {9, 3, 3},
        {10, 4, 1},
        {12, 4, 3},
        {14, 4, 4},
        {15, 4, 5},
        {99, 4, 5}}) {
    INFO("offset " << c.offset);
    CHECK(d.position(c.offset).line == c.line);
    CHECK(d.position(c.offset).column == c.column);
    CHECK(index.at(c.offset).line == c.line);
    CHECK(index.at(c.offset).column == c.column);
  }
}
