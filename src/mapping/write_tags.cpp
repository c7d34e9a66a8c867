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
    if (!map_.root || map_.root->kind == TemplateNode::Kind::xslt) return;
    auto roots = roots_of(*map_.root);
    if (roots.empty()) return;
    gather(*map_.root);
    for (auto type : map_.copied) gather(type);
    for (const auto& definition : map_.definitions) {
      for (const auto& node : definition->body) gather(*node);
    }
    const std::string root_namespace(names::ns(model_.element(roots[0]->element).name));
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
    for (auto* root : roots) root->opening += declarations;
    tag_copies();
    for (auto& definition : map_.definitions) {
      for (auto& node : definition->body) tag(*node);
    }
  }

 private:
  static constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";

  // The root element, or that of each message.
  static std::vector<TemplateNode*> roots_of(TemplateNode& root) {
    if (root.kind == TemplateNode::Kind::element) return root.element == schema::none ? std::vector<TemplateNode*>() : std::vector{&root};
    std::vector<TemplateNode*> found;
    for (auto& message : root.children) {
      for (auto& child : message->children) {
        if (child->kind == TemplateNode::Kind::element && child->element != schema::none) found.push_back(child.get());
      }
    }
    return found;
  }

  // What a copied element may hold, all the way down.
  void gather(schema::TypeId type) {
    if (!copied_types_.insert(type).second) return;
    for (const auto& use : model_.type(type).attributes) {
      attributes_.emplace(names::ns(use.name));
      copied_attributes_.insert(use.name);
    }
    for (const auto& use : model_.type(type).children) {
      const auto& element = model_.element(use.element);
      elements_.emplace(names::ns(element.name));
      copied_elements_.insert(element.name);
      gather(element.type);
    }
  }

  void tag_copies() {
    for (auto name : copied_elements_) map_.copy_tags[name] = qualified(name);
    for (auto name : copied_attributes_) {
      const std::string ns(names::ns(name));
      map_.copy_tags[name] = (ns.empty() ? "" : ns == xml_namespace ? "xml:" : attribute_prefixes_.at(ns) + ":") + std::string(names::local(name));
    }
  }

  std::string qualified(NameId name) const {
    auto prefix = prefixes_.find(std::string(names::ns(name)));
    return (prefix == prefixes_.end() || prefix->second.empty() ? "" : prefix->second + ":") + std::string(names::local(name));
  }

  void gather(const TemplateNode& node) {
    const bool copies = node.kind == TemplateNode::Kind::copy;
    if ((node.kind == TemplateNode::Kind::element || copies) && node.element != schema::none) {
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
      const auto* ns = c_.namespace_of(attribute.prefix, attribute.name_span.file);
      if (ns && *ns == names::ns(use.name)) return *ns;
    }
    return {};
  }

  // The map's own prefix for it, else ns1, ns2, …
  std::string own_prefix(const std::string& ns) {
    for (const auto& [file, prefix, declared] : c_.prefixes) {
      if (declared == ns && !prefix.empty() && taken_.insert(prefix).second) return prefix;
    }
    for (int i = 1;; ++i) {
      auto prefix = fmt::format("ns{}", i);
      if (taken_.insert(prefix).second) return prefix;
    }
  }

  void tag(TemplateNode& node) {
    if ((node.kind == TemplateNode::Kind::element || node.kind == TemplateNode::Kind::copy) && node.element != schema::none) {
      const auto tag = qualified(model_.element(node.element).name);
      node.opening = "<" + tag;
      node.closing = "</" + tag + ">";
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
  std::set<schema::TypeId> copied_types_;
  std::set<NameId> copied_elements_, copied_attributes_;   ///< attributes and elements of one name and namespace are written alike
};

}  // namespace

void write_tags(MapSource& map, const schema::Model& target, const Compilation& compilation) {
  Tagger(map, target, compilation).run();
}

}  // namespace wayleave::mapping
