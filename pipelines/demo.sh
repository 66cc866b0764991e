#!/usr/bin/env bash
# The main job from end to end over real data, as a person would type it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=build/demo

step() {
  if [ -t 1 ]; then printf '\n\033[1m$ %s\033[0m\n' "$*"; else printf '\n$ %s\n' "$*"; fi
  "$@"
}

rm -rf "$out" build/gitlab .wombat/reports
step wombat check
step wombat compile --to gitlab --out build/gitlab
step wombat run flights
step wombat pull flights/features -o "$out/features"
step wombat pull flights/metrics -o "$out/metrics"
step wombat pull flights/headline -o "$out/headline"
step wombat pull flights/page -o "$out/page"
python pipelines/show.py "$out"
