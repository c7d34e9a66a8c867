#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "schema/schema.hpp"

/// A site as its files say it (docs/operations.md): plain values with their places. Nothing here is compiled or opened;
/// the gateway builds the live site from it.
namespace wayleave::config {

/// An attribute's or element's text and where it stands, so that later checks (expressions, schemas, maps) can point at it.
struct Text {
  std::string value;
  Where where = {};
  bool empty() const { return value.empty(); }
};

struct Identity {
  std::string kind, qualifier, id;       ///< scheme(): `duns`, `x12-01`
  Where where = {};
  std::string scheme() const { return qualifier.empty() ? kind : kind + "-" + qualifier; }
};

struct Credential {
  std::string kind;                      ///< token, certificate
  std::string sha256;                    ///< lower-case hex
  std::string label;
  std::string expires;                   ///< YYYY-MM-DD, last day it is good; empty: never
  Where where = {};
};

enum class Duplicates : std::uint8_t { replay, refuse, allow };

/// Values for the m:param of a map, by name.
using Parameters = std::map<std::string, Text, std::less<>>;

struct Agreement {                       ///< <accepts>
  std::string document;                  ///< kind: order, reroute, order-change …
  std::string format;                    ///< xml x12 edifact
  /// References that began with ./ or ../ come out absolute; all others as written.
  Text schema, guide, map, process, when, source_key;
  std::string set, version, acknowledge;
  std::vector<std::string> as;           ///< roles that may act; empty: none
  std::string usage;                     ///< test, production, or empty for both
  Duplicates duplicates = Duplicates::replay;
  Parameters parameters;                 ///< of the map
  Where where = {};
};

struct Sees {
  std::string feed;
  std::vector<std::string> as;           ///< roles; empty: any
  Where where = {};
};

struct Receives {                        ///< a feed brought to the partner
  std::string feed, format, set, version;
  std::string via;                       ///< directory, webhook
  Text schema, guide, map;
  Text path;                             ///< via directory: the folder
  Text separators, newline, syntax, unfit;   ///< how interchanges are written; absent: as the standard has it
  Parameters parameters;                 ///< of the map
  Where where = {};

  bool edi() const { return format != "xml"; }
};

struct Drops {                           ///< a folder that the partner puts files into
  Text path, done, failed;               ///< relative ones lie in the site
  std::vector<std::string> patterns{"*.edi", "*.x12", "*.xml"};
  std::chrono::milliseconds stable{5000}, every{2000};
  std::uint64_t limit = 0;               ///< bytes; 0: limits document=
  bool test = false;
  Where where = {};
};

struct Partner {
  std::string id, name;
  std::filesystem::path file;
  std::vector<Identity> identities;
  std::map<std::string, std::string, std::less<>> properties;
  std::vector<Credential> credentials;
  std::vector<Agreement> accepts;
  std::vector<Sees> sees;
  std::vector<Receives> receives;
  std::vector<Drops> drops;
  std::vector<std::string> services;
};

struct Sends {
  std::string event;                     ///< shipment-status, network-status
  Text schema, map;
  Where where = {};
};

struct Backend {
  std::string id;
  std::filesystem::path file;
  std::vector<Credential> credentials;
  std::vector<Sends> sends;
};

struct Rule {                            ///< <reject>
  std::string code;
  Text when, unless, message;
  Where where = {};
};

struct Step {
  std::string name, adapter;
  Text map, answer_map;
  std::chrono::milliseconds timeout{30'000};
  std::vector<std::chrono::milliseconds> retry;
  std::chrono::milliseconds give_up{};
  bool repeat_safe = true;
  std::vector<int> refused;              ///< status codes that mean refused; empty: the adapter's own
  /// Every other attribute, environment already put in: url, method, path, format, header-… ; the adapter checks them.
  std::map<std::string, Text, std::less<>> options;
  Parameters parameters;                 ///< of the map
  Where where = {};
};

struct Process {
  std::string name;
  std::filesystem::path file;
  Text accepts, key, lane;
  bool ordered = true;                   ///< order="lane|none"
  std::vector<Rule> rules;
  std::vector<Step> steps;
};

struct Tls {
  std::string certificate, key, ca;
  enum class Clients : std::uint8_t { none, offered, required } clients = Clients::none;
  Where where = {};
};

struct Listener {
  std::string address;
  std::uint16_t port = 0;
  std::optional<Tls> tls;
  bool behind_proxy = false;
  std::vector<std::string> names;        ///< Host values accepted beside the address
  Where where = {};
};

struct Limits {
  std::uint64_t document = 50ull << 20;
  double requests = 200;                 ///< a second and partner
  std::uint32_t subscriptions = 20;      ///< a partner
  std::uint32_t streams = 50;            ///< a partner
};

struct Gateway {
  std::filesystem::path file;
  std::vector<Identity> self;
  Listener public_listener, internal_listener;
  std::filesystem::path store;           ///< absolute
  Limits limits;
  std::chrono::milliseconds keep_documents{}, keep_feeds{};
  std::vector<std::string> webhook_allow;   ///< host:port
  Where webhook_where = {};              ///< of allow=
};

struct Site {
  std::filesystem::path directory;
  Gateway gateway;
  std::vector<Partner> partners;         ///< by id
  std::vector<Backend> backends;
  std::vector<Process> processes;
};

/// Reads every file of a site: our own reader, our own XSDs (schemas/wayleave), all problems at once, each finding's
/// `in` the file. `site` is absent when anything is unusable. Also checks what needs no compiler: unknown processes,
/// identities in two partner files, listeners beyond loopback without TLS, unset ${NAME}, durations and sizes,
/// unknown roles and feeds, missing files. Codes C1xx (docs/codes.md).
struct SiteReading {
  std::optional<Site> site;
  Findings findings;
};
SiteReading read_site(const std::filesystem::path& directory, const std::shared_ptr<schema::Library>& schemas);

/// Where the product's own schemas and mappings are: the source tree when run from a build, else share/wayleave.
/// WAYLEAVE_HOME overrides.
std::filesystem::path product_home();

/// The nearest folder at or above `start` that has a gateway.xml.
std::optional<std::filesystem::path> enclosing_site(const std::filesystem::path& start);

}  // namespace wayleave::config
