#include "cli/workbench.hpp"

#include "config/site.hpp"
#include "gateway/build_site.hpp"

namespace wayleave::cli {

namespace fs = std::filesystem;

Workbench::Workbench(const std::string& given, const std::string& map) {
  if (!given.empty()) {
    site = given;
  } else {
    std::error_code ec;
    const auto absolute = fs::absolute(map, ec);
    site = config::enclosing_site(absolute.parent_path()).value_or(config::enclosing_site(fs::current_path()).value_or(""));
  }
  schemas = std::make_shared<schema::Library>(gateway::schema_path(site));
  auto states = gateway::load_states(*schemas, findings);
  maps = std::make_unique<mapping::Maps>(schemas, gateway::mapping_path(site), std::move(states));
}

mapping::Maps::Compiled Workbench::load(const std::string& name) { return maps->load(located(name)); }

std::string located(const std::string& name) {
  std::error_code ec;
  return fs::exists(name, ec) ? fs::absolute(name, ec).lexically_normal().string() : name;
}

}  // namespace wayleave::cli
