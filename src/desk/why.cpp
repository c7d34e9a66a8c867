#include "desk/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/nearest.hpp"
#include "desk/output_path.hpp"
#include "desk/phrase.hpp"
#include "mapping/overlay.hpp"

namespace wayleave::desk {
namespace {

using mapping::TemplateAttribute;
using mapping::TemplateNode;
using mapping::Watched;
using Kind = TemplateNode::Kind;

constexpr std::size_t most_events = 1'000;
constexpr std::size_t shown_events = 6;    // of one writer, in text

std::string joined(const std::vector<std::string>& sentences, std::string_view otherwise) {
  if (sentences.empty()) return std::string(otherwise);
  return fmt::format("{}", fmt::join(sentences, "; "));
}

// Follows a run along the chains and keeps what decides about them.
class Listener : public mapping::Observer {
 public:
  Listener(const mapping::Map& map, const Document& document, const std::vector<Chain>& chains)
      : origins_(map, document), chains_(chains), events_(chains.size()) {}

  std::vector<std::vector<Why::Event>> take() { return std::move(events_); }
  const Origins& origins() const { return origins_; }

  void enter(const Watched& at) override {
    open_.push_back(&at.node);
    turn_[&at.node] = 0;
  }
  void leave(const Watched& at) override {
    open_.pop_back();
    if (at.node.kind == Kind::let) origins_.remember(at);
  }
  void turned(const Watched& at) override { turn_[&at.node] = at.frame.position; }

  void judged(const Watched& at, bool holds) override {
    if (holds && at.node.kind == Kind::when) return other_branch(at);
    if (holds) return;
    const auto test = fmt::format("{} {} is false", at.node.kind == Kind::when ? "m:when" : "m:if", written(*at.node.condition));
    tell(at, [&](std::size_t) { return sentence(test, origins_.seen(*at.node.condition, at)); });
  }
  void looped(const Watched& at, std::size_t count) override {
    const auto items = [&](std::size_t chain) { return chains_[chain].links[open_.size() - 1].number; };
    if (count > 0) {
      return tell(at, [&](std::size_t chain) {
        return items(chain) > count ? fmt::format("{} has only {} item{}", written(*at.node.each), count, count > 1 ? "s" : "") : std::string();
      });
    }
    tell(at, [&](std::size_t) {
      return sentence(fmt::format("{} has no items", written(*at.node.each)), origins_.why_absent(*at.node.each, at));
    });
  }
  void called(const Watched& at, bool there) override {
    if (there) return;
    tell(at, [&](std::size_t) { return sentence(fmt::format("m:with {} selects nothing", written(*at.node.with)), origins_.why_absent(*at.node.with, at)); });
  }
  void left_out(const Watched& at, std::size_t) override {
    tell(at, [&](std::size_t chain) -> std::string {
      if (!is_last(chain) || chains_[chain].attribute) return taken_back(at, chain);
      if (at.node.text) return "left out: " + joined(origins_.why_absent(*at.node.text, at), "its value is empty");
      if (!at.node.has_content && !at.node.attributes.empty()) return "left out: " + joined(of_attributes(at), "none of its attributes has a value");
      return "left out: nothing in it has a value";
    });
  }
  void left_out(const Watched& at, const TemplateAttribute& attribute) override {
    tell_attribute(at, attribute, false, [&] { return "left out: " + joined(origins_.why_absent(attribute.value, at), "its value is empty"); });
  }
  void missed(const Watched& at, const TemplateAttribute* attribute) override {
    const auto& text = attribute ? attribute->value : *at.node.text;
    const auto say = [&] { return "mandatory for the target, and without a value: " + joined(origins_.why_absent(text, at), "its value is empty"); };
    if (attribute) tell_attribute(at, *attribute, false, say);
    else tell(at, [&](std::size_t chain) { return is_last(chain) && !chains_[chain].attribute ? say() : std::string(); });
  }
  void wrote(const Watched& at, std::size_t, std::size_t) override {
    tell(at, [&](std::size_t chain) {
      if (!is_last(chain) || chains_[chain].attribute) return std::string();
      return at.node.text ? value(*at.node.text, at) : std::string("written");
    }, true);
  }
  void wrote(const Watched& at, const TemplateAttribute& attribute, std::size_t, std::size_t) override {
    tell_attribute(at, attribute, true, [&] { return value(attribute.value, at); });
  }
  void copied(const Watched& at, const mapping::Item& item, std::size_t, std::size_t) override {
    if (item.document && item.document->parent(item.node) != at.frame.item.node && item.node != at.frame.item.node) return;
    tell(at, [&](std::size_t) { return "copied from " + origins_.of(item).what; }, true);
  }

