PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin

.PHONY: demo examples test lint docs clean

demo: $(ENV)/.plot $(ENV)/.xarray  ## find weather regimes of the North Atlantic, save their pictures
	$(BIN)/python examples/plot_north_atlantic.py

examples: $(ENV)/.plot $(ENV)/.xarray $(ENV)/.save  ## run all examples, save their pictures
	for example in examples/plot_*.py; do $(BIN)/python $$example || exit 1; done

test: $(ENV)/.test  ## run all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2

lint: $(ENV)/.test  ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(ENV)/.docs  ## build the documentation
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

# An extra of pyproject.toml, installed into the environment.
$(ENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[$*]"
	touch $@

$(BIN)/python:
	@echo "Making an environment in $(ENV). It takes a few minutes, once."
	$(PYTHON) -m venv $(ENV)

clean:  ## remove the environment and all that was built
	rm -rf $(ENV) output examples/output dist
	rm -rf docs/_build docs/auto_examples docs/generated
