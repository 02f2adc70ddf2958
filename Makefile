# Needs python3 with venv, and make. Each target makes the virtual environment that it works in, once.
#
#     make test PYTHON=python3.13
#     make test PYTEST_ARGS="-x -k policy"
#     make bench BENCH_ARGS=--http

PYTHON ?= python3
PORT ?= 4000
PYTEST_ARGS ?=
BENCH_ARGS ?=
FUZZ_RUNS ?= 100000

VENVS := .venvs
CONSTRAINTS := requirements/constraints.txt
EXTRAS := argon2 bcrypt jwt redis metrics otel openapi testing all  # what a host may install
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

# What goes into each environment. The package itself is editable, so a change of the code needs no new install.
INSTALL_example := --editable .[example]
INSTALL_tests := --editable .[tests]
INSTALL_lowest := $(INSTALL_tests)
INSTALL_sqlalchemy20 := $(INSTALL_tests)
INSTALL_lint := --editable .[all,testing] --requirement requirements/lint.txt
INSTALL_docs := --editable .[docs]
INSTALL_bench := --editable .[bench]
INSTALL_clients := --editable .[tests] --requirement requirements/clients.txt
INSTALL_fuzz := --editable .[tests] --requirement requirements/fuzz.txt

# What then replaces a pinned version: a constraint cannot be overruled in the same install.
REPLACE_lowest := --requirement requirements/lowest.txt
REPLACE_sqlalchemy20 := --requirement requirements/sqlalchemy20.txt

# On two cores at a time (one, for a debugger: make test PYTEST_ARGS="-n 0"). A test that leaves a transaction open makes
# the next DROP TABLE wait for ever; no test takes two minutes by itself.
PYTEST := -m pytest -n 2 --timeout 120

# Without servers, whatever the environment offers: with them the suite takes about four times as long.
NO_SERVICES := env -u TEST_POSTGRESQL_URL -u TEST_MARIADB_URL -u TEST_REDIS_URL -u TEST_REQUIRE_SERVICES

.PHONY: help example test coverage services clients browser lowest sqlalchemy20 lint format types docs diagrams bench fuzz package constraints clean

help:  ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /\1: /p' $(MAKEFILE_LIST) | awk -F': ' '{name = $$1; sub(/^[^:]*: /, ""); printf "make %-14s%s\n", name, $$0}'

example: $(VENVS)/example/.installed  ## the example server on PORT (4000)
	PORT=$(PORT) $(VENVS)/example/bin/python -m example_app

test: $(VENVS)/tests/.installed  ## the suite but for its slow tests; needs no database server
	$(NO_SERVICES) $(VENVS)/tests/bin/python $(PYTEST) -m "not slow" $(PYTEST_ARGS)

# coverage's own fail_under mixes lines and branches; what is promised is branches. Without the servers, what only they
# reach (timeouts, cut connections, poolers) is missing.
coverage: $(VENVS)/tests/.installed  ## the suite with the servers that there are; fails under 95 % of the branches (90 % without)
	$(VENVS)/tests/bin/python $(PYTEST) --cov --cov-report=term --cov-report=json $(PYTEST_ARGS)
	@$(PYTHON) -c 'import json; \
	totals = json.load(open("coverage.json"))["totals"]; \
	percent = 100 * totals["covered_branches"] / max(totals["num_branches"], 1); \
	floor = 95 if "$(TEST_REQUIRE_SERVICES)" == "1" else 90; \
	print(f"{percent:.1f} % of the branches taken, {floor} % is the floor"); \
	raise SystemExit(percent < floor)'

services: $(VENVS)/tests/.installed  ## the suite with the servers that TEST_*_URL name; none may be missing
	TEST_REQUIRE_SERVICES=1 $(VENVS)/tests/bin/python $(PYTEST) $(PYTEST_ARGS)

# A file's tests stay together: each file starts servers of its own.
clients: $(VENVS)/clients/.installed $(VENVS)/node/.installed  ## real clients, over HTTP; none may be missing
	$(NO_SERVICES) TEST_REQUIRE_CLIENTS=1 $(VENVS)/clients/bin/python $(PYTEST) --dist loadfile -m real_clients $(PYTEST_ARGS)

browser: $(VENVS)/clients/.installed  ## the example app's page in Chromium, which must be there
	$(NO_SERVICES) TEST_REQUIRE_BROWSER=1 $(VENVS)/clients/bin/python -m pytest --timeout 120 -m browser tests/browser $(PYTEST_ARGS)

lowest: $(VENVS)/lowest/.installed  ## the suite on the lowest versions that setup.cfg allows; needs no server either
	$(NO_SERVICES) $(VENVS)/lowest/bin/python $(PYTEST) $(PYTEST_ARGS)

