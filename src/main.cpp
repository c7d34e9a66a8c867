#include "cli/cli.hpp"

int main(int argc, char** argv) { return wayleave::cli::run(argc, argv); }
