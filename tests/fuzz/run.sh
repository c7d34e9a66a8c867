#!/usr/bin/env bash
# Builds the fuzz targets and runs each for a while: tests/fuzz/run.sh [SECONDS, default 60]. Fails on the first crash.
# Without clang it says so and is skipped.
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
seconds=${1:-60}
command -v clang++ >/dev/null || { echo "clang++ is not installed: fuzzing skipped"; exit 0; }
cd "$root"
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
for source in tests/fuzz/*_fuzz.cpp; do
  name=$(basename "$source" .cpp)
  corpus=$(mktemp -d)
  echo "== $name, $seconds s"
  LSAN_OPTIONS="suppressions=$root/tests/lsan.supp" "build/fuzz/tests/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="tests/fuzz/$name.dict" "$corpus" "tests/fuzz/${name%_fuzz}_seeds" 2>&1 | grep -E "stat::|ERROR|SUMMARY|DONE|Test unit" || true
  test "${PIPESTATUS[0]}" -eq 0
  rm -rf "$corpus"
done
