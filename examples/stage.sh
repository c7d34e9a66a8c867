# What the shows in this folder share: a folder that goes away with what was started, steps, and checks. Sourced.
work=$(mktemp -d)
failed=0
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
check() { # WHAT, then a command that must succeed
  local what=$1; shift
  if "$@"; then printf '  ok    %s\n' "$what"; else printf '  FAILED %s\n' "$what"; failed=1; fi
}
has() { grep -q -- "$1" "$2"; }
