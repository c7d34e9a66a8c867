#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/decimal.hpp"
#include "base/utf8.hpp"
#include "formats/edi/plan.hpp"
#include "formats/edi/write.hpp"

namespace wayleave::edi {
namespace {

using Index = Document::Index;
constexpr std::size_t most_findings = 100;

/// What the guide's schema declares for a spot that the writer can make up: all that must be in it is automatic.
bool makes_itself(const Guide& guide, const Spot& spot) {
  if (spot.segment == none || spot.child_count) return false;
  const auto& segment = guide.segments[spot.segment];
  if (segment.hierarchy) return false;
  bool any = false;
  for (std::uint32_t i = 0; i < segment.element_count; ++i) {
    const auto& element = guide.elements[segment.first_element + i];
    const bool automatic = element.automatic != none;
    if (element.use == Element::Use::mandatory && !automatic) return false;
    any = any || automatic;
  }
  return any;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

/// An R may have an exponent, a Decimal has none.
std::optional<Decimal> number(std::string_view text, unsigned implied) {
  const auto e = text.find_first_of("Ee");
  int shift = 0;
  if (e != text.npos && std::from_chars(text.data() + e + 1, text.data() + text.size(), shift).ec != std::errc())
    return std::nullopt;
  const auto mantissa = Decimal::parse(text.substr(0, e));
  shift -= static_cast<int>(implied);
  if (!mantissa || shift < -37 || shift > 37) return std::nullopt;
  __int128 power = 1;
  for (int i = 0; i < std::abs(shift); ++i) power *= 10;
  return shift == 0  ? mantissa
         : shift > 0 ? Decimal::multiply(*mantissa, Decimal(power, 0))
                     : Decimal::multiply(*mantissa, Decimal(1, static_cast<unsigned>(-shift)));
}

Finding finding_at(const Document& document, Index node, Cause cause, std::string message) {
  Finding f;
  f.code = saying(cause).code;
  f.path = document.path(node);
  const auto& n = document.node(node);
  // Only a tree that was read from XML has lines; in one read from EDI these are offsets of segments.
  if (document.source().starts_with('<')) {
    const auto position = document.position(n.source_text ? n.source_text : n.source);
    f.line = position.line;
    f.column = position.column;
  }
  f.found = document.text(node).substr(0, 200);
  f.message = std::move(message);
  return f;
}

std::string shown(std::string_view character) {
  const auto c = static_cast<unsigned char>(character[0]);
  if (c >= 0x20 && c != 0x7f) return "\"" + std::string(character) + "\"";
  return fmt::format("character {:02X} (hexadecimal)", c);
}

Finding unwritable(
    const Document& document, Index node, std::string_view value, std::size_t bad, const Delimiters& delimiters
) {
  const auto length = std::max<std::size_t>(utf8_sequence(value.substr(bad)), 1);
  const auto character = value.substr(bad, length);
  const std::string name(document.local_name(document.node(node).name));
  const char c = character.size() == 1 ? character[0] : '\0';
  const bool delimiter = c && (c == delimiters.segment || c == delimiters.element || c == delimiters.component ||
                               c == delimiters.repetition);
  auto f = finding_at(
      document, node, Cause::invalid_character,
      name + (delimiter ? " has " + shown(character) +
                              ", which separates data in this interchange and cannot be written otherwise."
                        : " has " + shown(character) + ", which the character set of this interchange does not have.")
  );
  f.expected =
      delimiter ? "text without the interchange's delimiters" : "characters of the interchange's character set";
  f.fix = delimiter ? "remove it, or agree on other delimiters" : "replace it, or agree on another character set";
  return f;
}

}  // namespace

/// What writing asks of a guide and Plan does not say.
struct Writer::Notes {
  const Guide* guide = nullptr;
  std::shared_ptr<const Plan> plan;
  std::vector<std::uint8_t> busy;  // by segment: has something automatic
  std::vector<std::uint8_t> made;  // by spot: written though the tree does not have it
};

struct Writer::Tree {
  Writer& writer;
  const Guide& guide;
  const Notes& notes;
  const Plan& plan;
  const Document& document;
  Index root;
  Findings findings;
  std::uint32_t levels = 0;                          // HL segments so far
  std::vector<std::optional<std::string>> computed;  // by auto

