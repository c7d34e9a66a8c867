#include "formats/edi/acknowledge.hpp"

#include <algorithm>

#include "formats/edi/charset.hpp"

namespace wayleave::edi {

void Pieces::append(std::string_view text) {
  if (pieces_.empty() || pieces_.back().size() + text.size() > piece) {
    pieces_.emplace_back();
    pieces_.back().reserve(pieces_.size() == 1 ? std::max<std::size_t>(text.size(), 4096) : std::max(piece, text.size()));
  }
  pieces_.back() += text;
  size_ += text.size();
}

void Pieces::replace(std::string_view mark, char with) {
  for (auto& text : pieces_)
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + mark.size()))
      if ((at == 0 || text[at - 1] == '\n') && at + mark.size() < text.size()) text[at + mark.size()] = with;
}

void Pieces::take(Pieces& other) {
  for (auto& text : other.pieces_) pieces_.push_back(std::move(text));
  size_ += other.size_;
  other.clear();
}

void Pieces::clear() {
  pieces_.clear();
  size_ = 0;
}

void Acknowledger::interchange(const InterchangeHead& head) {
  const auto kind = kind_;
  *this = Acknowledger(kind);
  head_ = head;
}

void Acknowledger::group(const GroupHead& head) {
  group_ = head;
  grouped_ = true;
  group_accepted_ = group_sets_ = 0;
  group_noted_ = false;
  open_.clear();
  open_count_ = 0;
  if (head_.standard != Standard::x12) return;
  count_ = 0;
  if (head.code == "FA" || !group_sender_.empty() || !group_receiver_.empty()) return;
  group_sender_ = head.sender.id;
  group_receiver_ = head.receiver.id;
}

bool Acknowledger::implementation() const {
  if (kind_ == AckKind::f997) return false;
  if (kind_ == AckKind::f999) return true;
  return group_.version.size() >= 6 && group_.version.substr(0, 6) >= "005010";
}

void Acknowledger::set(const SetHead& head, const Flaws& flaws, Fate fate) {
  ++group_sets_;
  if (fate == Fate::accepted) ++accepted_, ++group_accepted_;
  else ++rejected_;
  if (head_.standard == Standard::x12) x12_set(head, flaws, fate);
  else edifact_set(head, flaws, fate);
}

void Acknowledger::refused(const SetHead& head, Refusal refusal) { refused_.push_back({head, group_, std::move(refusal)}); }

void Acknowledger::group_end(const GroupEnd& end) {
  if (head_.standard == Standard::x12) x12_group_end(end);
  else edifact_group_end(end);
  grouped_ = false;
}

bool Acknowledger::due(const InterchangeEnd& end) const {
  if (head_.standard == Standard::edifact) return contrls_ == 0 || contrls_ < sets_;
  return made_ || end.refused() || head_.ack_requested || !refused_.empty();
}

void Acknowledger::finish(const InterchangeEnd& end, const AckNumbers& numbers, const std::function<void(std::string_view)>& sink) {
  if (head_.standard == Standard::x12) x12_finish(end, numbers, sink);
  else edifact_finish(end, numbers, sink);
  const auto kind = kind_;
  *this = Acknowledger(kind);
}

void Acknowledger::segment(Pieces& to, std::initializer_list<std::string_view> elements) {
  const bool x12 = head_.standard == Standard::x12;
  const char separator = x12 ? '*' : '+';
  line_.clear();
  std::size_t used = 0;
  for (const auto element : elements) {
    if (!line_.empty()) line_ += separator;
    line_ += element;
    if (!element.empty()) used = line_.size();
  }
  line_.resize(used);
  line_ += x12 ? "~\n" : "'\n";
  to.append(line_);
}

/// Something must stand there even when the sender did not say it.
std::string Acknowledger::must(std::string_view data, std::size_t most, std::string_view otherwise) const {
  auto out = safe(data, most);
  return out.find_first_not_of(' ') == out.npos ? std::string(otherwise) : out;
}

/// Data of the sender in a segment of ours: without what delimits there, ASCII where the set is not known to have more.
std::string Acknowledger::safe(std::string_view data, std::size_t most) const {
  std::string out;
  if (head_.standard == Standard::x12) {
    for (char c : data) {
      const auto b = static_cast<unsigned char>(c);
      if (b >= 0x80 && (b & 0xc0) == 0x80) continue;
      out += b < 0x20 || b >= 0x7f || c == '*' || c == '~' || c == ':' || c == '^' ? ' ' : c;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out.substr(0, most);
  }
  const bool repeats = head_.version == "4";
  const auto set = head_.version == "1" || head_.version == "2" ? CharacterSet::unob : CharacterSet::latin1;
  std::size_t count = 0;
  for (char c : data) {
    const auto b = static_cast<unsigned char>(c);
    if (b < 0x20 || b == 0x7f) continue;
    if (++count > most) break;
    if (c == '+' || c == ':' || c == '\'' || c == '?' || (repeats && c == '*')) out += '?';
    out += b >= 0x80 ? ((b & 0xc0) == 0x80 ? ' ' : '.') : admits_ascii(set, b) ? c : '.';
  }
  return out;
}

}  // namespace wayleave::edi
