#pragma once

#include <string_view>

namespace wayleave {

/// Ends the process with SIGKILL when the environment says WAYLEAVE_CRASH_AT=<point> (`point` or `point:N` for the Nth
/// passage). For the fault suites; a few nanoseconds otherwise. Any thread. Points: after-accept mid-body
/// after-validate before-commit after-commit before-send after-send after-reply mid-reload mid-migration drop-taken
/// drop-answered.
void crash_point(std::string_view point);

}  // namespace wayleave
