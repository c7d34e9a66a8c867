#include <algorithm>
#include <cstdio>

#include "formats/edi/interchange_xml.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::edi {
namespace {

using Index = Document::Index;

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

  std::optional<std::string_view> given(Index i, std::string_view name) const {
    const auto* all = document_.attributes(i);
    for (std::uint16_t a = 0; a < document_.node(i).attribute_count; ++a)
      if (document_.local_name(all[a].name) == name && document_.namespace_of(all[a].name).empty())
        return document_.text(all[a]);
    return std::nullopt;
  }
  std::string value(Index i, std::string_view name, std::string_view otherwise = {}) const {
    return std::string(given(i, name).value_or(otherwise));
  }
  bool yes(Index i, std::string_view name) const {
    const auto text = given(i, name);
    return text == "true" || text == "1";
  }

  void fault(Index node, std::string code, std::string message, std::string expected, std::string fix) {
    Finding f;
    f.code = std::move(code);
    const auto at = document_.position(document_.node(node).source);
    f.line = at.line;
    f.column = at.column;
    f.path = document_.path(node);
    f.message = std::move(message);
    f.expected = std::move(expected);
    f.fix = std::move(fix);
    findings_.push_back(std::move(f));
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
      policy.delimiters = parse_delimiters(*text);
      if (!policy.delimiters)
        return fault(
            node, std::string(saying(Cause::malformed_header).code),
            "delimiters is \"" + std::string(*text) + "\": two of them are the same, or one that must be is none.",
            "six characters that differ", "write for example ~ * : ^ none ."
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
    groups_ = 0;
    const auto child = document_.first_child(node);
    if (child != Document::none && local(child) == "message")
      bare(node, head, writer);
    else
      each(node, [&](Index group) { one_group(group, head, writer); });
    writer.end();
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
    writer.group(group_head(node, head, message(document_.first_child(node), head.standard, version)));
    sets_ = 0;
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
        writer.group(group_head(i, head, one));
        open = true;
        sets_ = 0;
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
