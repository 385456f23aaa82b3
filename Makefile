# `make run` runs the gateway, `make test` runs every test; both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run demo test xtts-test sip-test check environment models lock

help: ## Show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

environment: ## Create the virtual environment from the lock file
	@$(PYTHON) tools/create_environment.py --lock requirements-dev.lock

models: environment ## Fetch and verify the embedded models
	@$(BIN)/gateway models pull

run: models ## Start the gateway on the embedded default
	@$(BIN)/gateway run

demo: models ## Start the gateway and let a scripted German patient book an appointment
	@$(BIN)/python tools/demo.py

check: environment ## Static checks: ruff, mypy, layers
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

test: models ## Run every check and every test
	@sh tools/install_test_peers.sh
	@$(MAKE) --no-print-directory check
	@$(BIN)/python tools/run_tests.py

xtts-test: environment ## Run the tests of XTTS, which need PyTorch (fetched once, a gigabyte)
	@$(BIN)/python tools/xtts_test.py

sip-test: models ## Run every SIPp scenario against a gateway and print a table
	@sh tools/install_test_peers.sh
	@$(BIN)/python tools/sip_test.py

lock: ## Pin the dependencies anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group build \
		--no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev \
		--no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra xtts --constraint requirements-dev.lock \
		--no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements-xtts.lock
