# Everything a newcomer or CI runs. Python 3.11 or 3.12 and make are enough; nothing else need be installed.
SHELL := /bin/bash
VENV  := .venv
BIN   := $(VENV)/bin
# A command named python3.12 may exist and still not run (version shims), so each candidate is tried, not looked up.
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null \
	&& { echo $$p; break; }; done)
STAMP := $(VENV)/.installed
# Tests run on every processor, each process with a PostgreSQL and a Redis of its own; who is done takes from the others.
# For one at a time: make test PYTEST=
PYTEST ?= --numprocesses logical --maxprocesses 4 --dist worksteal

.PHONY: help setup demo pages run test check format lint types contracts faults mutants migration bench lock clean
help:  ## show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## build .venv with the locked dependencies

$(STAMP): requirements/dev.lock pyproject.toml
	@if [ -z "$(PYTHON)" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq python3-venv; fi
	@python="$(PYTHON)"; if [ -z "$$python" ]; then \
		python3 -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null \
		&& python=python3 \
		|| { echo "Python 3.11 or 3.12 with the venv module is needed: install it, or call make PYTHON=/path/to/python"; exit 1; }; fi; \
	$$python -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## one real warning to a whole town and back, everything embedded
	@$(BIN)/hub demo

test: setup  ## every test
	@$(BIN)/python -m pytest $(PYTEST)

check: setup lint types contracts test  ## format, lint, types, import contracts, tests

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

format: setup  ## rewrite the code in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: setup
	@$(BIN)/mypy

contracts: setup
	@$(BIN)/lint-imports --no-cache

faults: setup  ## the long form of the fault tests: more kills, more random moments, ten thousand acts of officials
	@FENGHUO_FAULTS=long $(BIN)/python -m pytest tests/faults tests/properties/test_authority_through_the_api.py

mutants: setup  ## how many of 200 small faults, drawn for this commit, the tests notice: two hours on two processors
	@$(BIN)/python -m tests.mutants

pages: setup  ## write the pages of the documentation that are made from the code
	@$(BIN)/python -m tests.pages

run: setup  ## everything on this machine, until it is stopped
	@$(BIN)/hub up

migration: setup  ## write the migration to hub/store/schema: make migration NUMBER=1002 NAME="What it does"
	@test -n "$(NUMBER)" -a -n "$(NAME)" || { echo 'Say NUMBER=1002 NAME="What it does"'; exit 2; }
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; $(BIN)/python -c 'import sys; from hub.store.upgrade.migrate import migrate, revise; \
		url = f"sqlite:///{sys.argv[1]}/empty.db"; migrate(url); revise(url, sys.argv[3], sys.argv[2])' "$$folder" "$(NUMBER)" "$(NAME)"
	@$(BIN)/ruff format hub/store/migrations
	@$(BIN)/ruff check --fix hub/store/migrations

bench: setup  ## every figure the documentation claims
	@$(BIN)/hub bench all

lock: setup  ## pin the newest versions the ranges in pyproject.toml allow (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -q -o requirements/run.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -q -o requirements/dev.lock

clean:  ## remove what setup and the tests made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
