#include "mapping/segment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mapping/characters.hpp"
#include "mapping/parse_expression.hpp"

namespace wayleave::mapping {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The last two digits of `BEG03` or `REF0402`; 0: it does not end so.
std::uint32_t number_at_end(std::string_view name, std::size_t least) {
  if (name.size() < least || name.find('_') != std::string_view::npos) return 0;
  const char tens = name[name.size() - 2], ones = name[name.size() - 1];
  return is_digit(tens) && is_digit(ones) ? static_cast<std::uint32_t>((tens - '0') * 10 + ones - '0') : 0;
}

std::uint32_t position_in(const schema::Model& model, const schema::ChildUse& use) {
  const auto& element = model.element(use.element);
  if (const auto* at = edi_note(element.notes, "at")) {
    std::uint32_t number = 0;
    for (char c : *at) {
      if (!is_digit(c) || number > 99) return 0;
      number = number * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return number;
  }
  // Ids of segments have two or three characters, so names of data elements have four at least.
  return number_at_end(names::local(element.name), 4);
}

/// Finds the type of every element of a template, and turns its m:seg into children.
class Expander {
 public:
  Expander(const schema::Schema& target, Reporter& reporter) : model_(target.model()), root_(target.root()), reporter_(reporter) {}

  void expand(MapSource& map) {
    if (map.root) root(*map.root);
    for (auto& definition : map.definitions) {
      const auto colon = definition->gives.find(':');
      const auto gives = colon == std::string::npos ? definition->gives : definition->gives.substr(colon + 1);
      auto type = model_.find_type(gives);
      for (const auto& element : model_.elements) {
        if (type == schema::none && names::local(element.name) == gives) type = element.type;
      }
      nodes(definition->body, type);
    }
    for (auto& patch : map.patches) {
      const bool inside = patch.kind == Patch::Kind::append;
      nodes(patch.nodes, patched(patch, inside ? patch.at.steps.size() : patch.at.steps.size() - std::min<std::size_t>(1, patch.at.steps.size())));
    }
  }

 private:
  void root(TemplateNode& node) {
    if (node.kind != TemplateNode::Kind::element) {
      for (auto& child : node.children) root(*child);
    } else if (names::local(model_.element(root_).name) == node.name) {
      content(node, root_);
    }
  }

  schema::ElementId child(schema::TypeId parent, const std::string& name) const {
    if (parent == schema::none) return schema::none;
    for (const auto& use : model_.type(parent).children) {
      if (names::local(model_.element(use.element).name) == name) return use.element;
    }
    return schema::none;
  }

  // The type that `steps` of the patch's address lead to. An m:id says no path: a name that is everywhere of one type will do.
  schema::TypeId patched(const Patch& patch, std::size_t steps) const {
    if (!patch.at.id.empty() || patch.at.steps.empty() || patch.at.steps[0].name != names::local(model_.element(root_).name)) return schema::none;
    auto type = model_.element(root_).type;
    for (std::size_t i = 1; i < steps && type != schema::none; ++i) {
      const auto found = child(type, patch.at.steps[i].name);
      type = found == schema::none ? schema::none : model_.element(found).type;
    }
    return type;
  }

  void nodes(std::vector<TemplateNodePtr>& list, schema::TypeId parent) {
    for (auto& node : list) {
      if (node->kind != TemplateNode::Kind::element) nodes(node->children, parent);
      else content(*node, parent == schema::none ? only(node->name) : child(parent, node->name));
    }
  }

  // Where the place is not known: the element of that name, if all of that name are of one type.
  schema::ElementId only(const std::string& name) const {
    schema::ElementId found = schema::none;
    for (schema::ElementId id = 0; id < model_.elements.size(); ++id) {
      if (names::local(model_.element(id).name) != name) continue;
      if (found != schema::none && model_.element(found).type != model_.element(id).type) return schema::none;
      found = id;
    }
    return found;
  }

  void content(TemplateNode& node, schema::ElementId element) {
    const auto type = element == schema::none ? schema::none : model_.element(element).type;
    if (node.segment && !node.segment->elements.empty() && type != schema::none) segment(node, type);
    nodes(node.children, type);
  }

  void segment(TemplateNode& node, schema::TypeId type) {
    const auto errors = reporter_.errors();
    auto segment = std::move(node.segment->elements);
    node.segment->elements.clear();
    const auto known = positions(model_, type);
    if (known.empty()) {
      reporter_
          .error(
              "M202", node.segment->span,
              fmt::format("m:seg writes the elements of a segment by position, and {} is no segment", node.name)
          )
          .fix = "write the elements in it one by one";
      return;
    }
    std::vector<TemplateNodePtr> made;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      auto& slot = segment[i];
      if (is_empty(slot)) continue;
      const auto* at = find(known, i + 1, node.name, slot.span);
      if (!at) continue;
      for (auto& repetition : slot.repetitions) {
        if (auto child = value(node, *at, repetition, slot.span)) made.push_back(std::move(child));
      }
    }
    node.segment->broken = reporter_.errors() > errors;
    for (const auto& child : made) node.segment->values += child->text ? 1 : static_cast<std::uint32_t>(child->children.size());
    node.children.insert(node.children.begin(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
  }

  static bool is_empty(const SegmentText::Element& slot) {
    return std::all_of(slot.repetitions.begin(), slot.repetitions.end(), [](const auto& repetition) {
      return std::all_of(repetition.begin(), repetition.end(), [](const auto& component) { return component.empty; });
    });
  }

  const Position* find(const std::vector<Position>& known, std::size_t number, const std::string& name, Span at) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& p) { return p.number == number; });
    if (found != known.end()) return &*found;
    const auto last = std::max_element(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.number < b.number; })->number;
    auto& finding = reporter_.error(
        "M202", at,
        number > last
            ? fmt::format("this is position {} of {}, and the last one that the guide uses is {}", number, name, last)
            : fmt::format("the guide does not use position {} of {}", number, name)
    );
    for (const auto& position : known) {
      finding.expected += fmt::format(
          "{}{:02} {}", finding.expected.empty() ? "" : ", ", position.number,
          names::local(model_.element(position.element).name)
      );
    }
    return nullptr;
  }

  TemplateNodePtr start(const TemplateNode& parent, schema::ElementId element, Span at) const {
    auto made = std::make_unique<TemplateNode>();
    made->span = at;
    made->tag_offset = parent.tag_offset;
    made->prefix = parent.prefix;
    made->name = std::string(names::local(model_.element(element).name));
    made->of_segment = true;
    made->has_content = true;
    return made;
  }

  TemplateNodePtr value(const TemplateNode& parent, const Position& at, std::vector<SegmentText::Component>& components, Span span) {
    if (std::all_of(components.begin(), components.end(), [](const auto& c) { return c.empty; })) return nullptr;
    auto made = start(parent, at.element, components.size() == 1 ? components[0].span : span);
    const auto known = positions(model_, model_.element(at.element).type);
    if (known.empty()) {
      if (components.size() > 1) {
        reporter_.error("M202", components[1].span, fmt::format("{} has no components", made->name)).fix = "write \\: for the character itself";
        return nullptr;
      }
      made->text = std::move(components[0].text);
      return made;
    }
    for (std::size_t i = 0; i < components.size(); ++i) {
      if (components[i].empty) continue;
      const auto* part = find(known, i + 1, made->name, components[i].span);
      if (!part) continue;
      auto child = start(parent, part->element, components[i].span);
      child->text = std::move(components[i].text);
      made->children.push_back(std::move(child));
    }
    return made->children.empty() ? nullptr : std::move(made);
  }

  const schema::Model& model_;
  schema::ElementId root_;
  Reporter& reporter_;
};

}  // namespace

