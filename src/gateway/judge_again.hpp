#pragma once

#include <optional>

#include "pipeline/stages.hpp"

namespace wayleave::gateway {

/// What the received bytes of a document come to by this site: judgement is pure, so by the site that judged it first it is
/// the same again. Nullopt: the bytes are no longer kept. Nothing is stored.
std::optional<pipeline::Step<pipeline::Mapped>> judge_again(
  const pipeline::LiveSitePtr& site, store::Store& store, const store::DocumentRecord& document
);

}  // namespace wayleave::gateway
