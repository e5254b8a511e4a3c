# make week · make test · make check · make bench    (needs Python >= 3.11, git and make, nothing else)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
PINS := -c constraints.txt --build-constraint constraints.txt
COUNTY ?= demo
DATE ?= 2026-11-23

.PHONY: week test check bench wheel clean
.DELETE_ON_ERROR:

week: $(VENV)/.installed  ## write the example county into ./demo and run its week
	$(BIN)/xunge demo $(COUNTY)
	$(BIN)/xunge week $(COUNTY) --date $(DATE)

test: $(VENV)/.test  ## run every test that this machine can run
	$(BIN)/python -m pytest -q $(PYTEST_ARGS)

check: $(VENV)/.check $(VENV)/.test  ## lint, types, architecture, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/xunge/test_documentation.py

bench: $(VENV)/.test  ## stage times and memory of the county week, geocoding error
	$(BIN)/python -m benchmarks.county_week $(BENCH_ARGS)
	$(BIN)/python -m benchmarks.county_places

wheel: | $(VENV)/bin/python  ## build the wheel into ./dist
	$(PIP) wheel --no-deps $(PINS) -w dist .

clean:
	rm -rf $(VENV) demo build dist

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Xunge needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade -c constraints.txt pip

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install $(PINS) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(PIP) install -c constraints.txt --group test
	@touch $@

$(VENV)/.check: $(VENV)/.installed
	$(PIP) install -c constraints.txt --group check
	@touch $@
