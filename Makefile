# The commands of the project; `make` alone lists them. Only Python 3 and make need to be installed.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help run test train pages eval lint types data unit stories bench crash

help: ## list the commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: .venv/.ready web/desk/dist/index.html ## set up, train if needed, seed the demo and start everything
	@$(PY) -m dengta up

test: .venv/.ready lint types data pages train eval unit stories ## everything CI checks, cheapest first

train: .venv/.ready ## train models/dengta.tar.gz if its sources changed
	@$(PY) -m dengta train

pages: web/desk/dist/index.html ## check and build the pages of the agents' desk if their sources changed

PAGES := $(shell find web/desk -path web/desk/node_modules -prune -o -path web/desk/dist -prune -o -type f -print)
web/desk/dist/index.html: .venv/.ready $(PAGES) scripts/pages.sh
	@sh scripts/pages.sh

# More tables of questions to measure on, if they exist.
TABLES := ../shared/eval/dev.tsv
eval: train ## measure how well the model understands; fail if it fell behind
	@$(PY) -W ignore -m dengta.evaluation $(TABLES)

lint: .venv/.ready ## check style and likely mistakes
	@echo "· ruff"
	@$(PY) -m ruff check --quiet --output-format concise .

types: .venv/.ready ## check types
	@echo "· mypy"
	@$(PY) -m mypy --no-error-summary

data: .venv/.ready ## check the training data
	@$(PY) scripts/check_rasa.py data

unit: .venv/.ready web/desk/dist/index.html ## run the tests in tests/
	@echo "· pytest"
	@$(PY) -m pytest -q

stories: train ## run the dialogues in tests/stories/ against the model
	@$(PY) scripts/check_rasa.py stories

crash: train ## kill 200 processes under load and count what became of every message
	@$(PY) -W ignore -m tests.crash --kills 200

bench: .venv/.ready ## print the measurements
	@sed -n '/^|/p' bench/README.md

.venv/.ready: pyproject.toml uv.lock .python-version scripts/setup.sh
	@sh scripts/setup.sh
	@touch $@
