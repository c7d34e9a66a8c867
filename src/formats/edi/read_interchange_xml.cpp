#include <algorithm>
#include <cstdio>
#include <set>
#include <span>

#include "base/utf8.hpp"
#include "formats/edi/interchange_xml.hpp"
#include "formats/edi/read_interchange_xml.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::edi {
namespace {

using Index = Document::Index;
using namespace envelope;

/// Dates and times of an envelope.
struct Stamp {
  std::string date8, date6, time;
};

Stamp stamp_of(Time now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::minutes>(now - day)};
  char text[32];
  std::snprintf(
      text, sizeof text, "%04d%02u%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day())
  );
  Stamp out{text, text + 2, {}};
  std::snprintf(
      text, sizeof text, "%02d%02d", static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count())
  );
  out.time = text;
  return out;
}

class FromXml {
 public:
  FromXml(const Document& document, const Guides& guides, const XmlWriteOptions& options, std::string& out)
      : document_(document), guides_(guides), policy_(options.policy), stamp_(stamp_of(options.now)), out_(out) {}

  Findings run() {
    if (local(0) == "interchange")
      interchange(0);
    else
      each(0, [&](Index i) { interchange(i); });
    return std::move(findings_);
  }

 private:
  std::string_view local(Index i) const { return document_.local_name(document_.node(i).name); }

  template <class Use>
  void each(Index parent, const Use& use) const {
    for (auto i = document_.first_child(parent); i != Document::none; i = document_.next(i)) use(i);
  }

  const Document::Attribute* attribute_of(Index i, std::string_view name) const {
    const auto* all = document_.attributes(i);
    for (std::uint16_t a = 0; a < document_.node(i).attribute_count; ++a)
      if (document_.local_name(all[a].name) == name && document_.namespace_of(all[a].name).empty()) return &all[a];
    return nullptr;
  }
  std::optional<std::string_view> given(Index i, std::string_view name) const {
    const auto* attribute = attribute_of(i, name);
    return attribute ? std::optional(document_.text(*attribute)) : std::nullopt;
  }
  std::string value(Index i, std::string_view name, std::string_view otherwise = {}) const {
    return std::string(given(i, name).value_or(otherwise));
  }
  bool yes(Index i, std::string_view name) const {
    const auto text = given(i, name);
    return text == "true" || text == "1";
  }

  void fault(Index node, std::string code, std::string message, std::string expected, std::string fix) {
    fault_at(
        node, document_.node(node).source, {}, std::move(code), std::move(message), std::move(expected), std::move(fix)
    );
  }
  Finding& fault_at(
      Index node, std::uint32_t offset, std::string_view attribute, std::string code, std::string message,
      std::string expected, std::string fix
  ) {
    Finding f;
    f.code = std::move(code);
    const auto at = document_.position(offset);
    f.line = at.line;
    f.column = at.column;
    f.path = document_.path(node);
    if (!attribute.empty()) f.path.append("/@").append(attribute);
    f.message = std::move(message);
    f.expected = std::move(expected);
    f.fix = std::move(fix);
    findings_.push_back(std::move(f));
    return findings_.back();
  }

  /// At the value of an attribute; at the element where it has no such attribute.
  void wrong(
      Index node, std::string_view name, std::string code, std::string message, std::string expected, std::string fix
  ) {
    if (findings_.size() >= 100) return;
    const auto* attribute = attribute_of(node, name);
    auto offset = document_.node(node).source;
    if (attribute && attribute->source) {
      const auto quote = document_.source().find_first_of("\"'", attribute->source);
      offset = quote == std::string_view::npos ? attribute->source : static_cast<std::uint32_t>(quote + 1);
    }
    auto& f = fault_at(node, offset, name, std::move(code), std::move(message), std::move(expected), std::move(fix));
    if (!attribute) return;
    f.found = document_.text(*attribute);
    f.length = length_of(f.found);
  }

