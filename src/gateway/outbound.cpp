#include "gateway/outbound.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "formats/xml/read.hpp"
#include "gateway/interchanges.hpp"
#include "gateway/receives.hpp"
#include "gateway/services.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::gateway {
namespace {

using feed::Rendering;
using feed::Sending;
using pipeline::Receiving;

Rendering plain(Rendering::Kind kind, std::string reason = {}) {
  Rendering out;
  out.kind = kind;
  out.reason = std::move(reason);
  return out;
}
Rendering refused(std::string reason) { return plain(Rendering::Kind::refused, std::move(reason)); }
Rendering later(const Problem& why) { return plain(Rendering::Kind::later, why.detail); }

/// In the words of the first that is an error.
Rendering refused(const Findings& findings, const std::string& by) {
  for (const auto& finding : findings) {
    if (finding.severity != Severity::error) continue;
    auto reason = finding.code + ": " + finding.message;
    if (!finding.path.empty() && finding.path != "/") reason += " (" + finding.path + ")";
    return refused(by.empty() ? reason : by + ": " + reason);
  }
  return refused(by);
}

/// For whom numbers are drawn: this entry, written by this `<receives>`.
std::string drawn_for(const Receiving& receiving, const Sending& sending) {
  return receiving.id + ":" + store::Cursor{sending.epoch, sending.entry.seq}.text();
}

mapping::Context context_of(const pipeline::LiveSite& site, const Receiving& receiving, const Sending& sending, store::Store& store) {
  store::DocumentRecord entry;
  entry.id = sending.entry.event_id;
  entry.partner = sending.partner;
  entry.kind = sending.feed;
  entry.key = sending.entry.key;
  entry.received = sending.entry.recorded;
  auto context = pipeline::make_context(site, entry, store);
  for (const auto& [name, text] : receiving.config->parameters) context.parameters[name] = text.value;
  return context;
}

}  // namespace

feed::Poster either(feed::Poster web, feed::Poster files) {
  return [web = std::move(web), files = std::move(files)](feed::Post post) {
    const bool file = post.url.starts_with(feed::directory_scheme);
    return file ? files(std::move(post)) : web(std::move(post));
  };
}

feed::Renderer Outbound::renderer() {
  return [this](Sending sending) { return render(std::move(sending)); };
}

asio::awaitable<Rendering> Outbound::render(Sending sending) {
  const auto site = site_.get();
  const auto format = sending.feed == "acknowledgments" ? acknowledgment_format(sending.entry) : std::string();
  const auto* receiving = sending.inward ? receiving_of(*site, sending.partner, sending.subscription)
                                         : shape_of(*site, sending.partner, sending.feed, format);
  if (!receiving) co_return sending.inward ? plain(Rendering::Kind::later, "the site has no such receives any more") : Rendering{};
  if (sending.feed == "acknowledgments" && receiving->config->edi()) {
    if (receiving->config->format != format) co_return plain(Rendering::Kind::nothing);
    const auto receipt = acknowledgment_elsewhere(sending.entry);
    if (receipt.empty()) co_return acknowledgment(sending.entry);
    const auto kept = store_.receipt(receipt);
    if (!kept) co_return later(kept.error());
    if (!*kept || !(*kept)->acknowledgment) co_return refused("the acknowledgment of receipt " + receipt + " is not kept any more");
    co_return acknowledgment(sending.entry, (*kept)->acknowledgment);
  }
  Rendering out;
  try {
    auto work = draw_up(site, *receiving, std::move(sending));
    out = co_await std::move(work);
  } catch (const std::exception& exception) {
    log::error("outbound-exception", {{"receives", receiving->id}, {"problem", exception.what()}});
    out = refused("a fault of the gateway's own; see its log");
  }
  co_return out;
}

