# Everything is made by one of these; `make help` lists them. Only Python, make and git are needed.
PYTHON ?= python3
PORT ?= 8080
DATA ?= .local/
# What `make build` builds for; `make run` and the tests always build for this machine.
RUNTIME ?=
ARCHITECTURE ?=
EVENT ?= tick
# Private servers that accounts may live on, as host:port with commas between.
ALLOW ?=
export RUNTIME ARCHITECTURE
# Where no bytecode may be kept, every process that starts compiles all it imports anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup run test check fix web build deploy undeploy bench cost prove invoke clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null || grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST)

setup: ## Make the virtual environments from the lock files (done by the others when needed)
	@$(PYTHON) local/bootstrap.py

run: setup ## Start the whole system on this machine (PORT=8080 DATA=.local/ ALLOW=host:port)
	@exec $(BIN)/python -m local.run --port "$(PORT)" --data "$(DATA)" --allow "$(ALLOW)"

test: setup ## Install what is needed, check everything and pass all tests
	@$(BIN)/python -m local.check --without-tests
	@$(BIN)/python -m local.tests

check: setup ## Formatting, lint, types, import contracts, template and unit tests: what CI checks first
	@$(BIN)/python -m local.check

fix: setup ## Format and apply the lint fixes that are safe
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

build: setup ## Build template.yaml with SAM (RUNTIME=python3.13 ARCHITECTURE=arm64 for AWS)
	@$(BIN)/python -m local.build

web: setup ## Build the web page
	@$(BIN)/python -m local.web

deploy: setup ## Deploy to AWS; asks at most four questions
	@$(BIN)/python -m deploy.up

undeploy: setup ## Remove a deployment from AWS, after its name is typed
	@$(BIN)/python -m deploy.down

bench: setup ## Measure: ratios and counts, printed as a table
	@$(BIN)/python -m bench

cost: setup ## Print the whole AWS bill of some months, line by line (RENEW=1: commit it as the table)
	@$(BIN)/python -m bench.cost $(if $(RENEW),--renew)

prove: setup ## Run the long proof, for hours, and write docs/proof.md; goes on where it was stopped
	@$(BIN)/python -m tests.simulation.prove
	@$(BIN)/python -m local.build
	@TIDINGS_PROVE=1 $(BIN)/python -m pytest -q -n auto -p tests.simulation.long_forms tests/simulation/test_rate_limits.py tests/unit/core/test_time_zones.py tests/e2e/test_kills.py tests/e2e/test_store_on_emulator.py

invoke: setup ## Invoke a function of the running local system with events/EVENT.json (EVENT=tick)
	@$(BIN)/python -m local.invoke --data "$(DATA)" "$(EVENT)"

clean: ## Remove what was built and installed; accounts and posts in DATA stay
	rm -rf .aws-sam .build .venv .envs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis web/dist web/node_modules tests/servers/bluesky/node_modules functions/api/page
	find functions shared local tests -name __pycache__ -type d -prune -exec rm -rf {} +
