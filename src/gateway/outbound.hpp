#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "feed/webhooks.hpp"
#include "gateway/sent.hpp"
#include "pipeline/interchange.hpp"
#include "pipeline/live_site.hpp"

namespace wayleave::gateway {

class CurrentSite;

/// What leaves in a form of its own: entries of feeds, written as the partner's `<receives>` says, just before they are
/// posted. Its coroutines run where they are awaited; the store must outlive it, and it everybody it gave a function to.
class Outbound {
 public:
  Outbound(store::Store& store, const CurrentSite& site, const Clock& clock) : store_(store), site_(site), clock_(clock), sent_(store, clock) {}

  /// An entry → map → the guide's tree → an interchange with the partner's next control number, drawn once for an entry
  /// and only when it can be written: numbers have no gaps, and every attempt gives the same bytes.
  feed::Renderer renderer();
  /// Makes and keeps up the subscriptions of this site's `via="directory"`: new ones begin with what comes from now on,
  /// those that the site no longer has pause, and go on from there when it has them again. Subscriptions of partners that the
  /// site does not have are suspended until it has them. One call at a time.
  struct Followed {
    std::vector<std::string> changed;    ///< which subscriptions
    bool whole = true;                   ///< false: the store took not all of it; again soon. What is new still begins here
  };
  asio::awaitable<Followed> follow(pipeline::LiveSitePtr site);

  /// An acknowledgment for an interchange, group or set of ours: a set's or group's verdict is that of the interchange, which
  /// has one of each.
  asio::awaitable<void> heard(pipeline::Heard heard);
  SentLog& sent() { return sent_; }

 private:
  asio::awaitable<feed::Rendering> render(feed::Sending sending);
  asio::awaitable<feed::Rendering> draw_up(pipeline::LiveSitePtr site, const pipeline::Receiving& receiving, feed::Sending sending);
  asio::awaitable<feed::Rendering> number_and_write(
    const pipeline::Receiving& receiving, feed::Sending sending, std::shared_ptr<const Document> tree
  );

  void ask_for(const pipeline::LiveSite& site, Time now);
  asio::awaitable<Result<store::Cursor>> place_at(store::Line line, Time time, Time now);

  store::Store& store_;
  const CurrentSite& site_;
  const Clock& clock_;
  SentLog sent_;
  std::map<std::string, Time> asked_;    ///< since when the site has these receives, until all of them are kept
};

/// Posts `directory:` endpoints by `files`, all others by `web`.
feed::Poster either(feed::Poster web, feed::Poster files);

}  // namespace wayleave::gateway
