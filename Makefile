# `make help` lists what can be done. Only Python (3.11 or newer) and make are presumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Apart, so that what looks at the environment is no part of it.
TOOLS := .venv-tools
PAGE := mammoscope/serving/static/index.html
PAGE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/test-results/*' -not -path '*/e2e/*')
LINTED := frontend/node_modules/.linted
# Folders too, which are newer once a file of theirs is gone.
LINTED_SOURCES := $(shell find frontend -mindepth 1 -not -path '*/node_modules*' -not -path '*/test-results*')
NPM := scripts/npm --prefix frontend
# Looked up when it is used: system-deps may just have installed it.
BROWSER = $(firstword $(foreach name,chromium chromium-browser google-chrome,\
	$(shell command -v $(name) 2>/dev/null)))
# Debian keeps them off the path.
ORTHANC = $(shell command -v Orthanc || ls /usr/sbin/Orthanc 2>/dev/null)
NGINX = $(shell command -v nginx || ls /usr/sbin/nginx 2>/dev/null)
INITDB = $(shell command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)

.DEFAULT_GOAL := help
# Two installs into one virtual environment must not run side by side.
.NOTPARALLEL:
.PHONY: help serve test test-slow test-python coverage test-frontend test-browser check check-page format frontend \
	api-types examples benchmark wheel audit sbom fuzz system-deps clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.core $(PAGE)  ## Set everything up and serve the page on this machine
	$(BIN)/mammoscope serve

test: system-deps test-python test-frontend test-browser  ## Set everything up and run every test but the slow ones

test-python: $(VENV)/.dev $(PAGE)  ## Tests of the package
	OMP_NUM_THREADS=1 $(BIN)/pytest -m 'not slow' -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder $(COVERAGE)

coverage:  ## The same with coverage, which takes half as long again
	$(MAKE) test-python COVERAGE=--cov

test-frontend: frontend/node_modules/.installed  ## Tests of the page's mathematics
	$(NPM) run test

test-browser: $(VENV)/.dev $(PAGE) system-deps  ## Tests of the page in real Chromium
	CHROMIUM="$(BROWSER)" $(NPM) run e2e

test-slow: $(VENV)/.ray $(PAGE)  ## The tests that take minutes, those of a Ray cluster among them
	$(BIN)/pytest -m slow

check: $(LINTED) $(VENV)/.dev  ## Formatting, lint, types and bandit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit -q -r mammoscope -c pyproject.toml

check-page: $(LINTED)  ## Lint and types of the page alone

format: $(VENV)/.dev  ## Format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

frontend: $(PAGE)  ## Build the page into the package

api-types: $(VENV)/.core frontend/node_modules/.installed  ## Generate the page's types from the API's description
	$(BIN)/python -m mammoscope.serving > frontend/openapi.json
	$(NPM) run api-types

examples: $(VENV)/.core  ## Make the synthetic example images anew
	$(BIN)/mammoscope examples --out mammoscope/examples

benchmark: $(VENV)/.dev $(PAGE) system-deps  ## Ratios of speed, measured in one run
	$(BIN)/python -m benchmarks.answer_speed
	$(BIN)/python -m benchmarks.training_speed
	$(BIN)/python -m benchmarks.http_load
	$(BIN)/python -m benchmarks.idle_memory
	$(BIN)/python -m benchmarks.decode_prepare
	$(BIN)/python -m benchmarks.fuzzy_c_means
	$(BIN)/python -m benchmarks.pooling
	$(BIN)/python -m benchmarks.bootstrap
	$(BIN)/python -m benchmarks.batch_speed
	CHROMIUM="$(BROWSER)" $(NPM) run speed

wheel: $(VENV)/.dev $(PAGE)  ## Build a wheel with the models, the examples and the page
	$(BIN)/python -m build --wheel --no-isolation

audit: $(TOOLS)/.installed $(VENV)/.core frontend/node_modules/.installed  ## Look for known vulnerabilities in what is installed
	$(BIN)/python scripts/audit.py $(TOOLS)/bin/pip-audit \
		"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" $(NPM)

sbom: $(TOOLS)/.installed $(VENV)/.core frontend/node_modules/.installed  ## List what is installed, as CycloneDX, in dist/
	mkdir -p dist
	$(TOOLS)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml \
		--output-reproducible -o dist/sbom-python.json
	$(NPM) sbom --sbom-format cyclonedx --omit dev > dist/sbom-page.json

FUZZ_SECONDS ?= 60
fuzz: $(VENV)/.dev  ## Fuzz every parser, guided by the lines reached, FUZZ_SECONDS each
	$(BIN)/pip install -q -c constraints.txt atheris
	for target in decode card preprocess form keys reply; do \
		$(BIN)/python -m tests.fuzz.guided $$target $(FUZZ_SECONDS) || exit 1; done

system-deps:  ## Install Chromium, DCMTK, dicom3tools, Orthanc, PostgreSQL, strace and nginx from Debian (as root)
	@wanted="$(strip $(if $(BROWSER),,chromium) $(if $(shell command -v dcm2pnm),,dcmtk) \
		$(if $(shell command -v dciodvfy),,dicom3tools) $(if $(INITDB),,postgresql) \
		$(if $(shell command -v strace),,strace) \
		$(if $(NGINX),,nginx-light) $(if $(ORTHANC),,orthanc orthanc-dicomweb))"; \
	if [ -z "$$wanted" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$wanted; \
	elif [ -z "$(BROWSER)" ]; then \
		echo "The browser tests need Chromium: install it, or run 'make system-deps' as root." >&2; \
		exit 1; \
	else echo "Tests that want what is not here are skipped: $$wanted."; fi

clean:  ## Remove what was built and installed
	rm -rf $(VENV) $(TOOLS) frontend/node_modules mammoscope/serving/static dist

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("mammoscope needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@# Debian splits venv from Python; a half-made environment must not look like a whole one.
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -q && apt-get install -qy python3-venv && $(PYTHON) -m venv $(VENV); } || \
		{ rm -rf $(VENV); echo "Python lacks its venv module: install python3-venv." >&2; exit 1; }

$(VENV)/.core: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install -q -c constraints.txt -e .
	touch $@

# All that .core has, and more: one install does for both.
$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $(VENV)/.core $@

$(VENV)/.ray: $(VENV)/.dev
	$(BIN)/pip install -q -c constraints.txt -e '.[ray]'
	touch $@

$(TOOLS)/.installed: constraints-tools.txt | $(BIN)/python
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install -q -c constraints-tools.txt pip-audit cyclonedx-bom
	touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json | $(BIN)/python
	$(NPM) ci --include=dev --no-audit --no-fund
	touch $@

$(LINTED): $(LINTED_SOURCES) frontend/node_modules/.installed
	$(NPM) run lint
	$(NPM) run typecheck
	touch $@

$(PAGE): $(PAGE_SOURCES) frontend/node_modules/.installed
	$(NPM) run build
	touch $@
