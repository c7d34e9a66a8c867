#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gateway/services.hpp"
#include "net/server.hpp"

namespace wayleave::gateway {

/// Takes the files that partners drop: each folder has a thread of its own, since files block, on a hung network drive for
/// ever. A file takes the way of a document that was posted, and is put away when the answer is durable; a folder's files
/// go one after the other, the oldest first. Used from one thread; metrics_text() from any.
class Drops {
 public:
  /// Both outlive it.
  Drops(Services& services, net::IoThreads& threads);
  /// Stops without waiting.
  ~Drops();
  Drops(const Drops&) = delete;

  /// Follows the site: folders that are new are begun, those that are gone are ended after the file under way, all others
  /// go on as if nothing had been.
  void apply(const pipeline::LiveSite& site);
  /// No new file is begun from the call on.
  void begin_stop();
  /// Waits for the files under way. What does not end in time is left where it is, for the next start.
  void stop(std::chrono::milliseconds grace);
  /// Prometheus text format: wayleave_drops_….
  std::string metrics_text() const;

 private:
  struct State;
  class Folder;
  std::shared_ptr<State> state_;
  net::IoThreads& threads_;
  std::vector<std::shared_ptr<Folder>> folders_;
  std::vector<std::shared_ptr<Folder>> ending_;      ///< of earlier sites, with a file under way
};

}  // namespace wayleave::gateway
