#include "mapping/functions.hpp"
#include "mutation.hpp"

// Brackets, quotes and braces that do not match, arguments that are missing or too many, tags that are not closed.
namespace mutations {

using namespace wayleave;
using namespace wayleave::mapping;

namespace {

class Syntax {
 public:
  Syntax(const Subject& subject, Collector& into) : subject_(subject), into_(into) {}

  void run() {
    for (const auto& use : subject_.uses()) {
      if (!use->parent) brackets(*use);
      if (use->expr->op == Expr::Op::call && !use->expr->args.empty()) arguments(*use->expr);
    }
    for (const auto& placed : subject_.nodes()) {
      for (const auto& attribute : placed.node->attributes) braces(attribute.value);
      if (placed.node->text) braces(*placed.node->text);
    }
    for (const auto& tag : subject_.markup().tags()) markup(tag);
  }

 private:
  void without(const std::string& kind, Offset at, std::size_t variant = 0) {
    const Range range{at, at + 1};
    into_.add(kind, std::string(subject_.at({at > 12 ? at - 12 : 0, at + 12, 0})) + " without its " + std::string(slice(subject_.text(), range)),
              {{range, ""}}, {range}, variant);
  }

  // One of every pair in an expression, outside of its texts.
  void brackets(const Use& use) {
    char quote = 0;
    for (auto at = use.expr->span.begin; at < use.expr->span.end; ++at) {
      const char c = subject_.text()[at];
      if (quote) {
        if (c != quote) continue;
        quote = 0;
        without("quote-dropped", at);
      } else if (c == '\'' || c == '"') {
        quote = c;
        without("quote-dropped", at);
      } else if (c == '(' || c == ')' || c == '[' || c == ']') {
        without("bracket-dropped", at);
      }
    }
  }

  void braces(const TextTemplate& text) {
    for (const auto& part : text.parts) {
      if (!part.expression) continue;
      without("brace-dropped", part.span.begin);
      without("brace-dropped", part.span.end - 1);
    }
  }

  void arguments(const Expr& expr) {
    const auto& known = signature(expr.function);
    const auto& last = *expr.args.back();
    if (expr.args.size() == known.min_arguments) {
      const auto begin = expr.args.size() == 1 ? last.span.begin : expr.args[expr.args.size() - 2]->span.end;
      into_.add("argument-dropped", expr.text, {{{begin, last.span.end}, ""}}, {{expr.span.begin, expr.span.end}});
    } else {
      into_.legal("argument-dropped", "the last argument may be left out");
    }
    if (expr.args.size() == known.max_arguments) {
      into_.add("argument-added", expr.text, {{{last.span.end, last.span.end}, ",'x'"}}, {{expr.span.begin, expr.span.end}});
    }
    if (expr.args.size() > 1) {
      const auto comma = static_cast<Offset>(subject_.text().find(',', expr.args[0]->span.end));
      into_.add("comma-dropped", expr.text, {{{comma, comma + 1}, " "}}, {{expr.span.begin, expr.span.end}});
    }
  }

  void markup(const Tag& tag) {
    if (!tag.parent) return;
    if (!tag.closing_name.empty()) {
      const Range closing{tag.closing_name.begin - 2, tag.whole.end};
      // A reader sees it where the element around it ends.
      std::vector<Range> places{tag.opening_name, closing, tag.parent->closing_name};
      // The end tag of an outer element of that name closes it, and the outer one stays open.
      for (const auto* outer = tag.parent; outer->parent; outer = outer->parent) {
        if (outer->name == tag.name) places.insert(places.end(), {outer->opening_name, outer->parent->closing_name});
      }
      into_.add("end-tag-dropped", std::string(tag.name), {{closing, ""}}, places);
    }
    const Range end{tag.start.end - 1, tag.start.end};
    // It goes on until something comes that cannot stand in a tag: the next one at the latest.
    into_.add("tag-unfinished", std::string(tag.name), {{end, ""}}, {{tag.start.begin, static_cast<Offset>(subject_.text().find('<', tag.start.end))}});
  }

  const Subject& subject_;
  Collector& into_;
};

}  // namespace

void break_syntax(const Subject& subject, Collector& into) { Syntax(subject, into).run(); }

}  // namespace mutations
