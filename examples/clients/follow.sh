#!/usr/bin/env bash
# Follows a feed by long-poll and keeps its cursor in a file, so that it goes on where it stood. Prints each page.
#   follow.sh GATEWAY TOKEN FEED CURSOR_FILE [PAGES]
set -eu
pages=${5:-0}
while :; do
  after=$(cat "$4" 2>/dev/null || true)
  curl --silent --show-error --fail-with-body -D "$4.head" -o "$4.page" -H "Authorization: Bearer $2" -H 'Prefer: wait=30' \
    "$1/v1/feeds/$3/events${after:+?after=$after}"
  cat "$4.page"; echo
  sed -n 's/^Feed-Cursor: *\([^\r]*\).*/\1/ip' "$4.head" > "$4"      # only after the page was dealt with
  [ "$pages" -eq 0 ] || { pages=$((pages - 1)); [ "$pages" -gt 0 ] || exit 0; }
done
