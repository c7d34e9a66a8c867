// Interchanges as they should not be: cut, twisted, huge, one behind the other. Whatever the bytes are: an answer, never a
// set that takes effect in something that is not whole, and the same however the bytes come.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "base/utf8.hpp"
#include "edi_answer.hpp"
#include "edi_fixture.hpp"

namespace fs = std::filesystem;
using namespace wayleave;
using namespace wayleave::edi;
using answer::read;
using answer::Told;

namespace {

const Guides& guides() {
  static const Guides all = [] {
    Guides out;
    for (const char* name : {"x12/004010/850", "x12/004010/856", "edifact/D96A/orders"}) out.add(fixture::guide(name));
    return out;
  }();
  return all;
}

const Guides& answer_guides() {
  static const Guides all = [] {
    Guides out;
    for (const char* name : {"x12/004010/997", "x12/005010/999", "edifact/service/contrl-3", "edifact/service/contrl-4"})
      out.add(fixture::guide(name));
    return out;
  }();
  return all;
}

std::string file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// What the golden cases send, and files of others where they are.
const std::vector<std::string>& samples() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out{answer::x12(2, 2, 3), answer::edifact(2, 3), answer::edifact(1, 2, false)};
    const fs::path source = WAYLEAVE_SOURCE_DIR;
    for (const auto& entry : fs::directory_iterator(source / "tests/fuzz/edi_read_seeds"))
      out.push_back(file(entry.path()).substr(1));  // the first byte is for the fuzzer
    for (const char* folder : {"x12", "edifact"}) {
      if (!fs::exists(source / "../shared/data" / folder)) continue;
      for (const auto& entry : fs::directory_iterator(source / "../shared/data" / folder)) out.push_back(file(entry.path()).substr(0, 20'000));
    }
    return out;
  }();
  return all;
}

std::string mutated(std::string bytes, std::mt19937_64& random) {
  using namespace std::string_literals;
  static const std::string marks = "*~:^>'+?|!\\ \r\n\0\x1c\x1d\x1e\x80\xff"s + "AZ09ISAUNBST";
  const auto times = 1 + random() % 4;
  for (unsigned i = 0; i < times && !bytes.empty(); ++i) {
    const auto at = random() % bytes.size();
    switch (random() % 6) {
      case 0: bytes[at] = marks[random() % marks.size()]; break;
      case 1: bytes.insert(at, 1, marks[random() % marks.size()]); break;
      case 2: bytes.erase(at, 1 + random() % 8); break;
      case 3: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 60)); break;
      case 4: bytes[at] = static_cast<char>(random()); break;
      default: bytes.resize(at); break;
    }
  }
  return bytes;
}

std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string x, y;
  for (;;) {
    const bool more = static_cast<bool>(std::getline(left, x)), too = static_cast<bool>(std::getline(right, y));
    if (!more && !too) return {};
    if (more != too || x != y) return (more ? x : "nothing") + "\n" + (too ? y : "nothing");
  }
}

double seconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

const std::string isa = "ISA*00*          *00*          *ZZ*ACME           *ZZ*WAYLEAVE       *250314*0912*U*00401*000000905*0*P*>~\n";

}  // namespace