 private:
  bool is_last(std::size_t chain) const { return chains_[chain].links.size() == open_.size(); }

  // Whether the run is on this chain, on the items that were asked for; `off`: its last step is not counted.
  bool on(const Chain& chain, std::size_t off = 0) const {
    if (open_.size() - off > chain.links.size()) return false;
    for (std::size_t i = 0; i + off < open_.size(); ++i) {
      if (open_[i] != chain.links[i].node) return false;
      const auto turn = turn_.at(open_[i]);
      if (chain.links[i].number && turn && turn != chain.links[i].number) return false;
    }
    return true;
  }

  template <class Say>
  void tell(const Watched& at, Say&& say, bool written = false) {
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      if (on(chains_[i])) keep(at, i, say(i), written);
    }
  }

  template <class Say>
  void tell_attribute(const Watched& at, const TemplateAttribute& attribute, bool written, Say&& say) {
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      if (chains_[i].attribute == &attribute && on(chains_[i])) keep(at, i, say(), written);
    }
  }

  void keep(const Watched& at, std::size_t chain, std::string sentence, bool written) {
    if (sentence.empty() || events_[chain].size() >= most_events) return;
    const auto origin = origins_.of(at.frame.item);
    events_[chain].push_back({origin.line, origin.what, origins_.place(at.node.span), std::move(sentence), written});
  }

  // A m:when that holds takes the way from the branches after it.
  void other_branch(const Watched& at) {
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      const auto& links = chains_[i].links;
      if (!on(chains_[i], 1) || links.size() < open_.size() || links[open_.size() - 1].node == &at.node) continue;
      if (open_.size() < 2 || open_[open_.size() - 2]->kind != Kind::choose) continue;
      keep(at, i, sentence(fmt::format("m:when {} is true, so that branch was taken", written(*at.node.condition)), origins_.seen(*at.node.condition, at)), false);
    }
  }

  // Something around it turns out to hold nothing: what was written in it is gone.
  std::string taken_back(const Watched& at, std::size_t chain) {
    auto& events = events_[chain];
    if (events.empty() || !events.back().written) return {};
    events.pop_back();
    return fmt::format("written, and left out again with {}, in which nothing has a value", at.node.name);
  }

  std::vector<std::string> of_attributes(const Watched& at) {
    std::vector<std::string> all;
    for (const auto& attribute : at.node.attributes) {
      for (auto& reason : origins_.why_absent(attribute.value, at)) all.push_back(std::move(reason));
    }
    return all;
  }

  std::string value(const mapping::TextTemplate& text, const Watched& at) {
    const auto absent = origins_.why_absent(text, at);
    if (!absent.empty()) return "written empty, for the target does not do without: " + joined(absent, "");
    std::vector<std::string> from;
    for (const auto& origin : origins_.of(text, at)) from.push_back(origin.line ? fmt::format("{} (line {})", origin.what, origin.line) : origin.what);
    return from.empty() ? "written" : "written, from " + joined(from, "");
  }

  static std::string sentence(std::string what, const std::vector<std::string>& because) {
    return because.empty() ? what : what + ": " + joined(because, "");
  }

  Origins origins_;
  const std::vector<Chain>& chains_;
  std::vector<std::vector<Why::Event>> events_;
  std::vector<const TemplateNode*> open_;
  std::map<const TemplateNode*, std::uint32_t> turn_;
};

