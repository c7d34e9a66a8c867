#include "store/sqlite_session.hpp"

#include <algorithm>
#include <random>

#include "store/audience.hpp"

namespace wayleave::store {

namespace {

/// 60 random bits, short enough to be copied without an allocation.
std::string new_epoch() {
  static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::random_device device;
  std::uint64_t bits = static_cast<std::uint64_t>(device()) << 32 | device();
  std::string epoch(12, '0');
  for (auto& c : epoch) {
    c = alphabet[bits & 31];
    bits >>= 5;
  }
  return epoch;
}

std::int64_t one(sqlite::Rows rows) { return rows.next() ? rows.integer(0) : 0; }

// Each restart begins a new block of tokens, so that a token is never given twice though leases are not in the file.
constexpr unsigned token_block_bits = 40;

// From how many readers on an entry's numbers are indexed later, with those of others.
constexpr std::size_t wide_audience = 32;

}  // namespace

std::string lane_name(std::string_view lane, std::string_view document) {
  if (!lane.empty()) return std::string{lane};
  std::string name{"#"};
  name += document;
  return name;
}

Session::Session(std::unique_ptr<sqlite::Connection> db, const Clock& clock) : db_(std::move(db)), clock_(clock) {
  db_->run("BEGIN IMMEDIATE");
  db_->run("INSERT INTO meta VALUES('starts', 1) ON CONFLICT DO UPDATE SET value=value+1");
  index_wide_entries();
  db_->run("COMMIT");
  next_token_ = static_cast<std::uint64_t>(one(db_->query("SELECT value FROM meta WHERE name='starts'"))) << token_block_bits;
  next_n_ = 1 + std::max({
    one(db_->query("SELECT max(n) FROM receipt")), one(db_->query("SELECT max(n) FROM document")),
    one(db_->query("SELECT value FROM meta WHERE name='last document'"))
  });
  next_entry_ = 1 + std::max(
    one(db_->query("SELECT max(n) FROM entry")), one(db_->query("SELECT value FROM meta WHERE name='last entry'"))
  );
  counts_.parked = static_cast<std::uint64_t>(one(db_->query("SELECT count(*) FROM document WHERE status IN (6, 7) AND status=6")));
  counts_.unknown = static_cast<std::uint64_t>(one(db_->query("SELECT count(*) FROM document WHERE status IN (6, 7) AND status=7")));
  auto open = one(db_->query("SELECT count(*) FROM document WHERE open=1"));
  counts_.waiting = static_cast<std::uint64_t>(open) - counts_.parked - counts_.unknown;
}

void Session::begin() {
  // Before the transaction: when it cannot begin, going back must lead here and not to the beginning of the one before.
  changes_at_begin_ = db_->changes();
  next_n_at_begin_ = next_n_;
  next_entry_at_begin_ = next_entry_;
  counts_at_begin_ = counts_;
  wide_entries_at_begin_ = wide_entries_;
  now_ = clock_.now();
  undo_.clear();
  appended_.clear();
  db_->run("BEGIN IMMEDIATE");
}

void Session::commit() {
  db_->run("COMMIT");
  undo_.clear();
}

void Session::roll_back() noexcept {
  db_->roll_back();
  next_n_ = next_n_at_begin_;
  next_entry_ = next_entry_at_begin_;
  counts_ = counts_at_begin_;
  wide_entries_ = wide_entries_at_begin_;
  for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) (*step)();
  undo_.clear();
  appended_.clear();
}

void Session::probe() {
  db_->run("INSERT OR REPLACE INTO meta VALUES('probe', zeroblob(262144))");
}

void Session::end_probe() { db_->run("DELETE FROM meta WHERE name='probe'"); }

std::optional<std::int64_t> Session::known_name(std::string_view text) {
  if (auto known = names_.find(text); known != names_.end()) return known->second;
  auto rows = db_->query("SELECT n FROM name WHERE text=?", text);
  if (!rows.next()) return std::nullopt;
  auto n = rows.integer(0);
  // It may have been added in this transaction; a name found here is not worth an undo step of its own.
  undo_.emplace_back([this, n] { std::erase_if(names_, [n](const auto& name) { return name.second == n; }); });
  names_.emplace(text, n);
  return n;
}

std::int64_t Session::name(std::string_view text) {
  if (auto known = known_name(text)) return *known;
  db_->run("INSERT INTO name(text) VALUES(?)", text);
  return known_name(text).value();
}

