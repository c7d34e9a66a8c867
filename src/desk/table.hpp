#pragma once

#include <string>
#include <vector>

#include "mapping/map.hpp"

namespace wayleave::desk {

/// A map as a table for people who know the documents and not the language.
struct Table {
  struct Row {
    std::string target;                    ///< `Order/Line/Quantity/@unit`
    std::string occurrence;                ///< `1..n`, by the target's schema
    std::vector<std::string> sources;
    std::vector<std::string> rule;         ///< conditions, loops, what is done with the value: in words
    std::string definition;                ///< called for the content; a section of its own
    std::vector<std::string> lists;
    std::string note;
    std::string sample;                    ///< from the map's first case
  };
  struct Definition {
    std::string name, of, gives;
    std::vector<Row> rows;
  };
  struct Variable {
    std::string name, words;
    std::vector<std::string> sources;
    std::string note;
  };
  struct List {
    std::string name, from, to, unknown;
    struct Code {
      std::string from, to, label, until;
    };
    std::vector<Code> codes;
  };
  struct Refusal {
    std::string code;
    bool warning = false;
    std::string when, message;
  };

  std::string name, note, source, target, sample_of;
  std::vector<Row> rows;
  std::vector<Definition> definitions;
  std::vector<Variable> variables;
  std::vector<List> lists;
  std::vector<Refusal> refusals;
};

/// `with_sample`: the first case beside the map that makes a document is run for the samples.
Table tabulate(const mapping::Map& map, bool with_sample = true);

std::string render_markdown(const Table& table);
/// One file that needs nothing else: no scripts, nothing from elsewhere.
std::string render_html(const Table& table);

}  // namespace wayleave::desk
