# Every target sets up what it needs in .venv, from nothing but Python 3.11 and make.
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
RUN_EXTRAS := server,evaluators,dashboard,pipeline
BENCHES := KILLS CRASH MEMORY SERVICE NEIGHBOUR TRUTH FUZZ HISTORIES
# What fails beside others is run once more, alone, and has to pass then: real servers, workers and a
# browser share the cores, and some tests wait for a clock. Both runs are printed.
tested = $(BIN)/pytest -n 2 --dist loadfile -m "$(1)" || \
	{ [ $$? = 1 ] && $(BIN)/pytest --last-failed --last-failed-no-failures none -m "$(1)"; }
lower = $(shell echo $(1) | tr A-Z a-z)

.PHONY: demo test check bench sbom faults blender kitsu clean

demo: .venv/run.stamp ## the main job, end to end, on the embedded default
	$(BIN)/circletake --home .circletake/demo demo --out demo-report

test: .venv/dev.stamp ## all tests, with the real parts that this machine has
	$(call tested,not slow and not browser)
	$(call tested,slow or browser)

check: .venv/dev.stamp ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.stamp ## the figures of the design, each with its peer; or KILLS=200, SERVICE=600, FUZZ=60 … alone
	$(BIN)/python -m tests.bench $(foreach it,$(BENCHES),$(if $($(it)),--$(call lower,$(it)) $($(it)))) $(if $(POSTGRES),--postgres) $(if $(WORKERS),--workers) $(if $(DEPLOY),--deploy) $(if $(DASHBOARD),--dashboard) $(if $(SEASON),--season)

sbom: .venv/dev.stamp ## what is shipped, with versions and licences: sbom.json (CycloneDX)
	$(BIN)/python deploy/sbom.py > sbom.json

faults: .venv/dev.stamp ## the forty faults, each tested now, one line a row
	$(BIN)/python -m tests.bench --faults

blender: .venv-bpy/run.stamp ## Blender as a module, in an environment of its own, for the test of its add-on

# AGPL: a server of its own in an environment of its own, never imported and never shipped.
ZOU := zou==1.0.97 fakeredis==2.40.0 lupa==2.8
kitsu: .venv/dev.stamp ## a real Kitsu server (0.7 GB), and the test that syncs with it
	test -x .venv-zou/bin/python || $(PYTHON) -m venv .venv-zou
	.venv-zou/bin/pip install --quiet --disable-pip-version-check $(ZOU)
	$(BIN)/pytest -q tests/journeys/test_kitsu.py

clean: ## leave no trace but the sources
	rm -rf .venv .venv-bpy .venv-zou .circletake demo-report .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv/run.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -e '.[$(RUN_EXTRAS)]'
	touch $@

.venv/dev.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -e '.[$(RUN_EXTRAS),learned,dev]'
	touch $@ .venv/run.stamp

.venv-bpy/run.stamp: # GPL: a process of its own, never imported and never shipped; 0.4 GB to fetch, 1 GB on disk
	test -x .venv-bpy/bin/python || $(PYTHON) -m venv .venv-bpy
	.venv-bpy/bin/pip install --quiet --disable-pip-version-check 'bpy==4.5.15' 'numpy<2.4'
	touch $@
