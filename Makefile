# make week · make test · make check · make bench    (needs Python >= 3.11, git and make, nothing else)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
COUNTY ?= demo
DATE ?= 2026-11-23

.PHONY: week test check bench wheel clean

week: $(VENV)/.installed  ## write the example county into ./demo and run its week
	$(BIN)/xunge demo $(COUNTY)
	$(BIN)/xunge week $(COUNTY) --date $(DATE)

test: $(VENV)/.test  ## run every test that this machine can run
	$(BIN)/python -m pytest -q $(PYTEST_ARGS)

check: $(VENV)/.check $(VENV)/.test  ## lint, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test  ## stage times and memory of the county week
	$(BIN)/python -m benchmarks.county_week $(BENCH_ARGS)

wheel: $(VENV)/.check
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) demo build dist

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Xunge needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade -c constraints.txt pip

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(PIP) install -c constraints.txt --group test
	@touch $@

$(VENV)/.check: $(VENV)/.installed
	$(PIP) install -c constraints.txt --group check
	@touch $@
