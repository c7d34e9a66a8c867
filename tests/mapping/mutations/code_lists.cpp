#include <algorithm>

#include "flow.hpp"
#include "mutation.hpp"

// Code lists: rows that are missing, go to nothing or stand twice.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

class Lists {
 public:
  Lists(const Subject& subject, Collector& into) : subject_(subject), into_(into), flow_(subject) {}

  void run() {
    for (const auto& codes : subject_.map().codes) {
      for (const auto& [path, text] : subject_.files()) {
        const auto name = codes.href.text.starts_with("./") ? codes.href.text.substr(1) : "/" + codes.href.text;
        if (!codes.href.text.empty() && path.ends_with(name)) file(codes.name, path, text);
      }
    }
  }

 private:
  void file(const std::string& name, const std::string& path, const std::string& text) {
    const Markup markup(text);
    const auto looked_up = look_ups(name);
    const CodeList* list = nullptr;
    for (const auto* use : looked_up) list = use->expr->codes.get();
    const auto& root = markup.tags().front();
    if (const auto* unknown = root.attribute("unknown")) add("list-unknown", path, {{unknown->value_at, "perhaps"}}, {unknown->value_at}, {});
    if (!list) return;
    for (const auto* tag : root.children) row(*list, *tag, path, text, looked_up);
  }

  std::vector<const Use*> look_ups(const std::string& name) const {
    std::vector<const Use*> found;
    for (const auto& use : subject_.uses()) {
      const auto& expr = *use->expr;
      if (expr.op == Expr::Op::call && expr.function == Function::code && expr.args[1]->text == name) found.push_back(use.get());
    }
    return found;
  }

  void add(const std::string& kind, const std::string& path, std::vector<Edit> edits, std::vector<Range> in_file, const std::vector<const Use*>& uses,
           std::size_t variant = 0) {
    Mutation mutation;
    mutation.kind = kind;
    mutation.what = path.substr(path.rfind('/') + 1) + ": " + edits.front().text;
    mutation.edits[path] = std::move(edits);
    for (const auto& range : in_file) mutation.places.push_back({range, path});
    for (const auto* use : uses) mutation.places.push_back({range_of(*use), ""});
    mutation.variant = variant;
    into_.add(std::move(mutation));
  }

  void row(const CodeList& list, const Tag& tag, const std::string& path, const std::string& text, const std::vector<const Use*>& uses) {
    const auto* from = tag.attribute("from");
    const auto* to = tag.attribute("to");
    if (!from || !to) return;
    removed(list, tag, path, text, uses);
    misdirected(tag, path, std::string(slice(text, to->value_at)), to->value_at, uses);
    const Range behind{tag.whole.end, tag.whole.end};
    add("row-duplicated", path, {{behind, std::string(slice(text, tag.whole))}}, {tag.opening_name, behind}, {});
    for (const auto* attribute : {from, to}) {
      add("row-attribute", path, {{attribute->name_at, std::string(attribute->name) + "s"}}, {tag.start}, {});
      add("row-attribute", path, {{attribute->whole, ""}}, {tag.start}, {}, 1);
    }
    const auto& siblings = tag.parent->children;
    if (list.both_ways && siblings.size() > 1) {
      const auto* other = siblings.front() == &tag ? siblings.back() : siblings.front();
      const auto* target = other->attribute("to");
      add("row-not-invertible", path, {{to->value_at, std::string(slice(text, target->value_at))}}, {tag.start, other->start}, {});
    }
  }

  void removed(const CodeList& list, const Tag& tag, const std::string& path, const std::string& text, const std::vector<const Use*>& uses) {
    const std::string kind = "row-removed";
    const auto code = slice(text, tag.attribute("from")->value_at);
    if (list.unknown != CodeList::Unknown::reject) return into_.legal(kind, "the list says what becomes of what it does not know");
    std::vector<const Use*> surprised;
    for (const auto* use : uses) {
      const auto* values = use->expr->args[0]->type.values;
      if (values && std::find(values->begin(), values->end(), code) != values->end() && !handled(*use) && !guarded(*use)) surprised.push_back(use);
    }
    if (surprised.empty()) return into_.legal(kind, "the schema does not list the source's codes, or the map says what then");
    add(kind, path, {{tag.whole, blank(slice(text, tag.whole))}}, {tag.whole, tag.parent->start}, surprised);
  }

  // require() or default() around it say what then; a condition asks no more.
  static bool handled(const Use& use) {
    for (const auto* at = &use; at; at = at->parent) {
      if (!at->parent) return at->origin.role == Origin::Role::condition || at->origin.role == Origin::Role::message;
      const auto& parent = *at->parent->expr;
      if (parent.op != Expr::Op::call) continue;
      if (parent.function == Function::require || parent.function == Function::exists) return true;
      if (parent.function == Function::default_ && at->argument + 1 < parent.args.size()) return true;
    }
    return false;
  }

  // m:if="in-list(What,'status')" on the element or on one around it.
  bool guarded(const Use& use) const {
    const auto& args = use.expr->args;
    const auto asked = "in-list(" + std::string(subject_.at({args[0]->span.begin, args[1]->span.end, 0}));
    for (const auto* tag = use.origin.node ? subject_.tag(*use.origin.node) : nullptr; tag; tag = tag->parent) {
      for (const auto& attribute : tag->attributes) {
        if ((attribute.name == "m:if" || attribute.name == "test") && slice(subject_.text(), attribute.value_at).find(asked) != std::string_view::npos) return true;
      }
    }
    return false;
  }

  void misdirected(const Tag& tag, const std::string& path, const std::string& to, Range at, const std::vector<const Use*>& uses) {
    const std::string kind = "row-misdirected";
    std::size_t variant = 0;
    for (const auto& typo : typos(to)) {
      std::vector<const Use*> wrong;
      for (const auto* use : uses) {
        const auto destination = flow_.destination(*use);
        if (!Flow::arrives(*use) || !destination.single || destination.type == schema::none) continue;
        if (!schema::diagnose_value(subject_.target(), destination.type, typo).empty()) wrong.push_back(use);
      }
      if (wrong.empty()) into_.legal(kind, "the target takes any text");
      else add(kind, path, {{at, typo}}, {tag.start}, wrong, variant++);
    }
  }

  const Subject& subject_;
  Collector& into_;
  Flow flow_;
};

}  // namespace

void break_codes(const Subject& subject, Collector& into) { Lists(subject, into).run(); }

}  // namespace mutations