Session::LineState& Session::line(std::string_view feed, std::string_view partner) {
  auto of_feed = lines_.find(feed);
  if (of_feed == lines_.end()) of_feed = lines_.emplace(feed, ByText<LineState>{}).first;
  auto& lines = of_feed->second;
  if (auto known = lines.find(partner); known != lines.end()) return known->second;

  LineState state;
  auto feed_n = name(feed);
  auto partner_n = name(partner);
  {
    auto rows = db_->query("SELECT n, epoch, base FROM line WHERE feed=? AND partner=?", feed_n, partner_n);
    if (rows.next()) {
      state.n = rows.integer(0);
      state.epoch = rows.text(1);
      state.base = static_cast<std::uint64_t>(rows.integer(2));
    }
  }
  if (state.n == 0) {
    state.epoch = new_epoch();
    db_->run("INSERT INTO line(feed, partner, epoch) VALUES(?, ?, ?)", feed_n, partner_n, state.epoch);
    state.n = db_->last_row();
  } else {
    // What a line got while it was not in memory went through the index: wide entries are indexed at the start.
    auto last = one(db_->query("SELECT max(seq) FROM line_entry WHERE line=?", state.n));
    state.last = std::max(state.base, static_cast<std::uint64_t>(last));
  }
  auto placed = lines.emplace(partner, std::move(state)).first;
  undo_.emplace_back([&lines, partner = placed->first] { lines.erase(partner); });
  return placed->second;
}

void Session::publish(const NewEntry& entry) {
  auto n = next_entry_++;
  db_->run(
    "INSERT INTO entry(n, feed, recorded, key, event_id, body) VALUES(?, ?, ?, ?, ?, ?)", n, name(entry.feed), now_,
    sqlite::OrNull{entry.key}, sqlite::OrNull{entry.event_id}, entry.body
  );
  bool wide = entry.audience.size() >= wide_audience;
  Audience numbers;
  auto number = [&](const std::string& partner) {
    auto& line = this->line(entry.feed, partner);
    undo_.emplace_back([&line] { --line.last; });
    ++line.last;
    if (wide) {
      numbers.add(line.n, line.last);
    } else {
      db_->run("INSERT INTO line_entry(line, seq, entry) VALUES(?, ?, ?)", line.n, line.last, n);
    }
    auto& told = appended_.emplace_back();
    told.line.feed = entry.feed;
    told.line.partner = partner;
    told.epoch = line.epoch;
    told.entry.seq = line.last;
    told.entry.position = static_cast<std::uint64_t>(n);
    told.entry.key = entry.key;
    told.entry.event_id = entry.event_id;
    told.entry.recorded = now_;
    told.entry.body = entry.body;
  };
  auto unordered = [](const std::string& a, const std::string& b) { return a >= b; };
  if (std::ranges::adjacent_find(entry.audience, unordered) == entry.audience.end()) {
    for (const auto& partner : entry.audience) number(partner);
  } else {
    auto audience = entry.audience;
    std::ranges::sort(audience);
    audience.erase(std::unique(audience.begin(), audience.end()), audience.end());
    for (const auto& partner : audience) number(partner);
  }
  if (wide) {
    db_->run("INSERT INTO wide_entry(entry, audience) VALUES(?, ?)", n, sqlite::Blob{numbers.pack()});
    ++wide_entries_;
  }
}

void Session::index_wide_entries() {
  struct Number {
    std::int64_t line;
    std::uint64_t seq;
    std::int64_t entry;
    auto operator<=>(const Number&) const = default;
  };
  std::vector<Number> all;
  {
    auto rows = db_->query("SELECT entry, audience FROM wide_entry");
    while (rows.next()) {
      auto entry = rows.integer(0);
      Audience::each(rows.view(1), [&](std::int64_t line, std::uint64_t seq) { all.push_back({line, seq, entry}); });
    }
  }
  if (all.empty()) return;
  std::ranges::sort(all);
  for (const auto& number : all) {
    db_->run("INSERT INTO line_entry(line, seq, entry) VALUES(?, ?, ?)", number.line, number.seq, number.entry);
  }
  db_->run("DELETE FROM wide_entry");
  wide_entries_ = 0;
}

void Session::publish(const std::vector<NewEntry>& entries) {
  for (const auto& entry : entries) publish(entry);
}

void Session::count(Status status, bool open, std::int64_t by) {
  if (!open) return;
  auto& counter = status == Status::parked ? counts_.parked : status == Status::unknown ? counts_.unknown : counts_.waiting;
  counter += static_cast<std::uint64_t>(by);
}

}  // namespace wayleave::store
