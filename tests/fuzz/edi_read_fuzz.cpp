// X12 and EDIFACT through the reader, with guides and without, in odd pieces, and what is answered. Whatever the bytes are:
// no crash, what is told is the same however the bytes came, every answer is one by our own guides, and reports can be read.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../formats/edi_answer.hpp"
#include "base/utf8.hpp"

namespace {

using namespace wayleave;
using namespace wayleave::edi;

Guides load(std::initializer_list<const char*> names) {
  schema::SearchPath path;
  path.roots.push_back(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas");
  path.roots.push_back(std::string(WAYLEAVE_SOURCE_DIR) + "/tests/formats/edi");
  schema::Library library(path);
  Guides out;
  for (const auto* name : names) {
    const auto loaded = library.load(name);
    if (!loaded.schema) __builtin_trap();
    auto compiled = compile_guide(loaded.schema);
    if (!compiled.guide) __builtin_trap();
    out.add(compiled.guide);
  }
  return out;
}

void must(bool good, const std::string& otherwise = {}, int line = __builtin_LINE()) {
  if (good) return;
  std::fprintf(stderr, "line %d does not hold\n", line);
  std::fwrite(otherwise.data(), 1, otherwise.size(), stderr);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Guides guides =
      load({"x12/004010/850.xsd", "x12/004010/856.xsd", "x12/004010/214.xsd", "850.xsd", "edifact/D96A/orders.xsd", "edifact/D96A/iftsta.xsd"});
  static const Guides answers = load({"x12/004010/997.xsd", "x12/005010/999.xsd", "edifact/service/contrl-3.xsd", "edifact/service/contrl-4.xsd"});
  static const Guides none;
  if (size < 2 || size > (64u << 10)) return 0;
  const auto choice = data[0];
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto& by = choice & 1 ? guides : none;
  const auto kind = choice & 2 ? AckKind::f999 : choice & 4 ? AckKind::f997 : AckKind::by_version;
  ReadOptions options;
  options.documents = choice & 8;
  options.judge = !(choice & 16);
  if (choice & 32) options.limits = {600, 200, 10'000, 4};
  answer::Told whole(kind);
  answer::read(text, by, whole, 0, options);
  const std::size_t pieces[] = {1, 3, 64, 65, 4096};
  answer::Told told(kind);
  answer::read(text, by, told, pieces[(choice >> 6) + (choice & 1)], options);
  must(told.text == whole.text, told.text + "\n---- all at once\n" + whole.text);
  must(told.answers == whole.answers);
  must(whole.interchanges == whole.refused.size());
  for (const auto& shown : whole.flaw_texts) {
    must(is_utf8(shown), shown);
    for (const char c : shown) must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, shown);
  }
  if (!whole.answers.empty()) {
    answer::Told again;
    answer::read(whole.answers, answers, again);
    must(again.causes.empty(), whole.answers + again.text);
    must(again.answers.empty() || again.answers.find("ST*") == std::string::npos);   // nobody answers answers
  }
  return 0;
}
