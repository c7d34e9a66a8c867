// Whole maps, expressions and templates through parser and checker: whatever the bytes, an answer and no crash.
// The first byte chooses; a map is compiled from a file, as the product does it.
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "mapping/expression.hpp"
#include "mapping/map.hpp"
#include "schema/schema.hpp"

namespace {

using namespace wayleave;

struct Bench {
  std::shared_ptr<schema::Library> library;
  schema::SchemaPtr order;
  std::string file;
  Bench() {
    schema::SearchPath path;
    path.roots.push_back(std::string(WAYLEAVE_SOURCE_DIR) + "/schemas");
    library = std::make_shared<schema::Library>(path);
    order = library->load("canonical/order-1.xsd#Order").schema;
    if (!order) __builtin_trap();
    file = "/dev/shm/wayleave-fuzz-" + std::to_string(getpid()) + ".map.xml";
  }
  ~Bench() { unlink(file.c_str()); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Bench bench;
  if (size == 0 || size > (64u << 10)) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  Findings findings;
  switch (data[0] % 3) {
    case 0: mapping::compile_expression(text, bench.order, {}, {"fuzz", 1, 1}, findings); break;
    case 1: mapping::compile_template(text, bench.order, {}, {"fuzz", 1, 1}, findings); break;
    default: {
      std::ofstream(bench.file, std::ios::binary | std::ios::trunc) << text;
      mapping::Maps maps(bench.library, {}, {});
      maps.load(bench.file);
    }
  }
  return 0;
}
