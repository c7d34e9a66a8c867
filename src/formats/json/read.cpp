#include "formats/json/read.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "formats/json/members.hpp"
#include "formats/json/order.hpp"
#include "formats/json/value.hpp"
#include "formats/xml/characters.hpp"
#include "formats/xml/write.hpp"

namespace wayleave::json {
namespace {

constexpr std::size_t most_bytes = 1u << 20, most_depth = 64;

/// The first thing that does not fit, thrown and caught within this file.
struct Misfit {
  std::string detail;
};

class XmlBuilder {
 public:
  explicit XmlBuilder(const schema::Model& model) : model_(model) {}

  std::string run(const Value& value, schema::ElementId root) {
    element(value, root, "");
    return std::move(out_);
  }

 private:
  [[noreturn]] void misfit(const std::string& what) const { throw Misfit{path_ + ": " + what}; }

  void element(const Value& value, schema::ElementId id, std::string_view outer_namespace) {
    const auto& declared = model_.element(id);
    const std::string local(names::local(declared.name));
    const std::string_view ns = names::ns(declared.name);
    const std::size_t before = path_.size();
    path_ += "/" + local;
    writer_.start(local);
    if (ns != outer_namespace) writer_.attribute("xmlns", ns);
    if (value.kind == Value::null) {
      if (!declared.nillable) misfit("null is not allowed here");
      nil();
    } else if (declared.type == schema::none) {
      writer_.text(scalar(value));
    } else {
      content(value, declared.type, ns);
    }
    writer_.end();
    path_.resize(before);
  }

  void nil() {
    writer_.attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance").attribute("xsi:nil", "true");
  }

  void content(const Value& value, schema::TypeId type_id, std::string_view ns) {
    const auto& type = model_.type(type_id);
    const bool simple = type.content == schema::Content::simple, mixed = type.content == schema::Content::mixed;
    if ((simple || mixed) && value.kind != Value::object) return void(writer_.text(scalar(value)));
    if (value.kind != Value::object) misfit("an object is expected");
    if (simple && !has_value_member(type)) misfit("a single value is expected, not an object");
    check_members(value, type_id, simple || mixed);
    attributes(value, type_id);
    if (const Value* text = simple || mixed ? member(value, "value") : nullptr) {
      if (text->kind == Value::null)
        nil();
      else
        writer_.text(scalar(*text));
    }
    if (!simple) children(value, type_id, ns);
  }

  void children(const Value& object, schema::TypeId type, std::string_view ns) {
    std::vector<schema::ElementId> elements;
    std::vector<const Value*> values;
    for (const auto& [name, value] : object.members) {
      const Child child = child_of(model_, type, name);
      if (!child.use || (value.kind == Value::null && !model_.element(child.element).nillable)) continue;
      if (value.kind != Value::array) {
        elements.push_back(child.element);
        values.push_back(&value);
        continue;
      }
      if (child.use->max <= 1 && value.items.size() > 1) misfit("the member " + name + " occurs at most once");
      for (const Value& item : value.items) {
        elements.push_back(child.element);
        values.push_back(&item);
      }
    }
    for (const std::size_t i : schema_order(model_, type, elements)) element(*values[i], elements[i], ns);
  }

  void attributes(const Value& object, schema::TypeId type) {
    unsigned number = 0;
    for (const auto& use : model_.type(type).attributes) {
      const std::string local(names::local(use.name));
      const Value* value = member(object, attribute_member(model_, type, local));
      if (!value || value->kind == Value::null) continue;
      const std::string_view ns = names::ns(use.name);
      std::string name = local;
      if (ns == "http://www.w3.org/XML/1998/namespace") {
        name = "xml:" + local;
      } else if (!ns.empty()) {
        const std::string prefix = "a" + std::to_string(++number);
        writer_.attribute("xmlns:" + prefix, ns);
        name = prefix + ":" + local;
      }
      writer_.attribute(name, scalar(*value));
    }
  }

  void check_members(const Value& object, schema::TypeId type, bool with_text) const {
    std::vector<std::string> known;
    for (const auto& use : model_.type(type).attributes)
      known.push_back(attribute_member(model_, type, names::local(use.name)));
    if (with_text) known.push_back("value");
    for (const auto& use : model_.type(type).children) {
      known.emplace_back(names::local(model_.element(use.element).name));
      for (const auto substitute : model_.element(use.element).substitutes)
        known.emplace_back(names::local(model_.element(substitute).name));
    }
    for (const auto& [name, value] : object.members) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const std::string near = nearest(name, known);
      misfit("the member " + name.substr(0, 200) + " is not known here" + (near.empty() ? "" : "; " + near + " is"));
    }
  }

  static const Value* member(const Value& object, std::string_view name) {
    for (const auto& [candidate, value] : object.members)
      if (candidate == name) return &value;
    return nullptr;
  }

  const std::string& scalar(const Value& value) const {
    if (value.kind == Value::object || value.kind == Value::array) misfit("a single value is expected");
    for (const char* p = value.text.data(); p != value.text.data() + value.text.size();)
      if (!xml::is_xml_char(xml::next_character(p))) misfit("the text holds a character that XML does not allow");
    return value.text;
  }

  const schema::Model& model_;
  std::string out_;
  xml::Writer writer_{out_};
  std::string path_;
};

/// `{"Order": {…}}` as well as `{…}`, unless the root has a member of its own name.
const Value& without_root_name(const Value& value, const schema::Model& model, schema::ElementId root) {
  const std::string_view local = names::local(model.element(root).name);
  const bool named = value.kind == Value::object && value.members.size() == 1 && value.members[0].name == local &&
                     value.members[0].value.kind == Value::object;
  const schema::TypeId type = model.element(root).type;
  if (!named || child_of(model, type, local).use || model.attribute(type, local)) return value;
  return value.members[0].value;
}

}  // namespace

Result<std::string> to_xml(std::string_view json, const schema::Schema& schema) {
  if (json.size() > most_bytes)
    return Problem{Errc::too_large, "the JSON text exceeds the limit of " + std::to_string(most_bytes) + " bytes"};
  const auto value = parse(json, most_depth);
  if (!value) return value.error();
  const auto& model = schema.model();
  try {
    return XmlBuilder(model).run(without_root_name(*value, model, schema.root()), schema.root());
  } catch (const Misfit& misfit) {
    return Problem{Errc::invalid, misfit.detail};
  }
}

}  // namespace wayleave::json