  Tree(Writer& w, const Guide& g, const Notes& n, const Document& d, Index r)
      : writer(w), guide(g), notes(n), plan(*n.plan), document(d), root(r) {}

  NameId name(Index node) const { return document.node(node).name; }
  bool full() const { return findings.size() >= most_findings; }

  void children(std::uint32_t of, Index child, std::uint32_t level) {
    const auto first = plan.spots[of].first_child, end = first + plan.spots[of].child_count;
    auto ahead = first;  // the first spot that has not come
    NameId last = no_name;
    std::uint32_t ordinal = 0;
    for (; child != Document::none; child = document.next(child)) {
      if (name(child) != last) {
        auto found = ahead;
        while (found < end && plan.spots[found].name != name(child)) ++found;
        if (found == end) {
          stranger(child);
          continue;
        }
        for (; ahead < found; ++ahead)
          if (notes.made[ahead]) segment(ahead, Document::none, 1, level);
        ++ahead;
        last = name(child);
        ordinal = 0;
      }
      segment(ahead - 1, child, ++ordinal, level);
    }
    for (; ahead < end; ++ahead)
      if (notes.made[ahead]) segment(ahead, Document::none, 1, level);
  }

  /// `node` none: the writer makes it up. `level`: HL01 of the level around it.
  void segment(std::uint32_t at, Index node, std::uint32_t ordinal, std::uint32_t level) {
    const auto& spot = plan.spots[at];
    const auto& segment = plan.segments[spot.segment];
    const bool busy = notes.busy[spot.segment];
    char id[4];
    std::size_t length = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
      if (const char c = static_cast<char>(spot.tag >> shift)) id[length++] = c;
    writer.pen_.begin({id, length});
    ++writer.segments_;
    auto child = node == Document::none ? node : document.first_child(node);
    const bool hierarchy = busy && guide.segments[spot.segment].hierarchy;
    const auto parent = level;
    if (hierarchy) level = ++levels;
    for (std::uint32_t i = 0; i < segment.element_count && (busy || child != Document::none); ++i) {
      const auto& element = plan.elements[segment.first_element + i];
      if (!element.listed) continue;
      const auto given = child;
      std::uint32_t count = 0;
      for (; child != Document::none && name(child) == element.name; child = document.next(child)) ++count;
      if (hierarchy && i < 4 && hierarchical(i, level, parent, at, given, child)) continue;
      if (element.tracked & 1)
        automatic(element, i + 1, 0, 0, given, count > 0, ordinal);
      else if (element.composite)
        composites(element, i + 1, given, count, ordinal);
      else
        simple(element, i + 1, given, count);
    }
    writer.pen_.end();
    if (child == Document::none && !spot.child_count) return;
    children(at, child, level);
  }

  void simple(const Plan::Element& element, std::uint32_t at, Index node, std::uint32_t count) {
    for (std::uint32_t r = 0; r < count; ++r, node = document.next(node)) {
      if (r && !repeats(node)) return;
      value(element, at, r, 0, node);
    }
  }

  bool repeats(Index node) {
    if (writer.delimiters_.repetition) return true;
    if (full()) return false;
    auto f = finding_at(
        document, node, Cause::too_many_repetitions,
        std::string(document.local_name(name(node))) + " repeats, and this interchange has no repetition separator."
    );
    f.expected = "one of it";
    f.fix = "send it once, or agree on a version that has repetitions (X12 00402, EDIFACT syntax 4)";
    findings.push_back(std::move(f));
    return false;
  }

  void value(
      const Plan::Element& element, std::uint32_t at, std::uint32_t repetition, std::uint32_t component, Index node
  ) {
    auto text = document.text(node);
    if (element.form != Form::text && !text.empty() && (text.front() <= ' ' || text.back() <= ' '))
      text = trimmed(text);
    std::size_t bad = 0;
    if (writer.pen_.put(at, repetition, component, text, element.form == Form::decimal, bad) || full()) return;
    findings.push_back(unwritable(document, node, text, bad, writer.delimiters_));
  }

