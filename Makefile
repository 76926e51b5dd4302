# Everything behind one command. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench wheel translations clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

setup: $(VENV)/.dev ## the environment with everything, for development
run: $(VENV)/.base ## the demo municipality on http://127.0.0.1:8000
	@$(BIN)/diarium prepare
	@$(BIN)/diarium demo --cases 300 --if-empty
	@$(BIN)/diarium serve

test: $(VENV)/.dev ## all tests (SQLite, PostgreSQL, browser where Chromium is installed)
	@$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST)

check: $(VENV)/.dev ## style, types, architecture, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python tools/audit_dependencies.py

bench: $(VENV)/.dev ## benchmarks, side by side in one run
	@$(BIN)/python -m benchmarks $(BENCH)

wheel: $(VENV)/.dev ## the program as one file to install, the same each time, and what it is made of
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@$(BIN)/python tools/sbom.py dist/diarium.cdx.json
	@ls dist

translations: $(VENV)/.dev ## brings the language catalogues up to date with the code
	@$(BIN)/python tools/translations.py update

clean: ## the environment and caches; never the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) || { echo "Install Python's venv module first: apt install python3-venv"; exit 1; }

$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing (once, a minute or two) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