  static std::uint32_t length_of(std::string_view text) { return measure(Form::text, text, true, false).length; }

  /// What a data element of an envelope has, the XML's or the writer's own, by what it may have: nothing is cut or made
  /// blank.
  void judge(Index node, const Field& field, std::string_view value, std::uint32_t most = 0) {
    if (most == 0) most = field.most;
    const std::string name(field.attribute), place(field.place);
    if (!attribute_of(node, name)) {
      if (field.made || (field.form == Field::Form::text && !value.empty())) return;
      if (value.empty()) {
        wrong(
            node, name, "X130",
            std::string(local(node)) + " must have the attribute " + name + ": " + place + " cannot be empty.",
            field.form == Field::Form::text ? "a value" : std::string(looks(field)), std::string(field.fix)
        );
        return;
      }
    }
    const auto length = length_of(value);
    const auto count = [](std::uint32_t n, const char* of = " character") {
      return std::to_string(n) + of + (n == 1 ? "" : "s");
    };
    const auto most_of = count(most, field.form == Field::Form::number ? " digit" : " character");
    const auto limits = field.least == most ? most_of
                        : field.least == 0  ? "at most " + most_of
                                            : std::to_string(field.least) + " to " + most_of;
    const auto words = std::string(looks(field));
    const auto expected = words.empty() ? limits : field.form == Field::Form::code ? limits + ", " + words : words;
    const auto fail = [&](const char* code, const std::string& message) {
      wrong(node, name, code, name + " " + message, expected, std::string(field.fix));
    };
    if (field.least > 0 && value.find_first_not_of(' ') == value.npos)
      return fail("X204", "is empty; " + place + " cannot be.");
    const bool dated = field.form == Field::Form::date || field.form == Field::Form::time;
    const bool misfits = length < field.least || length > most;
    if (misfits && !dated) return fail("X204", "has " + count(length) + "; " + place + " has " + limits + ".");
    if (misfits || !has_form(field.form, value)) {
      const char* code = field.form == Field::Form::date ? "X201" : field.form == Field::Form::time ? "X202" : "X205";
      return fail(code, "is \"" + std::string(value) + "\"; " + place + " is " + expected + ".");
    }
    characters_fit(node, field, value);
  }

  /// X12 has no release character, and ISA counts bytes.
  void characters_fit(Index node, const Field& field, std::string_view value) {
    std::size_t bad = value.size();
    probe_->open();
    probe_->begin({});
    if (probe_->put(1, 0, 0, value, false, bad)) bad = value.size();
    probe_->close();
    scratch_.clear();
    if (field.place.starts_with("ISA")) {
      const auto wide = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
      const auto first = std::find_if(value.begin(), value.end(), wide) - value.begin();
      bad = std::min(bad, static_cast<std::size_t>(first));
    }
    if (bad == value.size()) return;
    const auto& d = probe_->delimiters();
    const char marks[] = {d.segment, d.element, d.component, d.repetition, d.release};
    const bool mark = value[bad] && std::find(std::begin(marks), std::end(marks), value[bad]) != std::end(marks);
    const auto character = value.substr(bad, std::max<std::size_t>(utf8_sequence(value.substr(bad)), 1));
    wrong(
        node, field.attribute, std::string(saying(Cause::invalid_character).code),
        std::string(field.attribute) + " has \"" + std::string(character) + "\", which " +
            (mark ? "separates data in this interchange" : std::string(field.place) + " cannot have") +
            "; without it this would be another value.",
        mark ? "text without the interchange's delimiters" : "characters of the interchange's character set",
        mark ? "agree on another value, or give the interchange other delimiters" : "agree on another value"
    );
  }

  /// Numbers by which acknowledgments name what they answer.
  void once(std::set<std::string>& numbers, Index node, Cause cause, const std::string& number, const char* what) {
    if (numbers.insert(number).second) return;
    wrong(
        node, "control", std::string(saying(cause).code),
        "control is " + number + ", and so is that of another " + what + " before it.", "a number of its own",
        std::string("number them one by one, or leave control out of every ") + what
    );
  }

