#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "mapping/check_map.hpp"
#include "schema/pattern.hpp"

/// Whether what a template writes fits the type it is written into: kinds, lengths, scales, forms and values.
namespace wayleave::mapping {
namespace {

// Whether any date, number … can stand in a type of text: told by specimens of every length.
bool any_fits(Kind kind, const schema::Model& model, schema::TypeId type) {
  if (type == schema::none) return true;
  std::vector<std::string> specimens;
  switch (kind) {
    case Kind::boolean: specimens = {"true", "false"}; break;
    case Kind::date: specimens = {"2001-01-01"}; break;
    case Kind::time: specimens = {"00:00:00", "00:00:00Z"}; break;
    case Kind::datetime: specimens = {"2001-01-01T00:00:00", "2001-01-01T00:00:00Z"}; break;
    case Kind::integer:
    case Kind::decimal:
      for (std::string digits = "1"; digits.size() <= 24; digits += "0") specimens.push_back(digits);
      if (kind == Kind::decimal) specimens.insert(specimens.end(), {"0.5", "10.50"});
      break;
    default: return true;
  }
  return std::any_of(specimens.begin(), specimens.end(), [&](const auto& text) { return schema::diagnose_value(model, type, text).empty(); });
}

}  // namespace

bool MapChecker::check_fit(const Type& value, const Type& target, schema::TypeId target_type, Span at, const std::string& what) {
  if (value.literal || value.values) {
    check_constants(value, target, target_type, at, what);
    return true;
  }
  auto mismatch = [&](std::string fix) {
    auto& finding = reporter_.error("M301", at, fmt::format("{} takes {}, this is {}", what, target.values ? words(target) : words(target.kind), words(value.kind)));
    finding.expected = target_type == schema::none ? words(target) : schema::describe(model_, target_type);
    finding.fix = std::move(fix);
    return false;
  };
  switch (target.kind) {
    case Kind::string:
      if (target.values) {
        // What can never be right is an error, what may be is a warning.
        const bool never = std::none_of(target.values->begin(), target.values->end(), [&](const auto& text) { return reads_as(text, value.kind); });
        if (never) return mismatch("");
        const auto takes = [&](const char* text) { return std::find(target.values->begin(), target.values->end(), text) != target.values->end(); };
        if (value.kind == Kind::boolean && takes("true") && takes("false")) return true;
        reporter_.warning("M401", at, fmt::format("{} takes only certain values, and any {} may come", what, value.kind == Kind::string ? "text" : "value")).expected = words(target);
      }
      if (value.kind != Kind::string && !any_fits(value.kind, model_, target_type)) {
        reporter_.error("M301", at, fmt::format("{} cannot be {}", what, words(value.kind))).expected = schema::describe(model_, target_type);
        return false;
      }
      check_form(value, target_type, at, what);
      if (value.kind == Kind::string && value.min_length > target.max_length) {
        reporter_.error("M302", at, fmt::format("{} takes at most {} characters, and this has at least {}", what, target.max_length, value.min_length));
      } else if (value.kind == Kind::string && value.max_length > target.max_length) {
        auto& finding = reporter_.warning(
          "M302", at,
          value.max_length == schema::unbounded
            ? fmt::format("{} takes at most {} characters, and this may have any number", what, target.max_length)
            : fmt::format("{} takes at most {} characters, and this may have {}", what, target.max_length, value.max_length)
        );
        finding.fix = fmt::format("fits(…, {}) refuses what is longer, truncate(…, {}) cuts it", target.max_length, target.max_length);
      }
      return true;
    case Kind::integer:
    case Kind::decimal:
      if (value.kind == Kind::string) return mismatch("make a number of it: number(…), with require() or default()");
      if (!is_number(value.kind)) return mismatch("");
      if (target.kind == Kind::integer && value.kind == Kind::decimal && value.scale != 0) {
        reporter_.warning("M303", at, fmt::format("{} takes whole numbers, and this may have decimals", what)).fix = "round(…, 0)";
      } else if (value.kind == Kind::decimal && value.scale > target.scale) {
        reporter_.warning("M303", at, value.scale == schema::unbounded
                                        ? fmt::format("{} takes at most {} decimals, and this may have any number", what, target.scale)
                                        : fmt::format("{} takes at most {} decimals, and this may have {}", what, target.scale, value.scale))
          .fix = fmt::format("round(…, {})", target.scale);
      }
      return true;
    case Kind::date:
    case Kind::time:
    case Kind::datetime:
      if (value.kind == target.kind) return true;
      if (value.kind == Kind::string) return mismatch("read it with parse-date(…, 'CCYYMMDD')");
      if (value.kind == Kind::datetime) return mismatch(target.kind == Kind::date ? "date(…)" : "time(…)");
      if (value.kind == Kind::date && target.kind == Kind::datetime) return mismatch("datetime(…, time, 'zone')");
      return mismatch("");
    case Kind::boolean: return value.kind == Kind::boolean ? true : mismatch("compare with = to get true or false");
    default: return true;
  }
}

// M301: a target with patterns, and text of which only the sender knows how it looks.
void MapChecker::check_form(const Type& value, schema::TypeId target_type, Span at, const std::string& what) {
  if (value.kind != Kind::string || value.shaped || target_type == schema::none) return;
  const auto& wanted = model_.type(target_type).facets.patterns;
  const auto lexical = says_as(model_, target_type);   // AN: that it is not blank goes without saying
  const bool promised = std::all_of(wanted.begin(), wanted.end(), [&](const auto& pattern) {
    if (lexical != schema::none) {
      const auto& own = model_.type(lexical).facets.patterns;
      if (std::any_of(own.begin(), own.end(), [&](const auto& other) { return other->text == pattern->text; })) return true;
    }
    if (!value.form) return false;
    const auto& given = value.form->facets.patterns;
    return std::any_of(given.begin(), given.end(), [&](const auto& other) { return other->text == pattern->text; });
  });
  if (promised) return;
  auto& finding = reporter_.warning("M301", at, fmt::format("{} takes only text of a certain form, and any text may come", what));
  finding.expected = schema::describe(model_, target_type);
  finding.fix = "take what has that form, and say what then: require(extract(…, '^(…)$', 1), 'CODE', 'text for the customer')";
}

// Values that are known when the map is read are judged by the target's type itself.
void MapChecker::check_constants(const Type& value, const Type& target, schema::TypeId target_type, Span at, const std::string& what) {
  if (value.kind != Kind::string && target.kind != Kind::string) {
    if (value.literal) {
      Type loose = value;
      loose.literal = false;
      loose.values = nullptr;
      check_fit(loose, target, target_type, at, what);
    }
    return;
  }
  if (!value.values || target_type == schema::none) return;
  std::vector<std::string> wrong;
  for (const auto& text : *value.values) {
    if (text.empty() && value.values->size() > 1) continue;   // counts as absent
    if (!schema::diagnose_value(model_, target_type, text).empty()) wrong.push_back(text);
    if (wrong.size() > 20) break;
  }
  if (wrong.empty()) return;
  // Wrong rows of a list are wrong wherever it is used: told once. A constant beside it is another matter.
  const auto of_list = [&](const std::string& text) {
    return std::any_of(value.list->rows.begin(), value.list->rows.end(), [&](const auto& row) { return row.to == text; });
  };
  if (value.list && std::all_of(wrong.begin(), wrong.end(), of_list) && !told_rows_.emplace(value.list, target_type, wrong).second) return;
  const bool code = target.values != nullptr;
  // What can never be right is an error, what may be is a warning.
  const bool some_fit = value.node != nullptr || wrong.size() < value.values->size();
  auto message = wrong.size() == value.values->size() && wrong.size() == 1 ? fmt::format("'{}' is no value for {}", wrong[0], what)
                                                                         : fmt::format("{} does not take {}", what, list_of(wrong, 6));
  const char* number = code ? "M401" : target.kind == Kind::string ? (wrong[0].size() > target.max_length ? "M302" : "M401") : "M301";
  auto& finding = some_fit ? reporter_.warning(number, at, message) : reporter_.error(number, at, message);
  finding.expected = schema::describe(model_, target_type);
  if (code) {
    if (auto near = nearest(wrong[0], *target.values); !near.empty()) finding.fix = fmt::format("did you mean '{}'?", near);
  }
}

}  // namespace wayleave::mapping
