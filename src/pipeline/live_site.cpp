#include "pipeline/live_site.hpp"

namespace wayleave::pipeline {

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
    {"order", "canonical/order-1.xsd#Order", "{Number}", "order:{Number}", "/v1/orders"},
    {"order-change", "canonical/order-change-1.xsd#OrderChange", "{Number}:{ChangeNumber}", "order:{Number}", ""},
    {"order-response", "canonical/order-response-1.xsd#OrderResponse", "{Number}:{ResponseNumber}", "order:{Number}", ""},
    {"reroute", "canonical/reroute-request-1.xsd#RerouteRequest", "{RequestNumber}", "shipment:{Shipment}", "/v1/reroutes"},
    {"reroute-response", "canonical/reroute-response-1.xsd#RerouteResponse", "{RequestNumber}", "shipment:{Shipment}", ""},
    {"shipment-status", "canonical/shipment-status-1.xsd#ShipmentStatus", "{Shipment}", "shipment:{Shipment}", ""},
    {"network-status", "canonical/network-status-1.xsd#NetworkStatus", "{Situation}", "situation:{Situation}", ""},
  };
  return all;
}

const Kind* find_kind(std::string_view name) {
  for (const auto& kind : kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

const config::Partner* LiveSite::partner(std::string_view id) const {
  for (const auto& partner : config.partners)
    if (partner.id == id) return &partner;
  return nullptr;
}

schema::SchemaPtr LiveSite::schema_of(const std::string& reference) const {
  const auto it = schemas.find(reference);
  return it == schemas.end() ? nullptr : it->second;
}

}  // namespace wayleave::pipeline
