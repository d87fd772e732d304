PYTHON ?= python3
BIN := .venv/bin
# Folders are listed with their files, so that a deleted module reinstalls the package too.
SOURCES := pyproject.toml README.md $(shell find sim configs experiments analysis -not -path '*__pycache__*')

.PHONY: setup run test slow fast bench patterns calibrate lock clean

setup: .venv/installed.stamp

run: setup
	$(BIN)/equipoise run strategy=pid_survey environment=recall

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto -m "not slow"

# Statistics over many worlds, killed processes, clusters: minutes more.
slow: setup
	$(BIN)/pytest -n auto -m slow

fast: setup
	$(BIN)/pytest -n auto -m "not slow"

bench: setup
	$(BIN)/python -m equipoise.experiments.benchmarks.model
	$(BIN)/python -m equipoise.experiments.benchmarks.sweeps

# Over 60 worlds and more: some minutes; renews the table of the page. One pattern alone: make patterns ONLY=13.
patterns: setup
	$(BIN)/python -m equipoise.experiments.patterns docs/patterns.md $(ONLY)

# The search that chose the default coefficients.
calibrate: setup
	$(BIN)/python -m equipoise.experiments.calibrate

# The header names this command instead of uv's own, which would carry the address of this machine's file.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --group setup --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o constraints.txt

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Setuptools comes first and from the lock: hydra's antlr4 runtime is published as source only, and an isolated
# build would fetch an unlocked setuptools. Uv is fast but ignores pip's configuration (mirrors, certificates),
# so where it fails the same lock goes through pip.
.venv/locked.stamp: constraints.txt
	$(PYTHON) -m venv --clear .venv || { $(PYTHON) -m venv --clear --without-pip .venv && \
	  $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	sed -n '/^setuptools==/,/# via/p' constraints.txt > .venv/setuptools.txt
	sed -n '/^uv==/,/# via/p' constraints.txt > .venv/uv.txt
	sed '/^uv==/,/# via/d' constraints.txt > .venv/rest.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .venv/setuptools.txt
	{ $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt && \
	  $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes \
	    --no-build-isolation -r constraints.txt; } || \
	{ echo "uv could not install the lock; trying pip, which takes about a minute."; \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --use-pep517 --no-build-isolation \
	    -r .venv/rest.txt; }
	touch $@

# A stale build/ would put deleted modules back into the wheel; stale compiled kernels lie in the package's folder.
.venv/installed.stamp: .venv/locked.stamp $(SOURCES)
	rm -rf build equipoise.egg-info .venv/lib/python*/site-packages/equipoise
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall .
	rm -rf build equipoise.egg-info
	touch $@
