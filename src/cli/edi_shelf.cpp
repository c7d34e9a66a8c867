#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <set>
#include <tuple>

#include "cli/commands.hpp"
#include "cli/edi.hpp"
#include "config/site.hpp"
#include "formats/edi/report.hpp"
#include "gateway/build_site.hpp"

namespace wayleave::cli {
namespace {

/// Notes which sets a file has, on the syntax level.
struct Sets : edi::Listener {
  std::set<std::tuple<edi::Standard, std::string, std::string>> seen;
  edi::Standard standard{};
  void interchange(const edi::InterchangeHead& head) override { standard = head.standard; }
  void set(edi::SetReading&& set) override { seen.emplace(standard, set.head.set, set.head.version); }
  void interchange_end(const edi::InterchangeEnd&) override {}
};

struct Collected : edi::Listener {
  explicit Collected(const std::string& bytes) : lines(bytes) {}
  LineIndex lines;
  edi::InterchangeHead head;
  edi::GroupHead open;
  EdiJudgement out;
  bool judged = false;                   // a set of one of the guides was there
  std::set<std::string> others;
  void add(const edi::Flaws& flaws, const std::string& version) {
    for (const auto& flaw : flaws) {
      out.findings.push_back(edi::located(flaw, lines, head.standard, version.substr(0, 6) >= "005010" && head.standard == edi::Standard::x12));
      if (flaw.severity == Severity::error) out.refused = true;
    }
  }
  void interchange(const edi::InterchangeHead& h) override { head = h, out.any = true; }
  void group(const edi::GroupHead& g) override { open = g; }
  void set(edi::SetReading&& set) override {
    if (set.guide) judged = true;
    else others.insert(set.head.set + " " + set.head.version);
    add(set.flaws, open.version);
  }
  void group_end(const edi::GroupEnd& end) override { add(end.flaws, open.version); }
  void interchange_end(const edi::InterchangeEnd& end) override { add(end.flaws, ""); }
  void stray(const edi::Flaw& flaw) override { add({flaw}, ""); }
};

/// Interchanges of which nothing was judged are not valid by these guides.
Finding none_there(const edi::Guides& guides, const std::set<std::string>& others) {
  const auto listed = [](const std::set<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
  };
  std::set<std::string> wanted;
  for (const auto& guide : guides.all()) wanted.insert(guide->set + " " + guide->version);
  Finding finding;
  finding.code = edi::saying(edi::Cause::set_not_supported).code;
  finding.found = edi::printable(listed(others), 200);
  finding.expected = listed(wanted);
  finding.message = "there is no " + std::string(wanted.size() == 1 ? "set of this guide, " : "set of these guides, ") + finding.expected + ", in these interchanges" +
                    (finding.found.empty() ? "" : ", but " + finding.found) + ": nothing was judged";
  finding.fix = "name with --schema the guide of what is in them";
  return finding;
}

}  // namespace

GuideShelf::GuideShelf()
    : schemas(std::make_shared<schema::Library>(gateway::schema_path(config::enclosing_site(std::filesystem::current_path()).value_or("")))) {}

bool GuideShelf::add(const std::string& reference) {
  std::error_code ec;
  const auto hash = reference.rfind('#');
  const auto file = reference.substr(0, hash);
  const auto root = hash == std::string::npos ? "" : reference.substr(hash);
  auto loaded = schemas->load(std::filesystem::exists(file, ec) ? std::filesystem::absolute(file, ec).lexically_normal().string() + root : reference);
  if (loaded.schema) {
    auto compiled = edi::compile_guide(loaded.schema);
    if (compiled.guide) {
      guides.add(compiled.guide);
      return true;
    }
    loaded.findings = std::move(compiled.findings);
  }
  for (auto& finding : loaded.findings) {
    const auto in = finding.in.empty() ? reference : finding.in;
    finding.in.clear();
    std::cerr << render_text(finding, in, read_file(in).value_or("")) << '\n';
  }
  return false;
}

bool GuideShelf::add_all_for(const std::function<bool(edi::Reader&)>& feed) {
  Sets sets;
  edi::Guides none;
  edi::Reader reader(none, sets, {.documents = false, .judge = false});
  if (!feed(reader)) return false;
  reader.finish();
  for (const auto& [standard, set, version] : sets.seen) add_for(standard, set, version);
  return true;
}

void GuideShelf::add_all_for(const std::string& bytes) {
  add_all_for([&](edi::Reader& reader) {
    reader.feed(bytes);
    return true;
  });
}

void GuideShelf::add_for(edi::Standard standard, const std::string& set, const std::string& version) {
  std::string reference;
  if (standard == edi::Standard::x12) {
    reference = "x12/" + version.substr(0, 6) + "/" + set + ".xsd";
  } else if (set == "CONTRL") {
    reference = "edifact/service/contrl-" + std::string(version.starts_with("4") ? "4" : "3") + ".xsd";
  } else {
    std::string folder, name;
    for (char c : version)
      if (c != '.') folder += c;
    for (char c : set) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    reference = "edifact/" + folder + "/" + name + ".xsd";
  }
  // What a document says may choose among guides, never name another file.
  const bool plain = std::all_of(reference.begin(), reference.end(), [](unsigned char c) { return std::isalnum(c) || c == '/' || c == '.' || c == '-'; }) && reference.find("..") == reference.npos;
  if (plain && schemas->search_path().find(reference, {})) add(reference);
}

void GuideShelf::add_all_named(const std::string& xml) {
  // The namespaces of the trees name their guides: urn:wayleave:x12:004010:850, urn:wayleave:edifact:d96a:orders.
  std::set<std::string> seen;
  for (const std::string_view mark : {"urn:wayleave:x12:", "urn:wayleave:edifact:"})
    for (auto at = xml.find(mark); at != std::string::npos; at = xml.find(mark, at + 1)) {
      const auto end = xml.find_first_of("\"'<> ", at);
      const auto name = xml.substr(at + mark.size(), std::min<std::size_t>(end - at - mark.size(), 60));
      if (!seen.insert(std::string(mark) + name).second) continue;
      const auto colon = name.find(':');
      if (colon == std::string::npos) continue;
      auto version = name.substr(0, colon), set = name.substr(colon + 1);
      if (mark.find("edifact") != mark.npos)
        for (auto& c : version) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      add_for(mark.find("x12") != mark.npos ? edi::Standard::x12 : edi::Standard::edifact, set, version);
    }
}

EdiJudgement judge_edi(const std::string& bytes, const edi::Guides& guides) {
  Collected collected(bytes);
  edi::Reader reader(guides, collected, {.documents = false});
  reader.feed(bytes);
  reader.finish();
  if (collected.out.any && !collected.judged && !collected.out.refused) {
    collected.out.findings.push_back(none_there(guides, collected.others));
    collected.out.refused = true;
  }
  return std::move(collected.out);
}

bool feed_file(const std::string& name, edi::Reader& reader) {
  std::error_code ec;
  if (name != "-" && std::filesystem::is_directory(name, ec)) return false;
  std::FILE* file = name == "-" ? stdin : std::fopen(name.c_str(), "rb");
  if (!file) return false;
  std::vector<char> portion(256u << 10);
  while (const auto got = std::fread(portion.data(), 1, portion.size(), file)) reader.feed({portion.data(), got});
  const bool good = !std::ferror(file);
  if (file != stdin) std::fclose(file);
  return good;
}

}  // namespace wayleave::cli
