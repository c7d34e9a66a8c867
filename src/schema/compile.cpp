#include "schema/compile.hpp"

#include <xercesc/framework/psvi/XSAnnotation.hpp>
#include <xercesc/framework/psvi/XSAttributeDeclaration.hpp>
#include <xercesc/framework/psvi/XSAttributeUse.hpp>
#include <xercesc/framework/psvi/XSComplexTypeDefinition.hpp>
#include <xercesc/framework/psvi/XSElementDeclaration.hpp>
#include <xercesc/framework/psvi/XSIDCDefinition.hpp>
#include <xercesc/framework/psvi/XSModelGroup.hpp>
#include <xercesc/framework/psvi/XSNamedMap.hpp>
#include <xercesc/framework/psvi/XSParticle.hpp>
#include <xercesc/framework/psvi/XSSimpleTypeDefinition.hpp>
#include <xercesc/framework/psvi/XSWildcard.hpp>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "schema/annotation.hpp"
#include "schema/automaton.hpp"
#include "schema/compile_facets.hpp"
#include "schema/places.hpp"
#include "schema/xerces_platform.hpp"

namespace wayleave::schema {

namespace {

using namespace xercesc;

NameId name_of(XSObject& object) { return names::intern(from_xerces(object.getNamespace()), from_xerces(object.getName())); }

class Compiler {
 public:
  Compiler(XSModel& components, const FileSet& files) : components_(components), places_(files) {}

  std::shared_ptr<Model> run(std::string target_namespace) {
    model_->target_namespace = std::move(target_namespace);
    collect(XSConstants::ELEMENT_DECLARATION, [&](XSObject& o) { model_->roots.push_back(element(static_cast<XSElementDeclaration&>(o), {})); });
    collect(XSConstants::TYPE_DEFINITION, [&](XSObject& o) {
      if (from_xerces(o.getNamespace()) != xsd_namespace) type(static_cast<XSTypeDefinition&>(o), {});
    });
    collect(XSConstants::ATTRIBUTE_DECLARATION, [&](XSObject& o) { global_attribute(static_cast<XSAttributeDeclaration&>(o)); });
    // Definitions refer to each other in circles, so they are numbered when met and filled in from a list.
    while (!open_types_.empty()) {
      const auto [definition, id, place] = open_types_.back();
      open_types_.pop_back();
      fill(*definition, id, place);
    }
    for (auto& type : model_->types) inherit_labels(type);
    substitution_groups();
    for (const auto& [id, particle] : particles_) {
      auto& type = model_->types[id];
      type.automaton = build_automaton(particle, model_->elements);
      type.children = child_uses(particle, model_->elements);
    }
    constraints();
    for (const auto root : model_->roots) model_->root_index.emplace_back(model_->elements[root].name, root);
    std::sort(model_->root_index.begin(), model_->root_index.end());
    return model_;
  }

 private:
  template <class Use>
  void collect(XSConstants::COMPONENT_TYPE kind, Use use) {
    auto* map = components_.getComponents(kind);
    for (XMLSize_t i = 0; map && i < map->getLength(); ++i) use(*map->item(i));
  }

  ElementId element(XSElementDeclaration& declaration, const Places::Place& enclosing) {
    const auto [at, fresh] = elements_.try_emplace(&declaration, static_cast<ElementId>(model_->elements.size()));
    if (!fresh) return at->second;
    const ElementId id = at->second;
    declarations_.push_back(&declaration);
    const auto local = from_xerces(declaration.getName());
    const auto place = declaration.getScope() == XSConstants::SCOPE_GLOBAL
      ? places_.global("element", from_xerces(declaration.getNamespace()), local) : places_.local_element(enclosing, local);
    Element out;
    out.name = name_of(declaration);
    out.nillable = declaration.getNillable();
    out.abstract = declaration.getAbstract();
    out.source = place.text();
    value_constraint(declaration.getConstraintType(), declaration.getConstraintValue(), out.default_value, out.fixed_value);
    if (auto* annotation = declaration.getAnnotation()) {
      auto notes = read_annotation(from_xerces(annotation->getAnnotationString()));
      out.documentation = std::move(notes.documentation);
      out.variants = std::move(notes.variants);
      out.notes = std::move(notes.notes);
    }
    model_->elements.push_back(std::move(out));
    const auto type_id = type(*declaration.getTypeDefinition(), places_.anonymous_type(place));
    model_->elements[id].type = type_id;
    return id;
  }

