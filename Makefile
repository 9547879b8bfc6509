# Every target makes what it needs: `make demo` and `make test` work in a fresh clone with Python 3.11 or newer.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
STATEFUL := flask-stateful fastapi-stateful django-stateful
STATELESS := flask-stateless fastapi-stateless django-stateless

.DEFAULT_GOAL := help
.PHONY: help install dev demo test coverage metamorphic names properties fixes fuzz corpus test-versions self lint format docs bench bench-check scale accuracy verify-knowledge site site-serve clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

.venv/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv/.installed: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/.dev: .venv/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

.venv/.frameworks: .venv/.dev pyproject.toml
	$(BIN)/python -m pip install --quiet --group frameworks
	@touch $@

install: .venv/.installed  ## make .venv with statelint in it
dev: .venv/.dev  ## make .venv with what development needs

demo: .venv/.installed  ## check the example shops: three that cannot scale out, three that can
	@for shop in $(STATEFUL); do \
		echo "==> statelint check examples/$$shop"; \
		$(BIN)/statelint check examples/$$shop || test $$? -eq 1 || exit 1; \
	done
	@for shop in $(STATELESS); do \
		echo "==> statelint check examples/$$shop"; \
		$(BIN)/statelint check examples/$$shop || exit 1; \
	done

test: .venv/.dev  ## run the tests
	$(BIN)/python -m pytest -n 2 $(ARGS)

coverage: .venv/.dev  ## run the tests once and measure which lines and branches they reach; fails below the floor of pyproject.toml
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term $(ARGS)

metamorphic: .venv/.dev  ## change projects in ways that mean nothing, and hard shapes: all of them, large ones too, with a table of what differs
	$(BIN)/python -m pytest -n 2 -q --thorough tests/metamorphic tests/engine $(ARGS)

names: .venv/.dev  ## programs under many names, which must decide nothing: all shapes under all names
	$(BIN)/python -m pytest -n 2 -q --thorough tests/names $(ARGS)

properties: .venv/.dev  ## what holds whatever the input: a thousand made-up inputs for each property
	$(BIN)/python -m pytest -n 2 -q --thorough -m hypothesis $(ARGS)

fixes: .venv/.frameworks  ## fix programs and run them in the real frameworks: they behave as before
	$(BIN)/python -m pytest -q -m frameworks tests/fixes $(ARGS)

fuzz: .venv/.dev  ## made-up inputs of every kind until the time is over; reproducers into benchmarks/work/fuzz; ARGS="--seconds 600 --seed 5"
	$(BIN)/python -m tests.fuzz $(ARGS)

corpus: .venv/.installed  ## the standard library with its tests, and 100 pinned releases from PyPI: no traceback, nothing over a minute
	$(BIN)/python -m benchmarks.corpus $(ARGS)

test-versions: .venv/.made  ## the tests on each Python that is there, and with the lowest versions of what statelint needs
	$(BIN)/python -m tests.versions $(ARGS)

self: .venv/.installed  ## what looks at the repository itself: zizmor, bandit, and statelint by its pre-commit hook
	$(BIN)/python -m pip install --quiet 'bandit>=1.8' 'zizmor>=1.16' 'pre-commit>=4'
	$(BIN)/zizmor --offline .
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src benchmarks docs hatch_build.py
	$(BIN)/pre-commit try-repo . statelint --all-files

lint: .venv/.dev  ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/.dev  ## let ruff mend and format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: .venv/.installed  ## write the parts of README.md and docs/ that the program itself can say
	$(BIN)/python -m docs.render

site: .venv/.installed  ## write the documentation site into site/; a link that leads nowhere is an error
	$(BIN)/python -m pip install --quiet 'mkdocs>=1.6'
	$(BIN)/python -m docs.render --rules
	$(BIN)/python -m mkdocs build --quiet --strict

site-serve: site  ## show the site on http://localhost:8000/ while it is written
	$(BIN)/python -m mkdocs serve

bench: .venv/.installed  ## measure against ruff and bandit, cold, unchanged and changed; ARGS=--write keeps it in benchmarks/PERFORMANCE.md
	$(BIN)/python -m benchmarks.bench $(ARGS)

bench-check: .venv/.installed  ## fail where statelint has become much slower, by ratios, than benchmarks/PERFORMANCE.md says
	$(BIN)/python -m benchmarks.bench --check --rounds 3 $(ARGS)

scale: .venv/.installed  ## measure how the whole-program analysis grows from 50,000 to 200,000 lines
	$(BIN)/python -m benchmarks.scale $(ARGS)

accuracy: .venv/.installed  ## measure recall and false alarms on labelled applications from PyPI
	$(BIN)/python -m benchmarks.accuracy $(ARGS)

verify-knowledge: .venv/.installed  ## check every library row and alias of rules/ against the libraries themselves
	$(BIN)/python -m benchmarks.verify_knowledge $(ARGS)

clean:  ## remove what can be made again
	rm -rf .venv .coverage .coverage.* .statelint_cache .mypy_cache .ruff_cache .pytest_cache dist build site docs/rules benchmarks/work
