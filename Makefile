# Two commands: `make demo` finds a circuit, `make test` runs the tests. Both set up what is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Set TORCH= to take the newest build for your accelerator instead of the pinned CPU one.
TORCH ?= torch==2.13.0
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# Set FLAGS= to give pytest more options.
TEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(FLAGS)

.PHONY: demo test check lint bench problems clean help

help:
	@echo "make demo     install, then search for the ground state of LiH for a minute"
	@echo "make test     install, then run the whole test suite"
	@echo "make check    lint, types, tests with branch coverage"
	@echo "make lint     lint and types alone"
	@echo "make bench    speed against other simulators (ratios)"
	@echo "make problems build the bundled molecules again and compare"
	@echo "make clean    remove the environment and all caches"

demo: $(VENV)/.base
	$(BIN)/qrl search vqe/lih-4q-3.4 --agent ppo --seconds 60

test: $(VENV)/.dev
	$(TEST)

check: lint
	$(TEST) -q --cov --cov-report=term

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks

problems: $(VENV)/.dev
	$(BIN)/python -m qrl.tasks.ground_states.data.build --check

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("qrl needs Python 3.11 or newer; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# torch first and pinned: an open range would bring gigabytes of CUDA libraries.
$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing qrl and what it needs into $(VENV) (a few minutes, once)"
	$(PIP) $(if $(TORCH),"$(TORCH)",torch)
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "Installing what the tests need"
	$(PIP) --editable ".[chem,hardware,ray,slurm,tune,tracking,dev]"
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
