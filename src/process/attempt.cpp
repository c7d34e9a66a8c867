#include "process/attempt.hpp"

#include <algorithm>

#include "formats/json/write.hpp"
#include "formats/xml/read.hpp"

namespace wayleave::process {

namespace {

constexpr std::string_view replay = "replay";
constexpr std::string_view new_key = "new-key:";

/// Code, place and sentence; never the value that was found.
Problem cannot(std::string_view what, const Findings& findings) {
  std::string detail(what);
  const auto error = std::ranges::find(findings, Severity::error, &Finding::severity);
  if (error != findings.end()) {
    detail += ": " + error->code;
    if (!error->path.empty()) detail += " at " + error->path;
    if (!error->message.empty()) detail += ": " + error->message;
  }
  return {Errc::invalid, std::move(detail)};
}

/// The same, with the place in the map: what the operator needs to mend it.
Problem cannot(std::string_view what, const mapping::Mapped& mapped) {
  auto problem = cannot(what, mapped.findings);
  const auto error = std::ranges::find(mapped.findings, Severity::error, &Finding::severity);
  const auto index = static_cast<std::size_t>(error - mapped.findings.begin());
  if (index >= mapped.origins.size() || mapped.origins[index].file.empty()) return problem;
  const auto& origin = mapped.origins[index];
  problem.detail += " (" + origin.file.substr(origin.file.find_last_of('/') + 1) + ":" + std::to_string(origin.line);
  if (error->line) problem.detail += ", line " + std::to_string(error->line) + " of the canonical document";
  problem.detail += ")";
  return problem;
}

Result<Document> read(std::string bytes, const schema::SchemaPtr& schema, std::string_view what) {
  auto reading = xml::read_own(std::move(bytes), *schema);
  if (reading.document && !has_errors(reading.findings)) return std::move(*reading.document);
  return cannot(what, reading.findings);
}

bool is_replay(const store::Stage& stage) { return stage.name == replay; }

store::Bytes shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

Result<store::Bytes> make_body(
  const store::Bytes& canonical, const Process& process, const Step& step, const mapping::MapPtr& map, const mapping::Context& context
) {
  if (!map && !step.json) return canonical;
  const schema::SchemaPtr& source = map ? map->source() : process.accepts;
  auto document = read(*canonical, source, "the canonical document does not fit the site in force");
  if (!document) return document.error();
  if (!map) return shared(json::write(*document, *source));

  auto mapped = mapping::run(*map, *document, context);
  if (!mapped.ok()) return cannot("the map " + map->name() + " gave up", mapped);
  // The back end gets nothing that its own schema would refuse.
  auto made = read(std::move(mapped.xml), map->target(), "what the map " + map->name() + " made is not valid");
  if (!made) return made.error();
  if (step.json) return shared(json::write(*made, *map->target()));
  return shared(std::string(made->source()));
}

}  // namespace

std::string idempotency_key(const std::string& document, const std::string& step, const std::vector<store::Stage>& stages) {
  std::string key = document + "." + step;
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
    if (!is_replay(*stage)) continue;
    const auto mark = stage->detail.find(new_key);
    if (mark == std::string::npos) continue;
    key += "." + stage->detail.substr(mark + new_key.size());
    break;
  }
  return key;
}

store::Stage replay_stage(const std::vector<store::Stage>& before, bool with_new_key, Time now) {
  store::Stage stage;
  stage.name = replay;
  stage.outcome = "ok";
  stage.at = now;
  if (with_new_key) {
    const auto marked = [](const store::Stage& s) { return is_replay(s) && s.detail.find(new_key) != std::string::npos; };
    stage.detail = std::string(new_key) + std::to_string(std::ranges::count_if(before, marked) + 2);
  }
  return stage;
}

std::optional<Time> first_try(const std::string& step, const std::vector<store::Stage>& stages) {
  std::optional<Time> first;
  for (const auto& stage : stages) {
    if (is_replay(stage)) first.reset();
    else if (!first && stage.name == "step" && stage.step == step && stage.attempt > 0) first = stage.at;
  }
  return first;
}

Result<Attempt> prepare(
  const store::DocumentRecord& document, const store::Bytes& canonical, const Process& process, const Step& step,
  const std::vector<store::Stage>& stages, Numbers numbers, const SiteView& site
) {
  Attempt attempt;
  attempt.context = site.context(document);
  for (const auto& [name, text] : step.config.parameters) attempt.context.parameters[name] = text.value;
  attempt.context.sequence = [numbers = std::move(numbers)](std::string_view name) {
    const auto known = numbers.find(name);
    return known == numbers.end() ? std::uint64_t{0} : known->second;
  };
  auto body = make_body(canonical, process, step, step.map_for(document.partner), attempt.context);
  if (!body) return body.error();
  adapter::Call& call = attempt.call;
  call.document = document.id;
  call.partner = document.partner;
  call.kind = document.kind;
  call.key = document.key;
  call.step = step.config.name;
  call.idempotency_key = idempotency_key(document.id, step.config.name, stages);
  call.attempt = document.attempts + 1;
  if (step.json) call.content_type = "application/json";
  call.body = std::move(*body);
  call.timeout = step.config.timeout;
  call.repeatable = step.config.repeat_safe;
  return attempt;
}

}  // namespace wayleave::process
