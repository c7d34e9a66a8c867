#include "edi_generator.hpp"

#include <algorithm>
#include <bit>

#include "formats/xml/write.hpp"

namespace fixture {

using namespace wayleave;
using namespace wayleave::edi;

namespace {

std::string local(NameId name) {
  return std::string(names::local(name));
}

/// Between the tags of the first element of that name; nullopt: there is none.
std::optional<std::string> inside(const std::string& xml, const std::string& name) {
  const auto begin = xml.find("<" + name + ">");
  if (begin == xml.npos) return std::nullopt;
  const auto from = begin + name.size() + 2, end = xml.find("</" + name + ">", from);
  return xml.substr(from, end - from);
}

}  // namespace

std::optional<std::string> EdiGenerator::tree() {
  std::string content;
  if (!children(0, content, 0)) return std::nullopt;
  const auto name = guide_.root().name;
  return "<" + local(name) + " xmlns=\"" + std::string(names::ns(name)) + "\">" + content + "</" + local(name) + ">";
}

bool EdiGenerator::children(std::uint32_t spot, std::string& out, unsigned depth) {
  const auto& of = guide_.spots[spot];
  for (auto c = of.first_child; c < of.first_child + of.child_count; ++c)
    if (!occurrences(c, out, depth)) return false;
  return true;
}

bool EdiGenerator::occurrences(std::uint32_t at, std::string& out, unsigned depth) {
  const auto& spot = guide_.spots[at];
  const auto& segment_of = guide_.segments[spot.segment];
  const auto most = std::min<std::uint32_t>(spot.max, std::max<std::uint32_t>(spot.min, depth < 3 ? 3 : 1));
  auto wanted = spot.min;
  while (wanted < most && chance(depth < 3 ? 40 : 25)) ++wanted;
  std::vector<std::uint32_t> seen(spot.variant_count);
  std::uint32_t made = 0;
  const auto one = [&](const Forced& forced) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      std::string text;
      if (!segment(at, forced, text, depth)) return false;
      // Which variant it is: the first that matches, as for the reader.
      std::uint32_t v = 0;
      while (v < spot.variant_count && !matches(guide_.variants[spot.first_variant + v], text, segment_of)) ++v;
      if (v < spot.variant_count ? seen[v] >= guide_.variants[spot.first_variant + v].max
                                 : spot.variant_count && spot.others != Spot::Others::accept)
        continue;
      if (v < spot.variant_count) ++seen[v];
      out += text;
      ++made;
      return true;
    }
    return true;
  };
  if (wanted > 0) {
    for (std::uint32_t v = 0; v < spot.variant_count; ++v) {
      const auto& variant = guide_.variants[spot.first_variant + v];
      auto times = variant.min;
      if (times < variant.max && made + times < spot.max && chance(30)) ++times;
      for (std::uint32_t i = 0; i < times && made < spot.max; ++i) {
        Forced forced;
        for (const auto& test : variant.tests)
          forced.push_back({{test.element, test.component}, test.values[below(test.values.size())]});
        if (!one(forced)) return false;
      }
    }
  }
  while (made < wanted) {
    const auto before = made;
    if (!one({})) return false;
    if (made == before) break;
  }
  if (made >= spot.min) return true;
  why_ = "too few of " + local(spot.name);
  return false;
}

bool EdiGenerator::matches(const Variant& variant, const std::string& segment, const Segment& what) const {
  return std::all_of(variant.tests.begin(), variant.tests.end(), [&](const Variant::Test& test) {
    const auto& element = guide_.elements[what.first_element + test.element - 1];
    auto text = inside(segment, local(element.name));
    if (text && test.component)
      text = inside(*text, local(guide_.elements[element.first_component + test.component - 1].name));
    return text && std::find(test.values.begin(), test.values.end(), *text) != test.values.end();
  });
}

bool EdiGenerator::segment(std::uint32_t at, const Forced& forced, std::string& out, unsigned depth) {
  const auto& spot = guide_.spots[at];
  const auto& of = guide_.segments[spot.segment];
  for (int attempt = 0; attempt < 60; ++attempt) {
    const auto made = data(of, forced);
    if (!made) continue;
    // Nobody can tell an empty segment from none, and some would be read as one of another spot.
    std::string below;
    if (!children(at, below, depth + 1)) return false;
    out += "<" + local(spot.name) + ">" + *made + below + "</" + local(spot.name) + ">";
    return true;
  }
  if (why_.empty()) why_ = "the rules of " + of.id;
  return false;
}

