# Every command a contributor needs. Each sets up what it is missing; a second run of it costs nothing.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Stamps carry the digest of what was asked for, so that a changed pin installs again by itself.
PINS := $(shell cat pyproject.toml tests/tools/*.txt tests/tools/venv.sh | cksum | tr -d ' ')
DEMO_VENV := .venv/.ready-demo-$(PINS)
TEST_VENV := .venv/.ready-test-$(PINS)

.PHONY: help demo check test soak bench bench-rerun bench-plan bench-typed bench-store bench-lakefs format generate pins clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(DEMO_VENV) ## Check, compile, run and pull a real pipeline over 336,776 flights
	@bash pipelines/demo.sh

check: $(TEST_VENV) ## Formatting, lints, types, layers, generated files and the fast tests
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	python tests/tools/generate.py --check
	python -m pytest -q -n $(WORKERS) -m "not slow" $(ARGS)

test: $(TEST_VENV) ## Everything: all lints, and all tests with the real tools they need
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	python tests/tools/generate.py --check
	bash tests/tools/install.sh
	python -m pytest -q -n $(WORKERS) --junitxml=build/junit.xml $(ARGS)

soak: export WOMBAT_SOAK := 1
soak: test ## The same tests with many more examples, faults and rounds; then each safety rule removed
	python -m tests.store.mutations
	python -m tests.gc.mutations
	python -m tests.schema.proof.mutations
	python -m tests.data.mutations

bench: $(TEST_VENV) ## Measure start-up and compile against their promises, as ratios
	@python benchmarks/startup.py
	@python benchmarks/compile.py

bench-rerun: $(TEST_VENV) ## Measure runs of many small tasks against dvc, make, ninja, snakemake, doit and luigi
	@python benchmarks/rerun.py $(ARGS)

bench-plan: $(TEST_VENV) ## Measure a plan of 1,000 tasks against 100,000 results, 30 ms away
	@python benchmarks/planning.py $(ARGS)

bench-typed: $(TEST_VENV) ## Measure validation against bare pandera and polars by hand; ARGS="--valid 1000000"
	@python benchmarks/typed.py $(ARGS)

bench-lakefs: $(TEST_VENV) ## Measure runs as commits in lakeFS beside lakectl and its SDK by hand; needs WOMBAT_TEST_LAKEFS
	@python benchmarks/lakefs.py $(ARGS)

bench-store: $(TEST_VENV) ## Measure the store against DVC, restic and borg: an hour, 20 GB; ARGS="--quick"
	@python benchmarks/store.py $(ARGS)

format: $(TEST_VENV) ## Lay out and mend what ruff can mend
	ruff format .
	ruff check --fix .

generate: $(TEST_VENV) ## Write the generated files anew (JSON Schemas, reference)
	python tests/tools/generate.py

pins: $(TEST_VENV) ## Choose the newest versions of what the tests need
	bash tests/tools/pins.sh

clean: ## Remove what was built here, the environment too
	rm -rf .venv build dist .wombat .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(DEMO_VENV):
	@PYTHON=$(PYTHON) bash tests/tools/venv.sh demo $@

$(TEST_VENV):
	@PYTHON=$(PYTHON) bash tests/tools/venv.sh test $@
