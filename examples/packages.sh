# Sourced by examples/quickstart.sh and tests/run.sh: need_packages FILE [all|build]
# Installs the Debian packages that FILE lists and that are missing; names them and ends with 2 where it may not.
need_packages() {
  local file=$1 missing=() name
  while read -r name; do
    case "$name" in ''|'#'*) continue ;; esac
    # A tool that is on the PATH from elsewhere serves as well as its package.
    case "$name" in
      nodejs) command -v node >/dev/null && continue ;;
      g++|cmake|python3|curl|npm|strace) command -v "$name" >/dev/null && continue ;;
      ninja-build) command -v ninja >/dev/null && continue ;;
    esac
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done < "$file"
  [ ${#missing[@]} -eq 0 ] && return 0
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as=(sudo -n); else
      echo "missing packages, and no right to install them: ${missing[*]}" >&2
      echo "run: apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 2
    fi
  fi
  echo "installing: ${missing[*]}"
  "${as[@]}" apt-get update -qq >/dev/null || true
  if ! "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/tmp/wayleave-apt.$$ 2>&1; then
    tail -5 /tmp/wayleave-apt.$$ >&2
    echo "these packages could not be installed: ${missing[*]}" >&2
    exit 2
  fi
  rm -f /tmp/wayleave-apt.$$
}
