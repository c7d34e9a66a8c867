#include <catch2/catch.hpp>

#include <set>

#include "edi_fixture.hpp"
#include "edi_generator.hpp"
#include "formats/edi/interchange_xml.hpp"
#include "formats/edi/write.hpp"
#include "formats/xml/read.hpp"

using namespace wayleave;
using namespace wayleave::edi;
using fixture::guide;

namespace {

/// Names of what the writer computes.
std::set<NameId> computed(const Guide& guide) {
  std::set<NameId> out;
  for (const auto& e : guide.elements)
    if (e.automatic != none) out.insert(e.name);
  for (const auto& s : guide.segments)
    for (std::uint32_t i = 0; s.hierarchy && i < 4 && i < s.element_count; ++i)
      out.insert(guide.elements[s.first_element + i].name);
  return out;
}

/// Every value with its path, in order; what the writer computes is left out, and with it segments that are nothing
/// else.
std::string leaves(const Guide& guide, const Document& document) {
  const auto skip = computed(guide);
  std::string out;
  for (Document::Index i = 0; i < document.size(); ++i) {
    const auto& node = document.node(i);
    if (node.flags & Document::has_children || document.text(i).empty() || skip.count(node.name)) continue;
    out += document.path(i) + "=" + std::string(document.text(i)) + "\n";
  }
  return out;
}

/// How one interchange is written.
struct Manner {
  const char* what;
  Standard standard;
  const char* version;
  const char* syntax;
  WritePolicy policy;
  fixture::EdiGenerator::Odds odds;
};

WritePolicy policy(std::optional<Delimiters> delimiters, bool newline = false, std::uint32_t wrap = 0) {
  WritePolicy out;
  out.delimiters = delimiters;
  out.newline = newline;
  out.wrap = wrap;
  return out;
}

std::vector<Manner> manners() {
  return {
      {"X12 before repetitions", Standard::x12, "00401", "", policy({}), {false, ".,'-+", false}},
      {"X12 with repetitions",
       Standard::x12,
       "00501",
       "",
       policy(Delimiters{'\n', '|', '>', '^', '\0', '.'}),
       {true, "*~:,'-+", false}},
      {"X12 in lines", Standard::x12, "00401", "", policy({}, true), {false, "", false}},
      {"X12 with a backslash",
       Standard::x12,
       "00501",
       "",
       policy(Delimiters{'~', '*', '\\', '!', '\0', '.'}),
       {true, "/", false}},
      {"EDIFACT as usual", Standard::edifact, "3", "UNOC", policy({}), {false, "'+:?*", true}},
      {"EDIFACT with a decimal comma",
       Standard::edifact,
       "2",
       "UNOA",
       policy(Delimiters{'\'', '+', ':', '\0', '?', ','}, true),
       {false, "+:?'", false}},
      {"EDIFACT in syntax 4", Standard::edifact, "4", "UNOY", policy({}), {true, "'+:?*", true}},
      {"EDIFACT with other delimiters",
       Standard::edifact,
       "4",
       "UNOC",
       policy(Delimiters{'\x1c', '\x1d', '\x1f', '~', '\\', '.'}),
       {true, "'+:?*~\\", true}},
  };
}

std::string written(const Manner& manner, const Guide& guide, const std::vector<Document>& documents) {
  InterchangeHead head;
  head.standard = manner.standard;
  head.version = manner.version;
  head.syntax = manner.syntax;
  head.sender = {"ZZ", "SENDER", ""};
  head.receiver = {"ZZ", "RECEIVER", ""};
  if (manner.standard == Standard::edifact) head.sender.qualifier = head.receiver.qualifier = "14";
  head.date = head.standard == Standard::edifact && head.version == "4" ? "20250314" : "250314";
  head.time = "0912";
  head.control = manner.standard == Standard::x12 ? "000000905" : "905";
  std::string out;
  Writer writer(out, head, manner.policy);
  if (manner.standard == Standard::x12)
    writer.group({guide.group, {"", "S", ""}, {"", "R", ""}, "20250314", "0912", "1", "X", guide.version, 0});
  unsigned number = 0;
  for (const auto& document : documents) {
    const auto findings = writer.set(
        {guide.set, std::to_string(10001 + number++), guide.version, "UN", guide.association, "", 0}, guide, document
    );
    for (const auto& f : findings) UNSCOPED_INFO(f.code << " " << f.path << " " << f.message << " " << f.found);
    REQUIRE(findings.empty());
  }
  if (manner.standard == Standard::x12) writer.end_group();
  writer.end();
  return out;
}

/// EDI to XML and back, by the guide and without one: not a byte differs.
void through_xml(const Guides& guides, const Manner& manner, const std::string& bytes) {
  static schema::Library library(schema::SearchPath{{std::filesystem::path(WAYLEAVE_SOURCE_DIR) / "schemas"}});
  for (const bool by_guide : {true, false}) {
    const Guides none, &known = by_guide ? guides : none;
    std::string xml, back;
    InterchangeXml listener([&](std::string_view piece) { xml += piece; });
    fixture::read(bytes, known, listener);
    listener.finish();
    XmlWriteOptions options;
    options.policy = manner.policy;
    INFO(xml);
    for (const auto& f : write_interchanges(xml, library, known, options, back))
      FAIL_CHECK(f.code << " " << f.path << " " << f.message);
    CHECK(back == bytes);
  }
}

void go_round(const std::string& name, const Manner& manner, std::uint64_t seeds) {
  const auto g = guide(name);
  Guides guides;
  guides.add(g);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    INFO(name << ", " << manner.what << ", seed " << seed);
    std::vector<Document> documents;
    for (std::uint64_t i = 0; i < 2; ++i) {
      fixture::EdiGenerator generator(*g, 1000 * seed + i, manner.odds);
      const auto xml = generator.tree();
      INFO(generator.why());
      REQUIRE(xml);
      auto reading = xml::read_wellformed(*xml);
      REQUIRE(reading.document);
      for (const auto& f : judge_tree(*g, *reading.document)) {
        INFO(*xml << "\n" << f.code << " " << f.path << " " << f.message);
        FAIL("not as the schema wants it");
      }
      documents.push_back(std::move(*reading.document));
    }
    const auto bytes = written(manner, *g, documents);
    INFO(bytes);
    fixture::Heard heard;
    fixture::read(bytes, guides, heard);
    INFO(heard.words());
    REQUIRE(heard.sets.size() == documents.size());
    CHECK(heard.flaws.empty());
    std::vector<Document> back;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      REQUIRE(heard.sets[i].reading.document);
      CHECK(leaves(*g, *heard.sets[i].reading.document) == leaves(*g, documents[i]));
      back.push_back(std::move(*heard.sets[i].reading.document));
    }
    CHECK(written(manner, *g, back) == bytes);
    if (seed == 0) through_xml(guides, manner, bytes);
  }
}

}  // namespace

TEST_CASE("what is written is read as it was: the guides of these tests", "[formats][edi]") {
  for (const auto& manner : manners())
    for (const char* name : {"850", "856", "orders"})
      if (guide(name)->standard == manner.standard) go_round(name, manner, 20);
}

TEST_CASE("what is written is read as it was: every guide that is shipped", "[formats][edi]") {
  const auto names = fixture::shipped_guides();
  REQUIRE(names.size() > 10);
  for (const auto& name : names)
    for (const auto& manner : manners())
      if (guide(name)->standard == manner.standard) go_round(name, manner, 6);
}