std::string called_at(const Chain& chain, const Origins& origins) {
  for (auto link = chain.links.size(); link-- > 1;) {
    if (chain.links[link - 1].node->definition) return origins.place(chain.links[link - 1].node->span);
  }
  return {};
}

void nobody_writes(const mapping::Map& map, Why& made) {
  if (map.impl().tree->root->kind == Kind::xslt) {
    made.note = "a stylesheet writes all of this map's output";
    return;
  }
  const auto near = nearest(made.path, mapping::addresses(*map.impl().tree));
  made.note = fmt::format("nothing in the map writes {}{}", made.path, near.empty() ? "" : "; nearest is " + near);
}

std::string list(const std::vector<std::string>& items) { return "[" + fmt::format("{}", fmt::join(items, ",")) + "]"; }

}  // namespace

Why why(const mapping::Map& map, const Document& document, const mapping::Context& context, const std::string& path) {
  Why made;
  const auto wanted = parse_output_path(path, map);
  made.path = wanted.steps.empty() ? path : wanted.text();
  if (auto none = no_path_of_target(wanted, map)) {
    made.known = false;
    made.note = std::move(*none);
    return made;
  }
  const auto chains = chains_to(wanted, map);
  if (chains.empty()) nobody_writes(map, made);
  Listener listener(map, document, chains);
  made.mapped = mapping::run(map, document, context, {}, &listener);
  auto events = listener.take();
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const auto span = chains[i].attribute ? chains[i].attribute->name_span : chains[i].links.back().node->span;
    made.writers.push_back({listener.origins().place(span), called_at(chains[i], listener.origins()), std::move(events[i])});
  }
  return made;
}

std::string render(const Why& why, const std::string& file) {
  std::string out = why.path + "\n";
  if (!why.note.empty()) out += "  " + why.note + "\n";
  const auto name = file.substr(file.find_last_of('/') + 1);
  for (const auto& writer : why.writers) {
    out += "  " + writer.map + (writer.called.empty() ? "" : " called at " + writer.called.substr(writer.called.find(':'))) + "\n";
    if (writer.events.empty()) out += "    the map did not come here\n";
    for (std::size_t i = 0; i < writer.events.size() && i < shown_events; ++i) {
      const auto& event = writer.events[i];
      const auto where = event.line ? fmt::format("{}:{} {}", name, event.line, event.path) : event.path;
      out += fmt::format("    {}: {}{}\n", where, event.sentence, event.map == writer.map ? "" : " (" + event.map + ")");
    }
    if (writer.events.size() > shown_events) {
      const auto written = std::count_if(writer.events.begin(), writer.events.end(), [](const auto& e) { return e.written; });
      out += fmt::format("    and so on: {} times in all, {} of them written\n", writer.events.size(), written);
    }
  }
  return out;
}

std::string render_json(const Why& why, const std::string& file) {
  std::vector<std::string> writers;
  for (const auto& writer : why.writers) {
    std::vector<std::string> events;
    for (const auto& event : writer.events) {
      events.push_back(fmt::format("{{\"line\":{},\"path\":{},\"map\":{},\"written\":{},\"sentence\":{}}}", event.line, json_quoted(event.path),
                                   json_quoted(event.map), event.written, json_quoted(event.sentence)));
    }
    writers.push_back(fmt::format("{{\"map\":{},\"called\":{},\"events\":{}}}", json_quoted(writer.map), json_quoted(writer.called), list(events)));
  }
  return fmt::format("{{\"document\":{},\"path\":{},\"known\":{},\"note\":{},\"writers\":{}}}\n", json_quoted(file), json_quoted(why.path), why.known,
                     json_quoted(why.note), list(writers));
}

}  // namespace wayleave::desk
