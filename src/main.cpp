#include <malloc.h>

#include "cli/cli.hpp"

int main(int argc, char** argv) {
  // Long texts come in pieces of 256 KiB: each goes back to the system when it is let go, also after longer ones were.
  // Left alone, glibc keeps them.
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  return wayleave::cli::run(argc, argv);
}
