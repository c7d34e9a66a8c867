#include <set>

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "formats/xml/read.hpp"
#include "formats/xml/write.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::pipeline {
namespace {

Refusal refuse(Inbound inbound, const Agreement& agreement, Findings findings, std::string key) {
  Refusal refusal;
  refusal.inbound = std::move(inbound);
  refusal.kind = agreement.config->document;
  refusal.agreement = agreement.id;
  refusal.key = std::move(key);
  refusal.findings = std::move(findings);
  return refusal;
}

/// What the map made is not valid: our fault, told as such, with the place in the canonical document.
Findings as_output_findings(Findings findings) {
  for (auto& finding : findings) {
    finding.message = "the document could not be brought into our form: " + finding.message;
    finding.code = "R9" + finding.code.substr(std::min<std::size_t>(2, finding.code.size()));
    finding.line = finding.column = 0;
    finding.fix.clear();
  }
  return findings;
}

/// Same content or not: everything but `Source`, which says how the document came. `xml` is our own serialisation, so the
/// same content has the same bytes.
std::string content_digest(const std::string& xml) {
  const auto begin = xml.rfind("<Source");
  const auto end = begin == std::string::npos ? begin : xml.find("</Source>", begin);
  const auto empty = begin == std::string::npos ? begin : xml.find("/>", begin);
  if (end != std::string::npos) return crypto::sha256_hex(xml.substr(0, begin) + xml.substr(end + 9));
  if (empty != std::string::npos && xml.find('<', begin + 1) > empty) return crypto::sha256_hex(xml.substr(0, begin) + xml.substr(empty + 2));
  return crypto::sha256_hex(xml);
}

/// Rules speak to the customer in the customer's words; they point at no place in the document.
void add_rejections(const process::Process& process, const Document& canonical, const mapping::Context& context, Findings& findings) {
  for (auto& rejection : process::apply_rules(process, canonical, context, findings)) {
    Finding finding;
    finding.code = rejection.code;
    finding.path = "/";
    finding.message = std::move(rejection.message);
    findings.push_back(std::move(finding));
  }
}

/// One canonical document, named and judged by the rules; findings otherwise.
Canonical name(std::shared_ptr<const std::string> xml, const Document& document, const Agreement& agreement, const mapping::Context& context, Findings& findings) {
  const auto& process = agreement.process;
  const auto& key = process && process->key ? process->key : agreement.key;
  const auto& lane = process && process->lane ? process->lane : agreement.lane;
  Canonical named;
  if (key) named.key = key->render(document, context, findings).value_or("");
  if (process) add_rejections(*process, document, context, findings);
  if (has_errors(findings)) return named;
  if (process && process->ordered) {
    named.lane = lane ? lane->render(document, context, findings).value_or("") : std::string();
    if (named.lane.empty()) named.lane = agreement.config->document + ":" + named.key;
  }
  named.digest = content_digest(*xml);
  named.xml = std::move(xml);
  return named;
}

/// A business key stands for one document, in one submission too.
void check_twice(const std::vector<Canonical>& documents, const std::string& kind, Findings& findings) {
  std::set<std::string_view> keys;
  for (const auto& document : documents) {
    if (document.key.empty() || keys.insert(document.key).second) continue;
    Finding finding;
    finding.code = "D102";
    finding.path = "/";
    finding.found = document.key;
    finding.message = "two documents of kind " + kind + " in this submission have the number " + document.key;
    finding.fix = "give each a number of its own, or send what belongs together as one";
    findings.push_back(std::move(finding));
  }
}

mapping::Context with_parameters(const Agreement& agreement, mapping::Context context) {
  for (const auto& [name, text] : agreement.config->parameters) context.parameters[name] = text.value;
  return context;
}

}  // namespace

Step<Mapped> map(Validated validated, const mapping::Context& context) {
  const auto& agreement = *validated.agreement;
  Findings findings;
  Mapped mapped;
  std::string key;
  std::vector<mapping::TextAt> origins;
  auto refused = [&] {
    auto refusal = refuse(std::move(validated.inbound), agreement, std::move(findings), std::move(key));
    refusal.origins = std::move(origins);
    return refusal;
  };
  auto add = [&](std::shared_ptr<const std::string> xml, const Document& document) {
    auto named = name(std::move(xml), document, agreement, context, findings);
    if (key.empty()) key = named.key;
    named.id = new_id(validated.inbound.received);
    mapped.documents.push_back(std::move(named));
  };
  if (agreement.map) {
    auto made = agreement.config->parameters.empty() ? mapping::run(*agreement.map, validated.document, context)
                                                     : mapping::run(*agreement.map, validated.document, with_parameters(agreement, context));
    findings = std::move(made.findings);
    origins = std::move(made.origins);
    if (has_errors(findings)) return refused();
    if (!agreement.map->splits()) made.messages.push_back(std::move(made.xml));
    for (auto& message : made.messages) {
      auto xml = std::make_shared<const std::string>(std::move(message));
      auto reading = xml::read_own(*xml, *agreement.canonical);
      if (!reading.valid()) return refuse(std::move(validated.inbound), agreement, as_output_findings(std::move(reading.findings)), "");
      add(std::move(xml), *reading.document);
    }
  } else {
    add(std::make_shared<const std::string>(xml::serialize(validated.document)), validated.document);
  }
  if (mapped.documents.size() > 1) check_twice(mapped.documents, agreement.config->document, findings);
  if (has_errors(findings)) return refused();
  mapped.agreement = validated.agreement;
  mapped.inbound = std::move(validated.inbound);
  return mapped;
}

}  // namespace wayleave::pipeline
