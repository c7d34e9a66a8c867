#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "formats/xml/write.hpp"
#include "mapping/check_map.hpp"

namespace wayleave::mapping {
namespace {

// Which prefix each namespace of the target is written with. The root's namespace is the default one, unless some element
// has no namespace: then nothing can be the default, and every namespace takes a prefix.
class Tagger {
 public:
  Tagger(MapSource& map, const schema::Model& model, const Compilation& compilation) : map_(map), model_(model), c_(compilation) {}

  void run() {
    if (!map_.root || map_.root->element == schema::none) return;
    gather(*map_.root);
    for (const auto& definition : map_.definitions) {
      for (const auto& node : definition->body) gather(*node);
    }
    const std::string root_namespace(names::ns(model_.element(map_.root->element).name));
    const bool prefix_all = elements_.contains("") && !root_namespace.empty();
    std::string declarations;
    for (const auto& ns : elements_) {
      if (ns.empty()) continue;
      if (ns == root_namespace && !prefix_all) {
        prefixes_[ns] = "";
        continue;
      }
      prefixes_[ns] = own_prefix(ns);
    }
    for (const auto& ns : attributes_) {
      if (ns.empty() || ns == xml_namespace) continue;
      // An attribute without prefix has no namespace, so the default declaration does not do for it.
      if (!prefixes_.contains(ns) || prefixes_[ns].empty()) attribute_prefixes_[ns] = own_prefix(ns);
      else attribute_prefixes_[ns] = prefixes_[ns];
    }
    std::set<std::pair<std::string, std::string>> declared;
    for (const auto& [ns, prefix] : prefixes_) declared.emplace(prefix, ns);
    for (const auto& [ns, prefix] : attribute_prefixes_) declared.emplace(prefix, ns);
    for (const auto& [prefix, ns] : declared) {
      declarations += prefix.empty() ? " xmlns=\"" : " xmlns:" + prefix + "=\"";
      xml::escape_attribute(declarations, ns);
      declarations += '"';
    }
    tag(*map_.root);
    map_.root->opening += declarations;
    for (auto& definition : map_.definitions) {
      for (auto& node : definition->body) tag(*node);
    }
  }

 private:
  static constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";

  void gather(const TemplateNode& node) {
    if (node.kind == TemplateNode::Kind::element && node.element != schema::none) {
      elements_.emplace(names::ns(model_.element(node.element).name));
      for (const auto& attribute : node.attributes) attributes_.insert(namespace_of(node, attribute));
    }
    for (const auto& child : node.children) gather(*child);
  }

  std::string namespace_of(const TemplateNode& node, const TemplateAttribute& attribute) const {
    if (attribute.prefix == "xml") return std::string(xml_namespace);
    for (const auto& use : model_.type(node.type).attributes) {
      if (names::local(use.name) != attribute.name) continue;
      if (attribute.prefix.empty()) return std::string(names::ns(use.name));
      for (const auto& [prefix, ns] : c_.prefixes) {
        if (prefix == attribute.prefix && ns == names::ns(use.name)) return ns;
      }
    }
    return {};
  }

  // The map's own prefix for it, else ns1, ns2, …
  std::string own_prefix(const std::string& ns) {
    for (const auto& [prefix, declared] : c_.prefixes) {
      if (declared == ns && !prefix.empty() && taken_.insert(prefix).second) return prefix;
    }
    for (int i = 1;; ++i) {
      auto prefix = fmt::format("ns{}", i);
      if (taken_.insert(prefix).second) return prefix;
    }
  }

  void tag(TemplateNode& node) {
    if (node.kind == TemplateNode::Kind::element && node.element != schema::none) {
      const auto name = model_.element(node.element).name;
      auto prefix = prefixes_.find(std::string(names::ns(name)));
      const std::string qualified =
        (prefix == prefixes_.end() || prefix->second.empty() ? "" : prefix->second + ":") + std::string(names::local(name));
      node.opening = "<" + qualified;
      node.closing = "</" + qualified + ">";
      for (auto& attribute : node.attributes) {
        auto ns = namespace_of(node, attribute);
        std::string written = attribute.name;
        if (ns == xml_namespace) written = "xml:" + written;
        else if (!ns.empty()) written = attribute_prefixes_.at(ns) + ":" + written;
        attribute.opening = " " + written + "=\"";
      }
    }
    for (auto& child : node.children) tag(*child);
  }

  MapSource& map_;
  const schema::Model& model_;
  const Compilation& c_;
  std::set<std::string> elements_, attributes_;
  std::map<std::string, std::string> prefixes_, attribute_prefixes_;
  std::set<std::string> taken_;
};

}  // namespace

void write_tags(MapSource& map, const schema::Model& target, const Compilation& compilation) {
  Tagger(map, target, compilation).run();
}

}  // namespace wayleave::mapping
