#include "base/nearest.hpp"
#include "formats/xml/read.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::pipeline {
namespace {

Refusal refuse(Inbound inbound, int status, std::string detail) {
  Refusal refusal;
  refusal.kind = inbound.kind;
  refusal.inbound = std::move(inbound);
  refusal.http_status = status;
  refusal.detail = std::move(detail);
  return refusal;
}

bool admits(const Agreement& agreement, const Inbound& inbound) {
  if (agreement.config->format != "xml") return false;
  if (!inbound.kind.empty() && agreement.config->document != inbound.kind) return false;
  const auto& usage = agreement.config->usage;
  return usage.empty() || (usage == "test") == inbound.test;
}

/// A root that is nearly one that the partner may send: same name in another namespace, or misspelt.
std::optional<Finding> near_miss(const xml::RootName& root, const std::vector<const Agreement*>& admitted) {
  std::vector<std::string> locals;
  for (const auto* agreement : admitted) locals.emplace_back(names::local(agreement->schema->root_name()));
  Finding finding;
  finding.line = finding.column = 1;
  finding.path = "/" + root.local;
  finding.found = root.local;
  for (const auto* agreement : admitted) {
    if (names::local(agreement->schema->root_name()) != root.local) continue;
    const std::string wanted(names::ns(agreement->schema->root_name()));
    finding.code = "X122";
    finding.found = root.ns.empty() ? "no namespace" : root.ns;
    finding.expected = wanted.empty() ? root.local + " in no namespace" : "namespace " + wanted;
    finding.message = root.local + " is in the wrong namespace";
    finding.fix = wanted.empty() ? "remove the xmlns declaration" : "write xmlns=\"" + wanted + "\"";
    return finding;
  }
  const auto close = nearest(root.local, locals);
  if (close.empty()) return std::nullopt;
  finding.code = "X121";
  finding.expected = close;
  finding.message = root.local + " is not a document of yours; did you mean " + close + "?";
  finding.fix = "write " + close;
  return finding;
}

}  // namespace

Step<Identified> identify(Inbound inbound) {
  const auto mine = inbound.site->agreements.find(inbound.partner);
  std::vector<const Agreement*> admitted;
  if (mine != inbound.site->agreements.end())
    for (const auto& agreement : mine->second)
      if (admits(agreement, inbound)) admitted.push_back(&agreement);

  const auto root = xml::sniff_root(*inbound.bytes);
  if (!root) {
    // Not recognisably XML. If it begins like XML the reader says exactly why it is none; else it is no format of ours.
    auto reading = xml::read_wellformed(*inbound.bytes);
    const auto first = inbound.bytes->find_first_not_of(" \t\r\n\xef\xbb\xbf");
    const bool begins_like_xml = first != std::string::npos && ((*inbound.bytes)[first] == '<' || reading.findings.empty() ||
                                                                 inbound.bytes->front() == '\xff' || inbound.bytes->front() == '\xfe');
    if (!begins_like_xml) return refuse(std::move(inbound), 415, "these bytes are none of the formats spoken here: XML, X12 (ISA), EDIFACT (UNA or UNB)");
    auto refusal = refuse(std::move(inbound), 422, "");
    refusal.findings = std::move(reading.findings);
    if (refusal.findings.empty()) refusal.http_status = 415, refusal.detail = "these bytes are none of the formats spoken here: XML, X12 (ISA), EDIFACT (UNA or UNB)";
    return refusal;
  }
  Identified identified;
  for (const auto* agreement : admitted) {
    const auto name = agreement->schema->root_name();
    if (names::local(name) == root->local && names::ns(name) == root->ns) identified.candidates.push_back(agreement);
  }
  if (identified.candidates.empty()) {
    if (auto finding = near_miss(*root, admitted)) {
      auto refusal = refuse(std::move(inbound), 422, "");
      refusal.findings.push_back(std::move(*finding));
      return refusal;
    }
    return refuse(std::move(inbound), 403, "no agreement lets you send a document " + root->local + " here");
  }
  identified.inbound = std::move(inbound);
  return identified;
}

}  // namespace wayleave::pipeline
