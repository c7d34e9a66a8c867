#!/usr/bin/env bash
# One table of everything that is promised to be fast, each figure beside its baseline of the same run. Medians of several
# rounds. See docs/benchmarks.md for how to read it. Needs a release build; builds the benchmarks themselves.
#   tests/bench/run.sh [edi|edi-files|read|map|lint|orders|feed|start|store …]   (default: all)
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cmake --build "$root/build/release" --target wayleave benches >/dev/null
exec python3 "$root/tests/bench/run.py" "$root/build/release" "$@"
