#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mapping/characters.hpp"
#include "mapping/evaluate.hpp"
#include "mapping/numbers.hpp"

namespace wayleave::mapping {

Value Evaluator::call(const Expr& expr, const Frame& frame) {
  if (stopped_ || !count(1, expr.span)) return {};
  if (expr.cache != schema::none) {
    if (!workspace_.cached[expr.cache]) {
      workspace_.cached[expr.cache] = 1;
      workspace_.caches[expr.cache] = keep(dispatch(expr, root()));
    }
    return workspace_.caches[expr.cache];
  }
  return dispatch(expr, frame);
}

Value Evaluator::dispatch(const Expr& expr, const Frame& frame) {
  switch (expr.function) {
    case Function::default_:
    case Function::require:
    case Function::exists:
    case Function::choose:
    case Function::first:
    case Function::count: return presence(expr, frame);
    case Function::number:
    case Function::round:
    case Function::abs:
    case Function::format:
    case Function::unit: return number_function(expr, frame);
    case Function::sum:
    case Function::min:
    case Function::max: return aggregate(expr, frame);
    case Function::date:
    case Function::time:
    case Function::datetime:
    case Function::parse_date:
    case Function::format_date:
    case Function::add_days:
    case Function::add_workdays:
    case Function::days_between:
    case Function::to_zone:
    case Function::now: return date_function(expr, frame);
    case Function::code:
    case Function::code_or:
    case Function::label:
    case Function::in_list: return code_function(expr, frame);
    case Function::position:
    case Function::last:
    case Function::partner:
    case Function::message:
    case Function::seq:
    case Function::linked:
    case Function::state: return context_function(expr, frame);
    case Function::key: return look_up(expr, frame);
    case Function::paired: return paired(expr, frame);
    case Function::edifact_date: return date_of_edifact(expr, frame);
    case Function::join: return join(expr, frame);
    default: return text_function(expr, frame);
  }
}

// ---- presence

Value Evaluator::presence(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  switch (expr.function) {
    case Function::default_:
      for (std::size_t i = 0; i + 1 < args.size(); ++i) {
        auto value = evaluate(*args[i], frame);
        if (truth_of_presence(value)) return value;
      }
      return evaluate(*args.back(), frame);
    case Function::require: {
      const auto before = findings.size();
      auto value = evaluate(*args[0], frame);
      if (truth_of_presence(value)) return value;
      if (findings.size() > before) return {};   // something inside has said why
      auto place = place_of(*args[0], frame);
      std::string message;
      if (expr.message) message = text(*expr.message, frame, true).value_or("");
      else message = text(*args[2], frame).value_or("");
      auto& finding = refuse(args[1]->text, std::move(message), place.item, expr);
      finding.path += place.missing;
      if (place.missing.empty() && place.item.document && (place.item.attribute || !place.item.structure)) {
        finding.found = first_characters(trimmed(raw(place.item)), 200);
      }
      return {};
    }
    case Function::exists: return Value::of(args[0]->op == Expr::Op::path ? exists(*args[0], frame) : truth_of_presence(evaluate(*args[0], frame)));
    case Function::choose: return evaluate(condition(*args[0], frame) ? *args[1] : *args[2], frame);
    case Function::first: {
      if (args[0]->op == Expr::Op::path && args[0]->type.many && args[0]->path.start != Path::Start::variable) {
        Item found;
        return locate(*args[0], frame, found) ? Value::of(found) : Value();
      }
      auto value = evaluate(*args[0], frame);
      return value.kind == Value::Kind::items ? Value::of(value.items.first[0]) : value;
    }
    default: {
      const auto base = workspace_.items.size();
      items(*args[0], frame);
      auto count = workspace_.items.size() - base;
      workspace_.items.resize(base);
      return Value::of(Decimal(static_cast<std::int64_t>(count)));
    }
  }
}

bool Evaluator::exists(const Expr& path, const Frame& frame) {
  Item start, found;
  if (path.path.start == Path::Start::variable) return truth_of_presence(evaluate(path, frame));
  if (path.path.start == Path::Start::current && path.path.up == 0 && path.path.steps.size() == 1 && path.path.steps[0].self) {
    return present(frame.item);
  }
  if (!begin(path, frame, start)) return false;
  return walk(path.path.steps, path.path.start == Path::Start::root ? 1 : 0, path.path.steps.size(), start, found);
}

bool Evaluator::truth_of_presence(const Value& value) const {
  switch (value.kind) {
    case Value::Kind::absent: return false;
    case Value::Kind::string: return !trimmed(value.text).empty();
    case Value::Kind::item:
      if (value.item.wire == Wire::edifact_date) return edifact_date(*value.item.document, value.item.node).present();
      return present(value.item);
    default: return true;
  }
}

// ---- codes

Value Evaluator::code_function(const Expr& expr, const Frame& frame) {
  auto subject = text(*expr.args[0], frame);
  if (!subject) return {};
  const auto& list = *expr.codes;
  const auto* row = list.find(*subject, today_);
  switch (expr.function) {
    case Function::in_list: return Value::of(row != nullptr);
    case Function::label: {
      if (!row) {
        auto found = std::find_if(list.rows.begin(), list.rows.end(), [&](const auto& r) { return r.to == *subject; });
        if (found == list.rows.end()) return {};
        row = &*found;
      }
      return row->label.empty() ? Value() : Value::of(std::string_view(row->label));
    }
    case Function::code_or: return row ? Value::of(std::string_view(row->to)) : evaluate(*expr.args[2], frame);
    default: break;
  }
  if (row) return Value::of(std::string_view(row->to));
  switch (list.unknown) {
    case CodeList::Unknown::pass: return Value::of(*subject);
    case CodeList::Unknown::fallback: return Value::of(std::string_view(list.fallback));
    default:
      return fail(expr, frame, "R804", fmt::format("'{}' has no counterpart in the code list {}", first_characters(*subject, 60), list.name), *subject);
  }
}

// ---- context

std::shared_ptr<const Document> Evaluator::other_document(const Expr& expr, std::string_view id) {
  const auto& kind = expr.args[0]->text;
  const bool state = expr.function == Function::state;
  for (const auto& seen : states_) {
    if (seen.state == state && seen.kind == kind && seen.id == id) return seen.document;
  }
  std::shared_ptr<const Document> document;
  if (state && context_.state) document = context_.state(kind, id);
  if (!state && context_.linked) document = context_.linked(kind, names::local(expr.linked->loaded->root_name()), id);
  states_.push_back({state, kind, std::string(id), document});
  return document;
}

std::optional<std::string_view> Evaluator::key_text(const Expr& expr, const Frame& frame) {
  if (!is_number(expr.type.kind)) return text(expr, frame);
  auto value = number(expr, frame);
  if (!value) return std::nullopt;
  std::array<char, number_text_size> buffer;
  auto text = write_number(buffer, *value);
  if (text.find('.') != std::string_view::npos) {
    while (text.ends_with('0')) text.remove_suffix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
  }
  return workspace_.scratch.keep(text);
}

// The whole document once for each key, then one step a look-up.
Value Evaluator::look_up(const Expr& expr, const Frame& frame) {
  const auto& key = *expr.key;
  if (keys_.size() <= key.index) keys_.resize(key.index + 1);
  if (!keys_[key.index].built) {
    keys_[key.index].built = true;
    const auto base = workspace_.items.size();
    items(*key.match, root());
    const auto count = workspace_.items.size() - base;
    for (std::size_t i = 0; i < count && this->count(1, key.span); ++i) {
      Frame at;
      at.item = workspace_.items[base + i];
      at.position = static_cast<std::uint32_t>(i + 1);
      at.last = static_cast<std::uint32_t>(count);
      if (auto text = key_text(*key.use, at)) keys_[key.index].items[workspace_.kept.keep(*text)].push_back(at.item);
    }
    workspace_.items.resize(base);
  }
  auto wanted = key_text(*expr.args[1], frame);
  if (!wanted) return {};
  const auto& index = keys_[key.index].items;
  auto found = index.find(*wanted);
  if (found == index.end()) return {};
  if (!count(found->second.size(), expr.span)) return {};
  return found->second.size() == 1 ? Value::of(found->second[0]) : Value::of(found->second.data(), found->second.size());
}

Value Evaluator::context_function(const Expr& expr, const Frame& frame) {
  switch (expr.function) {
    case Function::position: return Value::of(Decimal(static_cast<std::int64_t>(frame.position)));
    case Function::last: return Value::of(Decimal(static_cast<std::int64_t>(frame.last)));
    case Function::partner:
    case Function::message: {
      auto field = text(*expr.args[0], frame);
      if (!field) return {};
      const auto& fields = expr.function == Function::partner ? context_.partner : context_.message;
      auto found = fields.find(*field);
      return found == fields.end() || trimmed(found->second).empty() ? Value() : Value::of(std::string_view(found->second));
    }
    case Function::seq: {
      const auto number = context_.sequence ? context_.sequence(expr.args[0]->text) : 1;
      return Value::of(Decimal(static_cast<std::int64_t>(number)));
    }
    default: {
      std::string_view id;
      if (expr.function == Function::state) {
        auto wanted = text(*expr.args[1], frame);
        if (!wanted) return {};
        id = *wanted;
      } else {
        auto wanted = text(*expr.linked->by, root());
        if (!wanted) return {};
        id = *wanted;
      }
      auto document = other_document(expr, id);
      if (!document || document->empty()) return {};
      Item item;
      item.document = document.get();
      item.node = document->root();
      item.structure = expr.type.kind == Kind::structure;
      return Value::of(item);
    }
  }
}

}  // namespace wayleave::mapping
