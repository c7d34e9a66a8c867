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

}  // namespace

Step<Mapped> map(Validated validated, const mapping::Context& context) {
  const auto& agreement = *validated.agreement;
  Findings findings;
  Mapped mapped;
  if (agreement.map) {
    auto made = mapping::run(*agreement.map, validated.document, context);
    findings = std::move(made.findings);
    if (has_errors(findings)) return refuse(std::move(validated.inbound), agreement, std::move(findings), "");
    mapped.canonical_xml = std::make_shared<const std::string>(std::move(made.xml));
    auto reading = xml::read_own(*mapped.canonical_xml, *agreement.canonical);
    if (!reading.valid())
      return refuse(std::move(validated.inbound), agreement, as_output_findings(std::move(reading.findings)), "");
    mapped.canonical = std::move(*reading.document);
  } else {
    mapped.canonical_xml = std::make_shared<const std::string>(xml::serialize(validated.document));
    mapped.canonical = std::move(validated.document);
  }

  const auto& process = agreement.process;
  const auto& key = process && process->key ? process->key : agreement.key;
  const auto& lane = process && process->lane ? process->lane : agreement.lane;
  if (key) mapped.key = key->render(mapped.canonical, context, findings).value_or("");
  if (process) add_rejections(*process, mapped.canonical, context, findings);
  if (has_errors(findings)) return refuse(std::move(validated.inbound), agreement, std::move(findings), mapped.key);

  if (process && process->ordered) {
    mapped.lane = lane ? lane->render(mapped.canonical, context, findings).value_or("") : std::string();
    if (mapped.lane.empty()) mapped.lane = agreement.config->document + ":" + mapped.key;
  }
  mapped.digest = content_digest(*mapped.canonical_xml);
  mapped.id = new_id(validated.inbound.received);
  mapped.agreement = validated.agreement;
  mapped.inbound = std::move(validated.inbound);
  return mapped;
}

}  // namespace wayleave::pipeline
