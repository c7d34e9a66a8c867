#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/edi/interchange.hpp"
#include "schema/schema.hpp"

namespace wayleave::cli {

/// The guides that commands read by: those named, or all that product and site have.
struct GuideShelf {
  GuideShelf();
  /// False, with what is wrong told on stderr: it does not compile or is no guide.
  bool add(const std::string& reference);
  /// Of the guides in schemas/x12 and schemas/edifact of the site around the working folder and of the product, those
  /// for the sets that these interchanges have.
  void add_all_for(const std::string& bytes);
  /// The same of what `feed` gives to a reader; false: it could not.
  bool add_all_for(const std::function<bool(edi::Reader&)>& feed);
  /// The same for the XML of `edi read`.
  void add_all_named(const std::string& xml);

  std::shared_ptr<schema::Library> schemas;
  edi::Guides guides;

 private:
  void add_for(edi::Standard standard, const std::string& set, const std::string& version);
};

/// What is wrong in a file of interchanges, with lines and columns.
struct EdiJudgement {
  Findings findings;
  bool any = false;                      ///< at least one interchange was there
  bool refused = false;                  ///< something in it is not accepted
};
EdiJudgement judge_edi(const std::string& bytes, const edi::Guides& guides);

/// Trees of one guide as an interchange from SENDER to RECEIVER, a segment a line.
Findings write_messages(const std::vector<std::string>& trees, const schema::SchemaPtr& guide, schema::Library& library, std::string& out);

/// Feeds a file, or stdin for `-`, in pieces; false: it cannot be opened.
bool feed_file(const std::string& name, edi::Reader& reader);

}  // namespace wayleave::cli
