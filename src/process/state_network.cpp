#include <algorithm>

#include "formats/xml/write.hpp"
#include "process/state.hpp"
#include "process/state_element.hpp"

namespace wayleave::process {
namespace {

/// A whole positive number of any length, ready to be compared as text of equal length.
std::string digits(std::string_view text) {
  auto value = collapse(text);
  if (!value.empty() && value.front() == '+') value.erase(0, 1);
  value.erase(0, std::min(value.find_first_not_of('0'), value.size()));
  return value;
}

struct Situation {
  std::string key, version;
  std::string status = "open";
  bool status_given = false;
};

Situation situation_of(const Document& document) {
  Situation situation;
  for (auto child = document.first_child(document.root()); child != Document::none; child = document.next(child)) {
    const auto name = local(document, child);
    if (name == "Situation") {
      situation.key = collapse(attribute(document, child, "publisher")) + '/' + collapse(document.text(child));
      situation.version = digits(attribute(document, child, "version"));
    } else if (name == "MessageKind" && !situation.status_given) {
      if (collapse(document.text(child)) == "clear") situation.status = "cleared";
    } else if (name == "Status") {
      situation.status = collapse(document.text(child));
      situation.status_given = true;
    }
  }
  return situation;
}

bool older(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

void gather(const Document& document, Document::Index node, std::vector<store::Object::Reference>& references) {
  for (auto child = document.first_child(node); child != Document::none; child = document.next(child)) {
    const auto name = local(document, child);
    if (name == "Reference") references.push_back({collapse(attribute(document, child, "kind")), collapse(document.text(child))});
    if (name == "Service") references.push_back({"service", collapse(document.text(child))});
    if (name == "Ours" || name == "Theirs") references.push_back({"ticket", collapse(document.text(child))});
    if (name == "Affected" || name == "Ticket") gather(document, child, references);
  }
}

std::string on_one_line(const Document& document) {
  std::string out = "<NetworkStatus xmlns=\"urn:wayleave:canonical:1\"";
  std::string body;
  write(body, document, document.root());
  out += body.substr(body.find_first_of(" />"));
  return out;
}

}  // namespace

Folded fold_network(const Document* current, const Document& message, Time) {
  const auto news = situation_of(message);
  const bool late = current && older(news.version, situation_of(*current).version);
  const auto& standing = late ? *current : message;
  Folded folded;
  folded.entry = on_one_line(message);
  folded.state = late ? on_one_line(*current) : folded.entry;
  folded.parties = folded.state;
  folded.status = situation_of(standing).status;
  folded.key = news.key;
  gather(standing, standing.root(), folded.references);
  std::sort(folded.references.begin(), folded.references.end());
  folded.references.erase(std::unique(folded.references.begin(), folded.references.end()), folded.references.end());
  return folded;
}

}  // namespace wayleave::process