/// Adds and removes what rules want; false: it does not work out.
bool EdiGenerator::obey(
    std::uint32_t first, std::uint32_t count, std::uint64_t possible, std::uint64_t mandatory, std::uint64_t& present
) {
  const auto add = [&](std::uint64_t bits) {
    present |= bits & possible;
    return (bits & ~possible) == 0;
  };
  const auto lowest = [](std::uint64_t bits) { return bits & (~bits + 1); };
  for (int round = 0; round < 8; ++round) {
    bool changed = false;
    for (auto r = first; r < first + count; ++r) {
      const auto& rule = guide_.rules[r];
      const auto before = present;
      const auto has = present & rule.all, others = rule.all & ~rule.first;
      const auto drop = [&](std::uint64_t bits) { present &= ~(bits & ~mandatory); };
      switch (rule.kind) {
        case Rule::Kind::paired:
          if (has && has != rule.all && !add(rule.all)) drop(rule.all);
          break;
        case Rule::Kind::required:
          if (!has) add(lowest(rule.all & possible));
          break;
        case Rule::Kind::exclusive:
          if (std::popcount(has) > 1) drop(has & ~lowest(has & mandatory ? has & mandatory : has));
          break;
        case Rule::Kind::conditional:
          if ((present & rule.first) && (present & others) != others && !add(others)) drop(rule.first);
          break;
        case Rule::Kind::list_conditional:
          if ((present & rule.first) && !(present & others) && !(others & possible))
            drop(rule.first);
          else if ((present & rule.first) && !(present & others))
            add(lowest(others & possible));
          break;
        case Rule::Kind::exactly_one:
          if (!has)
            add(lowest(rule.all & possible));
          else if (std::popcount(has) > 1)
            drop(has & ~lowest(has & mandatory ? has & mandatory : has));
          break;
        case Rule::Kind::first_excludes:
          if (present & rule.first) drop(others);
          break;
      }
      changed = changed || present != before;
    }
    if (!changed) return true;
  }
  return false;
}

std::optional<std::string> EdiGenerator::data(const Segment& of, const Forced& forced) {
  std::uint64_t possible = 0, present = 0, mandatory = 0;
  for (std::uint32_t i = 0; i < of.element_count && i < 64; ++i) {
    const auto& e = guide_.elements[of.first_element + i];
    const bool computed = e.automatic != none || (of.hierarchy && (i < 2 || i == 3));
    if (e.use == Element::Use::unlisted) continue;
    possible |= 1ull << i;
    const bool must = e.use == Element::Use::mandatory ||
                      std::any_of(forced.begin(), forced.end(), [&](const auto& f) { return f.first.first == i + 1; });
    if (must || computed) mandatory |= 1ull << i;
    if (must || computed || chance(45)) present |= 1ull << i;
  }
  if (!obey(of.first_rule, of.rule_count, possible, mandatory, present)) return std::nullopt;
  std::string out;
  for (std::uint32_t i = 0; i < of.element_count && i < 64; ++i) {
    const auto& e = guide_.elements[of.first_element + i];
    if (!(present >> i & 1) || e.automatic != none || (of.hierarchy && i < 4)) continue;
    const unsigned times =
        odds_.repetitions && e.repeat > 1 ? 1 + static_cast<unsigned>(below(std::min<unsigned>(e.repeat, 3))) : 1;
    for (unsigned t = 0; t < times; ++t) {
      auto text = element(e, i + 1, forced);
      if (!text) return std::nullopt;
      out += "<" + local(e.name) + ">" + *text + "</" + local(e.name) + ">";
    }
  }
  return out;
}

