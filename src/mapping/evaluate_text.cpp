#include <fmt/format.h>
#include <re2/re2.h>

#include <array>

#include "mapping/characters.hpp"
#include "mapping/evaluate.hpp"
#include "mapping/measures.hpp"
#include "mapping/numbers.hpp"

/// Functions that make texts of texts.
namespace wayleave::mapping {

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

}  // namespace wayleave::mapping
