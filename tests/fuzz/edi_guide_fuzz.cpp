// Guides as a hurried hand would write them: a good one with values and lines exchanged, through schema and guide compiler.
// Whatever it is: findings or a guide, no crash; and what the guide accepts and refuses of an interchange is answered validly.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "../formats/edi_answer.hpp"

namespace {

using namespace wayleave;
using namespace wayleave::edi;
namespace fs = std::filesystem;

const fs::path source = WAYLEAVE_SOURCE_DIR;

std::string file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The text between the nth pair of quotes.
bool value_at(const std::string& text, std::size_t n, std::size_t& begin, std::size_t& end) {
  std::size_t at = 0;
  for (;; ++n) {
    begin = text.find("=\"", at);
    if (begin == text.npos) return false;
    begin += 2;
    end = text.find('"', begin);
    if (end == text.npos) return false;
    if (n-- == 0) return true;
    at = end;
  }
}

/// Each step is three bytes: what to do, and where; what follows up to a line break is the text for it.
std::string written(std::string text, const std::uint8_t* data, std::size_t size) {
  for (std::size_t i = 0; i + 3 <= size;) {
    const auto what = data[i] % 5;
    const std::size_t where = data[i + 1] | static_cast<std::size_t>(data[i + 2]) << 8;
    i += 3;
    std::string word;
    while (i < size && data[i] != '\n' && word.size() < 200) word += static_cast<char>(data[i++]);
    ++i;
    std::size_t begin = 0, end = 0, from = 0, to = 0;
    switch (what) {
      case 0:
        if (value_at(text, where, begin, end)) text.replace(begin, end - begin, word);
        break;
      case 1:                            // the value of another
        if (value_at(text, where, begin, end) && value_at(text, word.empty() ? 0 : static_cast<std::uint8_t>(word[0]), from, to))
          text.replace(begin, end - begin, text.substr(from, to - from));
        break;
      case 2: {                          // a line again elsewhere
        begin = text.find('\n', where % text.size());
        from = text.find('\n', (where * 7) % text.size());
        if (begin == text.npos || from == text.npos) break;
        to = text.find('\n', from + 1);
        text.insert(begin, text.substr(from, to == text.npos ? to : to - from));
        break;
      }
      case 3:
        begin = text.find('\n', where % text.size());
        if (begin != text.npos && (end = text.find('\n', begin + 1)) != text.npos) text.erase(begin, end - begin);
        break;
      default:                           // another attribute
        if (value_at(text, where, begin, end)) text.insert(end + 1, " edi:" + word);
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string bases[] = {
      file(source / "tests/golden/edi/850.xsd"), file(source / "tests/golden/edi/orders.xsd"), file(source / "tests/formats/edi/856.xsd")};
  static const fs::path folder = [] {
    std::string name = (fs::temp_directory_path() / "wayleave-guide-fuzz-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    fs::copy_file(source / "schemas/edi-types.xsd", name + "/edi-types.xsd");
    return fs::path(name);
  }();
  static const std::string sample = answer::x12(1, 2, 2, "005010") + answer::edifact(1, 2);
  if (size < 4 || size > 4096) return 0;
  std::ofstream(folder / "guide.xsd", std::ios::trunc) << written(bases[data[0] % 3], data + 1, size - 1);
  schema::Library library(schema::SearchPath{{folder}});
  const auto loaded = library.load("guide.xsd");
  if (!loaded.schema || !is_guide(*loaded.schema)) return 0;
  const auto compiled = compile_guide(loaded.schema);
  bool errors = false;
  for (const auto& finding : compiled.findings) {
    if (finding.code.size() != 4 || finding.message.empty()) std::abort();
    errors |= finding.severity == Severity::error;
  }
  if (errors == (compiled.guide != nullptr)) std::abort();
  if (!compiled.guide) return 0;
  Guides guides;
  guides.add(compiled.guide);
  answer::Told told;
  answer::read(sample, guides, told);
  if (told.refused.size() != 2) std::abort();
  return 0;
}
