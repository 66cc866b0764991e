#!/usr/bin/env bash
# Installs what the store's benchmark compares with: restic and borg of Debian, DVC, and the S3 server. peers.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$here/../../.venv/bin/python
uv=$here/../../.venv/bin/uv
peers=$("$python" "$here/cache.py" peers)
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} # companies have certificates of their own

say() { printf '%s\n' "$*" >&2; }

debian_packages() {
  local missing=()
  command -v restic >/dev/null || missing+=(restic)
  command -v borg >/dev/null || missing+=(borgbackup)
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null || { say "the benchmark needs ${missing[*]}: please install"; exit 19; }
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

dvc() {
  say "installing dvc into $peers"
  local new=$peers.new.$$
  rm -rf "$new" && mkdir -p "$(dirname "$peers")"
  "$python" -m venv --without-pip "$new"
  "$uv" pip install --quiet --python "$new/bin/python" --compile-bytecode -r "$here/peers.txt"
  # Its scripts name the place where it was made, so it is run as a module.
  mv -T "$new" "$peers" 2>/dev/null || rm -rf "$new"
}

debian_packages
bash "$here/install.sh" servers
[ -d "$peers" ] || dvc