asio::awaitable<Rendering> Outbound::draw_up(pipeline::LiveSitePtr site, const Receiving& receiving, Sending sending) {
  Rendering as_it_is;
  as_it_is.name = entry_name(sending);
  if (!receiving.map) co_return as_it_is;
  auto entry = xml::read_own(*sending.entry.body, *receiving.map->source());
  if (!entry.valid()) co_return refused(entry.findings, "the entry is not what map " + receiving.map->name() + " reads");
  auto context = context_of(*site, receiving, sending, store_);
  std::map<std::string, std::uint64_t, std::less<>> numbers;
  for (const auto& sequence : receiving.map->sequences()) {
    auto scope = sequence.per_partner ? "partner " + sending.partner : std::string("gateway");
    auto unit = store_.number(std::move(scope), sequence.name, drawn_for(receiving, sending));
    auto number = co_await std::move(unit);
    if (!number) co_return later(number.error());
    numbers[sequence.name] = *number;
  }
  context.sequence = [&numbers](std::string_view name) {
    const auto found = numbers.find(name);
    return found == numbers.end() ? 1 : found->second;
  };
  auto mapped = mapping::run(*receiving.map, *entry.document, context);
  if (!mapped.ok()) co_return refused(mapped.findings, "");
  if (!receiving.guide) {
    const auto judged = xml::read_own(mapped.xml, *receiving.map->target());
    if (!judged.valid()) co_return refused(judged.findings, "what map " + receiving.map->name() + " made is not valid");
    Rendering made = std::move(as_it_is);
    made.kind = Rendering::Kind::made;
    made.body = std::make_shared<const std::string>(std::move(mapped.xml));
    made.schema = names::ns(receiving.map->target()->root_name());
    co_return made;
  }
  auto reading = xml::read_wellformed(std::move(mapped.xml));
  if (!reading.document) co_return refused(reading.findings, "what map " + receiving.map->name() + " made");
  auto tree = std::make_shared<const Document>(std::move(*reading.document));
  // Whether it can be written is known before it has a number: what is refused leaves no gap.
  std::string draft;
  const auto findings = write_interchange(receiving, sending.entry.recorded, *tree, 0, draft);
  if (has_errors(findings)) co_return refused(findings, "what map " + receiving.map->name() + " made cannot be written");
  auto writing = number_and_write(receiving, std::move(sending), std::move(tree));
  co_return co_await std::move(writing);
}

asio::awaitable<Rendering> Outbound::number_and_write(const Receiving& receiving, Sending sending, std::shared_ptr<const Document> tree) {
  auto drawing = store_.number(sending.partner, "interchange", drawn_for(receiving, sending));
  auto number = co_await std::move(drawing);
  if (!number) co_return later(number.error());
  SentLog::Interchange interchange;
  interchange.partner = sending.partner;
  interchange.standard = receiving.guide->standard;
  interchange.control = control_of(*number);
  interchange.set = receiving.guide->set;
  interchange.version = receiving.config->version;
  interchange.set_control = set_control(receiving.guide->standard);
  interchange.feed = sending.feed;
  interchange.event = sending.entry.event_id;
  interchange.key = sending.entry.key;
  interchange.cursor = store::Cursor{sending.epoch, sending.entry.seq}.text();
  interchange.via = receiving.config->via;
  interchange.made = sending.entry.recorded;
  auto known = sent_.known(interchange);
  // Control numbers begin again after the last one: what has this number may be another interchange.
  for (int taken = 1; known && *known == SentLog::Known::another; ++taken) {
    log::warning("control-number-taken", {{"interchange", interchange.id()}, {"receives", receiving.id}, {"cursor", interchange.cursor}});
    auto again = store_.number(sending.partner, "interchange", drawn_for(receiving, sending) + "+" + std::to_string(taken));
    number = co_await std::move(again);
    if (!number) co_return later(number.error());
    interchange.control = control_of(*number);
    known = sent_.known(interchange);
  }
  if (!known) co_return later(known.error());
  // A file that is known to be there was perhaps fetched and removed already: not once more after a crash.
  if (sending.inward && *known == SentLog::Known::left) co_return plain(Rendering::Kind::nothing);
  const auto id = interchange.id();
  Rendering made;
  std::string bytes;
  (void)write_interchange(receiving, sending.entry.recorded, *tree, interchange.control, bytes);
  made.kind = Rendering::Kind::made;
  made.body = std::make_shared<const std::string>(std::move(bytes));
  made.content_type = content_type(receiving.guide->standard);
  made.schema = names::ns(receiving.guide->root().name);
  made.name = interchange_name(receiving.guide->set, interchange.control);
  made.taken = [this, id] { return sent_.left(id); };
  auto beginning = sent_.begin(std::move(interchange));
  const bool kept = co_await std::move(beginning);
  if (!kept) co_return plain(Rendering::Kind::later, "the store could not keep that it is sent");
  co_return made;
}