  static void value_constraint(XSConstants::VALUE_CONSTRAINT kind, const XMLCh* value, std::optional<std::string>& otherwise,
                               std::optional<std::string>& fixed) {
    if (kind == XSConstants::VALUE_CONSTRAINT_DEFAULT) otherwise = from_xerces(value);
    if (kind == XSConstants::VALUE_CONSTRAINT_FIXED) fixed = from_xerces(value);
  }

  TypeId type(XSTypeDefinition& definition, const Places::Place& anonymous) {
    const auto [at, fresh] = types_.try_emplace(&definition, static_cast<TypeId>(model_->types.size()));
    if (!fresh) return at->second;
    const TypeId id = at->second;
    const bool complex = definition.getTypeCategory() == XSTypeDefinition::COMPLEX_TYPE;
    auto place = anonymous;
    Type out;
    out.complex = complex;
    if (!definition.getAnonymous()) {
      out.name = name_of(definition);
      place = places_.global(complex ? "complexType" : "simpleType", from_xerces(definition.getNamespace()), from_xerces(definition.getName()));
    }
    out.source = place.text();
    model_->types.push_back(std::move(out));
    open_types_.push_back({&definition, id, place});
    return id;
  }

  void fill(XSTypeDefinition& definition, TypeId id, const Places::Place& place) {
    if (auto* base = definition.getBaseType(); base && base != &definition) {
      const auto base_id = type(*base, {});
      model_->types[id].base = base_id;
    }
    if (definition.getTypeCategory() == XSTypeDefinition::SIMPLE_TYPE) {
      auto& simple = static_cast<XSSimpleTypeDefinition&>(definition);
      annotate(id, simple.getAnnotations());
      simple_facets(id, simple);
      if (place) take_labels(model_->types[id].facets, read_labels(*place.source, place.node));
    } else {
      fill_complex(static_cast<XSComplexTypeDefinition&>(definition), id, place);
    }
  }

  void annotate(TypeId id, XSAnnotationList* annotations) {
    for (XMLSize_t i = 0; annotations && i < annotations->size(); ++i) {
      auto read = read_annotation(from_xerces(annotations->elementAt(i)->getAnnotationString()));
      auto& to = model_->types[id];
      if (!read.documentation.empty()) to.documentation += (to.documentation.empty() ? "" : " ") + read.documentation;
      for (auto& note : read.notes)
        if (std::find(to.notes.begin(), to.notes.end(), note) == to.notes.end()) to.notes.push_back(std::move(note));
    }
  }

  void simple_facets(TypeId id, XSSimpleTypeDefinition& simple) {
    auto facets = compile_facets(simple);
    if (facets.variety == Variety::list && simple.getItemType()) facets.item = type(*simple.getItemType(), {});
    if (facets.variety == Variety::union_of && simple.getMemberTypes()) {
      for (XMLSize_t i = 0; i < simple.getMemberTypes()->size(); ++i) {
        facets.members.push_back(type(*simple.getMemberTypes()->elementAt(i), {}));
      }
    }
    model_->types[id].facets = std::move(facets);
  }

  static void take_labels(Facets& facets, const std::vector<std::pair<std::string, std::string>>& labels) {
    for (const auto& [value, words] : labels) {
      const auto at = std::find(facets.enumeration.begin(), facets.enumeration.end(), value);
      if (at == facets.enumeration.end()) continue;
      facets.labels.resize(facets.enumeration.size());
      facets.labels[static_cast<std::size_t>(at - facets.enumeration.begin())] = words;
    }
  }

  /// A type that narrows a list without words of its own says what the list says.
  void inherit_labels(Type& type) {
    for (auto base = type.base; type.facets.labels.empty() && !type.facets.enumeration.empty() && base != none; base = model_->types[base].base) {
      const auto& from = model_->types[base].facets;
      if (model_->types[base].base == base) break;
      for (std::size_t i = 0; i < from.labels.size(); ++i) take_labels(type.facets, {{from.enumeration[i], from.labels[i]}});
    }
  }

  void fill_complex(XSComplexTypeDefinition& complex, TypeId id, const Places::Place& place) {
    model_->types[id].abstract = complex.getAbstract();
    annotate(id, complex.getAnnotations());
    if (from_xerces(complex.getNamespace()) == xsd_namespace) return any_type(id);
    switch (complex.getContentType()) {
      case XSComplexTypeDefinition::CONTENTTYPE_EMPTY: model_->types[id].content = Content::empty; break;
      case XSComplexTypeDefinition::CONTENTTYPE_SIMPLE: model_->types[id].content = Content::simple; break;
      case XSComplexTypeDefinition::CONTENTTYPE_ELEMENT: model_->types[id].content = Content::element_only; break;
      case XSComplexTypeDefinition::CONTENTTYPE_MIXED: model_->types[id].content = Content::mixed; break;
    }
    if (model_->types[id].content == Content::simple && complex.getSimpleType()) simple_facets(id, *complex.getSimpleType());
    attributes(id, complex);
    const auto content = model_->types[id].content;
    if (content != Content::element_only && content != Content::mixed) return;
    Particle particle;
    if (complex.getParticle()) particle = read_particle(*complex.getParticle(), place);
    particles_.emplace_back(id, std::move(particle));
  }

