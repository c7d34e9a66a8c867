#include "mapping/parse_expression.hpp"

// Text of a template with expressions in it:
//
//   text       (character | '{{' | '}}' | '{' expr '}')*
//
// A brace inside a string of the expression is the string's.
namespace wayleave::mapping {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// One blank for white space that holds a line end, so that a text may be broken where the map needs it.
std::string join_lines(std::string_view text) {
  std::string joined;
  for (std::size_t i = 0; i < text.size();) {
    auto end = i;
    while (end < text.size() && is_blank(text[end])) ++end;
    auto blanks = text.substr(i, end - i);
    if (blanks.find('\n') != std::string_view::npos) joined += ' ';
    else joined += blanks;
    if (end < text.size()) joined += text[end++];
    i = end;
  }
  return joined;
}

class TemplateParser {
 public:
  TemplateParser(const Fragment& fragment, bool trim, Reporter& reporter)
      : fragment_(fragment), text_(fragment.text), trim_(trim), reporter_(reporter) {}

  TextTemplate parse(std::size_t begin, std::size_t end) {
    if (trim_) {
      while (begin < end && is_blank(text_[begin])) ++begin;
      while (end > begin && is_blank(text_[end - 1])) --end;
    }
    template_.span = fragment_.span(begin, end);
    literal_begin_ = begin;
    std::size_t i = begin;
    while (i < end) {
      if (text_[i] == '{' && i + 1 < end && text_[i + 1] == '{') {
        literal_ += '{';
        i += 2;
      } else if (text_[i] == '}') {
        if (i + 1 >= end || text_[i + 1] != '}') {
          auto& finding = reporter_.error("M011", fragment_.span(i, i + 1), "this brace closes nothing");
          finding.fix = "write }} for the character itself";
          ++i;
          continue;
        }
        literal_ += '}';
        i += 2;
      } else if (text_[i] == '{') {
        i = expression(i, end);
      } else {
        literal_ += text_[i++];
      }
    }
    flush(end);
    return std::move(template_);
  }

 private:
  std::size_t expression(std::size_t open, std::size_t end) {
    auto close = closing_brace(text_, open + 1, end);
    if (close == std::string_view::npos) {
      auto& finding = reporter_.error("M011", fragment_.span(open, open + 1), "this brace is not closed");
      finding.fix = "close it with }, or write {{ for the character itself";
      return end;
    }
    flush(open);
    auto expr = parse_expression(fragment_, open + 1, close, reporter_);
    if (expr) {
      TextTemplate::Part part;
      part.span = fragment_.span(open, close + 1);
      part.expression = std::move(expr);
      template_.parts.push_back(std::move(part));
    }
    literal_begin_ = close + 1;
    return close + 1;
  }

  void flush(std::size_t end) {
    if (!literal_.empty()) {
      TextTemplate::Part part;
      part.literal = trim_ ? join_lines(literal_) : std::move(literal_);
      part.span = fragment_.span(literal_begin_, end);
      template_.parts.push_back(std::move(part));
    }
    literal_.clear();
    literal_begin_ = end;
  }

  const Fragment& fragment_;
  std::string_view text_;
  bool trim_;
  Reporter& reporter_;
  TextTemplate template_;
  std::string literal_;
  std::size_t literal_begin_ = 0;
};

}  // namespace

std::size_t closing_brace(std::string_view text, std::size_t i, std::size_t end) {
  char quote = 0;
  for (; i < end; ++i) {
    if (quote) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '\'' || text[i] == '"') {
      quote = text[i];
    } else if (text[i] == '}') {
      return i;
    } else if (text[i] == '{') {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

TextTemplate parse_template(const Fragment& fragment, std::size_t begin, std::size_t end, bool trim, Reporter& reporter) {
  return TemplateParser(fragment, trim, reporter).parse(begin, end);
}

TextTemplate parse_template(const Fragment& fragment, bool trim, Reporter& reporter) {
  return parse_template(fragment, 0, fragment.text.size(), trim, reporter);
}

}  // namespace wayleave::mapping
