#pragma once

#include <cstddef>

#include "mapping/evaluate.hpp"
#include "mapping/fill_in.hpp"

namespace wayleave::mapping {

/// Where a run is: a node of the template, the item and its place in the loop. Good during the call only; the node stays as
/// long as the map.
struct Watched {
  const TemplateNode& node;
  const Frame& frame;
  Evaluator& evaluator;                    ///< to be asked within its aside() only
};

/// What a run does, told as it does it: for commands that explain a run. A run that nobody observes pays nothing for it.
/// Places in the output are byte offsets; what is taken back later was never written.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Around everything that happens at a node, once for each time the template comes to it; nested as the template is, with
  /// the body of a m:def inside the element that calls it.
  virtual void enter(const Watched&) {}
  virtual void leave(const Watched&) {}
  /// Its condition was asked: of m:if (both kinds), m:when, m:reject, m:warn.
  virtual void judged(const Watched&, bool /*holds*/) {}
  /// So many items, groups or pieces to copy; then its body that often, each with a frame of its own.
  virtual void looped(const Watched&, std::size_t /*count*/) {}
  /// The body of a loop begins on its next item, that of the frame.
  virtual void turned(const Watched&) {}
  /// The body of its m:def is next, on the item of the frame; not `there`: m:with selects nothing.
  virtual void called(const Watched&, bool /*there*/) {}
  /// An element or attribute stands in the output.
  virtual void wrote(const Watched&, std::size_t /*begin*/, std::size_t /*end*/) {}
  virtual void wrote(const Watched&, const TemplateAttribute&, std::size_t /*begin*/, std::size_t /*end*/) {}
  /// An element has no value or no content, or an attribute no value; the output ends at `end` again.
  virtual void left_out(const Watched&, std::size_t /*end*/) {}
  virtual void left_out(const Watched&, const TemplateAttribute&) {}
  /// The same where the target does not do without: R802, unless what is around it is left out. Null: the element itself.
  virtual void missed(const Watched&, const TemplateAttribute*) {}
  /// An element of m:copy stands in the output, after those in it.
  virtual void copied(const Watched&, const Item&, std::size_t /*begin*/, std::size_t /*end*/) {}
  /// Of a map that splits: the output so far is one message; the next begins at 0.
  virtual void message_made() {}
  /// After the last rule, while variables still have their values.
  virtual void finished(Evaluator&) {}
  /// Last of all: what the writer of EDI adds to a message; places of what was written move by it.
  virtual void filled(std::size_t /*message*/, const std::vector<Addition>&) {}
};

/// As mapping::run(), observed.
Mapped run(const Map& map, const Document& document, const Context& context, const Budget& budget, Observer* observer);

}  // namespace wayleave::mapping