std::vector<Position> positions(const schema::Model& model, schema::TypeId type) {
  std::vector<Position> found;
  if (type == schema::none || !model.type(type).complex) return found;
  for (const auto& use : model.type(type).children) {
    if (const auto number = position_in(model, use)) found.push_back({number, use.element, use.max});
  }
  return found;
}

std::uint32_t position_of(const schema::Model& model, schema::TypeId type, schema::ElementId element) {
  if (type == schema::none) return 0;
  for (const auto& use : model.type(type).children) {
    if (use.element == element || model.element(use.element).name == model.element(element).name) return position_in(model, use);
  }
  return 0;
}

std::vector<std::pair<schema::ElementId, schema::ElementId>> pairs_of(const schema::Model& model, schema::TypeId type) {
  std::vector<std::pair<schema::ElementId, schema::ElementId>> found;
  const std::string* note = nullptr;
  for (auto at = type; at != schema::none && !note; at = model.type(at).base) note = edi_note(model.type(at).notes, "pairs");
  if (!note || note->size() != 5 || (*note)[2] != '-') return found;
  const auto first = number_at_end(std::string_view(*note).substr(0, 2), 2), last = number_at_end(*note, 2);
  const auto known = positions(model, type);
  const auto at = [&](std::uint32_t number) {
    const auto position = std::find_if(known.begin(), known.end(), [&](const auto& p) { return p.number == number; });
    return position == known.end() ? schema::none : position->element;
  };
  for (auto number = first; number && number < last; number += 2) {
    if (at(number) != schema::none && at(number + 1) != schema::none) found.emplace_back(at(number), at(number + 1));
  }
  return found;
}

bool holds_date(const schema::Model& model, schema::TypeId type) {
  if (type == schema::none) return false;
  return std::any_of(model.type(type).children.begin(), model.type(type).children.end(), [&](const auto& use) {
    const auto name = names::local(model.element(use.element).name);
    return name == "E2380" || (name == "C507" && holds_date(model, model.element(use.element).type));
  });
}

