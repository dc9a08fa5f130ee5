# Two commands matter on a fresh machine: `make demo` and `make test`. README.md gives the same steps with pip.
PYTHON ?= python3
VENV   ?= .venv
OLDEST ?= .venv-minimum
ifeq ($(OS),Windows_NT)
SCRIPTS := Scripts
else
SCRIPTS := bin
endif
BIN := $(VENV)/$(SCRIPTS)

.PHONY: demo test test-minimum lint browser docs fuzz bench clean
.DEFAULT_GOAL := demo

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -c "import pathlib; pathlib.Path('$@').touch()"

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	$(BIN)/python -c "import pathlib; pathlib.Path('$@').touch()"

demo: $(VENV)/run.stamp
	$(BIN)/corridors run --out out

# A file of tests stays in one process, so that what its tests share is made once.
test: $(VENV)/dev.stamp lint browser
	$(BIN)/python -m pytest -n auto --dist loadfile

# The tests that need neither Chromium nor a build, on the oldest versions that pyproject.toml admits, in an environment of
# their own. What an old library is told by a newer one is no fault of this project: deprecations are no errors here.
test-minimum:
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/$(SCRIPTS)/python -m pip install --quiet --disable-pip-version-check packaging
	$(OLDEST)/$(SCRIPTS)/python tests/support/minimum_versions.py $(OLDEST)/constraints.txt
	$(OLDEST)/$(SCRIPTS)/python -m pip install --quiet --disable-pip-version-check --constraint $(OLDEST)/constraints.txt --editable ".[dev]"
	NUMBA_CACHE_DIR="$(CURDIR)/$(OLDEST)/numba" $(OLDEST)/$(SCRIPTS)/python -m pytest -n auto --dist loadfile -m "not browser and not packaging" -W default::DeprecationWarning -W default::PendingDeprecationWarning

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The map is tested in a real browser: Debian's, installed here when this runs as root.
browser: $(VENV)/dev.stamp
	@$(BIN)/python tests/support/ensure_browser.py

# The documentation, warnings as errors, without a network: docs/_build/index.html.
docs: $(VENV)/dev.stamp
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build

# Five thousand random feeds against the plain search, and as many damaged ones for the reader; takes an hour.
fuzz: $(VENV)/dev.stamp
	FUZZ_EXAMPLES=5000 $(BIN)/python -m pytest -n auto --dist loadfile tests/accessibility/test_sweep_against_oracle.py tests/accessibility/test_feed_fuzz.py

# This engine against cafein and ferrobus on the same work, each in its own environment; half an hour.
bench: $(VENV)/run.stamp
	$(BIN)/python benchmarks/run.py --readme

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(p, ignore_errors=True) for p in ('$(VENV)', '$(OLDEST)', 'out', 'dist', 'build')]"
