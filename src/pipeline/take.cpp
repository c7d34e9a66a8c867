#include "pipeline/take.hpp"

namespace wayleave::pipeline {
namespace {

class Gatherer : public edi::Listener {
 public:
  Taken taken;

  void interchange(const edi::InterchangeHead& head) override {
    taken.interchanges.emplace_back().head = head;
    open().groups.emplace_back();
    grouped_ = false;
  }
  void group(const edi::GroupHead& head) override {
    if (grouped_ || !open().sets.empty()) open().groups.emplace_back();
    open().groups.back().head = head;
    grouped_ = true;
  }
  void set(edi::SetReading&& set) override {
    auto& kept = open().sets.emplace_back();
    kept.group = open().groups.size() - 1;
    kept.accepted = set.accepted();
    kept.length = set.length;
    if (edi::is_acknowledgment(open().head.standard, set.head.set))
      kept.acknowledged = edi::read_acknowledgment(open().head.standard, set.bytes, open().head.delimiters);
    kept.head = std::move(set.head);
    kept.flaws = std::move(set.flaws);
    kept.document = std::move(set.document);
  }
  void group_end(const edi::GroupEnd& end) override { open().groups.back().end = end; }
  void interchange_end(const edi::InterchangeEnd& end) override { open().end = end; }
  void stray(const edi::Flaw& flaw) override { taken.strays.push_back(flaw); }
  void technical(const edi::TechnicalAck& ack) override { open().technical.push_back(ack); }

 private:
  TakenInterchange& open() { return taken.interchanges.back(); }
  bool grouped_ = false;
};

}  // namespace

Taken take(std::string_view bytes, const edi::Guides& guides, const edi::ReadLimits& limits) {
  Gatherer gatherer;
  edi::ReadOptions options;
  options.limits = limits;
  edi::Reader reader(guides, gatherer, options);
  reader.feed(bytes);
  reader.finish();
  return std::move(gatherer.taken);
}

}  // namespace wayleave::pipeline
