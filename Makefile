# Needs python3 (3.11 or later), pip and make. `make help` lists the targets.
#
#   PYTHON=python3.12   the interpreter to make the environment with
#   VENV=.venv          the folder of the environment
#   WORKERS=2           processes that run tests side by side
#   ARGS="..."          passed on to the program that the target starts

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
PAYMENTS ?= 10000
ARGS ?=

BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
# `-I`: packages that PYTHONPATH brings along are neither installed for nor checked.
PIP := $(BIN)/python -I -m pip --disable-pip-version-check
PIP_INSTALL := $(PIP) --quiet --quiet install --no-user --no-deps
# The lock names what building needs too. At the end nothing may miss anything, and what does is named.
INSTALL_BANKCORE := $(PIP_INSTALL) --no-build-isolation --editable . && { said=$$($(PIP) check) \
	|| { printf '%s\n' "$$said" 'These packages do not fit together: run `make clean`, and try again.' >&2; exit 1; }; }
PLANTUML ?= plantuml
DIAGRAMS := $(wildcard docs/plantuml/*.puml)

# What `make run` needs.
LOCKED_EXTRAS := --extra asyncio --extra binary --extra cli --extra embedded --extra http --extra worker
LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
	--custom-compile-command 'make lock'

# `make check` measures coverage; measuring costs time, so `make test` does not.
PYTEST := $(BIN)/python -m pytest
MEASURED_PYTEST := $(BIN)/python -m pytest --cov --cov-report=

# Where packages come from is the user's choice, such as PIP_INDEX_URL; where they go to and which they are, is ours.
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
unexport PIP_REQUIREMENT PIP_EDITABLE PIP_REQUIRE_HASHES

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run demo test check security-nightly matrix lint audit sbom coverage format bench bench-quick campaign settings docs typescript public-api lock clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
		| while IFS='|' read -r target text; do printf '  make %-16s %s\n' "$$target" "$$text"; done

run: $(RUN_READY) ## Start the bank with its own PostgreSQL and Valkey; Ctrl-C stops it.
	@exec $(BIN)/bankcore up $(ARGS)

demo: $(RUN_READY) ## Show a deposit, a transfer, a refusal and a replay on a new bank.
	@exec $(BIN)/bankcore demo $(ARGS)

test: $(DEV_READY) ## Run the whole test suite.
	@$(PYTEST) -n $(WORKERS) --dist worksteal $(ARGS)

check: lint audit coverage ## Run everything that has to pass: format, lint, types, layers, packages, tests, coverage.

security-nightly: $(DEV_READY) ## Try what is promised about security, for hours; ARGS chooses tests.
	@BANKCORE_NIGHTLY=1 $(PYTEST) -m security $(ARGS)

matrix: $(DEV_READY) ## Run the tests of the database on each Python, SQLAlchemy and PostgreSQL at hand; ARGS chooses tests.
	@UV=$(BIN)/uv WORKERS=$(WORKERS) .ci/matrix $(ARGS)

lint: $(DEV_READY) ## Check format, style, types and layers.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

audit: $(DEV_READY) ## Ask whether a vulnerability is known of any package; without a network it says that it could not ask.
	@$(BIN)/python .ci/audit.py requirements-dev.txt

sbom: $(DEV_READY) ## Write what bankcore is made of to dist/bankcore.cdx.json (CycloneDX).
	@$(BIN)/python .ci/sbom.py requirements.txt dist/bankcore.cdx.json

coverage: $(DEV_READY) ## Run the test suite and hold branch coverage: all of bankcore, 95 % elsewhere.
	$(BIN)/coverage erase
	$(MAKE) --no-print-directory test PYTEST='$(MEASURED_PYTEST)'
	@$(BIN)/coverage combine --append --quiet || true
	@core=0; rest=0; \
		$(BIN)/coverage report --include='src/bankcore/*' --fail-under=100 || core=$$?; \
		$(BIN)/coverage report --include='src/bankcore_infra/*,src/bankcore_http/*' --fail-under=95 || rest=$$?; \
		exit $$((core | rest))

format: $(DEV_READY) ## Lay out the code and fix what can be fixed.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(DEV_READY) ## Measure; ARGS chooses what.
	@exec $(BIN)/bankcore bench $(ARGS)

bench-quick: $(DEV_READY) ## Measure the ratios on record again; fails if one got worse.
	@exec $(BIN)/bankcore bench --quick $(ARGS)

campaign: $(DEV_READY) ## Take 10,000 payments while processes die on both sides; PAYMENTS chooses how many.
	BANKCORE_TEST_PAYMENTS=$(PAYMENTS) $(BIN)/python -m pytest -q -s tests/e2e/test_payments_under_fire.py

settings: $(DEV_READY) ## Write .env.example again.
	$(BIN)/bankcore settings > .env.example.new && mv .env.example.new .env.example

docs: $(DIAGRAMS:.puml=.svg) $(DEV_READY) ## Draw the diagrams, and build the documentation in site/; it needs no network.
	$(BIN)/zensical build --clean --strict

docs/plantuml/%.svg: docs/plantuml/%.puml docs/plantuml/style.iuml
	@if command -v $(PLANTUML) >/dev/null; then $(PLANTUML) -tsvg -failfast2 $<; \
	else echo '$@ is not drawn again: that needs PlantUML; install your system package plantuml or set PLANTUML.' >&2; fi

typescript: $(RUN_READY) ## Generate TypeScript types from the OpenAPI document, and check examples/typescript with them.
	@command -v npm >/dev/null || { echo 'make typescript needs Node.js and npm.' >&2; exit 1; }
	$(BIN)/bankcore openapi --out examples/typescript/openapi.json
	cd examples/typescript && npm ci --silent && npm run --silent generate && npm run --silent check

public-api: $(DEV_READY) ## Write the list of public names in docs/public-api.txt again.
	@$(BIN)/python -m tests.architecture.public_api

lock: $(DEV_READY) ## Write the lock files again; ARGS=--upgrade takes newer versions.
	$(BIN)/uv pip compile pyproject.toml $(LOCKED_EXTRAS) --group build $(LOCK_OPTIONS) --output-file requirements.txt $(ARGS)
	$(BIN)/uv pip compile pyproject.toml $(LOCKED_EXTRAS) --extra dev --group build --constraint requirements.txt \
		$(LOCK_OPTIONS) --output-file requirements-dev.txt $(ARGS)

clean: ## Remove the environment and what the tools leave behind; the data folder of the bank stays.
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov dist build site .cache
	find src tests migrations bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written only when everything before it went well, so an installation that broke off is done again.
# The lock names every package, so pip has nothing to resolve: what was published since cannot stop an installation.
$(RUN_READY): requirements.txt pyproject.toml | $(BIN)/pip
	@echo 'Installing what bankcore needs into $(VENV) ...'
	@$(PIP_INSTALL) --require-hashes --requirement requirements.txt
	@$(INSTALL_BANKCORE)
	@touch $@

$(DEV_READY): requirements-dev.txt requirements.txt pyproject.toml | $(BIN)/pip
	@echo 'Installing what bankcore and its tests need into $(VENV) ...'
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.txt
	@$(INSTALL_BANKCORE)
	@touch $(RUN_READY) $@

# pip is the last thing that venv writes, so an environment that broke off is made again. Debian's python3 comes without
# the part of venv that brings pip along; then the machine's own pip does it.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo 'bankcore needs Python 3.11 or later: make PYTHON=/path/to/python3 ...' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
		|| { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --quiet --python $(BIN)/python install pip; }
