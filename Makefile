PYTHON ?= python3
BIN := .venv/bin
# The folders stand beside their files, so that a deleted module also leads to a new installation.
SOURCES := pyproject.toml README.md $(shell find sim configs experiments analysis -not -path '*__pycache__*')

.PHONY: setup run test lint fast slow hostile docs bench patterns calibrate lock clean

setup: .venv/installed.stamp

run: setup
	@$(BIN)/equipoise run strategy=pid_survey environment=recall

test: fast
	@$(BIN)/mypy

lint: setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

fast: lint
	@$(BIN)/pytest -n auto -m "not slow"

# Statistics over many worlds, killed processes and clusters: some minutes.
slow: setup
	@$(BIN)/pytest -n auto -m slow

# Over 1,700 wrong words and damaged files for all commands: ten minutes. A stopped run goes on where it was.
hostile: setup
	@$(BIN)/python tests/hostile/run_hostile.py .hostile/results.jsonl

# The documentation site, in docs/_build/html; a broken link is an error.
docs: setup
	@$(BIN)/sphinx-build -W --keep-going --quiet -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

bench: setup
	@$(BIN)/python -m equipoise.experiments.benchmarks.model
	@$(BIN)/python -m equipoise.experiments.benchmarks.sweeps

# At least 60 worlds a pattern: some minutes. Renews the table of the page. One pattern alone: make patterns ONLY=13
patterns: setup
	@$(BIN)/python -m equipoise.experiments.patterns docs/patterns.md $(ONLY)

# The search that chose the default coefficients.
calibrate: setup
	@$(BIN)/python -m equipoise.experiments.calibrate

# The header of the lock file names this command: uv's own would carry the address of a local file.
lock: setup
	@$(BIN)/uv pip compile pyproject.toml --extra dev --group setup --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o constraints.txt

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .hostile docs/_build docs/reference

# Setuptools comes first and from the lock: hydra's antlr4 runtime is published as source only, and an isolated build
# would fetch a setuptools outside the lock. Uv is fast but ignores pip's configuration (mirrors, certificates), so
# pip installs the same lock where uv fails.
PIP := $(BIN)/pip install -qq --disable-pip-version-check
.venv/locked.stamp: constraints.txt
	@echo "Setting up .venv; this takes about a minute."
	@$(PYTHON) -m venv --clear .venv || { $(PYTHON) -m venv --clear --without-pip .venv && \
	  $(PYTHON) -m pip --python $(BIN)/python install -qq pip; }
	@sed -n '/^setuptools==/,/# via/p' constraints.txt > .venv/setuptools.txt
	@sed -n '/^uv==/,/# via/p' constraints.txt > .venv/uv.txt
	@sed '/^uv==/,/# via/d' constraints.txt > .venv/rest.txt
	@$(PIP) --require-hashes -r .venv/setuptools.txt
	@{ $(PIP) --require-hashes -r .venv/uv.txt && \
	  $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes \
	    --no-build-isolation -r constraints.txt; } || \
	{ echo "uv could not install the lock; pip does, in another minute."; \
	  $(PIP) --require-hashes --use-pep517 --no-build-isolation -r .venv/rest.txt; }
	@touch $@

# A stale build/ would put deleted modules back into the wheel; stale compiled kernels lie in the package's folder.
.venv/installed.stamp: .venv/locked.stamp $(SOURCES)
	@rm -rf build equipoise.egg-info .venv/lib/python*/site-packages/equipoise
	@$(PIP) --no-deps --no-build-isolation --force-reinstall .
	@rm -rf build equipoise.egg-info
	@touch $@
