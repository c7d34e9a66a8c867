#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "mapping/map.hpp"
#include "mutation.hpp"

namespace mutations {

struct Verdict {
  bool right_line = false;                 ///< a finding points at one of the places
  std::size_t findings = 0;
  std::uint32_t line = 0;                  ///< of the first place
  std::string told;                        ///< the findings, for those that point elsewhere
};

/// Compiles maps and what becomes of them; schemas are read once.
class Judge {
 public:
  Judge(const std::filesystem::path& schemas, const std::filesystem::path& mappings);
  ~Judge();
  struct Loaded {
    std::unique_ptr<Subject> subject;      ///< null: unusable
    wayleave::Findings findings;
  };
  Loaded subject(const std::string& name, const std::filesystem::path& file);
  Verdict judge(const Subject& subject, const Mutation& mutation);

 private:
  class Resolver;
  std::shared_ptr<wayleave::schema::Library> schemas_;
  wayleave::schema::SearchPath mappings_;
  wayleave::mapping::States states_;
  std::map<std::string, wayleave::schema::Library::Loaded> loaded_;
  std::vector<std::shared_ptr<wayleave::mapping::Map::Impl>> kept_;
};

}  // namespace mutations
