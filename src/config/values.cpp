#include "config/values.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/nearest.hpp"
#include "base/units.hpp"

namespace wayleave::config {

Parameters read_parameters(const SiteFile& file, Document::Index node) {
  Parameters parameters;
  for (const auto each : file.children(node, "param")) {
    const auto name = file.token(each, "name");
    if (name.empty() || parameters.emplace(name.value, file.raw(each, "value")).second) continue;
    file.problems().error("C150", name.where, "parameter " + name.value + " is there twice", "keep the one that is meant").found = name.value;
  }
  return parameters;
}
namespace {

constexpr std::string_view sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool is_day(const std::string& text) { return text.size() == 10 && parse_iso(text + "T00:00:00Z").has_value(); }

}  // namespace

const std::vector<std::string>& known_identity_kinds() {
  static const std::vector<std::string> all{
    "x12", "edifact", "as2", "gln", "duns", "duns-4", "scac", "account", "buyer-assigned", "seller-assigned", "sender-assigned",
    "receiver-assigned", "tax", "eori", "iata", "unlocode", "splc", "terminal", "clli", "site",
  };
  return all;
}

namespace {

/// An identity that no document can ever write is most likely a slip of the pen.
void check_identity(const SiteFile& file, Document::Index node, const Identity& identity) {
  const auto& known = known_identity_kinds();
  const bool own = identity.kind.rfind("x-", 0) == 0;
  if (!own && std::find(known.begin(), known.end(), identity.kind) == known.end()) {
    const auto close = nearest(identity.kind, known);
    file.problems().warning(
      "C128", file.token(node, "kind").where, "'" + identity.kind + "' is no scheme that canonical documents have" + (close.empty() ? "" : "; did you mean " + close + "?"),
      close.empty() ? "begin a kind of your own with x-" : "write " + close
    ).found = identity.kind;
  } else if (identity.kind == "x12" && identity.qualifier.empty()) {
    file.problems().warning("C128", identity.where, "an X12 id without its qualifier names nobody", "add qualifier=\"…\", the code in ISA05 or ISA07");
  } else if (!identity.qualifier.empty() && identity.kind != "x12" && identity.kind != "edifact") {
    file.problems().warning("C128", file.token(node, "qualifier").where, "only x12 and edifact have qualifiers: no document writes " + identity.scheme(),
                            "remove the qualifier");
  }
}

}  // namespace

Identity read_identity(const SiteFile& file, Document::Index node) {
  Identity identity;
  identity.kind = file.token(node, "kind").value;
  identity.qualifier = file.token(node, "qualifier").value;
  identity.id = file.token(node, "id").value;
  identity.where = file.where(node);
  if (!identity.kind.empty()) check_identity(file, node, identity);
  return identity;
}

Credential read_credential(const SiteFile& file, Document::Index node) {
  Credential credential;
  credential.where = file.where(node);
  credential.kind = file.token(node, "kind").value;
  credential.label = file.token(node, "label").value;
  const auto sha256 = file.token(node, "sha256");
  credential.sha256 = sha256.value;
  if (sha256.value == sha256_of_nothing)
    file.problems().error("C155", sha256.where, "this is the SHA-256 of nothing: whoever sends no secret at all would get in",
                          "make a token with `wayleave token`");
  const auto expires = file.token(node, "expires");
  if (!expires.empty() && !is_day(expires.value))
    file.problems().error("C115", expires.where, "'" + expires.value + "' is no day", "write year, month and day: 2027-12-31").found = expires.value;
  else if (!expires.empty() && expires.value < to_iso(Clock::system().now()).substr(0, 10))
    file.problems().warning("C154", expires.where, "this credential ran out on " + expires.value, "remove it, or make a new one with `wayleave token`");
  credential.expires = expires.value;
  return credential;
}

std::chrono::milliseconds read_duration(
  const SiteFile& file, Document::Index node, std::string_view attribute, std::chrono::milliseconds fallback
) {
  const auto text = file.token(node, attribute);
  if (text.empty()) return fallback;
  if (const auto duration = parse_duration(text.value)) return *duration;
  file.problems().error("C111", text.where, "'" + text.value + "' is no length of time", "write a whole number and ms, s, m, h or d, such as 30s").found =
    text.value;
  return fallback;
}

std::string read_own_name(const SiteFile& file, std::string_view attribute) {
  const auto own = file.token(file.root(), attribute);
  const auto stem = file.path().stem().string();
  if (!own.empty() && own.value != stem) {
    auto& finding = file.problems().error(
      "C102", own.where, "the file is named " + stem + ".xml, but its " + std::string(attribute) + " is " + own.value,
      "rename the file to " + own.value + ".xml, or write " + std::string(attribute) + "=\"" + stem + "\""
    );
    finding.found = own.value;
    finding.expected = stem;
  }
  return own.empty() ? stem : own.value;
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(" \t\r\n", begin)) != std::string::npos;) {
    const auto end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

bool is_readable_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), R_OK) == 0;
}

}  // namespace wayleave::config