TEST_CASE("an interchange that is cut anywhere is refused as cut, and nothing of it takes effect", "[edi][faults]") {
  const auto whole = answer::x12(2, 3, 22);
  REQUIRE(whole.size() > 4'000);
  Told good;
  read(whole, guides(), good);
  INFO(good.text);
  REQUIRE(good.effective == 6);
  for (std::size_t n = 0; n + 2 <= whole.size(); ++n) {
    Told told;
    read(std::string_view(whole).substr(0, n), guides(), told, n % 16 == 0 ? 1 : 0);
    CAPTURE(n, told.text, told.answers);
    REQUIRE(told.effective == 0);
    if (n < 106) {
      REQUIRE(told.answers.empty());
      REQUIRE(told.strays == (n ? 1u : 0u));
      if (n) REQUIRE(told.has(Cause::not_an_interchange));
      continue;
    }
    REQUIRE(told.strays == 0);
    REQUIRE(told.refused == std::vector<bool>{true});
    REQUIRE(told.answers.find("TA1*000000905*250314*0912*R*023~\nIEA*0*000000007~") != std::string::npos);
    REQUIRE(told.answers.find("AK") == std::string::npos);
  }
}

TEST_CASE("an interchange that is cut anywhere leaves the next one whole", "[edi][faults]") {
  const std::string first[] = {answer::x12(1, 1, 3), answer::edifact(1, 3), answer::edifact(1, 3, false)};
  std::string own_separators = answer::edifact(1, 2);
  for (const auto& [from, to] : {std::pair{'+', '*'}, {':', '/'}, {'\'', '~'}})
    for (char& c : own_separators)
      if (c == from) c = to;
  const std::string next[] = {answer::x12(1, 2, 2), answer::edifact(2, 2), answer::edifact(2, 2, false), own_separators};
  for (const auto& cut : first)
    for (const auto& whole : next) {
      // Separators of its own behind an EDIFACT interchange with others: that could be data.
      if (&whole == &next[3] && !cut.starts_with("ISA")) continue;
      Told good;
      read(whole, guides(), good);
      REQUIRE(good.effective > 0);
      const std::size_t header = cut.starts_with("ISA") ? 107 : cut.find("UNH");
      for (std::size_t n = header; n + 2 <= cut.size(); ++n) {
        Told told;
        read(cut.substr(0, n) + whole, guides(), told, n % 8 == 0 ? 1 : 0);
        CAPTURE(n, cut.substr(0, n), whole, told.text, told.answers);
        REQUIRE(told.refused == std::vector<bool>{true, false});
        REQUIRE(told.effective == good.effective);
        REQUIRE(told.strays == 0);
        REQUIRE(told.has(Cause::interchange_truncated));
      }
    }
}

TEST_CASE("an EDIFACT interchange that is cut anywhere is refused as cut", "[edi][faults]") {
  const auto whole = answer::edifact(4, 36);
  REQUIRE(whole.size() > 4'000);
  Told good;
  read(whole, guides(), good);
  INFO(good.text);
  REQUIRE(good.effective == 4);
  for (std::size_t n = 0; n + 2 <= whole.size(); ++n) {
    Told told;
    read(std::string_view(whole).substr(0, n), guides(), told, n % 16 == 0 ? 1 : 0);
    CAPTURE(n, told.text, told.answers);
    REQUIRE(told.effective == 0);
    if (n < 13) {                        // UNA and UNB
      REQUIRE(told.answers.empty());
      continue;
    }
    REQUIRE(told.strays == 0);
    REQUIRE(told.refused == std::vector<bool>{true});
    REQUIRE(told.has(Cause::interchange_truncated));
    REQUIRE(told.answers.find("+4+13+UNZ'") != std::string::npos);
    REQUIRE(told.answers.find("UCM") == std::string::npos);
    REQUIRE(answer::wrong(told.answers, answer_guides()) == "");
  }
}

TEST_CASE("an acknowledgment does not cut what comes after it", "[edi][faults]") {
  // A whole one, a cut one, a whole one: the one in the middle is refused alone.
  const auto whole = answer::x12(1, 2, 2);
  for (std::size_t n : {std::size_t{107}, std::size_t{150}, whole.size() / 2, whole.size() - 20, whole.size() - 3}) {
    Told told;
    read(whole + whole.substr(0, n) + "~\n" + whole, guides(), told);
    CAPTURE(n, told.text);
    CHECK(told.refused == std::vector<bool>{false, true, false});
    CHECK(told.effective == 4);
  }
}

TEST_CASE("a changed digit in any trailer refuses something", "[edi][faults]") {
  for (const auto& whole : {answer::x12(2, 2, 2), answer::edifact(3, 2)}) {
    Told good;
    read(whole, guides(), good);
    for (const char* trailer : {"\nSE*", "\nGE*", "\nIEA*", "\nUNT+", "\nUNZ+"}) {
      for (auto at = whole.find(trailer); at != whole.npos; at = whole.find(trailer, at + 1)) {
        for (auto i = at + 4; i < whole.size() && whole[i] != '~' && whole[i] != '\''; ++i) {
          if (whole[i] < '0' || whole[i] > '9') continue;
          for (const char to : {static_cast<char>(whole[i] == '9' ? '8' : whole[i] + 1), 'X', '-'}) {
            auto twisted = whole;
            twisted[i] = to;
            Told told;
            read(twisted, guides(), told);
            CAPTURE(twisted.substr(at + 1, 20), told.text);
            CHECK(told.effective < good.effective);
            CHECK(answer::wrong(told.answers, answer_guides()) == "");
          }
        }
      }
    }
  }
}

TEST_CASE("any delimiters: read when they are three of their own, else refused", "[edi][faults]") {
  const std::string marks = "*~>:|!\n\x1c\x1d\x07^+'AZa09 ";
  const auto plain = answer::x12(1, 1, 1);
  for (const char element : marks)
    for (const char component : marks)
      for (const char terminator : marks) {
        auto bytes = plain;
        bytes.erase(std::remove(bytes.begin(), bytes.end(), '\n'), bytes.end());
        for (char& c : bytes) c = c == '*' ? element : c == '~' ? terminator : c == '>' ? component : c;
        Told told;
        read(bytes, guides(), told);
        auto usable = [](char c) { return c != ' ' && !std::isalnum(static_cast<unsigned char>(c)); };
        const bool fine =
            usable(element) && usable(component) && usable(terminator) && element != component && component != terminator && element != terminator;
        CAPTURE(static_cast<int>(element), static_cast<int>(component), static_cast<int>(terminator), told.text);
        CHECK(told.effective == (fine ? 1u : 0u));
        CHECK(told.interchanges + told.strays >= 1);
        CHECK(answer::wrong(told.answers, answer_guides()) == "");
      }
}

TEST_CASE("ISA and its segments may end in any mixture of line breaks", "[edi][faults]") {
  auto bytes = answer::x12(1, 2, 2);
  std::string mixed;
  unsigned n = 0;
  for (const char c : bytes) {
    if (c != '\n') mixed += c;
    else if (++n % 3 == 0) mixed += "\r\n";
    else if (n % 3 == 1) mixed += "\n";
  }
  Told told;
  read(mixed, guides(), told);
  INFO(told.text);
  CHECK(told.effective == 2);
  // A line break is the terminator.
  std::replace(bytes.begin(), bytes.end(), '~', '\r');
  Told carriage;
  read(bytes, guides(), carriage);
  INFO(carriage.text);
  CHECK(carriage.effective == 2);
}

TEST_CASE("an ISA that is separated by letters is known by its shape, and refused for them", "[edi][faults]") {
  auto bytes = answer::x12(1, 1, 1);
  const auto second = answer::x12(1, 1, 1);
  for (auto& c : bytes)
    if (c == '*') c = 'Q';
  for (const std::size_t piece : {0, 1, 64, 200}) {
    Told told;
    read(bytes + second, guides(), told, piece);
    CAPTURE(told.text, piece);
    CHECK(told.refused == std::vector<bool>{true, false});
    CHECK(told.has(Cause::bad_element_separator));
    CHECK(told.answers.find("*R*026~") != std::string::npos);
  }
}

TEST_CASE("two interchanges, good and bad, garbage before, between and after", "[edi][faults]") {
  const auto good = answer::x12(1, 2, 2);
  auto bad = good;
  bad.replace(bad.find("IEA*1*000000905"), 15, "IEA*1*000000906");
  for (const std::string before : {"", "some text\n", "\xef\xbb\xbf", "ISAAC Newton\n", "UNABLE TO SEND\n"})
    for (const std::string between : {"", "\r\n\r\n", "garbage", "GS*PO*X~ST*850*1~", "IEA*1*000000905~"})
      for (const std::string after : {"", "\n", "\x1a", "end"}) {
        const auto bytes = before + good + between + bad + between + answer::edifact(1, 1) + after;
        Told told;
        read(bytes, guides(), told);
        CAPTURE(before, between, after, told.text);
        CHECK(told.refused == std::vector<bool>{false, true, false});
        CHECK(told.effective == 3);
        const bool blank = between.empty() || between[0] == '\r';
        CHECK(told.strays == (before.empty() || before[0] == '\xef' ? 0u : 1u) + (blank ? 0u : 2u) + (after.empty() || after == "\n" ? 0u : 1u));
        CHECK(answer::wrong(told.answers, answer_guides()) == "");
      }
}

TEST_CASE("UNA with two characters the same refuses all up to the next interchange", "[edi][faults]") {
  const std::string rest = answer::edifact(1, 1, false);
  const std::string usual = ":+.? '";
  for (unsigned i = 0; i < 6; ++i)
    for (unsigned k = 0; k < 6; ++k) {
      if (i == k || i == 2 || k == 2) continue;   // the decimal mark may be any
      auto una = usual;
      una[i] = una[k];
      if (una[4] == ' ' && una[i] == ' ' && i == 3) continue;   // no release character
      if (i == 4 && una[4] == usual[k] && k == 2) continue;
      Told told;
      read("UNA" + una + "\n" + rest + answer::edifact(1, 1), guides(), told, i % 2 ? 5 : 0);
      CAPTURE(una, told.text);
      CHECK(told.refused == std::vector<bool>{true, false});
      CHECK(told.effective == 1);
      CHECK(answer::wrong(told.answers, answer_guides()) == "");
    }
}

TEST_CASE("a release character at the end of what comes, and before every delimiter", "[edi][faults]") {
  const auto whole = answer::edifact(1, 1);
  for (const std::string end : {"?", "?" "?", "?" "?" "?", "?'", "?" "?" "?'"}) {
    Told told;
    read(whole.substr(0, whole.find("BGM")) + "FTX+AAI+++x" + end, guides(), told);
    CAPTURE(end, told.text);
    CHECK(told.refused == std::vector<bool>{true});
    CHECK(told.has(Cause::interchange_truncated));
  }
  // At every place within the blocks that are looked at at once.
  for (unsigned n = 0; n < 66; ++n) {
    auto bytes = answer::edifact(1, 1);
    const auto at = bytes.find("FTX+AAI+++") + 10;
    bytes.replace(at, bytes.find("'\nNAD") - at, std::string(n, 'x') + "?'?+?:?" "?");
    Told told;
    read(bytes, guides(), told);
    CAPTURE(n, told.text);
    CHECK(told.effective == 1);
  }
}

TEST_CASE("what UNOA does not have is told where it stands", "[edi][faults]") {
  auto bytes = answer::edifact(1, 1);
  bytes.replace(bytes.find("UNOC"), 4, "UNOA");
  Told told;
  read(bytes, guides(), told);
  INFO(told.text);
  CHECK(told.effective == 0);            // the lower case letters of the text
  CHECK(told.causes == std::vector<Cause>{Cause::invalid_character});
  const auto at = bytes.find("FTX+AAI+++what");
  bytes.replace(at, bytes.find("'\nNAD") - at, "FTX+AAI+++UPPER CASE (ONLY) 100%");
  Told upper;
  read(bytes, guides(), upper);
  INFO(upper.text);
  CHECK(upper.effective == 1);
}

TEST_CASE("octets are counted, not looked at; a count that lies refuses the interchange", "[edi][faults]") {
  auto with = [](const std::string& segment) {
    return isa + "GS*PO*A*B*20250314*0912*1*X*004010~\nST*841*0001~\n" + segment + "SE*3*0001~\nGE*1*1~\nIEA*1*000000905~\n";
  };
  const std::string octets("a~b*c\0ISA*d\nIEA*1*000000905~", 29);
  for (const std::string head : {"BIN*", "BDS*ASC*"})
    for (const int lie : {0, 1, -1, 100, 100'000'000, -29}) {
      const auto bytes = with(head + std::to_string(29 + lie) + "*" + octets + "~");
      for (const std::size_t piece : {0, 1, 7}) {
        Told told;
        read(bytes, guides(), told, piece);
        CAPTURE(head, lie, piece, told.text);
        CHECK(told.effective == (lie ? 0u : 1u));
        REQUIRE_FALSE(told.refused.empty());
        CHECK(told.refused[0] == (lie != 0));
      }
    }
  // More octets than a message may have are not kept.
  std::string many;
  const std::string block = "BIN*1000000*" + std::string(1'000'000, 'x') + "~";
  for (int i = 0; i < 20; ++i) many += block;
  auto bytes = with(many);
  bytes.replace(bytes.find("SE*3"), 4, "SE*22");
  Told told;
  read(bytes, guides(), told, 65'536);
  CHECK(told.has(Cause::set_too_large));
  CHECK(told.effective == 0);
}

TEST_CASE("huge elements, segments, sets and hierarchies meet limits, not memory", "[edi][faults]") {
  const auto start = isa + "GS*PO*A*B*20250314*0912*1*X*004010~\nST*850*0001~\nBEG*00*SA*PO-1**20250314~\n";
  const std::string stop = "SE*9*0001~\nGE*1*1~\nIEA*1*000000905~\n";
  SECTION("an element of 10 MB") {
    for (const std::size_t piece : {0, 4096}) {
      Told told;
      read(start + "PO1*1*1*EA*" + std::string(10u << 20, '9') + "~\n" + stop + answer::x12(1, 1, 1), guides(), told, piece);
      CHECK(told.has(Cause::interchange_too_large));
      CHECK(told.refused == std::vector<bool>{true, false});
      CHECK(told.effective == 1);
    }
  }
  SECTION("an element just below the limit of a segment is cut in what is told") {
    Told told;
    read(start + "N1*ST*" + std::string(1'000'000, 'x') + "~\n" + stop, guides(), told);
    CHECK(told.has(Cause::too_long));
    CHECK(told.answers.size() < 2'000);
  }
  SECTION("a million empty elements") {
    Told told;
    read(start + "PO1" + std::string(1'000'000, '*') + "~\n" + stop, guides(), told);
    CHECK(told.has(Cause::interchange_too_large));
    CHECK(told.effective == 0);
  }
  SECTION("a million segments in one set") {
    std::string bytes = start;
    for (int i = 0; i < 1'000'000; ++i) bytes += "PO1*1*1*EA~";
    Told told;
    read(bytes + stop, guides(), told, 1u << 20);
    CHECK(told.has(Cause::set_too_large));
    CHECK(told.refused == std::vector<bool>{false});
    CHECK(told.effective == 0);
    CHECK(told.answers.find("AK5*R*") != std::string::npos);
    CHECK(answer::wrong(told.answers, answer_guides()) == "");
  }
  SECTION("a million segments that nobody knows: a hundred are told") {
    std::string bytes = start;
    for (int i = 0; i < 1'000'000; ++i) bytes += "XX~";
    Told told;
    read(bytes + stop, guides(), told, 1u << 20);
    CHECK(told.causes.size() <= 101);
    CHECK(answer::wrong(told.answers, answer_guides()) == "");
  }
  SECTION("a hundred thousand levels") {
    std::string bytes = isa + "GS*SH*A*B*20250314*0912*1*X*004010~\nST*856*0001~\nBSN*00*1*20250314*0912*0001~\nHL*1**S~\n";
    for (int i = 2; i < 100'000; ++i) bytes += "HL*" + std::to_string(i) + "*" + std::to_string(i + 1) + "*I~\n";
    Told told;
    read(bytes + stop, guides(), told);
    CHECK(told.effective == 0);
    CHECK(answer::wrong(told.answers, answer_guides()) == "");
  }
  SECTION("a hundred thousand sets, groups and interchanges") {
    std::string bytes;
    for (int i = 0; i < 20'000; ++i) bytes += isa + "IEA*0*000000905~\n";
    bytes += isa;
    for (int i = 1; i <= 20'000; ++i) bytes += "GS*PO*A*B*20250314*0912*" + std::to_string(i) + "*X*004010~\nGE*0*" + std::to_string(i) + "~\n";
    bytes += "IEA*20000*000000905~\n" + isa + "GS*PO*A*B*20250314*0912*1*X*004010~\n";
    for (int i = 10'000; i < 30'000; ++i)
      bytes += "ST*841*" + std::to_string(i * 7 % 99'991 + 100'000) + "~\nSE*2*" + std::to_string(i * 7 % 99'991 + 100'000) + "~\n";
    bytes += "GE*20000*1~\nIEA*1*000000905~\n";
    Told told;
    read(bytes, guides(), told);
    CHECK(told.effective == 20'000);
    CHECK(answer::wrong(told.answers, answer_guides()) == "");
  }
}

TEST_CASE("what is told does not depend on the pieces in which the bytes come", "[edi][faults]") {
  std::mt19937_64 random(7);
  ReadOptions small;
  small.limits.set = 400;
  small.limits.segment = 120;
  small.limits.flaws = 5;
  for (int round = 0; round < 600; ++round) {
    const auto& sample = samples()[static_cast<std::size_t>(round) % samples().size()];
    auto bytes = round < static_cast<int>(samples().size()) ? sample : mutated(sample.substr(0, 3'000), random);
    if (round % 3 == 0) bytes += mutated(samples()[random() % samples().size()].substr(0, 2'000), random);
    const auto options = round % 2 ? ReadOptions{} : small;
    Told whole;
    read(bytes, guides(), whole, 0, options);
    for (const std::size_t piece : {1, 7, 64, 4096}) {
      Told told;
      read(bytes, guides(), told, piece, options);
      CAPTURE(round, piece, bytes);
      REQUIRE(first_difference(told.text, whole.text) == "");
      REQUIRE(told.answers == whole.answers);
    }
  }
}

TEST_CASE("whatever comes, answers are valid and reports are readable", "[edi][faults]") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 3'000; ++round) {
    const auto& sample = samples()[static_cast<std::size_t>(round) % samples().size()];
    const auto bytes = mutated(sample.substr(0, 2'000 + random() % 3'000), random);
    for (const auto kind : {AckKind::f997, AckKind::f999, AckKind::by_version}) {
      Told told(kind);
      read(bytes, guides(), told);
      CAPTURE(round, bytes, told.answers, told.text);
      REQUIRE(answer::wrong(told.answers, answer_guides()) == "");
      REQUIRE(told.interchanges == told.refused.size());
      for (const auto& text : told.flaw_texts) {
        REQUIRE(is_utf8(text));
        REQUIRE(std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
      }
    }
  }
}

TEST_CASE("a segment id with a NUL before it is another", "[edi][faults]") {
  const auto whole = answer::x12(1, 1, 1);
  for (const char* id : {"BEG", "N1*", "SE*", "GE*", "IEA"}) {
    auto bytes = whole;
    bytes.insert(bytes.find("\n" + std::string(id)) + 1, 1, '\0');
    Told told;
    read(bytes, guides(), told);
    INFO(id << told.text);
    CHECK(told.effective == 0);
  }
}

TEST_CASE("acknowledgments are not acknowledged", "[edi][faults]") {
  for (const auto& bytes : {answer::x12(2, 2, 2), answer::edifact(2, 2)}) {
    Told first;
    read(bytes, guides(), first);
    REQUIRE_FALSE(first.answers.empty());
    Told second;
    read(first.answers, answer_guides(), second);
    INFO(first.answers << second.text);
    CHECK(second.sets > 0);
    CHECK(second.accepted == second.sets);
    CHECK(second.answers.empty());
  }
  // Not even one that is cut, in EDIFACT; in X12 there is the TA1, which is no acknowledgment of an acknowledgment.
  Told first, cut;
  read(answer::edifact(1, 1), guides(), first);
  read(first.answers.substr(0, first.answers.size() - 10), answer_guides(), cut);
  CHECK(cut.refused == std::vector<bool>{true});
  CHECK(cut.answers.empty());
}

// Twice as much takes about twice as long. Not part of the usual run: machines are busy. formats_test "[linear]"
TEST_CASE("reading takes time in proportion to what is read", "[.][linear]") {
  auto of_kind = [](int kind, unsigned n) {
    const auto start = isa + "GS*PO*A*B*20250314*0912*1*X*004010~\nST*850*0001~\nBEG*00*SA*PO-1**20250314~\n";
    std::string out = start;
    switch (kind) {
      case 0: return answer::x12(1, n, 20);
      case 1: return answer::edifact(n, 20);
      case 2:
        for (unsigned i = 0; i < n * 30; ++i) out += "XX~";
        return out;
      case 3:
        for (unsigned i = 0; i < n * 30; ++i) out += "REF*ZZ*" + std::to_string(i) + "~";
        return out;
      case 4: return out + "N1*ST*" + std::string(n * 60, 'x') + "~";
      case 5:
        out = isa + "GS*SH*A*B*20250314*0912*1*X*004010~\nST*856*0001~\nBSN*00*1*20250314*0912*0001~\n";
        for (unsigned i = 1; i < n * 10; ++i)
          out += "HL*" + std::to_string(i) + "*" + std::to_string(i ? i - 1 : 0) + "*" + (i % 3 ? "I" : "O") + "~\n";
        return out;
      case 6:
        out = isa + "GS*PO*A*B*20250314*0912*1*X*004010~\n";
        for (unsigned i = 0; i < n * 10; ++i)
          out += "ST*841*" + std::to_string(i * 7919 % 899'981 + 100'000) + "~SE*2*" + std::to_string(i * 7919 % 899'981 + 100'000) + "~";
        return out;
      default: return std::string(n * 200, 'I');
    }
  };
  for (int kind = 0; kind < 8; ++kind)
    for (const std::size_t piece : {0, 4096}) {
      const auto small = of_kind(kind, 2'000), large = of_kind(kind, 4'000);
      const double one = seconds([&] { Told t; read(small, guides(), t, piece); });
      const double two = seconds([&] { Told t; read(large, guides(), t, piece); });
      CAPTURE(kind, piece, one, two);
      CHECK(two < 3 * one + 0.01);
    }
}
