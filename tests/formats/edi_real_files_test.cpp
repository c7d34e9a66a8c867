// Files that nobody here wrote (../shared/data, see its README): each gets the answer that its sender can use.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "edi_answer.hpp"
#include "edi_fixture.hpp"

namespace fs = std::filesystem;
using namespace wayleave;
using namespace wayleave::edi;

namespace {

struct Expected {
  const char* file;
  std::size_t interchanges, sets, effective;
  const char* codes;                     ///< each once, sorted
  const char* answer;                    ///< a line of it; empty: there is none
};

const Expected table[] = {
  // SE01 says 41, there are 38 segments.
  {"x12/204-MGCTLYST-SAMPLE.EDI", 1, 1, 0, "E163", "\nAK2*204*178780001~\nAK5*R*4~\nAK9*R*1*1*0~"},
  // No guide for a 210: its syntax is good.
  {"x12/210-MGCTLYST-SAMPLE.EDI", 1, 1, 1, "E170", "\nAK5*A~\nAK9*A*1*1*1~"},
  // 004030, for which there is no 214; ISA12 00403 has a repetition separator.
  {"x12/214-MGCTLYST-SAMPLE.EDI", 1, 1, 1, "E170", "\nAK5*A~\nAK9*A*1*1*1~"},
  {"x12/990-MGCTLYST-SAMPLE.EDI", 1, 1, 1, "", "\nAK2*990*000000448~\nAK5*A~"},
  // N1 with neither name nor number, L11 with half a pair: nine of nineteen are refused, each for itself.
  {"x12/canadapost-214.edi", 1, 19, 10, "E302", "\nAK3*N1*6*0100*8~\nAK4*2*93*2~\nAK5*R*5~"},
  // SE01 46 of 48 in the first; UTF-8 in the last.
  {"x12/ups-210.edi", 1, 5, 3, "E163 E170 E310", "\nAK9*P*5*5*3~"},
  // ISA is broken into lines: noted.
  {"x12/x12.214.edi", 1, 1, 1, "E102 E170", "\nAK5*A~\nAK9*A*1*1*1~"},
  // ISA without its blanks.
  {"x12/x12.810a.edi", 1, 1, 0, "E102 E170", "TA1*000000001*030910*1059*R*022~"},
  {"x12/x12.810b.edi", 1, 1, 0, "E102 E170", "TA1*000000001*030910*1059*R*022~"},
  {"x12/x12.810c.edi", 1, 1, 0, "E102 E170", "TA1*000000001*030910*1059*R*022~"},
  {"x12/x12.810d.edi", 1, 1, 0, "E102 E170", "TA1*000000001*030910*1059*R*022~"},
  // Non-breaking spaces in ISA, two bytes each; IEA02 is not ISA13.
  {"x12/x12.850.edi", 1, 1, 0, "E102 E122", "TA1*000000055*090827*0936*R*022~"},
  // ISA has no component separator: read by what was meant, so that the report is complete, and refused.
  {"x12/x12.850.issue135.edi", 1, 2, 0, "E105 E163 E166 E205 E211 E304 E307 E309 E310 E315 E501", "TA1*000000001*190805*1134*R*027~"},
  {"x12/x12.850a.edi", 1, 1, 0, "E102 E122 E309", "TA1*000000055*090827*0936*R*022~"},
  // Messages without UNB and UNZ: there is nobody to answer.
  {"edifact/d01b_orders_conforming.edi", 0, 0, 0, "E101", ""},
  {"edifact/d01b_orders_malformed.edi", 0, 0, 0, "E101", ""},
  {"edifact/d96a_invoic_conforming.edi", 0, 0, 0, "E101", ""},
  {"edifact/d96a_invoic_malformed.edi", 0, 0, 0, "E101", ""},
  {"edifact/d96a_orders_conforming.edi", 0, 0, 0, "E101", ""},
  {"edifact/d96a_orders_malformed.edi", 0, 0, 0, "E101", ""},
  // Shortened by someone: UNT counts 787; lower case letters in UNOA.
  {"edifact/edifact.D01B.IFCSUM.EDI", 1, 1, 0, "E163 E170 E310", "UCM+1+IFCSUM:D:01B:UN:EAN003+4+29+UNT'\nUCS+21'\nUCD+21+5'"},
  // IATB and XXXA are no character sets of ISO 9735.
  {"edifact/edifact.Issue152.Wikipedia.edi", 1, 1, 0, "E127 E170", "UCI+1+6XPPC:ZZ+LHPPC:ZZ+4+14+UNB'"},
  {"edifact/edifact.Issue196.edi", 1, 1, 0, "E127 E163 E170", "UCI+00000674+0941B715566328+0941A081331750+4+14+UNB'"},
  // References of both trailers differ from those of their headers.
  {"edifact/edifact.ORDRSP.edi", 1, 1, 0, "E122 E162 E163 E170", "UCI+DAREFNR0000001+9900080000007:500+990000000000X:500+4+28+UNZ'"},
};

}  // namespace

TEST_CASE("files of others get the right answer", "[edi][real]") {
  const auto folder = fs::path(WAYLEAVE_SOURCE_DIR) / "../shared/data";
  if (!fs::exists(folder / "x12")) {
    WARN("skipped, the files are not here");
    return;
  }
  Guides guides, answer_guides;
  for (const auto& name : fixture::shipped_guides()) {
    const bool answers = name.ends_with("/997") || name.ends_with("/999") || name.find("contrl") != name.npos;
    (answers ? answer_guides : guides).add(fixture::guide(name));
  }
  std::size_t known = 0;
  for (const auto& each : table) {
    const auto path = folder / each.file;
    if (!fs::exists(path)) continue;
    ++known;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    answer::Told told;
    answer::read(bytes.str(), guides, told);
    std::vector<std::string> codes;
    for (const auto cause : told.causes) codes.emplace_back(saying(cause).code);
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    std::string list;
    for (const auto& code : codes) list += (list.empty() ? "" : " ") + code;
    INFO(each.file << "\n" << told.answers);
    CHECK(told.interchanges == each.interchanges);
    CHECK(told.sets == each.sets);
    CHECK(told.effective == each.effective);
    CHECK(list == each.codes);
    if (*each.answer) CHECK_THAT(told.answers, Catch::Contains(each.answer));
    else CHECK(told.answers == "");
    CHECK(answer::wrong(told.answers, answer_guides) == "");
    for (const std::size_t piece : {1, 100}) {
      answer::Told again;
      answer::read(bytes.str(), guides, again, piece);
      CHECK(again.text == told.text);
    }
  }
  CHECK(known >= 20);
  // No file is without an expectation.
  for (const char* kind : {"x12", "edifact"})
    for (const auto& entry : fs::directory_iterator(folder / kind)) {
      const auto name = std::string(kind) + "/" + entry.path().filename().string();
      INFO(name);
      CHECK(std::any_of(std::begin(table), std::end(table), [&](const Expected& e) { return name == e.file; }));
    }
}