  void composites(
      const Plan::Element& element, std::uint32_t at, Index node, std::uint32_t count, std::uint32_t ordinal
  ) {
    if (count == 0 && element.mandatory) return components(element, at, 0, Document::none, ordinal);
    for (std::uint32_t r = 0; r < count; ++r, node = document.next(node)) {
      if (r && !repeats(node)) return;
      components(element, at, r, document.first_child(node), ordinal);
    }
  }

  void components(
      const Plan::Element& element, std::uint32_t at, std::uint32_t repetition, Index child, std::uint32_t ordinal
  ) {
    for (std::uint32_t c = 0; c < element.component_count; ++c) {
      const auto& part = plan.elements[element.first_component + c];
      if (!part.listed) continue;
      const bool there = child != Document::none && name(child) == part.name;
      if (part.tracked & 1)
        automatic(part, at, repetition, c, child, there, ordinal);
      else if (there)
        value(part, at, repetition, c, child);
      if (there) child = document.next(child);
    }
    for (; child != Document::none; child = document.next(child)) stranger(child);
  }

  /// HL01 to HL04 (X12: hierarchical level); `rest`: what follows HL04. False: the tree says it.
  bool hierarchical(
      std::uint32_t i, std::uint32_t level, std::uint32_t parent, std::uint32_t at, Index given, Index rest
  ) {
    if (i == 0) return text_at(1, 0, 0, Digits(level), given), true;
    if (i == 1) return parent ? text_at(2, 0, 0, Digits(parent), given) : void(), true;
    if (i == 3) return text_at(4, 0, 0, Digits(has_levels(at, rest)), given), true;
    if (guide.spots[at].level.empty()) return false;
    return text_at(3, 0, 0, guide.spots[at].level, given), true;
  }

  bool has_levels(std::uint32_t at, Index child) const {
    const auto& spot = plan.spots[at];
    for (; child != Document::none; child = document.next(child))
      for (auto c = spot.first_child; c < spot.first_child + spot.child_count; ++c)
        if (plan.spots[c].name == name(child) && guide.segments[plan.spots[c].segment].hierarchy) return true;
    return false;
  }

  void text_at(
      std::uint32_t at, std::uint32_t repetition, std::uint32_t component, std::string_view text, Index node,
      bool is_number = false
  ) {
    std::size_t bad = 0;
    if (writer.pen_.put(at, repetition, component, text, is_number, bad) || full()) return;
    findings.push_back(unwritable(document, node == Document::none ? root : node, text, bad, writer.delimiters_));
  }

  /// `given`: what the tree has there, when `there`; it is written only where nothing can be computed.
  void automatic(
      const Plan::Element& element, std::uint32_t at, std::uint32_t repetition, std::uint32_t component, Index given,
      bool there, std::uint32_t ordinal
  ) {
    const auto which = guide.elements[element.index].automatic;
    const auto& how = guide.autos[which];
    if (how.kind == Auto::Kind::position) return text_at(at, repetition, component, Digits(ordinal), given);
    if (how.kind == Auto::Kind::fixed) return text_at(at, repetition, component, how.value, given);
    if (computed.empty()) computed.resize(guide.autos.size());
    if (!computed[which]) computed[which] = total(how, element);
    if (!computed[which]->empty())
      return text_at(at, repetition, component, *computed[which], given, element.form == Form::decimal);
    if (there) value(element, at, repetition, component, given);
  }

  std::string total(const Auto& how, const Plan::Element& element) const {
    if (how.kind == Auto::Kind::count && how.tag) return std::to_string(segments_of(how.tag, 0, root));
    if (how.spot == none) return {};
    std::vector<std::uint32_t> way;
    for (auto s = how.spot; s != none && s != 0; s = guide.spots[s].parent) way.push_back(s);
    std::reverse(way.begin(), way.end());
    std::uint64_t count = 0;
    std::optional<Decimal> sum = Decimal(0);
    const auto sum_up = [&](Index node) {
      ++count;
      if (how.kind == Auto::Kind::sum && sum) sum = add(*sum, how, node);
    };
    walk(way, 0, root, sum_up);
    if (how.kind == Auto::Kind::count) return std::to_string(count);
    const auto& value = guide.values[element.value];
    if (sum && value.form == Form::integer && value.decimals)
      sum = number(sum->to_string(false) + "E" + std::to_string(value.decimals), 0);
    return sum ? sum->to_string(false) : std::string();
  }

