# newsweir. Every target first makes its own environment, in .venv, with uv if it
# is there, else with Python's own venv and pip. README.md has each as one line
# without make.

PYTHON ?= python3
BIN := .venv/bin

# Test material that is not part of the project; without it those tests skip.
CORPUS := $(wildcard ../shared/corpus)
ifneq ($(CORPUS),)
export NEWSWEIR_CORPUS ?= $(abspath $(CORPUS))
endif

# $(call install,LOCK): an environment with exactly what LOCK names, and newsweir itself.
define install
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) .venv && \
	  VIRTUAL_ENV=.venv uv pip install -q --require-hashes -r $(1) && \
	  VIRTUAL_ENV=.venv uv pip install -q --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(1) && \
	  $(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@
endef

.PHONY: run test slow faults fuzz readers newcomer check format bench quality lock docs clean help

help:            ## what can be made
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/'

run: .venv/.run  ## install, then poll, archive, publish and serve at http://127.0.0.1:8080/
	@$(BIN)/newsweir run

test: .venv/.dev ## install, then the tests (a few minutes)
	@$(BIN)/pytest -q -n 3 --dist worksteal -m "not newcomer and not slow"

slow: .venv/.dev ## tests over a great many real feeds and faults (minutes more)
	@$(BIN)/pytest -q -n 3 --dist worksteal -m slow

newcomer: .venv/.dev ## clone, install and start as somebody new would
	@$(BIN)/pytest -q -s -m newcomer tests/test_newcomer.py

faults: .venv/.dev ## the long fault suite: a thousand kills, ten thousand flipped bits, long property tests
	@NEWSWEIR_KILLS=1000 NEWSWEIR_FLIPS=10000 NEWSWEIR_LOSSES=3000 NEWSWEIR_TAILS=300 NEWSWEIR_SWEEP=50 \
	  NEWSWEIR_INDEXES=5 NEWSWEIR_SEAL_STEP=1 NEWSWEIR_CHAOS=100 NEWSWEIR_ROUNDS=1000 HYPOTHESIS_PROFILE=long \
	  $(BIN)/pytest -q -s tests/faults tests/archive tests/contracts tests/test_stability.py

FUZZ_SECONDS ?= 600
fuzz: .venv/.dev ## parsing, dates, sanitising and identity against anything: FUZZ_SECONDS=600 each
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m tests.fuzz

readers: .venv/.dev ## real feed readers against our feeds; writes the table of docs/readers.md (needs the readers)
	@! command -v npm >/dev/null || npm install --silent --no-package-lock --prefix tests/readers/npm
	@$(BIN)/python -m tests.readers

check: .venv/.dev ## lint, format, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/.dev ## bring the code into its format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.dev ## figures as ratios against named floors, in one run
	@$(BIN)/python -m bench

quality: .venv/.dev ## how much of real news pages is kept right (needs the test material)
	@$(BIN)/python -m bench quality

docs: .venv/.dev ## the generated parts of the documentation
	@$(BIN)/newsweir schema >docs/config.schema.json
	@$(BIN)/newsweir schema --reference >docs/configuration.md
	@$(BIN)/python -m tools.house

lock:            ## the lock files anew (needs uv)
	@uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate -o requirements.txt
	@uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate -o requirements-dev.txt

clean:           ## the environment and caches; never data/
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/.run: requirements.txt pyproject.toml
	$(call install,requirements.txt)

.venv/.dev: requirements-dev.txt pyproject.toml
	$(call install,requirements-dev.txt)
	@touch .venv/.run