  /// xs:anyType: anything, judged where it is known.
  void any_type(TypeId id) {
    Particle particle{.kind = Particle::Kind::wildcard, .min = 0, .max = unbounded};
    particle.wildcard.process = Wildcard::Process::lax;
    auto& type = model_->types[id];
    type.content = Content::mixed;
    type.any_attribute = true;
    type.attribute_wildcard = particle.wildcard;
    particles_.emplace_back(id, std::move(particle));
  }

  void attributes(TypeId id, XSComplexTypeDefinition& complex) {
    auto* uses = complex.getAttributeUses();
    for (XMLSize_t i = 0; uses && i < uses->size(); ++i) {
      auto& use = *uses->elementAt(i);
      auto out = attribute(*use.getAttrDeclaration());
      out.required = use.getRequired();
      if (use.getConstraintType() != XSConstants::VALUE_CONSTRAINT_NONE) {
        out.default_value.reset();
        out.fixed_value.reset();
        value_constraint(use.getConstraintType(), use.getConstraintValue(), out.default_value, out.fixed_value);
      }
      model_->types[id].attributes.push_back(std::move(out));
    }
    if (auto* wildcard = complex.getAttributeWildcard()) {
      model_->types[id].any_attribute = true;
      model_->types[id].attribute_wildcard = read_wildcard(*wildcard);
    }
  }

  AttributeUse attribute(XSAttributeDeclaration& declaration) {
    AttributeUse out;
    out.name = name_of(declaration);
    if (declaration.getTypeDefinition()) out.type = type(*declaration.getTypeDefinition(), {});
    value_constraint(declaration.getConstraintType(), declaration.getConstraintValue(), out.default_value, out.fixed_value);
    if (auto* annotation = declaration.getAnnotation()) {
      out.documentation = read_annotation(from_xerces(annotation->getAnnotationString())).documentation;
    }
    return out;
  }

  void global_attribute(XSAttributeDeclaration& declaration) {
    if (from_xerces(declaration.getNamespace()) == xsd_namespace) return;
    auto out = attribute(declaration);
    model_->global_attributes.push_back(std::move(out));
  }

  static Wildcard read_wildcard(XSWildcard& from) {
    Wildcard out;
    switch (from.getConstraintType()) {
      case XSWildcard::NSCONSTRAINT_ANY: out.admits = Wildcard::Admits::any; break;
      case XSWildcard::NSCONSTRAINT_NOT: out.admits = Wildcard::Admits::other; break;
      case XSWildcard::NSCONSTRAINT_DERIVATION_LIST: out.admits = Wildcard::Admits::listed; break;
    }
    switch (from.getProcessContents()) {
      case XSWildcard::PC_STRICT: out.process = Wildcard::Process::strict; break;
      case XSWildcard::PC_SKIP: out.process = Wildcard::Process::skip; break;
      case XSWildcard::PC_LAX: out.process = Wildcard::Process::lax; break;
    }
    auto* list = from.getNsConstraintList();
    for (XMLSize_t i = 0; list && i < list->size(); ++i) out.namespaces.push_back(from_xerces(list->elementAt(i)));
    return out;
  }

  Particle read_particle(XSParticle& from, const Places::Place& place) {
    Particle out;
    out.min = static_cast<std::uint32_t>(from.getMinOccurs());
    out.max = from.getMaxOccursUnbounded() ? unbounded : static_cast<std::uint32_t>(from.getMaxOccurs());
    switch (from.getTermType()) {
      case XSParticle::TERM_ELEMENT:
        out.kind = Particle::Kind::element;
        out.element = element(*from.getElementTerm(), place);
        break;
      case XSParticle::TERM_WILDCARD:
        out.kind = Particle::Kind::wildcard;
        out.wildcard = read_wildcard(*from.getWildcardTerm());
        break;
      case XSParticle::TERM_MODELGROUP: {
        auto& group = *from.getModelGroupTerm();
        out.kind = group.getCompositor() == XSModelGroup::COMPOSITOR_CHOICE ? Particle::Kind::choice
          : group.getCompositor() == XSModelGroup::COMPOSITOR_ALL ? Particle::Kind::all : Particle::Kind::sequence;
        auto* parts = group.getParticles();
        for (XMLSize_t i = 0; parts && i < parts->size(); ++i) out.parts.push_back(read_particle(*parts->elementAt(i), place));
        break;
      }
      case XSParticle::TERM_EMPTY: break;
    }
    return out;
  }

