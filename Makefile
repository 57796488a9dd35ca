# recexplore's commands; `make help` lists them. Needs make and Python 3.11 or newer with venv and pip, nothing else.
# Everything is installed into .venv in this folder. Another Python: make explore PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check

# Ready-made environments: the stamp is newer than what it was made from.
READY := $(VENV)/.ready-to-explore
READY_TO_TEST := $(VENV)/.ready-to-test
READY_TO_BENCH := $(VENV)/.ready-to-bench

# The compiler that checks the page's types, by the node of the tests' environment; its lock file says which.
PAGE_TYPES := $(VENV)/page_types
TSC := $(VENV)/bin/node $(PAGE_TYPES)/node_modules/typescript/bin/tsc --project tools/page_types

# JupyterLab asks about news unless it is told not to, and saves what was only looked at: the committed notebooks are
# compared byte for byte. Both are told to the one in .venv, the user's own settings win.
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings/overrides.json

NOTEBOOK ?= notebooks/01_explore.ipynb

# Tests wait for browsers, kernels and servers: two processes more than there are cores, six at most. Files go to them in the
# order of tests/conftest.py, long ones first.
PYTEST = $(RUN) -m pytest -n $$($(RUN) -c 'import os; print(min((os.cpu_count() or 1) + 2, 6))') --dist loadfile \
	--no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help explore lab test notebooks lint bench docs clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

explore: $(READY) ## install what is needed, open the explorer on the bundled recordings
	@$(VENV)/bin/recexplore ls recordings
	@echo
	@echo "Opening the explorer on them; \`make lab\` opens the notebooks instead."
	@exec $(VENV)/bin/recexplore explore recordings

lab: $(READY) ## open the notebooks in JupyterLab
	@echo "Starting JupyterLab; its address follows, Control-C here ends it."
	@[ "$$(id -u)" != 0 ] || root=--allow-root; \
	JUPYTER_TOKEN= exec $(RUN) -m jupyterlab $${root:-} --ip=127.0.0.1 --log-level=WARN \
		--LabApp.default_url=/lab/tree/$(NOTEBOOK) --KernelManager.transport_encryption=auto

test: $(READY_TO_TEST) ## run everything that checks the project: ruff, mypy, tsc, the notebooks, the tests
	@browser=$$($(RUN) tools/browser.py) || exit 1; \
	export CHROME="$$browser" BROWSER_PATH="$$browser"; \
	unset PYTHONDONTWRITEBYTECODE; : every process would compile the package anew; \
	failed=; \
	step() { name=$$1; shift; printf '\n== %s\n' "$$name"; "$$@" || failed="$$failed, $$name"; }; \
	result() { wait "$$1"; status=$$?; cat "$$2"; rm -f "$$2"; return $$status; }; \
	: mypy works on one core while the other compiles the tests, which each of the processes that run them would do else, \
	: and while notebooks wait for their kernels; \
	types=$$(mktemp) || exit 1; \
	$(RUN) -m mypy >"$$types" 2>&1 & mypy=$$!; \
	$(RUN) -m pytest --collect-only -qq tests >/dev/null 2>&1 & compiled=$$!; \
	trap 'kill $$mypy $$compiled 2>/dev/null; rm -f "$$types"; exit 130' INT TERM; \
	step 'ruff check' $(RUN) -m ruff check; \
	step 'ruff format' $(RUN) -m ruff format --check; \
	step 'tsc' $(TSC); \
	wait $$compiled; \
	step 'notebooks' $(PYTEST) --nbval notebooks; \
	step 'mypy' result $$mypy "$$types"; \
	step 'tests' $(PYTEST) tests; \
	echo; \
	[ -z "$$failed" ] || { echo "make test: failed: $${failed#, }" >&2; exit 1; }; \
	echo 'make test: all six steps passed'

notebooks: $(READY_TO_TEST) ## run every notebook and keep what it shows (after a change that they show)
	@browser=$$($(RUN) tools/browser.py) || exit 1; BROWSER_PATH="$$browser" $(RUN) tools/bake.py

lint: $(READY_TO_TEST) ## ruff, mypy and tsc only
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	$(TSC)

bench: $(READY_TO_BENCH) ## run the benchmarks on the bundled recordings, or on the folder RECEXPLORE_CORPUS names
	@for file in benchmarks/[!_]*.py; do \
		echo "== $$file"; $(RUN) "$$file" "$${RECEXPLORE_CORPUS:-recordings}" || exit 1; done

docs: $(READY) ## write again what is generated: pages of docs/, the types of the page's messages
	$(RUN) tools/columns.py
	$(RUN) tools/usage.py
	$(RUN) tools/rules.py
	$(RUN) tools/messages.py

clean: ## remove what make and the tools left: caches, and .venv if it was made here
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis notebooks/.ipynb_checkpoints dist
	find . -path './$(VENV)' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	[ ! -e $(VENV)/.made-by-make ] || rm -rf $(VENV)

# JupyterLab's settings, unless there are some.
define settings_of_lab
[ -e $(LAB_SETTINGS) ] || { mkdir -p $(dir $(LAB_SETTINGS)) && \
	echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},' \
	'"@jupyterlab/docmanager-extension:plugin": {"autosave": false}}' > $(LAB_SETTINGS); }
endef

$(READY): pyproject.toml constraints.txt
	@tools/make-venv.sh $(VENV) $(PYTHON)
	@echo "Installing recexplore into $(VENV), about a minute the first time."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@$(settings_of_lab)
	@touch $@

# All that pip has to find out, it finds out once, so this does not begin with what `make explore` installs. Most modules of
# what the tests need are never imported: each is compiled when it is.
$(READY_TO_TEST): pyproject.toml constraints.txt $(wildcard tools/page_types/package*.json)
	@tools/make-venv.sh $(VENV) $(PYTHON)
	@echo "Installing recexplore and what the tests need into $(VENV), about a minute the first time."
	@$(PIP) install --quiet --no-compile --constraint constraints.txt --editable '.[test]'
	@$(settings_of_lab)
	@mkdir -p $(PAGE_TYPES) && cp tools/page_types/package*.json $(PAGE_TYPES)
	@$(VENV)/bin/npm ci --prefix $(PAGE_TYPES) --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $(READY) $@

$(READY_TO_BENCH): $(READY)
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[test,benchmarks]'
	@touch $@
