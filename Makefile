# What a newcomer and a developer run. `make help` lists it.
#   make test PYTHON=python3.13    another interpreter, with an environment of its own

PYTHON ?= python3
VENV ?= $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
LOCK := $(VENV)/bin/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-strip-extras \
	--quiet --custom-compile-command "make lock" pyproject.toml --group build

.DELETE_ON_ERROR:
.PHONY: help run test test-long lower upper smoke check bench compare chaos crash stampede nodes reconcile fuzz matrix scale soak e2e-real format lock clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run-installed  ## The gateway with its built-in demo upstream, on 127.0.0.1:8080 (WAYSTATION_PORT)
	@exec $(VENV)/bin/waystation serve --demo

LOWER := wire vendors dialects golden ledger keys limits routing identity relay manifest test_settings.py

# The rigs and most tests of the floors above wait often, the rest waits for nothing: they go side by side.
test: export PYTHONDONTWRITEBYTECODE :=  # the tests start hundreds of servers and commands: none compiles us again
test: $(VENV)/.test-installed  ## All checks and all tests: what CI runs
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=line upper smoke check lower

test-long: export HYPOTHESIS_PROFILE = long
test-long: test  ## The same, with twelve times as many examples for each property

lower: $(VENV)/.test-installed  ## The tests of floors 0 to 3, which cover each of their branches by themselves
	$(PY) -m pytest -q -n 2 --cov --cov-fail-under=99 $(LOWER:%=tests/%)

upper: $(VENV)/.test-installed  ## The tests of the floors above. Nothing traces them: they would take half as long again
	$(PY) -m pytest -q -n 3 $(LOWER:%=--ignore=tests/%)

smoke: $(VENV)/.test-installed  ## Each rig, briefly
	$(PY) -m rigs.crash --store sqlite --kills 3 --events kill
	$(PY) -m rigs.crash --store postgres --kills 3 --events kill,kill-database,kill-both
	$(PY) -m rigs.chaos --seconds 15 --streams 50 --keys 60 --timeout 6
	$(PY) -m rigs.matrix

check: $(VENV)/.test-installed  ## The fast checks: format, lint, types, floors, mirror, headings
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) scripts/check_mirror.py
	$(PY) scripts/check_vendors.py
	$(PY) scripts/check_headings.py
	$(PY) scripts/check_links.py
	$(PY) scripts/write_settings.py --check

# A distribution builds its Python with profile-guided optimization; one compiled plainly costs a call a third more.
BENCH_PYTHON ?= $(firstword $(wildcard /usr/bin/python3) $(PYTHON))

bench:  ## Gateways side by side: throughput, latency, streams, memory (BENCH=--short: 2 minutes)
	@$(MAKE) --no-print-directory compare PYTHON=$(BENCH_PYTHON)

compare: $(VENV)/.test-installed
	PYTHON=$(PYTHON) sh bench/install.sh $(BENCH)
	$(PY) -m bench compare $(BENCH)

fuzz: $(VENV)/.test-installed  ## Bytes that nobody would send, to every codec, for three minutes
	$(PIP) install --only-binary :all: atheris==3.0.0
	$(PY) -m rigs.fuzz --seconds $(or $(SECONDS),60)

crash: $(VENV)/.test-installed  ## Hurt gateway and database at 200 moments under load, each; then compare every bill (KILLS=20: fewer)
	test -e /usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1 || apt-get install --yes --quiet faketime
	$(PY) -m rigs.crash --store sqlite --kills $(or $(KILLS),200)
	$(PY) -m rigs.crash --store postgres --kills $(or $(KILLS),200)

chaos: $(VENV)/.test-installed  ## Break keys and upstreams by chance under 1,000 streams for five minutes (SECONDS=60: less)
	$(PY) -m rigs.chaos --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED))

stampede: $(VENV)/.test-installed  ## 2,000 calls at once against one department's budget for 100, on each database
	$(PY) -m rigs.stampede --store sqlite
	$(PY) -m rigs.stampede --store postgres

nodes: $(VENV)/.test-installed  ## Two nodes with two workers each: one limit, a revocation, a rolling restart under 200 streams
	$(PY) -m rigs.nodes

reconcile: $(VENV)/.test-installed  ## Ten differences planted among 100,000 calls in a vendor's bill, on each database
	$(PY) -m rigs.reconcile --store sqlite
	$(PY) -m rigs.reconcile --store postgres

matrix: $(VENV)/.test-installed  ## Official SDKs as callers, each to vendors of each language
	$(PY) -m rigs.matrix

scale: $(VENV)/.test-installed  ## A node with 1, 2 and 4 workers, measured; a hundred nodes on one PostgreSQL, simulated
	sh bench/install.sh --short
	$(PY) -m bench workers
	$(PY) -m bench scale

soak: $(VENV)/.test-installed  ## 200,000 calls, to see whether memory grows
	sh bench/install.sh --short
	$(PY) -m bench soak

e2e-real: $(VENV)/.test-installed  ## Real model servers behind the gateway; installs them outside the project
	$(PY) -m e2e_real

format: $(VENV)/.test-installed  ## Format the code and mend what the linter can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lock: $(VENV)/bin/uv  ## Solve the dependencies again (UPGRADE=--upgrade for newer ones) and write requirements/*.lock
	$(LOCK) $(UPGRADE) --output-file requirements/run.lock
	$(LOCK) $(UPGRADE) --group dev --constraint requirements/run.lock --output-file requirements/test.lock

clean:  ## Remove environments, caches and builds; never ./data
	rm -rf .venv .venv-* build dist .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find src tests bench rigs e2e_real scripts -name __pycache__ -prune -exec rm -rf {} +

$(PY):
	sh scripts/make_venv.sh $(PYTHON) $(VENV)

$(VENV)/.run-installed: requirements/run.lock pyproject.toml | $(PY)
	$(PIP) install --require-hashes --requirement requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test-installed: requirements/test.lock $(VENV)/.run-installed
	$(PIP) install --require-hashes --requirement requirements/test.lock
	command -v redis-server || RUNLEVEL=1 apt-get install --yes --quiet redis-server  # RUNLEVEL: and start none
	@touch $@

$(VENV)/bin/uv: | $(PY)
	$(PIP) install uv
