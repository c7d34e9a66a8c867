#pragma once

#include <filesystem>

#include "feed/webhooks.hpp"

namespace wayleave::adapter::directory {

/// Posts to `directory:FOLDER`: the body becomes a file called Post::name, by put_file; 204 when it is durable. A relative
/// folder lies in `site` and is made when it is missing. Writes on threads of its own.
feed::Poster make_poster(std::filesystem::path site);

}  // namespace wayleave::adapter::directory
