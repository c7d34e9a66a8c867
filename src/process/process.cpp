#include "process/process.hpp"

namespace wayleave::process {

std::vector<Rejection> apply_rules(
  const Process& process, const Document& document, const mapping::Context& context, Findings& findings
) {
  std::vector<Rejection> rejections;
  for (const Rule& rule : process.rules) {
    Findings own;
    const bool holds = rule.condition->test(document, context, own);
    const bool judged = !has_errors(own);
    findings.insert(findings.end(), own.begin(), own.end());
    // A condition that could not be evaluated tests false; `unless` must not turn that into a refusal.
    if (!judged || holds == rule.negated) continue;
    Findings in_message;
    auto message = rule.message->render(document, context, in_message);
    rejections.push_back({rule.code, message ? *std::move(message) : "This document cannot be accepted."});
  }
  return rejections;
}

}  // namespace wayleave::process
