# Two commands for a new machine: `make run` and `make test`. Needed before: Python 3.11 or newer, git and make.
.DEFAULT_GOAL := help
.PHONY: help run test check fast bench openapi workflows invariants mutation lives client format clean

PYTHON ?= python3
# The certificates of the system, because many machines stand behind a proxy with one of its own.
export UV_SYSTEM_CERTS = 1
# Run as root, the PostgreSQL of the tests gets a user of its own, made by a command that stands in these folders.
export PATH := $(PATH):/usr/sbin:/sbin
BIN := .venv/bin
UV := $(BIN)/uv
RUNTIME := .venv/.runtime-ready
TOOLS := .venv/.tools-ready
SYNC := $(UV) sync --quiet --frozen --inexact

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(RUNTIME): $(UV) uv.lock pyproject.toml
	@$(SYNC) --no-dev
	@touch $@

$(TOOLS): $(UV) uv.lock pyproject.toml
	@$(SYNC) --all-extras
	@touch $@ $(RUNTIME)

run: $(RUNTIME) ## Migrate, load the demonstration register if there is nothing yet, and serve.
	@$(BIN)/cluster-api migrate
	@$(BIN)/cluster-api seed
	@$(BIN)/cluster-api credentials || echo "no credentials are lent; serving all the same"
	@exec $(BIN)/cluster-api serve

test: $(TOOLS) ## Run the whole suite on SQLite and on PostgreSQL.
	@$(BIN)/pytest -q -n auto --dist loadscope --no-loadscope-reorder

check: $(TOOLS) ## Everything that must hold: format, lint, types, imports, tests, migrations, fresh OpenAPI.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/vulture src --min-confidence 90
	$(MAKE) test

bench: $(TOOLS) ## Measure ratios against the physical limit and against what others would use; writes bench/RESULTS.md.
	@$(SYNC) --all-extras --group bench
	@$(BIN)/python -m bench.run $(ARGS)

openapi: $(RUNTIME) ## Write openapi/openapi.json anew.
	@$(BIN)/cluster-api openapi --output openapi/openapi.json

workflows: $(TOOLS) ## Draw the tables of moves anew in docs/workflows.md.
	@$(BIN)/python -m tests.house.test_workflows

invariants: $(TOOLS) ## Write anew in docs/invariants.md which tests hold which invariant.
	@$(BIN)/python -m tests.house.test_invariants

mutation: $(TOOLS) ## Measure which small faults in the rules of an area no test notices (AREAS="scoring …").
	@$(SYNC) --all-extras --group mutation
	@$(BIN)/python -m tests.mutation $(AREAS)

lives: $(TOOLS) ## Live a hundred thousand random steps of exchanges, and look after each whether every rule is kept.
	@EXCHANGES_EXAMPLES=1900 EXCHANGES_STEPS=60 $(BIN)/pytest -q -s -n 0 tests/payments/test_machine.py -k sqlite

client: $(TOOLS) ## Generate the typed Python client into clients/python.
	@mkdir -p clients/python
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/openapi-python-client generate --path openapi/openapi.json --config openapi/client.yaml \
	  --meta none --output-path clients/python/cluster_client --overwrite --fail-on-warning

format: $(TOOLS) ## Put the code into its form.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove the environment and everything generated; data in DATA_DIR stay.
	rm -rf .venv clients .pytest_cache .mypy_cache .ruff_cache .hypothesis bench/.work
