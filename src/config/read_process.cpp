#include <charconv>

#include "base/units.hpp"
#include "config/site_file.hpp"
#include "config/values.hpp"

namespace wayleave::config {
namespace {

using std::chrono::milliseconds;

Rule read_rule(const SiteFile& file, Document::Index node) {
  Rule rule;
  rule.where = file.where(node);
  rule.code = file.token(node, "code").value;
  rule.when = file.raw(node, "when");
  rule.unless = file.raw(node, "unless");
  rule.message = file.text(node);
  if (rule.when.empty() == rule.unless.empty() && !file.is_misspelt(node))
    file.problems().error(
      "C151", rule.where, "rule " + rule.code + (rule.when.empty() ? " says neither when nor unless" : " says both when and unless"),
      "write exactly one of when=\"…\" (rejects when it is true) and unless=\"…\" (rejects when it is not)"
    );
  return rule;
}

void read_refused(const SiteFile& file, Document::Index node, Step& step) {
  for (const auto& word : file.words(node, "refused")) {
    int code = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), code);
    if (error == std::errc() && end == word.data() + word.size()) {
      step.refused.push_back(code);
    } else {
      file.problems().error("C116", file.token(node, "refused").where, "'" + word + "' is no status code", "write numbers such as 409 422").found = word;
    }
  }
}

void read_schedule(const SiteFile& file, Document::Index node, Step& step) {
  step.timeout = read_duration(file, node, "timeout", std::chrono::seconds(30));
  step.give_up = read_duration(file, node, "give-up", std::chrono::hours(72));
  const auto retry = file.token(node, "retry");
  const auto delays = parse_durations(retry.empty() ? "1s 5s 30s 2m 10m 1h" : retry.value);
  if (delays) {
    step.retry = *delays;
  } else {
    file.problems().error("C111", retry.where, "'" + retry.value + "' are no lengths of time", "write pauses such as 1s 5s 30s 2m").found = retry.value;
    return;
  }
  auto& problems = file.problems();
  if (step.timeout <= milliseconds(0))
    problems.error("C152", file.token(node, "timeout").where, "no attempt can succeed in no time", "write a timeout such as 30s");
  if (step.retry.empty() || step.retry.back() <= milliseconds(0))
    problems.error("C152", retry.where, "without a pause at the end a back end that is down would be called without end", "let the last pause be 1s or more");
  else if (step.give_up <= step.retry.front())
    problems.warning(
      "C152", file.token(node, "give-up").where, "it gives up before the first repeat: every attempt that fails parks its document",
      "write a longer give-up, such as 72h"
    );
}

Step read_step(const SiteFile& file, Document::Index node) {
  static const std::set<std::string, std::less<>> own{"name", "adapter", "map", "answer-map", "timeout", "retry", "give-up", "repeat", "refused"};
  Step step;
  step.where = file.where(node);
  step.name = file.token(node, "name").value;
  step.adapter = file.token(node, "adapter").value;
  step.map = file.token(node, "map");
  step.answer_map = file.token(node, "answer-map");
  step.repeat_safe = file.token(node, "repeat").value != "unsafe";
  read_schedule(file, node, step);
  read_refused(file, node, step);
  for (auto& [name, text] : file.others(node, own)) {
    text.value = with_environment(text, file.problems());
    step.options[name] = std::move(text);
  }
  step.parameters = read_parameters(file, node);
  return step;
}

}  // namespace

Process read_process(const SiteFile& file) {
  Process process;
  const auto root = file.root();
  process.file = file.path();
  process.name = read_own_name(file, "name");
  process.accepts = file.token(root, "accepts");
  process.key = file.raw(root, "key");
  process.lane = file.raw(root, "lane");
  process.ordered = file.token(root, "order").value != "none";
  for (const auto node : file.children(root, "reject")) process.rules.push_back(read_rule(file, node));
  std::set<std::string> names;
  for (const auto node : file.children(root, "step")) {
    process.steps.push_back(read_step(file, node));
    const auto name = file.token(node, "name");
    if (!name.empty() && !names.insert(name.value).second)
      file.problems()
        .error("C150", name.where, "step " + name.value + " is there twice", "give each step a name of its own: it is part of the idempotency key")
        .found = name.value;
  }
  return process;
}

}  // namespace wayleave::config
