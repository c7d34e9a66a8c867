#include "desk/place_page.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/nearest.hpp"
#include "mapping/check_expression.hpp"

namespace wayleave::desk {
namespace {

std::string occurrence(std::uint32_t min, std::uint32_t max) {
  if (min == 1 && max == 1) return "exactly once";
  if (max == 1) return "at most once";
  const auto most = max == schema::unbounded ? std::string("any number of times") : fmt::format("at most {} times", max);
  return min == 0 ? most : fmt::format("at least {}, {}", min == 1 ? "once" : fmt::format("{} times", min), most);
}

/// One name of the path: an element or an attribute of the type before it.
struct Place {
  schema::TypeId type = schema::none;
  std::string name, occurs, documentation, variants;
};

std::optional<Place> enter(const schema::Model& model, const Place& from, std::string_view step) {
  if (from.type == schema::none) return std::nullopt;
  const auto name = from.name + "/" + std::string(step);
  if (step.starts_with('@')) {
    for (const auto& use : model.type(from.type).attributes) {
      if (names::local(use.name) == step.substr(1)) return Place{use.type, name, use.required ? "mandatory" : "optional", use.documentation, {}};
    }
    return std::nullopt;
  }
  for (const auto& use : model.type(from.type).children) {
    const auto& element = model.element(use.element);
    if (names::local(element.name) != step) continue;
    Place next{element.type, name, occurrence(use.min, use.max), element.documentation, {}};
    for (const auto& variant : element.variants) next.variants += fmt::format("  [{}]  {}\n", variant.when, occurrence(variant.min, variant.max));
    return next;
  }
  return std::nullopt;
}

std::string below(const schema::Model& model, schema::TypeId type) {
  std::string out;
  for (const auto& use : model.type(type).attributes) {
    out += fmt::format("  @{:<28} {:<22} {}\n", names::local(use.name), use.required ? "mandatory" : "optional", schema::describe(model, use.type));
  }
  for (const auto& use : model.type(type).children) {
    const auto& element = model.element(use.element);
    const auto& inner = model.type(element.type);
    const bool structure = inner.complex && inner.content != schema::Content::simple;
    out += fmt::format("  {:<29} {:<22} {}\n", names::local(element.name), occurrence(use.min, use.max), structure ? "with elements in it" : schema::describe(model, element.type));
  }
  return out;
}

}  // namespace

Result<std::string> place_page(const schema::Schema& schema, std::string_view path) {
  const auto& model = schema.model();
  const auto& root = model.element(schema.root());
  Place place{root.type, std::string(names::local(root.name)), "the root element", root.documentation, {}};
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto step = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (step.empty()) continue;
    if (auto next = enter(model, place, step)) {
      place = std::move(*next);
      continue;
    }
    const auto known = place.type == schema::none ? std::vector<std::string>() : mapping::names_below(model, place.type);
    const auto near = nearest(step, known);
    return Problem{Errc::not_found, fmt::format("{} has no {}{}{}", place.name, step, near.empty() ? "" : "; did you mean " + near + "?",
                                                known.empty() ? "" : "\n  there: " + mapping::list_of(known, 40))};
  }
  if (place.type == schema::none) return fmt::format("{}   {}\nany text\n{}\n", place.name, place.occurs, place.documentation);
  const auto& type = model.type(place.type);
  std::string page = fmt::format("{}   {}\n", place.name, place.occurs);
  if (!type.complex || type.content == schema::Content::simple) page += schema::describe(model, place.type) + "\n";
  if (!place.documentation.empty()) page += place.documentation + "\n";
  if (place.documentation.empty() && !type.documentation.empty()) page += type.documentation + "\n";
  if (!place.variants.empty()) page += "\nqualified:\n" + place.variants;
  if (const auto inside = below(model, place.type); !inside.empty()) page += "\nin it:\n" + inside;
  return page;
}

}  // namespace wayleave::desk
