#include "desk/source_paths.hpp"

#include <algorithm>

#include "desk/phrase.hpp"

namespace wayleave::desk {
namespace {

using mapping::Expr;
using mapping::Function;
using mapping::Path;

std::string joined(const std::vector<std::string>& segments) {
  std::string path;
  for (const auto& segment : segments) path += (path.empty() ? "" : "/") + segment;
  return path;
}

void add(std::vector<std::string>& into, const std::string& path) {
  if (!path.empty() && std::find(into.begin(), into.end(), path) == into.end()) into.push_back(path);
}

bool is_item(const Expr& expr) {
  return expr.op == Expr::Op::path && expr.path.start == Path::Start::current && expr.path.up == 0 && expr.path.steps.size() == 1 && expr.path.steps[0].self;
}

}  // namespace

Whereabouts Whereabouts::inside(const Expr& each, const std::string& as) const {
  auto inner = *this;
  inner.item_ = resolve(each);
  inner.text_ = inner.item_.empty() ? of(each) : std::vector<std::string>{};
  if (!as.empty()) {
    inner.elements_[as] = inner.item_;
    inner.values_[as] = of(each);
  }
  return inner;
}

void Whereabouts::declare(const std::string& variable, const Expr& value) {
  elements_[variable] = resolve(value);
  values_[variable] = of(value);
}

std::vector<std::string> Whereabouts::of(const Expr& expr) const {
  std::vector<std::string> found;
  gather(expr, found);
  return found;
}

std::vector<std::string> Whereabouts::of(const mapping::TextTemplate& text) const {
  std::vector<std::string> found;
  for (const auto& part : text.parts) {
    if (part.expression) gather(*part.expression, found);
  }
  return found;
}

Whereabouts::Segments Whereabouts::resolve(const Expr& expr) const {
  if (expr.op == Expr::Op::variable) {
    const auto known = elements_.find(expr.text);
    return known == elements_.end() ? Segments{} : known->second;
  }
  if (expr.op == Expr::Op::call && expr.function == Function::first && !expr.args.empty()) return resolve(*expr.args[0]);
  if (expr.op != Expr::Op::path) return {};
  const auto& path = expr.path;
  Segments segments;
  if (path.start == Path::Start::current) {
    segments = item_;
    for (std::uint32_t i = 0; i < path.up && !segments.empty(); ++i) segments.pop_back();
    if (segments.empty() && !text_.empty()) return {};
  } else if (path.start == Path::Start::variable) {
    segments = resolve(*path.head);
    if (segments.empty()) segments = {written(*path.head)};
  } else if (path.start == Path::Start::call) {
    segments = {written(*path.head)};
  }
  for (const auto& step : path.steps) {
    if (!step.self) segments.push_back(written(step));
  }
  return segments;
}

void Whereabouts::gather(const Expr& expr, std::vector<std::string>& into) const {
  switch (expr.op) {
    case Expr::Op::path:
      if (is_item(expr) && item_.empty()) {
        for (const auto& each : text_) add(into, each);
      } else {
        add(into, joined(resolve(expr)));
      }
      return;
    case Expr::Op::variable: {
      const auto known = values_.find(expr.text);
      if (known == values_.end()) return add(into, "$" + expr.text);
      for (const auto& each : known->second) add(into, each);
      return;
    }
    case Expr::Op::call: {
      const bool named = !expr.args.empty() && expr.args[0]->op == Expr::Op::string;
      if (expr.function == Function::partner && named) return add(into, "the partner's " + expr.args[0]->text);
      if (expr.function == Function::message && named) return add(into, "the message's " + expr.args[0]->text);
      if (expr.function == Function::paired && named) return add(into, joined(item_) + " (behind " + expr.args[0]->text + ")");
      if (expr.function == Function::seq && named) return add(into, "the sequence " + expr.args[0]->text);
      break;
    }
    default: break;
  }
  for (const auto& arg : expr.args) gather(*arg, into);
}

}  // namespace wayleave::desk
