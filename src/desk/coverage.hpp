#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "mapping/map.hpp"
#include "mapping/observer.hpp"

namespace wayleave::desk {

/// Which branches of a map its cases take. One for all runs of a map; the map has to stay.
class Coverage : public mapping::Observer {
 public:
  explicit Coverage(const mapping::Map& map);

  /// A place of the map where a run goes one way or the other.
  struct Branch {
    std::string map;                       ///< `base.map.xml:12`
    std::string what;                      ///< `m:if Type='rush'`
    struct Way {
      std::string name;                    ///< `true`, `no items`, `absent` …
      std::uint64_t taken = 0;
    };
    std::vector<Way> ways;
    mapping::Span span;
  };
  /// In the order of the files and lines.
  std::vector<Branch> branches() const;
  std::size_t ways() const;
  std::size_t taken() const;

  void enter(const mapping::Watched&) override;
  void leave(const mapping::Watched&) override;
  void judged(const mapping::Watched&, bool holds) override;
  void looped(const mapping::Watched&, std::size_t count) override;
  void called(const mapping::Watched&, bool there) override;
  void wrote(const mapping::Watched&, std::size_t, std::size_t) override;
  void wrote(const mapping::Watched&, const mapping::TemplateAttribute&, std::size_t, std::size_t) override;
  void left_out(const mapping::Watched&, std::size_t) override;
  void left_out(const mapping::Watched&, const mapping::TemplateAttribute&) override;
  void missed(const mapping::Watched&, const mapping::TemplateAttribute*) override;

 private:
  // A key is the address of what branches, and which of its branches it is.
  using Key = std::pair<const void*, int>;
  enum Which : int { condition, loop, call, presence, choice };
  void add(const void* of, Which which, mapping::Span span, std::string what, std::vector<std::string> ways);
  void take(const void* of, Which which, std::size_t way);
  void list(const mapping::TemplateNode& node);
  void list(const std::vector<mapping::TemplateNodePtr>& nodes);
  void list(const mapping::Expr& expr);
  void list_text(const void* of, const mapping::TextTemplate& text, mapping::Span span, const std::string& name);
  void follow(const mapping::Expr& expr, const mapping::Watched& at);
  void follow(const mapping::TextTemplate& text, const mapping::Watched& at);

  const mapping::Map& map_;
  std::map<Key, Branch> branches_;
  std::unordered_map<const mapping::Expr*, bool> branching_;   ///< expressions with a choose() or default() in them
};

/// `the cases take 72 of 80 ways (90 %)` and a line for each way that no case takes.
std::string render(const Coverage& coverage);

}  // namespace wayleave::desk