  /// May `member` stand for `head` (XML Schema part 1, "Substitution Group OK")?
  static bool may_replace(XSElementDeclaration& head, XSElementDeclaration& member) {
    if (head.isDisallowedSubstitution(XSConstants::DERIVATION_SUBSTITUTION)) return false;
    auto* end = head.getTypeDefinition();
    for (auto* type = member.getTypeDefinition(); type && type != end; type = type->getBaseType()) {
      if (type->getTypeCategory() != XSTypeDefinition::COMPLEX_TYPE) break;
      const auto how = static_cast<XSComplexTypeDefinition*>(type)->getDerivationMethod();
      if (head.isDisallowedSubstitution(how)) return false;
      if (end->getTypeCategory() == XSTypeDefinition::COMPLEX_TYPE &&
          static_cast<XSComplexTypeDefinition*>(end)->isProhibitedSubstitution(how)) return false;
      if (type->getBaseType() == type) break;
    }
    return true;
  }

  void substitution_groups() {
    for (const auto root : model_->roots) {
      auto* member = declarations_[root];
      for (auto* head = member->getSubstitutionGroupAffiliation(); head; head = head->getSubstitutionGroupAffiliation()) {
        const auto known = elements_.find(head);
        if (known != elements_.end() && may_replace(*head, *member)) model_->elements[known->second].substitutes.push_back(root);
      }
    }
  }

  void constraints() {
    for (ElementId id = 0; id < model_->elements.size(); ++id) {
      auto* map = declarations_[id]->getIdentityConstraints();
      for (XMLSize_t i = 0; map && i < map->getLength(); ++i) constraint(*map->item(i), id);
    }
    for (auto& c : model_->constraints) {
      if (c.kind != Constraint::Kind::keyref) continue;
      for (std::uint32_t i = 0; i < model_->constraints.size(); ++i) {
        if (referred_[&c - model_->constraints.data()] == model_->constraints[i].id) c.refer_to = i;
      }
    }
  }

  void constraint(XSIDCDefinition& from, ElementId on) {
    Constraint out;
    out.kind = from.getCategory() == XSIDCDefinition::IC_KEY ? Constraint::Kind::key
      : from.getCategory() == XSIDCDefinition::IC_UNIQUE ? Constraint::Kind::unique : Constraint::Kind::keyref;
    out.name = from_xerces(from.getName());
    out.id = name_of(from);
    out.on = on;
    NameId referred = no_name;
    if (out.kind == Constraint::Kind::keyref && from.getRefKey()) {
      out.refer = from_xerces(from.getRefKey()->getName());
      referred = name_of(*from.getRefKey());
    }
    if (!places_.constraint_paths(from_xerces(from.getNamespace()), out.name, out)) return;
    model_->elements[on].constraints.push_back(static_cast<std::uint32_t>(model_->constraints.size()));
    model_->constraints.push_back(std::move(out));
    referred_.push_back(referred);
  }

  struct OpenType {
    XSTypeDefinition* definition;
    TypeId id;
    Places::Place place;
  };

  XSModel& components_;
  Places places_;
  std::shared_ptr<Model> model_ = std::make_shared<Model>();
  std::unordered_map<const XSElementDeclaration*, ElementId> elements_;
  std::vector<XSElementDeclaration*> declarations_;   // by ElementId
  std::unordered_map<const XSTypeDefinition*, TypeId> types_;
  std::vector<OpenType> open_types_;
  std::vector<std::pair<TypeId, Particle>> particles_;
  std::vector<NameId> referred_;                      // by constraint
};

}  // namespace

std::shared_ptr<const Model> compile_model(XSModel& components, const FileSet& files, const std::vector<std::string>& roots) {
  std::string target;
  if (!roots.empty()) target = files.at(roots.front())->source.target_namespace();
  auto model = Compiler(components, files).run(std::move(target));
  for (const auto& [path, file] : files) {
    auto& notes = model->schema_notes[std::string(file->source.target_namespace())];
    for (auto& note : read_notes(file->source, file->source.root())) notes.push_back(std::move(note));
  }
  return model;
}

}  // namespace wayleave::schema