  /// What a message is, with the guide that is chosen for its tree.
  struct Message {
    Index node = 0, tree = Document::none;
    const Guide* guide = nullptr;
    SetHead head;
    std::string code, group_version;
  };

  const Guide* guide_of_tree(Index tree, Standard standard) const {
    const auto name = document_.node(tree).name;
    for (const auto& guide : guides_.all())
      if (guide->standard == standard && guide->root().name == name) return guide.get();
    return nullptr;
  }

  Message message(Index node, Standard standard, std::string_view group_version) {
    Message out;
    out.node = node;
    const auto child = document_.first_child(node);
    if (child != Document::none && document_.namespace_of(document_.node(child).name) != interchange_namespace)
      out.tree = child;
    auto& head = out.head;
    head.set = value(node, "set");
    head.association = value(node, "association");
    head.implementation = value(node, "implementation");
    head.version = value(node, "version", group_version);
    if (out.tree != Document::none) {
      if (!head.set.empty() && !head.version.empty())
        out.guide = guides_.find(standard, head.set, head.version, head.association);
      if (!out.guide && (head.set.empty() || head.version.empty())) out.guide = guide_of_tree(out.tree, standard);
    }
    if (out.guide) {
      if (head.set.empty()) head.set = out.guide->set;
      if (head.version.empty()) head.version = out.guide->version;
      if (head.association.empty() && !given(node, "association"))
        head.association = standard == Standard::edifact ? out.guide->association : std::string();
      out.code = standard == Standard::x12 ? out.guide->group : out.guide->set;
    } else {
      out.code = head.set;
    }
    head.agency = value(node, "agency", out.guide && !out.guide->agency.empty() ? out.guide->agency : "UN");
    out.group_version = head.version;
    return out;
  }

  void interchange(Index node) {
    InterchangeHead head;
    head.standard = value(node, "standard") == "X12" ? Standard::x12 : Standard::edifact;
    const bool x12 = x12_ = head.standard == Standard::x12;
    auto policy = policy_;
    if (const auto text = given(node, "delimiters")) {
      policy.delimiters = parse_delimiters(*text, head.standard);
      if (!policy.delimiters)
        return wrong(
            node, "delimiters", std::string(saying(Cause::malformed_header).code),
            "delimiters is \"" + std::string(*text) +
                "\": two of them are the same, one that must be is none, or one is a letter, a digit or a blank.",
            "six characters that differ", x12 ? "write for example ~ * : ^ none ." : "write for example ' + : none ? ."
        );
    }
    const auto party = [&](std::string_view which) {
      const std::string name(which);
      Identity who;
      who.id = value(node, name);
      who.qualifier = value(node, name + "-qualifier", x12 ? "ZZ" : "");
      who.internal = value(node, name + "-internal");
      return who;
    };
    head.sender = party("sender");
    head.receiver = party("receiver");
    head.control = value(node, "control", "1");
    head.version = value(node, "version", x12 ? std::string_view() : "3");
    if (x12 && head.version.empty()) head.version = x12_version(node);
    head.syntax = value(node, "syntax", x12 ? "" : "UNOC");
    head.date = value(node, "date", x12 || head.version < "4" ? stamp_.date6 : stamp_.date8);
    head.time = value(node, "time", stamp_.time);
    head.test = yes(node, "test");
    head.ack_requested = yes(node, "ack-requested");
    head.authorization_qualifier = value(node, "authorization-qualifier", "00");
    head.authorization = value(node, "authorization");
    head.security_qualifier = value(node, "security-qualifier", "00");
    head.security = value(node, "security");
    head.application = value(node, "application");
    head.priority = value(node, "priority");
    head.agreement = value(node, "agreement");
    if (!x12 && edifact_character_set(head.syntax) == CharacterSet::unsupported)
      return fault(
          node, std::string(saying(Cause::unsupported_character_set).code),
          "The syntax " + head.syntax + " names a character set that is not written here.",
          "UNOA to UNOK, UNOY, UNOW or KECA", "write for example UNOC"
      );
    Writer writer(out_, head, policy);
    probe_.emplace(scratch_, writer.delimiters(), writer.characters(), false, false);
    judge_interchange(node, head);
    groups_ = 0;
    group_numbers_.clear();
    set_numbers_.clear();
    const auto child = document_.first_child(node);
    if (child != Document::none && local(child) == "message")
      bare(node, head, writer);
    else
      each(node, [&](Index group) { one_group(group, head, writer); });
    writer.end();
  }

