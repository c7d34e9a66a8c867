// Retention, in pieces short enough to stand between other units. Index rows go before the entries they point at, so that
// a reader never meets one without the other.

#include <algorithm>

#include "store/sqlite_session.hpp"

namespace wayleave::store {

namespace {

constexpr int rows_a_piece = 500;
constexpr int lines_a_piece = 100;

}  // namespace

Result<Session::RetainProgress> Session::retain(Time documents_before, Time feeds_before, RetainProgress progress) {
  if (!progress.last_entry) {
    progress.last_entry = last_entry_before(feeds_before);
    index_wide_entries();
  }
  if (retain_lines(progress)) return progress;
  auto entries = retain_entries(progress);
  auto events = db_->run(
    "DELETE FROM event WHERE n IN (SELECT n FROM (SELECT n, recorded FROM event ORDER BY n LIMIT ?) WHERE recorded<?)",
    rows_a_piece, feeds_before
  );
  auto numbers = db_->run(
    "DELETE FROM sequence_number WHERE (scope, sequence, document) IN"
    " (SELECT scope, sequence, document FROM sequence_number WHERE given<? ORDER BY given LIMIT ?)",
    documents_before, rows_a_piece
  );
  bool more_receipts = retain_receipts(documents_before, progress);
  progress.removed += entries;
  progress.finished = entries == 0 && events == 0 && numbers == 0 && !more_receipts;
  return progress;
}

/// By halving: positions and times grow together.
std::int64_t Session::last_entry_before(Time before) {
  std::int64_t low = 0;
  std::int64_t high = next_entry_;
  while (high - low > 1) {
    auto middle = low + (high - low) / 2;
    auto rows = db_->query("SELECT n, recorded FROM entry WHERE n>=? ORDER BY n LIMIT 1", middle);
    if (rows.next() && rows.time(1) < before) {
      low = std::max(middle, rows.integer(0));
    } else {
      high = middle;
    }
  }
  return low;
}

/// True while there are lines left to look at.
bool Session::retain_lines(RetainProgress& progress) {
  struct Found {
    std::int64_t line, upto;
    std::string feed, partner;
  };
  std::vector<Found> found;
  bool more = false;
  {
    auto rows = db_->query(
      "SELECT n, (SELECT max(seq) FROM (SELECT seq, entry FROM line_entry WHERE line=l.n ORDER BY seq LIMIT ?) WHERE entry<=?),"
      " (SELECT text FROM name WHERE n=l.feed), (SELECT text FROM name WHERE n=l.partner) FROM line l WHERE n>=? ORDER BY n"
      " LIMIT ?", rows_a_piece, *progress.last_entry, progress.line, lines_a_piece
    );
    std::int64_t removed = 0;
    while (rows.next()) {
      more = true;
      progress.line = rows.integer(0);
      if (rows.null(1)) {
        ++progress.line;
        continue;
      }
      // The same line again in the next piece: it may have more to give.
      found.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3)});
      removed += rows_a_piece;
      if (removed >= 4 * rows_a_piece) break;
    }
    if (!found.empty()) progress.line = found.front().line;
  }
  for (const auto& [line, upto, feed, partner] : found) {
    auto& state = this->line(feed, partner);
    undo_.emplace_back([&state, base = state.base] { state.base = base; });
    state.base = static_cast<std::uint64_t>(upto);
    db_->run("DELETE FROM line_entry WHERE line=? AND seq<=?", line, upto);
    db_->run("UPDATE line SET base=? WHERE n=?", upto, line);
  }
  return more;
}

std::uint64_t Session::retain_entries(const RetainProgress& progress) {
  auto removed = db_->run(
    "DELETE FROM entry WHERE n IN (SELECT n FROM entry WHERE n<=? ORDER BY n LIMIT ?)", *progress.last_entry, rows_a_piece
  );
  if (removed != 0) {
    db_->run(
      "INSERT INTO meta VALUES('last entry', ?) ON CONFLICT DO UPDATE SET value=max(value, excluded.value)", next_entry_ - 1
    );
  }
  return static_cast<std::uint64_t>(removed);
}

/// True while there may be more.
bool Session::retain_receipts(Time before, RetainProgress& progress) {
  struct Old {
    std::int64_t n, documents;
  };
  std::vector<Old> old;
  bool more = false;
  {
    auto rows = db_->query(
      "SELECT r.n, r.documents, r.received, EXISTS(SELECT 1 FROM document d WHERE d.n>r.n AND d.n<=r.n+r.documents AND"
      " d.open=1) FROM receipt r WHERE r.n>? ORDER BY r.n LIMIT ?", progress.receipt, rows_a_piece
    );
    while (rows.next()) {
      more = rows.time(2) < before;
      if (!more) break;
      progress.receipt = rows.integer(0);
      if (rows.integer(3) == 0) old.push_back({rows.integer(0), rows.integer(1)});
    }
  }
  for (auto [n, documents] : old) {
    auto last = n + documents;
    db_->run("DELETE FROM body WHERE n BETWEEN ? AND ?", n, last);
    db_->run("DELETE FROM stage WHERE document BETWEEN ? AND ?", n, last);
    db_->run("DELETE FROM verdict WHERE document BETWEEN ? AND ?", n, last);
    progress.removed += static_cast<std::uint64_t>(db_->run("DELETE FROM document WHERE n BETWEEN ? AND ?", n, last));
    db_->run("DELETE FROM receipt WHERE n=?", n);
  }
  if (!old.empty()) {
    db_->run(
      "INSERT INTO meta VALUES('last document', ?) ON CONFLICT DO UPDATE SET value=max(value, excluded.value)", next_n_ - 1
    );
  }
  return more;
}

}  // namespace wayleave::store
