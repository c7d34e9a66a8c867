#pragma once

namespace wayleave::cli {

/// Parses the command line and runs one command. Exit codes: 0 fine, 1 the input was judged and found wanting,
/// 2 the judgement could not be made.
int run(int argc, char** argv);

}  // namespace wayleave::cli
