#include "desk/output_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/nearest.hpp"

namespace wayleave::desk {

using mapping::TemplateNode;

namespace {

constexpr std::size_t most_chains = 50;

// `[2]` or `[@role='ship-to']`.
bool read_predicate(std::string_view text, OutputPath::Step& step) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos && text.size() < 9) {
    step.number = static_cast<std::uint32_t>(std::atoi(std::string(text).c_str()));
    return step.number > 0;
  }
  const auto equals = text.find('=');
  if (!text.starts_with('@') || equals == std::string_view::npos || text.size() < equals + 3) return false;
  step.attributes.emplace_back(text.substr(1, equals - 1), text.substr(equals + 2, text.size() - equals - 3));
  return true;
}

std::optional<OutputPath::Step> read_step(std::string_view text) {
  OutputPath::Step step;
  const auto bracket = text.find('[');
  const auto name = text.substr(0, bracket);
  step.name = name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
  if (step.name.empty()) return std::nullopt;
  while (!text.empty() && text.find('[') != std::string_view::npos) {
    const auto open = text.find('['), close = text.find(']', open);
    if (close == std::string_view::npos || !read_predicate(text.substr(open + 1, close - open - 1), step)) return std::nullopt;
    text.remove_prefix(close + 1);
  }
  return step;
}

// Pieces between slashes that stand in no brackets.
std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> all(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    if (c == '/' && depth == 0) all.emplace_back();
    else all.back() += c;
  }
  if (all.front().empty()) all.erase(all.begin());
  return all;
}

std::string tag_name(const TemplateNode& node) {
  if (node.kind != TemplateNode::Kind::copy) return node.name;
  const auto colon = node.opening.find(':');
  return node.opening.empty() ? std::string() : node.opening.substr(colon == std::string::npos ? 1 : colon + 1);
}

bool fits(const OutputPath::Step& step, const TemplateNode& node) {
  if (tag_name(node) != step.name) return false;
  return std::all_of(step.attributes.begin(), step.attributes.end(), [&](const auto& wanted) {
    const auto found = std::find_if(node.attributes.begin(), node.attributes.end(), [&](const auto& a) { return a.name == wanted.first; });
    if (found == node.attributes.end()) return false;
    return found->value.has_expressions() || (!found->value.parts.empty() && found->value.parts[0].literal == wanted.second);
  });
}

class Search {
 public:
  Search(const OutputPath& path, std::vector<Chain>& found) : path_(path), found_(found) {}

  void at(const TemplateNode& node, std::size_t step) {
    if (found_.size() >= most_chains) return;
    const bool element = node.kind == TemplateNode::Kind::element || node.kind == TemplateNode::Kind::copy;
    if (element && (step >= path_.steps.size() || !fits(path_.steps[step], node))) return;
    // The number of a step is that of the innermost loop that makes its element.
    const bool loop = node.each != nullptr;
    chain_.links.push_back({&node, loop && step < path_.steps.size() ? path_.steps[step].number : 0});
    const auto next = step + (element ? 1 : 0);
    if (element && (next == path_.steps.size() || node.kind == TemplateNode::Kind::copy)) arrived(node);
    else below(node, next);
    chain_.links.pop_back();
  }

 private:
  void below(const TemplateNode& node, std::size_t step) {
    for (const auto& child : node.children) at(*child, step);
    if (!node.definition) return;
    for (const auto& child : node.definition->body) at(*child, step);
  }

  void arrived(const TemplateNode& node) {
    auto chain = chain_;
    if (!path_.attribute.empty() && node.kind == TemplateNode::Kind::element) {
      const auto found = std::find_if(node.attributes.begin(), node.attributes.end(), [&](const auto& a) { return a.name == path_.attribute; });
      if (found == node.attributes.end()) return;
      chain.attribute = &*found;
    }
    found_.push_back(std::move(chain));
  }

  const OutputPath& path_;
  std::vector<Chain>& found_;
  Chain chain_;
};

std::string some_of(const std::vector<std::string>& names) {
  auto list = mapping::list_of(names);
  return list.empty() ? "nothing" : list;
}

}  // namespace

std::string OutputPath::text() const {
  std::string all;
  for (const auto& step : steps) {
    all += (all.empty() ? "" : "/") + step.name;
    for (const auto& [name, value] : step.attributes) all += fmt::format("[@{}='{}']", name, value);
    if (step.number) all += fmt::format("[{}]", step.number);
  }
  return attribute.empty() ? all : all + "/@" + attribute;
}

OutputPath parse_output_path(const std::string& text, const mapping::Map& map) {
  OutputPath path;
  const auto parts = pieces(text);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == parts.size() && i > 0 && parts[i].starts_with('@')) {
      path.attribute = parts[i].substr(1);
      break;
    }
    auto step = read_step(parts[i]);
    if (!step) return {};
    path.steps.push_back(std::move(*step));
  }
  const auto root = std::string(names::local(map.target()->root_name()));
  if (!path.steps.empty() && path.steps[0].name != root) {
    auto longer = path;
    longer.steps.insert(longer.steps.begin(), OutputPath::Step{root, 0, {}});
    if (!no_path_of_target(longer, map)) return longer;
  }
  return path;
}

std::optional<std::string> no_path_of_target(const OutputPath& path, const mapping::Map& map) {
  const auto& model = map.target()->model();
  const auto root = std::string(names::local(map.target()->root_name()));
  if (path.steps.empty()) return "that is no path";
  if (path.steps[0].name != root) return fmt::format("the target begins with {}, not with {}", root, path.steps[0].name);
  auto type = model.element(map.target()->root()).type;
  auto above = root;
  const auto not_in = [&](const std::string& name) {
    const auto known = mapping::names_below(model, type);
    const auto near = nearest(name, known);
    return fmt::format("the target has no {} in {}; {}", name, above, near.empty() ? "it has " + some_of(known) : "nearest is " + near);
  };
  for (std::size_t i = 1; i < path.steps.size(); ++i) {
    const auto uses = model.children(type, path.steps[i].name);
    if (uses.empty()) return not_in(path.steps[i].name);
    type = model.element(uses[0]->element).type;
    above += "/" + path.steps[i].name;
  }
  if (!path.attribute.empty() && !model.attribute(type, path.attribute)) return not_in("@" + path.attribute);
  return std::nullopt;
}

std::vector<Chain> chains_to(const OutputPath& path, const mapping::Map& map) {
  std::vector<Chain> found;
  Search(path, found).at(*map.impl().tree->root, 0);
  return found;
}

}  // namespace wayleave::desk
