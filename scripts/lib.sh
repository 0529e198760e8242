# Shared by the scripts of this folder; sourced, never run. POSIX sh, for Linux and macOS.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/weir"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# sha256 FILE... → hashes and names, one a line.
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# The major version of the Node given, or 0.
node_major() {
  "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0
}

# Sets `node` to a Node that runs Weir (24 or newer): the checkout's own first.
find_node() {
  for node in "$root/node_modules/.bin/node" "$(command -v node || true)"; do
    [ -x "$node" ] && [ "$(node_major "$node")" -ge 24 ] && return 0
  done
  fail "no Node 24 or newer found; run 'npm ci' in $root, which installs one"
}

# Sets `python` to a Python 3.9 or newer that has pip.
find_python() {
  for python in python3 python; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || continue
    "$python" -m pip --version >/dev/null 2>&1 && return 0
    missing=pip
  done
  if [ "${missing:-}" = pip ]; then
    fail "Python has no pip; install it (Debian and Ubuntu: apt-get install python3-pip; elsewhere: python3 -m ensurepip)"
  fi
  fail "Python 3.9 or newer is needed; install python3 and python3-pip"
}

# True when node_modules holds what the lock file says. Packages for other platforms are not expected there.
packages_current() {
  [ -x "$root/node_modules/.bin/node" ] || return 1
  (cd "$root" && node -e '
    const read = (file) => JSON.parse(require("fs").readFileSync(file, "utf8")).packages;
    const wanted = read("package-lock.json"), installed = read("node_modules/.package-lock.json");
    const current = ([path, { version, optional }]) =>
      path === "" || (installed[path] === undefined ? optional : installed[path].version === version);
    process.exit(Object.entries(wanted).every(current) ? 0 : 1);
  ' 2>/dev/null)
}

# Installs the npm packages, the Node that runs Weir among them, unless they are there.
ensure_packages() {
  command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 ||
    fail "Node 20 or newer with npm is needed; install it (Debian and Ubuntu: apt-get install nodejs npm)"
  packages_current && return 0
  say "installing npm packages"
  log=$(mktemp)
  if ! (cd "$root" && npm ci --no-audit --no-fund >"$log" 2>&1); then
    cat "$log" >&2
    rm -f "$log"
    fail "npm ci failed; the reason stands above"
  fi
  rm -f "$log"
  # npm versions that block install scripts leave the node package without its binary.
  [ -x "$root/node_modules/.bin/node" ] || (cd "$root/node_modules/node" && node installArchSpecificPackage >&2) ||
    fail "the npm package node could not fetch its binary for this platform"
}
