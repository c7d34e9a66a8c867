#!/usr/bin/env bash
# Installs what is missing, builds a release and runs the suite; ends with ctest's summary. Arguments go to ctest.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/examples/packages.sh"
need_packages "$root/packages.txt"
cd "$root" || exit 2
cmake --preset release -DWAYLEAVE_TESTS=ON >/dev/null || exit 1
cmake --build --preset release || exit 1
exec ctest --test-dir build/release --output-on-failure -LE 'faults|bench' -j2 "$@"
