#pragma once

#include "pipeline/stages.hpp"
#include "store/store.hpp"

namespace wayleave::pipeline {

/// The part of the unit of work that is the same whether the documents are accepted or refused.
store::Acceptance submission(const Inbound& inbound);
/// The entry on the partner's own feed that tells what became of a document on arrival.
store::NewEntry arrival(const store::Acceptance& unit, const store::NewDocument& document);
/// A test document goes to a back end only where the agreement is one for tests.
bool is_delivered(const Agreement& agreement, bool test);
/// An accepted document as the store keeps it.
store::NewDocument accepted_document(Canonical made, const Agreement& agreement, bool test);
/// Another document with this business key was accepted before: D101.
Finding contradiction(const store::First& first, const std::string& kind, const std::string& key);

Answer problem(int status, std::string detail, std::string kind, std::string outcome);
Answer unavailable(const Problem& why);
Answer repeated(const store::First& first);

}  // namespace wayleave::pipeline