  using Fields = std::span<const Field>;

  void judge_interchange(Index node, const InterchangeHead& head) {
    for (const auto& field : x12_ ? Fields(isa_fields) : Fields(unb_fields)) {
      // From syntax 4 on a routing address has 35 characters.
      const bool longer = field.attribute.ends_with("-internal") && head.version == "4";
      judge(node, field, field.attribute == "version" ? head.version : value(node, field.attribute), longer ? 35 : 0);
    }
  }

  void judge_group(Index node, const GroupHead& head, const Message& first) {
    // What is missing for want of a guide is told where the message is.
    const bool unknown = first.head.set.empty() || (first.tree != Document::none && !first.guide);
    if (local(node) != "group") {
      if (unknown) return;
      if (head.code.size() != 2)
        fault(
            node, "X130", "No guide says in which group this message stands: GS01 would have no code.",
            "a group around the message, with its code", "put it into <group code=\"PO\">, with the code of its set"
        );
      return judge(node, std::end(gs_fields)[-1], head.version);
    }
    for (const auto& field : x12_ ? Fields(gs_fields) : Fields(ung_fields)) {
      const bool code = field.attribute == "code", version = field.attribute == "version";
      if (unknown && (code || version) && !given(node, field.attribute)) continue;
      judge(node, field, code ? head.code : version ? head.version : value(node, field.attribute));
    }
    once(group_numbers_, node, Cause::duplicate_group, head.control, "group");
  }

  void judge_set(const Message& one) {
    for (const auto& field : x12_ ? Fields(st_fields) : Fields(unh_fields)) {
      const bool set = field.attribute == "set", version = field.attribute == "version";
      judge(one.node, field, set ? one.head.set : version ? one.head.version : value(one.node, field.attribute));
    }
    once(set_numbers_, one.node, Cause::set_number_not_unique, one.head.control, "message");
  }

  /// ISA12 of a version like 004010: its first five digits. From the first message that says one.
  std::string x12_version(Index interchange) {
    std::string found;
    const auto look = [&](Index node, std::string_view group_version) {
      if (found.empty()) found = message(node, Standard::x12, group_version).head.version;
    };
    each(interchange, [&](Index i) {
      if (local(i) == "message")
        look(i, {});
      else
        each(i, [&](Index m) { look(m, value(i, "version")); });
    });
    return found.size() >= 5 ? found.substr(0, 5) : "00401";
  }

  GroupHead group_head(Index node, const InterchangeHead& head, const Message& first) {
    const bool x12 = head.standard == Standard::x12;
    const bool is_group = local(node) == "group";
    const auto text = [&](std::string_view name, std::string_view otherwise) {
      return is_group ? value(node, name, otherwise) : std::string(otherwise);
    };
    GroupHead out;
    out.code = text("code", first.code);
    out.sender.id = text("sender", head.sender.id);
    out.sender.qualifier = text("sender-qualifier", x12 ? "" : head.sender.qualifier);
    out.receiver.id = text("receiver", head.receiver.id);
    out.receiver.qualifier = text("receiver-qualifier", x12 ? "" : head.receiver.qualifier);
    // A date of the interchange has no century of its own; in it, 50 to 99 are of the last one.
    const auto century = head.date.size() == 6 ? (head.date >= "50" ? "19" : "20") + head.date : head.date;
    out.date = text("date", x12 ? century : head.date);
    out.time = text("time", head.time);
    out.control = text("control", Digits(++groups_));
    out.agency = text("agency", x12 ? "X" : "UN");
    out.version = text("version", first.group_version);
    return out;
  }