  /// Segments with that id in the loop `node`, wherever.
  std::uint64_t segments_of(Tag tag, std::uint32_t of, Index node) const {
    const auto end = plan.spots[of].first_child + plan.spots[of].child_count;
    auto at = plan.spots[of].first_child;
    std::uint64_t count = 0;
    for (auto child = document.first_child(node); child != Document::none && at < end; child = document.next(child)) {
      auto found = at;
      while (found < end && plan.spots[found].name != name(child)) ++found;
      if (found == end) continue;  // data of the segment itself
      at = found;
      count += (plan.spots[at].tag == tag) + segments_of(tag, at, child);
    }
    return count;
  }

  template <class Use>
  void walk(const std::vector<std::uint32_t>& way, std::size_t depth, Index node, const Use& use) const {
    if (depth == way.size()) return use(node);
    const auto wanted = plan.spots[way[depth]].name;
    for (auto child = document.first_child(node); child != Document::none; child = document.next(child))
      if (name(child) == wanted) walk(way, depth + 1, child, use);
  }

  /// Adds the element below the segment `node`; absent: nothing.
  std::optional<Decimal> add(const Decimal& sum, const Auto& how, Index node) const {
    const auto& segment = guide.segments[guide.spots[how.spot].segment];
    const auto* element = &plan.elements[segment.first_element + how.element - 1];
    auto child = document.first_child(node);
    const auto seek = [&](NameId wanted) {
      while (child != Document::none && name(child) != wanted) child = document.next(child);
    };
    seek(element->name);
    if (how.component && child != Document::none) {
      element = &plan.elements[element->first_component + how.component - 1];
      child = document.first_child(child);
      seek(element->name);
    }
    if (child == Document::none || element->value == none) return sum;
    const auto text = trimmed(document.text(child));
    if (text.empty()) return sum;
    const auto& value = guide.values[element->value];
    const auto one = number(text, value.form == Form::integer ? value.decimals : 0);
    return one ? Decimal::add(sum, *one) : std::nullopt;
  }

