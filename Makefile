# CDR-Stats. Every target sets up what it needs; a machine with Python 3.11+, git and make is enough.

PYTHON ?= python3
PORT ?= 5006
ARGS ?=
BIN := .venv/bin
UV := uv==0.13.9

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench world words lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

demo: .venv/stamp ## ninety days of sample traffic in the browser (PORT=5006)
	$(BIN)/cdr-stats demo --port $(PORT)

test: .venv/stamp ## all tests, two files at a time, in a real browser too (ARGS='-k word' for some)
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m tests.packages
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: .venv/stamp ## style, types and the direction of imports
	@failed=0; for check in 'ruff check .' 'ruff format --check .' mypy lint-imports; do \
		echo "$(BIN)/$$check"; $(BIN)/$$check || failed=1; done; exit $$failed

format: .venv/stamp ## lay the source out anew and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/stamp ## print every performance figure, from one run
	$(BIN)/python -m bench $(ARGS)

world: .venv/stamp ## bake the map's shapes anew (assets/world.json)
	$(BIN)/python -m app.build_world

words: .venv/stamp ## collect what pages say into the catalogues (assets/words/*.po)
	$(BIN)/python -m app.build_words

lock: ## pin what pyproject.toml asks for in requirements.lock (ARGS=--upgrade for the newest)
	$(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --quiet $(UV)
	.lock/bin/uv pip compile --universal --python-version 3.11 --extra notebooks --group dev \
		--generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --quiet \
		--output-file requirements.lock $(ARGS) pyproject.toml

clean: ## remove the virtual environment, caches and leftovers
	rm -rf .venv .lock build dist artefacts bench/results
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is younger than the two files that say what is installed, or the installation is done again.
.venv/stamp: pyproject.toml requirements.lock | .venv/bin/python
	@echo 'Installing the locked dependencies into .venv (once, some minutes) ...'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("CDR-Stats needs Python 3.11 or newer, \
	and $(PYTHON) is %s: name a newer one, for example PYTHON=python3.12." % sys.version.split()[0])'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
