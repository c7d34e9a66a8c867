#pragma once

#include <string>

#include "base/finding.hpp"
#include "pipeline/live_site.hpp"

namespace wayleave::gateway {

/// The schema of what the entries of a feed are; empty: they are no XML document of business (acknowledgments).
std::string schema_of_feed(std::string_view feed);

/// Completes a Receiving whose config, source, map and guide are loaded: how interchanges are addressed and written.
/// Findings where the parts do not fit: C171 map and guide, C173 separators and syntax.
void complete(pipeline::Receiving& receiving, const config::Site& site, const config::Partner& partner, Findings& findings);

/// The `<receives>` that a subscription of this id was made for, or, where `by_webhook`, that shapes what the partner's own
/// subscriptions to the feed carry (of acknowledgments: in that format). Null: none.
const pipeline::Receiving* receiving_of(const pipeline::LiveSite& site, const std::string& partner, const std::string& subscription);
const pipeline::Receiving* shape_of(const pipeline::LiveSite& site, const std::string& partner, std::string_view feed, std::string_view format = {});

}  // namespace wayleave::gateway
