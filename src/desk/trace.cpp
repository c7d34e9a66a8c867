#include "desk/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "desk/pretty.hpp"
#include "formats/xml/read.hpp"
#include "mapping/compiled.hpp"
#include "schema/value.hpp"

namespace wayleave::desk {
namespace {

using mapping::TemplateNode;
using mapping::Watched;

constexpr std::size_t widest = 72;         // the column that arrows keep to

struct Maker {
  std::string map, called;
  std::vector<Origin> origins;
};
using Makers = std::map<std::size_t, Maker>;   // by where in the output a node begins

// Who wrote which piece of the output.
class Recorder : public mapping::Observer {
 public:
  Recorder(const mapping::Map& map, const Document& document) : origins_(map, document) {}
  std::vector<Makers> messages;

  void enter(const Watched& at) override { open_.push_back(&at.node); }
  void leave(const Watched& at) override {
    open_.pop_back();
    if (at.node.kind == TemplateNode::Kind::let) origins_.remember(at);
  }
  void looped(const Watched& at, std::size_t) override { loops_[&at.node] = origins_.of(*at.node.each, at); }

  void wrote(const Watched& at, std::size_t begin, std::size_t) override {
    auto& maker = note(begin, at.node.span);
    if (at.node.text) {
      maker.origins = pieces(origins_.of(*at.node.text, at));
    } else if (at.node.each) {
      maker.origins = {origins_.of(at.frame.item)};
    } else if (at.node.with) {
      maker.origins = origins_.of(*at.node.with, at);
    }
  }
  void wrote(const Watched& at, const mapping::TemplateAttribute& attribute, std::size_t begin, std::size_t) override {
    note(begin + 1, attribute.name_span).origins = pieces(origins_.of(attribute.value, at));
  }
  void left_out(const Watched&, std::size_t end) override { now_.erase(now_.lower_bound(end), now_.end()); }
  void copied(const Watched& at, const mapping::Item& item, std::size_t begin, std::size_t) override {
    note(begin, at.node.span).origins = {origins_.of(item)};
  }
  void message_made() override { messages.push_back(std::exchange(now_, {})); }
  void finished(mapping::Evaluator&) override {
    if (!now_.empty()) messages.push_back(std::move(now_));
  }
  void filled(std::size_t message, const std::vector<mapping::Addition>& added) override {
    if (message >= messages.size()) return;
    Makers moved;
    for (auto& [begin, maker] : messages[message]) {
      auto at = begin;
      for (const auto& each : added) {
        if (each.at <= begin) at += each.text.size() - each.removed;
      }
      moved.emplace(at, std::move(maker));
    }
    std::size_t shift = 0;
    for (const auto& each : added) {
      for (std::size_t i = 0; i + 1 < each.text.size(); ++i) {
        if (each.text[i] == '<' && each.text[i + 1] != '/') moved[each.at + shift + i].map = "the writer";
      }
      shift += each.text.size() - each.removed;
    }
    messages[message] = std::move(moved);
  }

 private:
  Maker& note(std::size_t begin, mapping::Span span) {
    auto& maker = now_[begin];
    maker.map = origins_.place(span);
    // The innermost call around it, which the calling element and its attributes are not inside of.
    const auto last = open_.empty() || !open_.back()->definition ? open_.size() : open_.size() - 1;
    for (auto i = last; i-- > 0 && maker.called.empty();) {
      if (open_[i]->definition) maker.called = origins_.place(open_[i]->span);
    }
    return maker;
  }

  // A piece that a function cut is as good as what it was cut from.
  std::vector<Origin> pieces(std::vector<Origin> origins) {
    std::vector<Origin> all;
    for (auto& origin : origins) {
      const TemplateNode* loop = nullptr;
      for (auto node = open_.rbegin(); node != open_.rend() && !loop; ++node) {
        if ((*node)->each) loop = *node;
      }
      if (origin.line == 0 && origin.what == "a piece of text" && loop) all.insert(all.end(), loops_[loop].begin(), loops_[loop].end());
      else all.push_back(std::move(origin));
    }
    return all;
  }

