#pragma once

#include "pipeline/stages.hpp"
#include "store/store.hpp"

namespace wayleave::pipeline {

/// What the site would make now of the bytes that a document came from: for replays, and to show where a map failed. Of an
/// interchange, the message that this document was. Absent: the bytes are no longer kept (those of a large file never are).
std::optional<Step<Mapped>> judge_again(const LiveSitePtr& site, store::Store& store, const store::DocumentRecord& document);

}  // namespace wayleave::pipeline