// ------------------------------------------------------------------------------------------------------- what comes back

namespace {

Answer answer_of(const pipeline::Heard& heard) {
  using Said = edi::Acknowledged;
  const bool envelope = heard.standard == edi::Standard::x12 && heard.said.level == Said::Level::interchange;
  switch (heard.said.verdict) {
    case Said::Verdict::accepted:
    case Said::Verdict::accepted_with_errors: return envelope ? Answer::arrived : Answer::accepted;
    case Said::Verdict::partly: return Answer::partly;
    case Said::Verdict::rejected: return Answer::rejected;
    case Said::Verdict::received: return Answer::arrived;
  }
  return Answer::arrived;
}

About::Level about_level(edi::Acknowledged::Level level) {
  switch (level) {
    case edi::Acknowledged::Level::interchange: return About::Level::interchange;
    case edi::Acknowledged::Level::group: return About::Level::group;
    case edi::Acknowledged::Level::set: return About::Level::set;
  }
  return About::Level::set;
}

/// For operators: what it was said of, and the reason as the partner codes it.
std::string note_of(const edi::Acknowledged& said) {
  using Said = edi::Acknowledged;
  std::string note = said.level == Said::Level::interchange ? "interchange" : said.level == Said::Level::group ? "group" : "set";
  if (!said.set.empty()) note += " " + said.set;
  if (!said.control.empty()) note += " " + said.control;
  if (said.verdict == Said::Verdict::accepted_with_errors) note += ", with errors";
  if (!said.code.empty()) note += ", reason " + said.code;
  return note;
}

}  // namespace

asio::awaitable<void> Outbound::heard(pipeline::Heard heard) {
  // We number a group as its interchange; a 997 or 999 names the group only.
  auto control = heard.said.interchange.empty() ? heard.said.group : heard.said.interchange;
  const auto answer = answer_of(heard);
  auto note = note_of(heard.said);
  About about{about_level(heard.said.level), heard.said.set, heard.said.control};
  auto work = sent_.acknowledged(heard.partner, heard.standard, std::move(control), answer, std::move(note), std::move(about));
  const auto kept = co_await std::move(work);
  if (!kept) log::error("acknowledgment-not-kept", {{"partner", heard.partner}, {"reason", kept.error().detail}});
}

// --------------------------------------------------------------------------------------------------- subscriptions of ours

namespace {

/// Those of partners that the site does not have stand still; when it has them again they go on.
std::vector<store::Subscription> of_partners(const pipeline::LiveSite& site, const std::vector<store::Subscription>& all) {
  using Status = store::Subscription::Status;
  std::vector<store::Subscription> changed;
  for (auto subscription : all) {
    if (feed::is_ours(subscription)) continue;
    const auto reason = "the site has no partner " + subscription.partner + " any more";
    if (!site.partner(subscription.partner)) {
      if (subscription.status != Status::active) continue;
      subscription.status = Status::suspended;
      subscription.reason = reason;
      log::warning("subscription-without-partner", {{"subscription", subscription.id}, {"partner", subscription.partner}});
    } else if (subscription.status == Status::suspended && subscription.reason == reason) {
      subscription.status = Status::active;
      subscription.reason.clear();
      subscription.failing_since.reset();
    } else {
      continue;
    }
    changed.push_back(std::move(subscription));
  }
  return changed;
}

}  // namespace