  Origins origins_;
  Makers now_;
  std::vector<const TemplateNode*> open_;
  std::map<const TemplateNode*, std::vector<Origin>> loops_;
};

// The output, an element a line, with who made it.
Trace::Line annotated(std::string text, std::string path, const Makers& makers, std::size_t at, bool attribute) {
  Trace::Line made{std::move(text), std::move(path), {}, {}, {}, attribute};
  if (const auto maker = makers.find(at); maker != makers.end()) {
    made.map = maker->second.map;
    made.called = maker->second.called;
    made.origins = maker->second.origins;
  }
  return made;
}

Trace::Message print(const std::string& xml, const Makers& makers) {
  Trace::Message made;
  const auto reading = xml::read_wellformed(xml);
  if (!reading.document) return made;
  const auto& document = *reading.document;
  for (auto& line : pretty_lines(document)) {
    const auto indent = line.text.find('<');
    if (line.end) {
      made.lines.push_back({std::move(line.text), {}, {}, {}, {}, false});
      continue;
    }
    const auto path = document.path(line.node);
    made.lines.push_back(annotated(std::move(line.text), path, makers, document.node(line.node).source, false));
    const auto* attributes = document.attributes(line.node);
    for (std::uint16_t i = 0; i < document.node(line.node).attribute_count; ++i) {
      const auto maker = makers.find(attributes[i].source);
      if (maker == makers.end() || maker->second.origins.empty()) continue;
      const auto name = "@" + std::string(document.local_name(attributes[i].name));
      made.lines.push_back(annotated(std::string(indent + 2, ' ') + name, path + "/" + name, makers, attributes[i].source, true));
    }
  }
  return made;
}

std::string told(const Origin& origin, const std::string& file) {
  return origin.line ? fmt::format("{}:{} {}", file, origin.line, origin.what) : origin.what;
}

std::string short_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string list(const std::vector<std::string>& items) { return "[" + fmt::format("{}", fmt::join(items, ",")) + "]"; }

std::string json(const Trace::Line& line) {
  std::vector<std::string> origins;
  for (const auto& origin : line.origins) {
    origins.push_back(fmt::format("{{\"line\":{},\"what\":{},\"value\":{}}}", origin.line, json_quoted(origin.what), json_quoted(origin.value)));
  }
  return fmt::format("{{\"path\":{},\"map\":{},\"called\":{},\"origins\":{}}}", json_quoted(line.path), json_quoted(line.map), json_quoted(line.called), list(origins));
}

}  // namespace

Trace trace(const mapping::Map& map, const Document& document, const mapping::Context& context) {
  Recorder recorder(map, document);
  Trace made;
  made.mapped = mapping::run(map, document, context, {}, &recorder);
  if (!made.mapped.ok()) return made;
  const auto outputs = map.splits() ? made.mapped.messages : std::vector<std::string>{made.mapped.xml};
  recorder.messages.resize(outputs.size());   // a stylesheet leaves no trace
  for (std::size_t i = 0; i < outputs.size(); ++i) made.messages.push_back(print(outputs[i], recorder.messages[i]));
  return made;
}

std::string render(const Trace& trace, const std::string& file) {
  std::string out;
  for (std::size_t i = 0; i < trace.messages.size(); ++i) {
    if (trace.messages.size() > 1) out += fmt::format("{}message {}\n", i ? "\n" : "", i + 1);
    std::size_t column = 0;
    for (const auto& line : trace.messages[i].lines) {
      if (const auto width = schema::length_of(line.text); width <= widest) column = std::max(column, width);
    }
    for (const auto& line : trace.messages[i].lines) {
      out += line.text;
      if (!line.map.empty()) {
        const auto width = schema::length_of(line.text);
        out += std::string(width < column ? column - width : 0, ' ') + "  <- " + line.map;
        if (!line.called.empty()) out += " called at " + line.called.substr(line.called.find(':'));
        for (std::size_t k = 0; k < line.origins.size(); ++k) out += (k ? ", " : "  ") + told(line.origins[k], short_name(file));
      }
      out += '\n';
    }
  }
  return out;
}

std::string render_findings(const mapping::Mapped& mapped, const std::string& file) {
  std::string out;
  for (std::size_t i = 0; i < mapped.findings.size(); ++i) {
    const auto& finding = mapped.findings[i];
    out += fmt::format("{}[{}]: {}\n  {}:{}:{} {}\n", to_string(finding.severity), finding.code, finding.message, file, finding.line, finding.column, finding.path);
    if (!finding.found.empty()) out += fmt::format("    found: {}\n", finding.found);
    if (i < mapped.origins.size() && !mapped.origins[i].file.empty()) {
      out += fmt::format("  {}:{}:{} says so\n", short_name(mapped.origins[i].file), mapped.origins[i].line, mapped.origins[i].column);
    }
  }
  return out;
}

std::string render_json(const Trace& trace, const std::string& file) {
  std::vector<std::string> messages, findings;
  for (const auto& message : trace.messages) {
    std::vector<std::string> nodes;
    for (const auto& line : message.lines) {
      if (!line.path.empty()) nodes.push_back(json(line));
    }
    messages.push_back(list(nodes));
  }
  for (std::size_t i = 0; i < trace.mapped.findings.size(); ++i) {
    const auto& finding = trace.mapped.findings[i];
    const auto origin = i < trace.mapped.origins.size() ? trace.mapped.origins[i] : mapping::TextAt{};
    findings.push_back(fmt::format("{{\"code\":{},\"severity\":{},\"line\":{},\"column\":{},\"path\":{},\"message\":{},\"map\":{}}}", json_quoted(finding.code),
                                   json_quoted(to_string(finding.severity)), finding.line, finding.column, json_quoted(finding.path),
                                   json_quoted(finding.message), json_quoted(fmt::format("{}:{}", short_name(origin.file), origin.line))));
  }
  return fmt::format("{{\"document\":{},\"status\":{},\"messages\":{},\"findings\":{}}}\n", json_quoted(file),
                     trace.mapped.ok() ? "\"mapped\"" : "\"refused\"", list(messages), list(findings));
}

}  // namespace wayleave::desk
