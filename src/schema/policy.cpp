#include <charconv>
#include <filesystem>

#include "schema/closure.hpp"
#include "schema/pattern.hpp"

namespace wayleave::schema {

namespace {

// Xerces writes out every bounded repetition of a group; beyond this many copies compiling takes minutes or all memory.
constexpr std::uint64_t max_copies = 5000;

bool is_group(const SourceFile& source, SourceFile::Index i) {
  return source.is(i, "sequence") || source.is(i, "choice") || source.is(i, "all") || source.is(i, "group");
}

/// A finite maxOccurs; 1 when absent or unbounded, saturated when it has too many digits.
std::uint64_t finite_max(const SourceFile& source, SourceFile::Index i) {
  const auto text = source.value(i, "maxOccurs");
  if (text.empty() || text == "unbounded") return 1;
  std::uint64_t value = 1;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec == std::errc::result_out_of_range) return UINT64_MAX;
  return ec == std::errc() ? value : 1;
}

std::uint64_t times(std::uint64_t a, std::uint64_t b) { return a != 0 && b > UINT64_MAX / a ? UINT64_MAX : a * b; }

class Policy {
 public:
  Policy(const std::string& path, const SourceFile& source, Findings& findings)
      : path_(path), source_(source), findings_(findings) {}

  void run() {
    if (const auto at = source_.external_dtd()) {
      add("S903", at, "", "The schema file refers to a DTD or entity in another file.",
          "remove SYSTEM or PUBLIC and what follows it from the DOCTYPE; declarations in [ ] may stay");
    }
    for (SourceFile::Index i = 0; i < source_.size(); ++i) {
      if (source_.is(i, "pattern")) pattern(i);
      else if (source_.is(i, "complexType") || source_.is(i, "group")) definition(i);
    }
  }

 private:
  void add(const char* code, std::uint32_t offset, std::string found, std::string message, std::string fix) {
    findings_.push_back(schema_finding(code, path_, source_, offset, std::move(found), std::move(message), std::move(fix)));
  }

  void pattern(SourceFile::Index i) {
    const auto* value = source_.attribute(i, "value");
    if (!value || !is_ambiguous_pattern(value->value)) return;
    add("S901", value->offset, value->value,
        "The pattern " + value->value + " repeats a part that can already repeat itself; checking a value against it may take for ever.",
        "say it with one repetition: (a+)+ is a+, ([A-Z]+-?)* is ([A-Z]+(-[A-Z]+)*-?)?");
  }

  /// A repetition of anything but a plain element inside a definition makes Xerces write out the elements' own
  /// repetitions too.
  bool has_repeated_group(SourceFile::Index i) const {
    for (auto c = source_.node(i).child; c != SourceFile::none; c = source_.node(c).next) {
      if (source_.is(c, "element") || source_.is(c, "annotation")) continue;
      const bool repeats = is_group(source_, c) &&
        ((source_.attribute(c, "maxOccurs") && source_.value(c, "maxOccurs") != "1") ||
         (source_.attribute(c, "minOccurs") && source_.value(c, "minOccurs") != "1"));
      if (repeats || has_repeated_group(c)) return true;
    }
    return false;
  }

  void definition(SourceFile::Index i) {
    const auto parent = source_.node(i).parent;
    if (source_.is(i, "group") && parent != 0) return;   // a reference, judged where it stands
    particles(i, 1, has_repeated_group(i));
  }

  void particles(SourceFile::Index parent, std::uint64_t outer, bool written_out) {
    for (auto i = source_.node(parent).child; i != SourceFile::none; i = source_.node(i).next) {
      const bool group = is_group(source_, i);
      const bool wildcard = source_.is(i, "any");
      const bool element = source_.is(i, "element");
      if (!group && !wildcard && !element) {
        if (!source_.is(i, "complexType") && !source_.is(i, "annotation")) particles(i, outer, written_out);
        continue;
      }
      const auto own = finite_max(source_, i);
      const auto all = times(outer, own);
      if (own > 1 && all > max_copies && (group || wildcard || written_out)) {
        const auto* at = source_.attribute(i, "maxOccurs");
        add("S902", at->offset, at->value,
            element ? "An element beside a repeated group may occur at most " + std::to_string(max_copies) +
                        " times, or without limit: every repetition is written out when the schema is compiled."
                    : "A " + source_.node(i).local + " may be repeated at most " + std::to_string(max_copies) +
                        " times, or without limit" + (outer > 1 ? " (here " + at->value + " times within another repetition)" : "") + ".",
            "write maxOccurs=\"unbounded\"");
      } else if (group) {
        particles(i, all, written_out);
      }
    }
  }

  const std::string& path_;
  const SourceFile& source_;
  Findings& findings_;
};

}  // namespace

void lint_policy(const std::string& path, const SourceFile& source, Findings& findings) {
  Policy(path, source, findings).run();
}

}  // namespace wayleave::schema
