#pragma once

#include <string>
#include <vector>

#include "adapter/adapter.hpp"
#include "base/result.hpp"
#include "process/delivery.hpp"

namespace wayleave::process {

/// One attempt, ready to be sent.
struct Attempt {
  adapter::Call call;
  mapping::Context context;              ///< the map's; the answer map gets the same
};

/// What seq() gives in a step's map, by name.
using Numbers = std::map<std::string, std::uint64_t, std::less<>>;

/// Maps the canonical document by the step's map (or takes it as it is), turns it into its JSON twin where the step asks
/// for it, and addresses it. Problem, whose detail is the operator's: it will not get better by itself, so it parks.
/// Pure but for `site`.
Result<Attempt> prepare(
  const store::DocumentRecord& document, const store::Bytes& canonical, const Process& process, const Step& step,
  const std::vector<store::Stage>& stages, Numbers numbers, const SiteView& site
);

/// `{document}.{step}`, with the newest `new-key:` mark of a replay.
std::string idempotency_key(const std::string& document, const std::string& step, const std::vector<store::Stage>& stages);

/// Where the counting of attempts begins: the first try at this step after the last replay; nullopt: none yet.
std::optional<Time> first_try(const std::string& step, const std::vector<store::Stage>& stages);

}  // namespace wayleave::process
