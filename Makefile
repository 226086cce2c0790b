# `make run` starts the marketplace, `make test` proves it; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The system's certificates, so that an installation behind a company's proxy works as pip does.
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 $(BIN)/uv pip
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SEEDS ?= 50
# Real engines on a busy machine miss a deadline now and then: what fails is run a second time, and both are told.
ONCE_MORE := --reruns 1 -raR
# The files with the fewest tests are among the longest: begun last, they would be waited for by all other workers.
IN_PARALLEL := -n auto --dist loadfile --no-loadscope-reorder
NODE_READY := $(VENV)/.node
NODE_FOLDERS := tests/node tests/node/transport bench/groq examples

# Where an image forbids it, each of the many processes of a run would compile the same sources again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test chaos check format sdl node codegen bench bench-peers bench-fanout lock clean

help: ## List these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Gavel needs Python 3.11 or newer; name one with PYTHON=..."; exit 1; }
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9' || true
	@{ $(UV) install --quiet --require-hashes -r requirements.lock && $(UV) install --quiet --no-deps -e . ; } \
		|| { echo "uv could not; installing with pip instead" && $(PIP) --require-hashes -r requirements.lock && $(PIP) --no-deps -e . ; }
	@touch $(READY)

$(NODE_READY): $(NODE_FOLDERS:%=%/package-lock.json) | $(READY)
	@if command -v npm >/dev/null; then \
		echo "Installing the packages of the tests with Node.js ..."; \
		for folder in $(NODE_FOLDERS); do npm ci --silent --ignore-scripts --prefix $$folder \
			|| echo "npm could not install $$folder; its tests are skipped"; done; \
	else echo "Node.js is not here; the tests that need it are skipped"; fi
	@touch $@

run: $(READY) ## Start the whole marketplace on this machine
	@exec $(BIN)/gavel run

test: $(READY) $(NODE_READY) ## Lint, types, import contracts and every test but the nightly ones
	@$(MAKE) --no-print-directory check
	@failed=0; \
	$(BIN)/pytest -m "not nightly and not alone" $(ONCE_MORE) $(IN_PARALLEL) || failed=1; \
	$(BIN)/pytest -m "alone and not nightly" $(ONCE_MORE) || failed=1; \
	exit $$failed

chaos: $(READY) ## Auctions and payments while everything is killed in turn, SEEDS=50 times
	@$(BIN)/python -m tests.faults --seeds $(SEEDS)

check: $(READY) ## Lint, types and import contracts only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## Format the code and apply safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

sdl: $(READY) ## Write the schema to schema/schema.graphql
	@$(BIN)/gavel sdl

node: $(NODE_READY) ## Install what the tests with Node.js need (make test does, where npm is)

codegen: node ## Write the TypeScript of examples/generated
	@cd examples && npm run --silent codegen

bench: $(READY) ## Run the benchmarks and print their ratios
	@$(BIN)/python -m bench

bench-peers: $(READY) ## Compare with the Node servers people would pick instead
	@$(BIN)/python -m bench.peers

bench-fanout: $(READY) ## Send one event to 1,000 sockets, beside Node (run `npm ci` in bench/fanout first)
	@$(BIN)/python -m bench.fanout

lock: ## Resolve the dependencies again into requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --all-extras pyproject.toml -o requirements.lock

clean: ## Remove the environment and the local data
	@rm -rf $(VENV) .gavel
