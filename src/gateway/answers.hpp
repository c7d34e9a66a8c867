#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "pipeline/live_site.hpp"
#include "pipeline/stages.hpp"

namespace wayleave::gateway {

/// How the caller wants answers: the first of these that `Accept` names, XML when it names none.
enum class Form : std::uint8_t { xml, json, text, event_stream };
Form wanted(const net::RequestHead& head);

/// RFC 9457 problem details, in XML or JSON. `detail` is a sentence for the caller; nothing internal.
net::Response problem(int status, std::string_view detail, Form form);
net::Response not_found(Form form);

/// XML as it is, or its JSON twin by the schema of its root element.
net::Response answer_body(int status, std::shared_ptr<const std::string> xml, Form form, const pipeline::LiveSite& site);
/// The JSON twin of one XML document, or nullopt when its root has no schema here.
std::optional<std::string> json_twin(const std::string& xml, const pipeline::LiveSite& site);

/// The pipeline's answer as HTTP: status, body in the form wanted, Location, Wayleave-Replayed, Retry-After. `source`:
/// the submitted bytes, for the excerpts of a text/plain report.
net::Response respond_to_submission(const pipeline::Answer& answer, Form form, const pipeline::LiveSite& site, const std::string* source, Time received);

/// `wait=N` of a Prefer header, 0 when absent; at most `most`.
int preferred_wait(const net::RequestHead& head, int most);

}  // namespace wayleave::gateway