std::string automatic(const schema::Model& model, schema::TypeId parent, schema::ElementId element) {
  if (const auto* note = edi_note(model.element(element).notes, "auto")) return *note;
  if (parent == schema::none || !edi_note(model.type(parent).notes, "hierarchy")) return {};
  const auto name = names::local(model.element(element).name);
  return name == "HL01" || name == "HL02" || name == "HL03" || name == "HL04" ? "hierarchy" : "";
}

bool automatic_segment(const schema::Model& model, schema::ElementId element) {
  const auto& declared = model.element(element);
  const auto& type = model.type(declared.type);
  if (!type.complex || type.children.empty()) return false;
  if (edi_note(declared.notes, "auto")) return true;
  bool any = false;
  for (const auto& use : type.children) {
    const bool filled = !automatic(model, declared.type, use.element).empty();
    if (use.min > 0 && !filled && !automatic_segment(model, use.element)) return false;
    any = any || (filled && use.min > 0);
  }
  return any;
}

std::vector<SegmentRule> rules_of(const schema::Model& model, schema::ElementId element, schema::TypeId type) {
  using Kind = SegmentRule::Kind;
  const std::string* note = element == schema::none ? nullptr : edi_note(model.element(element).notes, "rule");
  for (auto at = type; at != schema::none && !note; at = model.type(at).base) note = edi_note(model.type(at).notes, "rule");
  std::vector<SegmentRule> found;
  if (!note) return found;
  std::string_view rest = *note;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (word.empty()) continue;
    static constexpr std::string_view letters = "PRECL";
    static constexpr Kind by_letter[] = {Kind::paired, Kind::at_least_one, Kind::at_most_one, Kind::if_first_all, Kind::if_first_some};
    static constexpr Kind by_number[] = {Kind::exactly_one,   Kind::paired,       Kind::at_least_one,
                                         Kind::at_most_one,   Kind::if_first_all, Kind::if_first_some,
                                         Kind::first_excludes};
    SegmentRule rule;
    rule.text = std::string(word);
    std::size_t begin = 1;
    if (const auto letter = letters.find(word[0]); letter != letters.npos) {
      rule.kind = by_letter[letter];
    } else if (word[0] == 'D' && word.size() > 1 && word[1] >= '1' && word[1] <= '7') {
      rule.kind = by_number[word[1] - '1'];
      begin = 2;
    } else {
      continue;
    }
    std::string digits;
    for (char c : word.substr(begin)) {
      if (is_digit(c)) digits += c;
    }
    if (digits.size() % 2 != 0 || digits.size() < 4) continue;
    for (std::size_t i = 0; i < digits.size(); i += 2)
      rule.positions.push_back(static_cast<std::uint32_t>((digits[i] - '0') * 10 + digits[i + 1] - '0'));
    found.push_back(std::move(rule));
  }
  return found;
}

SegmentText parse_segment(const Fragment& value, Reporter& reporter) {
  SegmentText made;
  made.span = value.whole();
  const std::string_view text = value.text;
  Fragment part;                           // of one component, without escapes
  std::size_t begin = 0;
  auto element_begin = begin;
  const auto restart = [&](std::size_t at) {
    begin = at;
    part = {};
    part.file = value.file;
  };
  const auto take = [&](std::size_t i) {
    part.text += text[i];
    part.offsets.push_back(value.at(i));
  };
  const auto component = [&](std::size_t end) {
    part.offsets.push_back(value.at(end));
    SegmentText::Component read;
    read.span = value.span(begin, std::max(end, begin));
    read.empty = is_blank(part.text);
    if (!read.empty) read.text = parse_template(part, true, reporter);
    if (!read.empty) read.span = read.text.span;
    made.elements.back().repetitions.back().push_back(std::move(read));
    restart(end + 1);
  };
  const auto element = [&] { made.elements.emplace_back().repetitions.emplace_back(); };
  restart(0);
  element();
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '\\':
        if (i + 1 < text.size()) ++i;
        take(i);
        break;
      case '{': {
        if (i + 1 < text.size() && text[i + 1] == '{') {
          take(i), take(++i);
          break;
        }
        const auto close = std::min(closing_brace(text, i + 1, text.size()), text.size() - 1);
        for (; i < close; ++i) take(i);
        take(i);
        break;
      }
      case '*':
        component(i);
        made.elements.back().span = value.span(element_begin, i);
        element_begin = i + 1;
        element();
        break;
      case '^':
        component(i);
        made.elements.back().repetitions.emplace_back();
        break;
      case ':': component(i); break;
      default: take(i);
    }
  }
  component(text.size());
  made.elements.back().span = value.span(element_begin, text.size());
  const auto blank = std::all_of(text.begin(), text.end(), [](char c) { return c == '*' || c == ':' || c == '^' || c == ' '; });
  if (blank) reporter.error("M003", made.span, "m:seg writes the elements of a segment, and there are none").fix = "leave m:seg out";
  return made;
}

void expand_segments(MapSource& map, const schema::Schema& target, Reporter& reporter) { Expander(target, reporter).expand(map); }

}  // namespace wayleave::mapping
