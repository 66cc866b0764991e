#!/usr/bin/env bash
# Chooses versions anew for requirements.txt: pins only, neither digests nor places.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate \
  --extra demo --extra s3 --extra lakefs --extra models pyproject.toml tests/tools/requirements.in -o tests/tools/requirements.txt
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate \
  tests/tools/dvc.in -o tests/tools/dvc.txt
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate \
  tests/tools/servers.in -o tests/tools/servers.txt
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate \
  tests/tools/peers.in -o tests/tools/peers.txt
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate \
  tests/tools/runners.in -o tests/tools/runners.txt
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate \
  --extra polars --extra spark pyproject.toml tests/tools/spark.in -o tests/tools/spark.txt
(cd tests/tools && npm install --package-lock-only --no-audit --no-fund && sed -i '/"resolved":/d' package-lock.json)