std::optional<std::string> EdiGenerator::element(const Element& e, unsigned position, const Forced& forced) {
  const auto wanted = [&](unsigned component) -> const std::string* {
    for (const auto& [place, text] : forced)
      if (place.first == position && place.second == component) return &text;
    return nullptr;
  };
  if (e.value != none) {
    if (const auto* text = wanted(0)) return *text;
    return value(e);
  }
  std::uint64_t possible = 0, present = 0, mandatory = 0;
  for (std::uint32_t c = 0; c < e.component_count && c < 64; ++c) {
    const auto& part = guide_.elements[e.first_component + c];
    if (part.use == Element::Use::unlisted) continue;
    possible |= 1ull << c;
    if (part.use == Element::Use::mandatory || wanted(c + 1)) mandatory |= 1ull << c;
    if ((mandatory >> c & 1) || chance(40)) present |= 1ull << c;
  }
  if (!present) present = possible & (~possible + 1);
  if (!obey(e.first_rule, e.rule_count, possible, mandatory, present) || !present) return std::nullopt;
  // A date that names its form has it.
  const bool dated = e.de == "C507" && (present & 6) == 6 && !wanted(2) && !wanted(3);
  std::string out;
  for (std::uint32_t c = 0; c < e.component_count && c < 64; ++c) {
    const auto& part = guide_.elements[e.first_component + c];
    if (!(present >> c & 1) || part.automatic != none) continue;
    const auto* forced_text = wanted(c + 1);
    auto text = forced_text ? std::optional(*forced_text) : dated && c == 1 ? std::optional("202503" + std::to_string(10 + below(20))) : dated && c == 2 ? std::optional<std::string>("102") : value(part);
    if (!text) return std::nullopt;
    out += "<" + local(part.name) + ">" + *text + "</" + local(part.name) + ">";
  }
  return out;
}

std::optional<std::string> EdiGenerator::value(const Element& e) {
  const auto& v = guide_.values[e.value];
  for (unsigned attempt = 0; attempt < 200; ++attempt) {
    const auto text = candidate(v, attempt);
    const auto type = guide_.schema->model().element(e.declared).type;
    if (!schema::diagnose_value(guide_.schema->model(), type, text).empty()) continue;
    std::string out;
    xml::escape_text(out, text);
    return out;
  }
  why_ = "no value for " + local(e.name);
  return std::nullopt;
}

std::string EdiGenerator::text(std::size_t length) {
  static const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  static const char* const wide[] = {"é", "ß", "Ø", "ñ", "Å"};
  std::string out;
  for (std::size_t i = 0; i < length; ++i) {
    const bool inner = i > 0 && i + 1 < length;
    if (inner && chance(8))
      out += ' ';
    else if (!odds_.marks.empty() && chance(12))
      out += odds_.marks[below(odds_.marks.size())];
    else if (odds_.wide && chance(6))
      out += wide[below(5)];
    else
      out += plain[below(plain.size())];
  }
  return out;
}

/// Patterns are met by trying what standards like: letters, digits, short lists.
std::string EdiGenerator::candidate(const Value& v, unsigned attempt) {
  if (!v.codes.empty()) return v.codes[below(v.codes.size())];
  const auto least = std::max<std::uint32_t>(v.min == none ? 1 : v.min, 1);
  const auto most = v.max == none ? least + 20 : v.max;
  const auto length = least + below(std::min<std::size_t>(most - least + 1, attempt % 5 ? 24 : 4));
  const auto digits = [&](std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += static_cast<char>('0' + below(10));
    return out;
  };
  const auto two = [&](unsigned from, unsigned to) {
    const auto n = from + below(to - from + 1);
    return std::string(1, static_cast<char>('0' + n / 10)) + static_cast<char>('0' + n % 10);
  };
  switch (v.form) {
    case Form::date8:
      return "20" + two(0, 99) + two(1, 12) + two(1, 28);
    case Form::date6:
      return two(0, 99) + two(1, 12) + two(1, 28);
    case Form::time: {
      const auto seconds = length >= 6 ? two(0, 59) : std::string();
      return two(0, 23) + two(0, 59) + seconds + (length > 6 ? digits(length - 6) : "");
    }
    case Form::integer:
      return (chance(10) ? "-" : "") + std::string(1, static_cast<char>('1' + below(9))) + digits(length - 1);
    case Form::decimal: {
      const auto whole = std::min<std::size_t>(length, 9);
      auto out = (chance(10) ? "-" : "") + std::string(1, static_cast<char>('1' + below(9))) + digits(whole - 1);
      if (whole > 1 && chance(50)) out.insert(out.size() - 1 - below(std::min<std::size_t>(whole - 1, 3)), ".");
      return out;
    }
    case Form::binary:
      return "QUJD";
    case Form::code:
    case Form::text:
      break;
  }
  if (v.form == Form::code || attempt % 4 == 3) {
    std::string out;
    const auto kind = attempt / 4 % 4;
    for (std::size_t i = 0; i < length; ++i)
      out += kind == 1 ? static_cast<char>('0' + below(10)) : static_cast<char>('A' + below(26));
    return out;
  }
  if (attempt > 20 && attempt % 4 == 2) return digits(length);
  return text(length);
}

}  // namespace fixture