  void stranger(Index node) {
    if (full()) return;
    const auto parent = node == root ? guide.set : std::string(document.local_name(name(document.parent(node))));
    auto f = finding_at(
        document, node, Cause::element_not_used,
        std::string(document.local_name(name(node))) + " has no place in " + parent + " here."
    );
    f.expected = "the elements of the guide in their order";
    f.fix = "judge the tree against the guide's schema before it is written";
    findings.push_back(std::move(f));
  }
};

Findings Writer::set(const SetHead& head, const Guide& guide, const Document& document, Document::Index root) {
  if (!notes_ || notes_->guide != &guide) {
    auto notes = std::make_shared<Notes>();
    notes->guide = &guide;
    notes->plan = guide.plan ? guide.plan : make_plan(guide);
    for (const auto& segment : guide.segments) {
      bool busy = segment.hierarchy;
      for (std::uint32_t i = 0; i < segment.element_count; ++i) {
        const auto& element = guide.elements[segment.first_element + i];
        busy = busy || element.automatic != none;
        for (std::uint32_t c = 0; c < element.component_count; ++c)
          busy = busy || guide.elements[element.first_component + c].automatic != none;
      }
      notes->busy.push_back(busy);
    }
    for (const auto& spot : guide.spots) notes->made.push_back(spot.min > 0 && makes_itself(guide, spot));
    notes_ = std::move(notes);
  }
  const auto mark = open();
  begin(head);
  const auto keep = notes_;
  Tree tree(*this, guide, *keep, document, root);
  if (document.node(root).name == guide.root().name)
    tree.children(0, document.first_child(root), 0);
  else
    tree.stranger(root);
  if (tree.findings.empty())
    finish();
  else
    pen_.back_to(mark);
  close(mark);
  return std::move(tree.findings);
}

Findings Writer::plain_set(const SetHead& head, const Document& document, Document::Index message) {
  Findings findings;
  const auto attribute = [&](Index node, std::string_view name) -> std::string_view {
    const auto* all = document.attributes(node);
    for (std::uint16_t i = 0; i < document.node(node).attribute_count; ++i)
      if (document.local_name(all[i].name) == name) return document.text(all[i]);
    return {};
  };
  // n counts from 1 and rises; the same n again is a repetition.
  const auto place = [&](Index node, std::uint32_t most) {
    std::uint32_t n = 0;
    const auto text = attribute(node, "n");
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n > most ? 0 : n;
  };
  const auto put = [&](Index node, std::uint32_t at, std::uint32_t repetition, std::uint32_t component) {
    const auto text = document.text(node);
    std::size_t bad = 0;
    if (!pen_.put(at, repetition, component, text, false, bad))
      findings.push_back(unwritable(document, node, text, bad, delimiters_));
  };
  const auto refuse = [&](Index node, std::string why) {
    findings.push_back(finding_at(document, node, Cause::bad_control_structure, std::move(why)));
  };
  const auto mark = open();
  begin(head);
  for (auto segment = document.first_child(message); segment != Document::none && findings.size() < most_findings;
       segment = document.next(segment)) {
    const auto id = attribute(segment, "id");
    const bool named = !id.empty() && id.size() <= 4 && std::all_of(id.begin(), id.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    });
    if (!named) {
      refuse(segment, "A segment's id is one to four capital letters and digits.");
      continue;
    }
    pen_.begin(id);
    ++segments_;
    std::uint32_t last = 0, repetition = 0;
    for (auto element = document.first_child(segment); element != Document::none; element = document.next(element)) {
      const auto at = place(element, 999);
      if (at == 0 || at < last) {
        refuse(element, "Elements of a segment have their position as n, from 1 on and in order.");
        break;
      }
      repetition = at == last ? repetition + 1 : 0;
      last = at;
      if (repetition && !delimiters_.repetition) {
        refuse(element, "An element repeats, and this interchange has no repetition separator.");
        break;
      }
      const auto child = document.first_child(element);
      if (child == Document::none) put(element, at, repetition, 0);
      std::uint32_t before = 0;
      for (auto part = child; part != Document::none; part = document.next(part)) {
        const auto component = place(part, 999);
        if (component <= before) {
          refuse(part, "Components of an element have their position as n, from 1 on and in order.");
          break;
        }
        before = component;
        put(part, at, repetition, component - 1);
      }
    }
    pen_.end();
  }
  if (findings.empty())
    finish();
  else
    pen_.back_to(mark);
  close(mark);
  return findings;
}

Findings judge_tree(const Guide& guide, const Document& document, Document::Index root, std::size_t limit) {
  auto findings = schema::diagnose(document, *guide.schema, limit, root);
  if (findings.empty()) return findings;
  const auto makes = [&](std::string_view name, std::string_view parent) {
    for (const auto& segment : guide.segments)
      for (std::uint32_t i = 0; i < segment.element_count; ++i) {
        const auto& element = guide.elements[segment.first_element + i];
        if (segment.hierarchy && i < 4 && element.name != no_name && names::local(element.name) == name) return true;
        if (element.automatic != none && names::local(element.name) == name) return true;
        for (std::uint32_t c = 0; c < element.component_count; ++c) {
          const auto& part = guide.elements[element.first_component + c];
          if (part.automatic != none && names::local(part.name) == name && names::local(element.name) == parent)
            return true;
        }
      }
    return std::any_of(guide.spots.begin(), guide.spots.end(), [&](const Spot& spot) {
      return names::local(spot.name) == name && makes_itself(guide, spot);
    });
  };
  std::erase_if(findings, [&](const Finding& f) {
    if (f.code != "X110") return false;
    const auto last = f.path.rfind('/');
    const auto before = last == 0 || last == f.path.npos ? std::string::npos : f.path.rfind('/', last - 1);
    auto parent = before == std::string::npos ? std::string() : f.path.substr(before + 1, last - before - 1);
    parent = parent.substr(0, parent.find('['));
    return last != f.path.npos && makes(std::string_view(f.path).substr(last + 1), parent);
  });
  return findings;
}

}  // namespace wayleave::edi