void Outbound::ask_for(const pipeline::LiveSite& site, Time now) {
  std::map<std::string, Time> asked;
  for (const auto& [partner, all] : site.receives)
    for (const auto& receiving : all) {
      const auto before = asked_.find(receiving.id);
      if (receiving.by_directory()) asked[receiving.id] = before == asked_.end() ? now : before->second;
    }
  asked_ = std::move(asked);
}

asio::awaitable<Result<store::Cursor>> Outbound::place_at(store::Line line, Time time, Time now) {
  auto asking = store_.line_head(line);
  const auto head = co_await std::move(asking);
  if (!head) co_return head.error();
  if (time == now) co_return store::Cursor{head->epoch, head->last};
  // What was recorded since belongs to it. Numbers and times grow together.
  auto low = head->first - 1, high = head->last;
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    const auto entries = store_.read_line(line, middle - 1, 1);
    if (!entries) co_return entries.error();
    if (!entries->empty() && entries->front().recorded >= time) high = middle - 1;
    else low = middle;
  }
  co_return store::Cursor{head->epoch, low};
}

asio::awaitable<Outbound::Followed> Outbound::follow(pipeline::LiveSitePtr site) {
  using Status = store::Subscription::Status;
  Followed followed;
  const auto now = clock_.now();
  ask_for(*site, now);
  auto stored = store_.subscriptions("");
  if (!stored) {
    log::error("receives-not-loaded", {{"reason", stored.error().detail}});
    followed.whole = false;
    co_return followed;
  }
  auto wanted = of_partners(*site, *stored);
  std::erase_if(*stored, [](const auto& subscription) { return !feed::is_ours(subscription); });
  for (const auto& [partner, all] : site->receives) {
    for (const auto& receiving : all) {
      if (!receiving.by_directory()) continue;
      const auto endpoint = std::string(feed::directory_scheme) + receiving.folder;
      const auto known = std::ranges::find(*stored, receiving.id, &store::Subscription::id);
      store::Subscription subscription;
      if (known != stored->end()) {
        subscription = std::move(*known);
        stored->erase(known);
        if (subscription.status == Status::active && subscription.endpoint == endpoint) continue;
      } else {
        auto placing = place_at({receiving.config->feed, partner}, asked_[receiving.id], now);
        auto cursor = co_await std::move(placing);
        if (!cursor) {
          log::error("receives-not-begun", {{"receives", receiving.id}, {"reason", cursor.error().detail}, {"next", "tried again in a second"}});
          followed.whole = false;
          continue;
        }
        subscription.id = receiving.id;
        subscription.partner = partner;
        subscription.feed = receiving.config->feed;
        subscription.secret = feed::new_secret();
        subscription.cursor = std::move(*cursor);
        subscription.created = clock_.now();
      }
      subscription.endpoint = endpoint;
      subscription.status = Status::active;
      subscription.reason.clear();
      subscription.failing_since.reset();
      wanted.push_back(std::move(subscription));
    }
  }
  for (auto& gone : *stored) {
    if (gone.status != Status::active) continue;
    gone.status = Status::paused;
    gone.reason = "the site has no such receives any more";
    wanted.push_back(std::move(gone));
  }
  for (auto& subscription : wanted) {
    const auto id = subscription.id;
    auto unit = store_.put_subscription(std::move(subscription));
    const auto kept = co_await std::move(unit);
    if (kept) followed.changed.push_back(id);
    else log::error("receives-not-kept", {{"receives", id}, {"reason", kept.error().detail}}), followed.whole = false;
  }
  if (followed.whole) asked_.clear();
  co_return followed;
}

}  // namespace wayleave::gateway
