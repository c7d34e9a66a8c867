#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "mapping/characters.hpp"
#include "mapping/evaluate.hpp"
#include "mapping/parse_map.hpp"
#include "mapping/measures.hpp"
#include "mapping/numbers.hpp"
#include "mapping/zones.hpp"

namespace wayleave::mapping {
namespace {

// A whole number in the range of what texts and calendars can count.
std::optional<std::int64_t> whole(const Decimal& number) {
  auto rounded = number.round(0, Decimal::Rounding::half_up);
  if (!rounded || rounded->mantissa() > INT32_MAX || rounded->mantissa() < INT32_MIN) return std::nullopt;
  return static_cast<std::int64_t>(rounded->mantissa());
}

std::uint32_t length_of(const Expr& call, std::size_t i) { return static_cast<std::uint32_t>(call.args[i]->number.mantissa()); }

constexpr std::int64_t workday_limit = 100'000;
constexpr std::int32_t day_limit = 300'000'000;

}  // namespace

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

// ---- text

Value Evaluator::join(const Expr& expr, const Frame& frame) {
  std::string_view separator;
  if (expr.args.size() > 1) separator = text(*expr.args[1], frame).value_or("");
  const auto base = workspace_.items.size();
  items(*expr.args[0], frame);
  const auto end = workspace_.items.size();
  std::size_t size = 0;
  auto* pieces = reinterpret_cast<std::string_view*>(workspace_.scratch.take((end - base) * sizeof(std::string_view), alignof(std::string_view)));
  for (auto i = base; i < end; ++i) {
    pieces[i - base] = normalized(workspace_.items[i]);
    size += pieces[i - base].size() + separator.size();
  }
  workspace_.items.resize(base);
  if (end == base) return {};
  workspace_.build.clear();
  if (size > budget_.value) {
    exceed(expr.span, "bytes of one value");
    return {};
  }
  for (std::size_t i = 0; i < end - base; ++i) {
    if (i) workspace_.build += separator;
    workspace_.build += pieces[i];
  }
  return built(expr);
}

Value Evaluator::text_function(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  std::array<std::string_view, 8> few;
  std::vector<std::string_view> more;
  if (args.size() > few.size()) more.resize(args.size());
  auto* texts = more.empty() ? few.data() : more.data();
  std::size_t total = 0;
  for (std::size_t i = 0; i < args.size(); ++i) {
    auto value = text(*args[i], frame);
    if (!value) return {};
    texts[i] = *value;
    total += value->size();
  }
  if (total > budget_.value) {
    exceed(expr.span, "bytes of one value");
    return {};
  }
  const auto subject = texts[0];
  auto& build = workspace_.build;
  build.clear();
  switch (expr.function) {
    case Function::concat:
      for (std::size_t i = 0; i < args.size(); ++i) build += texts[i];
      return built(expr);
    case Function::substring: {
      auto from = number(*args[1], frame), count = args.size() > 2 ? number(*args[2], frame) : std::nullopt;
      auto first = from ? whole(*from) : std::nullopt;
      auto length = args.size() > 2 ? (count ? whole(*count) : std::nullopt) : std::optional<std::int64_t>(INT64_MAX);
      if (!first || !length) return fail(expr, frame, "R806", "substring() counts with numbers beyond any text", subject);
      return Value::of(characters_from(subject, *first, *length));
    }
    case Function::before:
    case Function::after: {
      auto found = texts[1].empty() ? std::string_view::npos : subject.find(texts[1]);
      if (found == std::string_view::npos) return {};
      return Value::of(expr.function == Function::before ? subject.substr(0, found) : subject.substr(found + texts[1].size()));
    }
    case Function::upper: append_upper(build, subject); return built(expr);
    case Function::lower: append_lower(build, subject); return built(expr);
    case Function::trim: return Value::of(trimmed(subject));
    case Function::collapse: append_collapsed(build, subject); return built(expr);
    case Function::replace: {
      auto growth = texts[1].empty() ? 0 : subject.size() / texts[1].size() * texts[2].size();
      if (subject.size() + growth > budget_.value * 4) {
        exceed(expr.span, "bytes of one value");
        return {};
      }
      append_replaced(build, subject, texts[1], texts[2]);
      return built(expr);
    }
    case Function::matches: return Value::of(re2::RE2::PartialMatch(re2::StringPiece(subject.data(), subject.size()), *expr.regex));
    case Function::extract: {
      const auto group = length_of(expr, 2);
      std::vector<re2::StringPiece> groups(group + 1);
      re2::StringPiece whole_text(subject.data(), subject.size());
      if (!expr.regex->Match(whole_text, 0, subject.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(group + 1))) return {};
      if (groups[group].data() == nullptr) return {};
      return Value::of(std::string_view(groups[group].data(), groups[group].size()));
    }
    case Function::pad_left:
    case Function::pad_right: {
      const auto wanted = length_of(expr, 1), there = characters(subject);
      if (expr.function == Function::pad_right) build += subject;
      for (auto i = there; i < wanted; ++i) build += texts[2];
      if (expr.function == Function::pad_left) build += subject;
      return built(expr);
    }
    case Function::truncate: return Value::of(first_characters(subject, length_of(expr, 1)));
    case Function::fits:
      if (characters(subject) <= length_of(expr, 1)) return Value::of(subject);
      return fail(expr, frame, "R805", fmt::format("this is longer than the {} characters that the receiver takes", length_of(expr, 1)), subject);
    case Function::chunk: {
      const auto base = workspace_.items.size();
      chunk(subject, length_of(expr, 1), [&](std::string_view piece) {
        Item item;
        item.text = piece;
        item.whitespace = schema::Whitespace::preserve;
        workspace_.items.push_back(item);
      });
      return take_items(base);
    }
    case Function::charset: append_in_charset(build, subject, *find_charset(args[1]->text)); return built(expr);
    case Function::digits:
      std::copy_if(subject.begin(), subject.end(), std::back_inserter(build), [](char c) { return c >= '0' && c <= '9'; });
      return built(expr);
    case Function::check_digit_ok: return Value::of(check_digit_ok(subject));
    case Function::gtin14: {
      const bool length = subject.size() == 8 || subject.size() == 12 || subject.size() == 13 || subject.size() == 14;
      if (!length || !check_digit_ok(subject)) return fail(expr, frame, "R808", "this is no GTIN: 8, 12, 13 or 14 digits, the last one a check digit", subject);
      build.assign(14 - subject.size(), '0');
      build += subject;
      return built(expr);
    }
    case Function::sscc: {
      const auto digits = [](std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; };
      if (!digits(subject) || !digits(texts[1]) || subject.size() + texts[1].size() > 17) {
        return fail(expr, frame, "R808", "prefix and serial number of an SSCC are digits, 17 at most", subject);
      }
      build = subject;
      build.append(17 - subject.size() - texts[1].size(), '0');
      build += texts[1];
      build += check_digit_for(build);
      return built(expr);
    }
    default: return {};
  }
}

// ---- numbers

Value Evaluator::number_function(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  switch (expr.function) {
    case Function::number: {
      auto subject = text(*args[0], frame);
      if (!subject) return {};
      auto number = parse_by_number_pattern(*subject, args.size() > 1 ? std::string_view(args[1]->text) : std::string_view());
      if (!number) return fail(expr, frame, "R803", "this is no number", *subject);
      return Value::of(*number);
    }
    case Function::round: return round(expr, frame);
    case Function::abs: {
      auto value = number(*args[0], frame);
      if (!value) return {};
      return Value::of(value->negative() ? Decimal(-value->mantissa(), value->scale()) : *value);
    }
    case Function::format: {
      auto value = number(*args[0], frame);
      if (!value) return {};
      workspace_.build.clear();
      append_formatted(workspace_.build, *value, args[1]->text);
      return built(expr);
    }
    default: {
      auto value = number(*args[0], frame);
      auto from = value ? text(*args[1], frame) : std::nullopt;
      auto to = from ? text(*args[2], frame) : std::nullopt;
      if (!to) return {};
      const auto* a = find_measure(*from);
      const auto* b = find_measure(*to);
      if (!a || !b) return fail(expr, frame, "R807", fmt::format("'{}' is no unit that is known here", first_characters(a ? *to : *from, 20)), a ? *to : *from);
      auto converted = convert(*value, *a, *b);
      if (!converted) return fail(expr, frame, "R807", fmt::format("{} cannot be converted to {}", *from, *to), *from);
      return Value::of(*converted);
    }
  }
}

Value Evaluator::round(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  const auto scale = length_of(expr, 1);
  const auto mode = args.size() > 2 ? *find_rounding(args[2]->text) : Decimal::Rounding::half_up;
  std::optional<Decimal> rounded;
  if (args[0]->op == Expr::Op::divide) {
    auto a = number(*args[0]->args[0], frame);
    auto b = a ? number(*args[0]->args[1], frame) : std::nullopt;
    if (!b) return {};
    if (b->is_zero()) return fail(expr, frame, "R806", "this would be a division by zero", "");
    rounded = divide_rounded(*a, *b, scale, mode);
  } else {
    auto value = number(*args[0], frame);
    if (!value) return {};
    rounded = value->round(scale, mode);
  }
  if (!rounded) return fail(expr, frame, "R806", "the result has more digits than a number can have (38)", "");
  return Value::of(*rounded);
}

Value Evaluator::aggregate(const Expr& expr, const Frame& frame) {
  const auto& arg = *expr.args[0];
  const auto base = workspace_.items.size();
  items(arg, frame);
  Decimal sum;
  std::optional<Decimal> best;
  std::optional<Value> best_date;
  bool overflow = false;
  for (auto i = base; i < workspace_.items.size(); ++i) {
    const auto item = Value::of(workspace_.items[i]);
    if (is_temporal(arg.type.kind)) {
      auto moment = as_moment(item, arg.type.kind);
      if (!moment) continue;
      auto value = Value::of(*moment, arg.type.kind == Kind::date ? Value::Kind::date : arg.type.kind == Kind::time ? Value::Kind::time : Value::Kind::datetime);
      if (!best_date) best_date = value;
      else if (const auto order = compare(value, *best_date, arg, arg); expr.function == Function::min ? order < 0 : order > 0) best_date = value;
      continue;
    }
    auto value = as_number(item, arg);
    if (!value) continue;
    auto next = Decimal::add(sum, *value);
    if (next) sum = *next;
    else overflow = true;
    if (!best || (expr.function == Function::min ? *value < *best : *value > *best)) best = *value;
  }
  workspace_.items.resize(base);
  if (expr.function == Function::sum) {
    if (overflow) return fail(expr, frame, "R806", "the sum has more digits than a number can have (38)", "");
    return Value::of(sum);
  }
  if (best_date) return *best_date;
  return best ? Value::of(*best) : Value();
}

// ---- dates

Value Evaluator::workdays(const Expr& expr, const Moment& moment, std::int64_t days) {
  const auto* holidays = expr.args.size() > 2 ? expr.codes.get() : nullptr;
  Moment result = moment;
  std::string day;
  for (auto left = days < 0 ? -days : days; left > 0;) {
    result.days += days < 0 ? -1 : 1;
    if (weekday(result.days) >= 5) continue;
    if (holidays) {
      Moment plain = result;
      plain.has_offset = false;
      day.clear();
      plain.append_date(day);
      if (holidays->find(day, today_)) continue;
    }
    --left;
  }
  return Value::of(result, Value::Kind::date);
}

Value Evaluator::date_function(const Expr& expr, const Frame& frame) {
  const auto& args = expr.args;
  if (expr.function == Function::now) return Value::of(Moment::from(context_.now), Value::Kind::datetime);
  if (expr.function == Function::parse_date) {
    auto subject = text(*args[0], frame);
    if (!subject) return {};
    auto read = parse_by_pattern(trimmed(*subject), args[1]->text);
    if (!read) return fail(expr, frame, "R803", fmt::format("this is no date of the form {}", args[1]->text), *subject);
    return Value::of(*read, expr.type.kind == Kind::datetime ? Value::Kind::datetime : Value::Kind::date);
  }
  auto first = moment(*args[0], frame, args[0]->type.kind);
  if (!first) return {};
  auto zone = [&](std::size_t i) -> std::shared_ptr<const Zone> {
    auto name = text(*args[i], frame);
    if (!name) return nullptr;
    auto found = Zone::find(*name);
    if (!found) fail(expr, frame, "R803", "this is no time zone that is known here", *name);
    return found;
  };
  switch (expr.function) {
    case Function::date:
    case Function::time:
      first->has_offset = false;
      return Value::of(*first, expr.function == Function::date ? Value::Kind::date : Value::Kind::time);
    case Function::datetime: {
      auto clock = moment(*args[1], frame, Kind::time);
      if (!clock) return {};
      Moment both = *clock;
      both.days = first->days;
      if (args.size() > 2) {
        auto place = zone(2);
        if (!place) return {};
        both.has_offset = true;
        both.offset = static_cast<std::int16_t>(place->offset_of_local(std::int64_t(both.days) * 86'400 + both.seconds));
      } else if (!both.has_offset) {
        both.has_offset = first->has_offset;
        both.offset = first->offset;
      }
      return Value::of(both, Value::Kind::datetime);
    }
    case Function::format_date:
      workspace_.build.clear();
      format_by_pattern(workspace_.build, *first, args[1]->text);
      return built(expr);
    case Function::add_days:
    case Function::add_workdays: {
      auto number_of_days = number(*args[1], frame);
      auto days = number_of_days ? whole(*number_of_days) : std::nullopt;
      if (!number_of_days) return {};
      const bool workday = expr.function == Function::add_workdays;
      const auto limit = workday ? workday_limit : std::int64_t(day_limit);
      if (!days || *days > limit || *days < -limit) return fail(expr, frame, "R806", "this is more days than the calendar has", "");
      if (workday) return workdays(expr, *first, *days);
      first->days += static_cast<std::int32_t>(*days);
      return Value::of(*first, args[0]->type.kind == Kind::datetime ? Value::Kind::datetime : Value::Kind::date);
    }
    case Function::days_between: {
      auto second = moment(*args[1], frame, args[1]->type.kind);
      if (!second) return {};
      return Value::of(Decimal(std::int64_t(second->days) - first->days));
    }
    default: {  // to_zone
      auto place = zone(1);
      if (!place) return {};
      const auto offset = place->offset_at(first->instant());
      auto local = first->instant() + std::int64_t(offset) * 60;
      Moment moved = *first;
      moved.has_offset = true;
      moved.offset = static_cast<std::int16_t>(offset);
      moved.days = static_cast<std::int32_t>(local >= 0 ? local / 86'400 : -((-local + 86'399) / 86'400));
      moved.seconds = static_cast<std::int32_t>(local - std::int64_t(moved.days) * 86'400);
      return Value::of(moved, Value::Kind::datetime);
    }
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
