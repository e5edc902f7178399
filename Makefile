# Needs Python 3.11+ with venv, make, git and a package index; builds .venv by itself.
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PREPARED := .prepared/done
PYTHON ?= python3

.PHONY: demo test test-all check bench docs rule bundle format clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(STAMP) ## a small real system, assessed end to end; exit 1 is its verdict
	@$(BIN)/hauberk demo; code=$$?; \
	if [ $$code -ne 1 ]; then echo "demo: expected the verdict's exit code 1, got $$code"; exit 1; fi

test: $(STAMP) ## the fast suite, under five minutes on two cores
	$(BIN)/pytest -m "not slow and not browser and not net"

$(PREPARED): $(STAMP) $(wildcard packaging/*.py) $(shell find src -type f -name '*.py')
	$(BIN)/python packaging/prepare.py .prepared

test-all: $(PREPARED) ## what the fast suite leaves out: slow, browser, network namespaces
	HAUBERK_HYPOTHESIS=full $(BIN)/pytest -m "slow or browser or net"

check: $(STAMP) ## format, lint, types, layers, dependencies, generated files, our own house
	$(BIN)/ruff format --check src tests bench tools
	$(BIN)/ruff check src tests bench tools
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/python docs/generate.py --check
	$(BIN)/hauberk scan . -m hauberk.yaml --quiet

bench: $(STAMP) ## every bench at reduced size; FULL=1 for the full bars
	@failed=0; for script in bench/*.py; do echo "== $$script"; \
	$(BIN)/python $$script $(if $(FULL),,--quick) || failed=1; done; exit $$failed

docs: $(STAMP) ## regenerate reference pages
	$(BIN)/python docs/generate.py

rule: $(STAMP) ## make rule ID=HBK-MOD-014: a new rule with samples, test and page
	$(BIN)/python docs/new_rule.py $(ID)

bundle: $(STAMP) ## dist/bundle: wheel, wheelhouse, SBOM, signature; installs without a network
	$(BIN)/python packaging/bundle.py dist/bundle

format: $(STAMP)
	$(BIN)/ruff format src tests bench tools
	$(BIN)/ruff check --fix --quiet src tests bench tools

clean:
	rm -rf $(VENV) .venvs .prepared dist build .pytest_cache .mypy_cache .ruff_cache
