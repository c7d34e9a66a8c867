#pragma once

#include <string>
#include <vector>

#include "schema/schema.hpp"

namespace wayleave::edi {

/// What a map reads of a file: its one document, or, where the schema is a guide and the file begins like EDI, each message
/// of that guide, which knows its place in the file. Nothing is in `documents` where `findings` has an error. Any thread.
struct ReadDocuments {
  std::vector<Document> documents;
  Findings findings;
};
ReadDocuments read_documents(const std::string& bytes, const schema::SchemaPtr& schema);

}  // namespace wayleave::edi
