#!/usr/bin/env bash
# Makes .venv and installs the package into it, pinned: venv.sh demo|test STAMP
set -euo pipefail
kind=$1 stamp=$2 pins=tests/tools/requirements.txt
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} # companies have certificates of their own
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

has_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

require_python() {
  command -v "$python" >/dev/null || { say "no $python found; Wombat needs Python 3.11 or newer"; exit 19; }
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { say "$("$python" --version) is too old; Wombat needs 3.11 or newer: make PYTHON=python3.13"; exit 19; }
}

require_venv() {
  has_venv && return
  # Debian and Ubuntu ship Python without its venv module.
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  fi
  has_venv || { say "$python has no venv module; on Debian: sudo apt-get install python3-venv"; exit 19; }
}

if ! .venv/bin/python -c '' 2>/dev/null; then
  require_python
  require_venv
  say "making .venv with $("$python" --version)"
  "$python" -m venv .venv
fi
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install -q --disable-pip-version-check -c "$pins" uv

say "installing what 'make $kind' needs into .venv"
install=(.venv/bin/uv pip install --quiet --python .venv/bin/python --compile-bytecode -c "$pins")
case $kind in
  demo) "${install[@]}" -e '.[demo]' ;;
  test) "${install[@]}" -e '.[demo]' -r "$pins" ;;
  *) say "demo or test?"; exit 2 ;;
esac

rm -f ".venv/.ready-$kind-"*
touch "$stamp"
