#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapter/adapter.hpp"
#include "config/site.hpp"
#include "mapping/expression.hpp"
#include "mapping/map.hpp"
#include "schema/schema.hpp"

namespace wayleave::process {

/// A back-end process compiled from processes/<name>.xml: immutable, shared, swapped as a whole on reload.
struct Rule {
  std::string code;
  std::shared_ptr<const mapping::Expression> condition;
  bool negated = false;                  ///< `unless=`: rejects when the condition is false
  std::shared_ptr<const mapping::Template> message;
};

struct Step {
  config::Step config;
  mapping::MapPtr map;                   ///< null: the canonical document as it is
  std::map<std::string, mapping::MapPtr, std::less<>> overlays;   ///< by partner: what takes its place
  mapping::MapPtr answer_map;            ///< null: the reply must itself be a verdict
  schema::SchemaPtr answer_schema;       ///< source of answer_map
  std::shared_ptr<adapter::Sender> sender;
  bool json = false;                     ///< format="json": the mapped XML goes out as its JSON twin

  const mapping::MapPtr& map_for(std::string_view partner) const {
    const auto own = overlays.find(partner);
    return own == overlays.end() ? map : own->second;
  }
};

struct Process {
  std::string name;
  schema::SchemaPtr accepts;
  std::shared_ptr<const mapping::Template> key, lane;   ///< lane null: `{kind}:{key}`
  bool ordered = true;
  std::vector<Rule> rules;
  std::vector<Step> steps;
};
using ProcessPtr = std::shared_ptr<const Process>;

/// A rule that said no, in the customer's words.
struct Rejection {
  std::string code;
  std::string message;
};

/// Applies the rules in order; all that reject. `context.state` must be the submitting partner's view.
std::vector<Rejection> apply_rules(const Process& process, const Document& document, const mapping::Context& context, Findings& findings);

}  // namespace wayleave::process
