#!/usr/bin/env bash
# The main job from end to end over real data, as a person would type it; a word before each step.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=build/demo
# As on a laptop, in a CI job too: no run, branch or store of that job's.
unset GITLAB_CI GITHUB_ACTIONS WOMBAT_STORE WOMBAT_ZONE WOMBAT_RUN WOMBAT_PROFILE

bold() { if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$1"; else printf '%s\n' "$1"; fi; }

word() { printf '\n# %s\n' "$*"; }

step() {
  local each line=""
  for each in "$@"; do
    case $each in *[][]*) line+=" '$each'" ;; *) line+=" $each" ;; esac
  done
  bold "\$$line"
  "$@"
}

# refused CODE COMMAND…: goes on if the command ends with that exit code, and stops otherwise.
refused() {
  local expected=$1 code=0
  shift
  step "$@" || code=$?
  [ "$code" = "$expected" ] || { printf 'exit %s; expected %s\n' "$code" "$expected" >&2; exit 1; }
  printf 'exit %s\n' "$code"
}

rm -rf "$out" build/store build/gitlab .wombat/reports

word "Each edge is judged before anything runs: proven, unknown (the data will tell) or untyped."
step wombat check
step wombat plan flights
word "An edge that is refuted is refused, with a row that shows why."
refused 10 wombat check -C pipelines/wrong
word "The same file as ordinary GitLab jobs."
step wombat compile --to gitlab --out build/gitlab

word "A schema, and how strictly each profile takes it."
step wombat schema show flights.raw
word "Development warns of dirt, and hands it on."
step wombat run flights -p development
word "Production sets it aside, below a threshold, with its reasons. What development made is only checked anew,"
word "unless what it reads came out otherwise."
step wombat run flights -p production
word "Again: nothing changed, so nothing runs."
step wombat run -p production flights
step wombat why flights/train -p production
for name in raw_flights raw_weather; do
  step wombat pull "flights/${name}_rejected" -o "$out/rejected/$name"
done
step python pipelines/show.py rejected "$out/rejected"
word "Everything that was made is one command away."
for name in features metrics headline page; do
  step wombat pull "flights/$name" -o "$out/$name"
done
step python pipelines/show.py made "$out"

word "Other data under the same code: production refuses weather that drifted, development warns."
refused 11 wombat run flights/clean -p production -P 'months=[6,7]'
step wombat run flights -p development -P 'months=[6,7]'
step wombat diff flights/weather