  void one_group(Index node, const InterchangeHead& head, Writer& writer) {
    const auto version = value(node, "version");
    const auto first = message(document_.first_child(node), head.standard, version);
    const auto group = group_head(node, head, first);
    judge_group(node, group, first);
    writer.group(group);
    sets_ = 0;
    set_numbers_.clear();
    each(node, [&](Index i) { one_message(message(i, head.standard, version), writer); });
    writer.end_group();
  }

  /// Messages without a group; in X12 those of one kind in a row become one.
  void bare(Index node, const InterchangeHead& head, Writer& writer) {
    std::string code, version;
    bool open = false;
    sets_ = 0;
    each(node, [&](Index i) {
      auto one = message(i, head.standard, {});
      if (head.standard == Standard::x12 && (!open || one.code != code || one.group_version != version)) {
        if (open) writer.end_group();
        code = one.code;
        version = one.group_version;
        const auto group = group_head(i, head, one);
        judge_group(i, group, one);
        writer.group(group);
        open = true;
        sets_ = 0;
        set_numbers_.clear();
      }
      one_message(std::move(one), writer);
    });
  }

  void one_message(Message one, Writer& writer) {
    if (findings_.size() >= 100) return;
    ++sets_;
    // ST02 has at least four characters.
    auto number = std::to_string(sets_);
    if (x12_ && number.size() < 4) number.insert(0, 4 - number.size(), '0');
    one.head.control = value(one.node, "control", number);
    if (one.head.set.empty())
      return fault(
          one.node, std::string(saying(Cause::bad_set_id).code), "This message does not say which one it is.",
          "the attribute set", "add set=\"850\""
      );
    judge_set(one);
    Findings found;
    if (one.tree == Document::none) {
      found = writer.plain_set(one.head, document_, one.node);
    } else if (!one.guide) {
      return fault(
          one.tree, std::string(saying(Cause::no_guide).code),
          "There is no guide for " + one.head.set +
              (one.head.version.empty() ? "" : " in version " + one.head.version) + ".",
          "a message that a guide describes", "name its guide with --guide, or give it as segments"
      );
    } else {
      found = judge_tree(*one.guide, document_, one.tree);
      if (!has_errors(found)) found = writer.set(one.head, *one.guide, document_, one.tree);
    }
    std::move(found.begin(), found.end(), std::back_inserter(findings_));
  }

  const Document& document_;
  const Guides& guides_;
  const WritePolicy& policy_;
  const Stamp stamp_;
  std::string& out_;
  Findings findings_;
  std::string scratch_;
  std::optional<Pen> probe_;  // tells what the interchange at hand can have
  std::set<std::string> group_numbers_, set_numbers_;
  std::uint32_t groups_ = 0, sets_ = 0;
  bool x12_ = true;
};

}  // namespace

Findings write_interchanges(
    std::string xml, schema::Library& library, const Guides& guides, const XmlWriteOptions& options, std::string& out
) {
  const auto root = xml::sniff_root(xml);
  const auto loaded = library.load(
      std::string("wayleave/interchange-1.xsd#") +
      (root && root->local == "interchanges" ? "interchanges" : "interchange")
  );
  if (!loaded.schema) return loaded.findings;
  xml::Limits limits;
  limits.document = 1u << 30;
  limits.nodes = 40'000'000;
  auto reading = xml::read(std::move(xml), *loaded.schema, limits);
  if (has_errors(reading.findings) || !reading.document) return std::move(reading.findings);
  const auto mark = out.size();
  auto findings = FromXml(*reading.document, guides, options, out).run();
  if (has_errors(findings)) out.resize(mark);
  return findings;
}

}  // namespace wayleave::edi
