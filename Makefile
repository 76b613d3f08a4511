PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin

.PHONY: demo examples test lint docs dist lowest clean

demo: $(ENV)/.plot $(ENV)/.xarray  ## find weather regimes of the North Atlantic, save their pictures
	@echo "Classifying 902 winter days of pressure takes one to two minutes."
	$(BIN)/python examples/plot_north_atlantic.py
	@echo "The pictures are in output/."

examples: $(ENV)/.plot $(ENV)/.xarray $(ENV)/.save  ## run all examples, save their pictures
	for example in examples/plot_*.py; do $(BIN)/python $$example || exit 1; done

test: $(ENV)/.test  ## run all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2

test-%:  ## run all tests with another Python, such as test-3.13
	$(MAKE) test PYTHON=python$* ENV=.venv-$*

lowest: $(ENV)-lowest/.test  ## run all tests with the lowest versions of the dependencies
	OMP_NUM_THREADS=1 $(ENV)-lowest/bin/python -m pytest -q -n 2 -W ignore::DeprecationWarning \
		-W "ignore:numpy.ndarray size changed:RuntimeWarning"

lint: $(ENV)/.test  ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dist: $(ENV)/.release  ## build and check the files of a release
	rm -rf dist
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*

docs: $(ENV)/.docs  ## build the documentation
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

# An extra of pyproject.toml, installed into the environment.
$(ENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[$*]"
	touch $@

$(ENV)-lowest/.test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv venv -q --clear --python $(BIN)/python $(ENV)-lowest
	$(BIN)/uv pip install -q --python $(ENV)-lowest/bin/python \
		--resolution lowest-direct -e ".[test]"
	touch $@

$(BIN)/python:
	@echo "Making an environment in $(ENV). It takes a few minutes, once."
	$(PYTHON) -m venv $(ENV)

clean:  ## remove the environment and all that was built
	rm -rf $(ENV) $(ENV)-* output examples/output dist
	rm -rf docs/_build docs/auto_examples docs/generated
