# The whole of daily work. `make help` lists it.
PYTHON ?= python3
APP := .venv/app/bin/python
RASA := PYTHONWARNINGS=ignore .venv/app/bin/python -m launcher.rasa
export PYTHONPATH := .

.PHONY: help run stop test check train evaluate bench clean environments test-environments rasa-shell rasa-test rasa-validate

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: environments  ## set up what is missing, train if needed, start everything; Ctrl-C ends it
	@exec $(APP) -m launcher.run

stop: environments  ## end what an earlier `make run` started
	@$(APP) -m launcher.stop

test: test-environments  ## every test; sets up what they need
	@$(APP) -m launcher.testing

check: test-environments  ## format, lint, types
	@$(APP) -m ruff format --check .
	@$(APP) -m ruff check .
	@$(APP) -m mypy

train: environments  ## train the model if something that it is made of has changed
	@$(APP) -m launcher.model

evaluate: test-environments  ## right answers on the development set
	@$(APP) -m evaluation

bench: test-environments  ## this system and a stock Rasa side by side: speed, training, start, memory
	@$(APP) -m bench

clean:  ## remove the model, caches and logs; talks, tickets and keys under var/ stay
	@rm -rf models .rasa .mypy_cache .ruff_cache .pytest_cache .hypothesis var/log var/run var/bench

rasa-shell: train  ## talk to Rasa itself on the terminal
	@$(RASA) shell --model models/current.tar.gz

rasa-test: train  ## run the stories of tests/dialogues against the model
	@$(RASA) test core --model models/current.tar.gz --stories tests/dialogues --out var/rasa-test

rasa-validate: environments  ## let Rasa look for contradictions in data and domain
	@$(RASA) data validate

environments:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3 and start again."; exit 1; }
	@$(PYTHON) -m launcher.environments engine app

test-environments:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3 and start again."; exit 1; }
	@$(PYTHON) -m launcher.environments engine test