sqlalchemy20: $(VENVS)/sqlalchemy20/.installed  ## the suite on SQLAlchemy 2.0
	$(VENVS)/sqlalchemy20/bin/python $(PYTEST) $(PYTEST_ARGS)

lint: $(VENVS)/lint/.installed  ## ruff, its rules and its format
	$(VENVS)/lint/bin/ruff check
	$(VENVS)/lint/bin/ruff format --check

format: $(VENVS)/lint/.installed  ## let ruff repair and format
	$(VENVS)/lint/bin/ruff check --fix
	$(VENVS)/lint/bin/ruff format

types: $(VENVS)/lint/.installed  ## mypy, strict, on the package; pyright on it too, strict on a host's code
	$(VENVS)/lint/bin/mypy
	$(VENVS)/lint/bin/pyright --pythonpath $(VENVS)/lint/bin/python

docs: $(VENVS)/docs/.installed  ## the documentation, into docs/_build/html; nothing in it may be broken
	$(VENVS)/docs/bin/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build/html
	$(VENVS)/docs/bin/python docs/check_html.py docs/_build/html

# Needs graphviz. What it draws is committed, so that the pages show it anywhere.
diagrams: $(patsubst %.dot,%.svg,$(wildcard docs/diagrams/*.dot))  ## docs/diagrams, drawn anew

docs/diagrams/%.svg: docs/diagrams/%.dot
	dot -Tsvg -o $@ $<

bench: $(VENVS)/bench/.installed  ## the benchmarks
	$(VENVS)/bench/bin/python -m benchmarks $(BENCH_ARGS)

fuzz: $(VENVS)/fuzz/.installed  ## FUZZ_RUNS (100000) requests made of octets: never a 500, always in the dialect
	$(VENVS)/fuzz/bin/python -m tests.fuzz $(FUZZ_RUNS)

# The sdist is made first, and the wheel of the sdist. twine renders README.rst as the index will. An environment with the
# wheel alone is copied for each extra, which saves installing the rest again; -I keeps the checkout off the path.
package: $(VENVS)/lint/.installed  ## sdist and wheel, into dist/; the wheel must work where nothing else is, and with each extra
	rm -rf build dist $(VENVS)/package $(VENVS)/extra
	$(VENVS)/lint/bin/check-manifest
	$(VENVS)/lint/bin/python -m build --quiet .
	@# Strictly: a README that a package index cannot show is an error.
	$(VENVS)/lint/bin/twine check --strict dist/*
	$(PYTHON) -m venv $(VENVS)/package
	$(VENVS)/package/bin/python $(PIP_INSTALL) --constraint $(CONSTRAINTS) dist/*.whl
	$(VENVS)/package/bin/python -I tests/package/installed.py
	@for extra in $(EXTRAS); do \
	    rm -rf $(VENVS)/extra && cp -R $(VENVS)/package $(VENVS)/extra && \
	    $(VENVS)/extra/bin/python $(PIP_INSTALL) --constraint $(CONSTRAINTS) "$$(echo dist/*.whl)[$$extra]" && \
	    $(VENVS)/extra/bin/python -I tests/package/installed.py $$extra || exit 1; \
	done

constraints: $(VENVS)/constraints/.installed  ## pin the newest versions of everything, for every Python
	$(VENVS)/constraints/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --all-extras \
	    --no-annotate --custom-compile-command "make constraints" \
	    --output-file $(CONSTRAINTS) setup.cfg requirements/clients.txt requirements/fuzz.txt requirements/lint.txt

# Not held to the pins that it makes.
$(VENVS)/constraints/.installed:
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python $(PIP_INSTALL) uv
	touch $@

# The stamp is younger than all that decides what is installed; when one of these changes, the environment is made anew.
$(VENVS)/%/.installed: setup.cfg setup.py pyproject.toml flask_introspect/version.py $(wildcard requirements/*.txt)
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python $(PIP_INSTALL) --constraint $(CONSTRAINTS) $(INSTALL_$*)
	$(if $(REPLACE_$*),$(@D)/bin/python $(PIP_INSTALL) $(REPLACE_$*))
	$(@D)/bin/python -m pip check
	touch $@

# Clients of other languages; npm takes them from wherever it is configured to.
$(VENVS)/node/.installed: tests/clients/package.json tests/clients/package-lock.json
	mkdir -p $(@D)
	cp $^ $(@D)
	npm --prefix $(@D) ci --no-audit --no-fund --silent
	touch $@

clean:  ## remove what these targets made
	rm -rf $(VENVS) build dist *.egg-info docs/_build .coverage coverage.json .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
