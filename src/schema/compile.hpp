#pragma once

#include <memory>
#include <xercesc/framework/psvi/XSModel.hpp>

#include "schema/grammar.hpp"
#include "schema/model.hpp"

namespace wayleave::schema {

/// Xerces' component model as our tables. Positions and identity constraints come from `files`, everything else from
/// `components`. The first of `roots` gives the model its target namespace.
std::shared_ptr<const Model> compile_model(xercesc::XSModel& components, const FileSet& files,
                                           const std::vector<std::string>& roots);

}  // namespace wayleave::schema
