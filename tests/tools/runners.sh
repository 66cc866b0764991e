#!/usr/bin/env bash
# Installs what `wombat run` is compared with into a venv of its own; make comes from the system. runners.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$here/../../.venv/bin/python
uv=$here/../../.venv/bin/uv
runners=$("$python" "$here/cache.py" runners)
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} # companies have certificates of their own

command -v make >/dev/null || { echo "the benchmark needs make: please install" >&2; exit 19; }
[ -e "$runners/.ready" ] && exit
echo "installing doit, dvc, luigi, ninja and snakemake into $runners" >&2
rm -rf "$runners" && mkdir -p "$(dirname "$runners")"
"$python" -m venv --without-pip "$runners"
"$uv" pip install --quiet --python "$runners/bin/python" --compile-bytecode -r "$here/runners.txt"
touch "$runners/.ready"
