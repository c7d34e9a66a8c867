#include "pipeline/take.hpp"

namespace wayleave::pipeline {
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
