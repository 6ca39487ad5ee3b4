# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
# An ansible-core release such as 2.16; without it, the newest that this Python can have.
CORE ?=
BUILD := build

python := $(shell $(PYTHON) -c 'import sys; print(sys._base_executable)')
version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ifeq ($(version),)
$(error "$(PYTHON)" does not run; name a Python 3.10 or newer: make PYTHON=...)
endif
ifneq ($(CORE),)
ifeq ($(shell grep '^ansible-core==$(subst .,[.],$(CORE))[.]' tests/requirements-core.txt),)
$(error tests/requirements-core.txt has no ansible-core $(CORE))
endif
endif

venv := $(BUILD)/venv-$(version)$(CORE:%=-core-%)
# Where collections are, among them this one.
root := $(BUILD)
stage := $(root)/ansible_collections/alicloud/ram
in_stage := cd '$(stage)' &&
# Tests that share what is dear to make name a group; a group stays on one worker.
parallel := -n auto --dist loadgroup

SHELL := /bin/bash
export PATH := $(CURDIR)/$(venv)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(root)
# Else each of the hundreds of processes that the tests start compiles the collection anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv stage demo emulator test test-quick test-unit test-behaviour test-robustness test-security test-emulator test-browser test-smoke release-check pictures test-long test-matrix bench lint docs sanity pins generate format clean

help:  ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1	\2/p' Makefile | expand -t 20

venv: $(venv)/.ready  ## Make the development environment, build/venv

# Where CORE is given, its ansible-core takes the place of the newest and of what is only for that one.
$(venv)/.ready: tests/requirements.txt tests/requirements-core.txt
	'$(python)' -m venv --clear '$(venv)'
ifeq ($(CORE),)
	cp tests/requirements.txt '$(venv)/requirements.txt'
else
	awk '/^[^ ]/ {keep = !/^(ansible-(compat|core|lint)|resolvelib)==/} keep' tests/requirements.txt >'$(venv)/requirements.txt'
	awk '/^[^ ]/ {keep = /^(ansible-core==$(subst .,[.],$(CORE))[.]|resolvelib==)/} keep' tests/requirements-core.txt >>'$(venv)/requirements.txt'
endif
	'$(venv)/bin/python' -m pip install -qq --disable-pip-version-check --require-hashes -r '$(venv)/requirements.txt'
	$(if $(CORE),,ln -sfn 'venv-$(version)' '$(BUILD)/venv')
	touch '$@'

stage:  ## Copy the tree to build/ansible_collections/alicloud/ram
	@'$(python)' tests/tools/stage.py '$(stage)'

demo: venv stage  ## Show the collection at work, against the emulator
	PYTHONPATH='$(CURDIR)/$(BUILD):$(CURDIR)/tests/emulator' python tests/demo/run.py

# Nothing but what is to be sourced goes to the standard output, also when the environment is made first.
emulator:  ## Run the emulator in the foreground
	@'$(MAKE)' --no-print-directory venv >&2
	@PYTHONPATH=tests/emulator exec python -m alicloud_emulator $(ARGS)

# Lint and sanity run beside the tests, in a copy of their own, with the processor time that these leave. What ansible-test's
# pylint finds in tests takes it a minute and is never released: "make sanity" looks for it.
test: venv stage  ## Run everything: the tests, with the coverage of plugins/, and lint and sanity beside them
	@nice '$(MAKE)' --no-print-directory root='$(BUILD)/checks' ARGS='--exclude tests/' lint sanity >'$(BUILD)/checks.log' 2>&1 & checks=$$!; \
	($(in_stage) rm -f .coverage* && python -m coverage run -m pytest -rs $(parallel) && coverage combine -q && coverage report); tests=$$?; \
	wait $$checks; checked=$$?; cat '$(BUILD)/checks.log'; exit $$((tests || checked))

test-quick: venv stage  ## Run ruff, and the tests that take a minute: unit tests and a run from every starting state
	ruff check --quiet .
	$(in_stage) pytest -q $(parallel) tests/unit tests/behaviour/test_idempotence.py tests/behaviour/test_users_groups_roles.py

test-unit: venv stage  ## Run the unit tests
	$(in_stage) pytest $(parallel) tests/unit

test-behaviour: venv stage  ## Run the tests of what users are promised, with ansible-playbook and the emulator
	$(in_stage) pytest $(parallel) tests/behaviour

test-robustness: venv stage  ## Run the tests with faults, races, killed processes and bad input
	$(in_stage) pytest $(parallel) tests/robustness

test-security: venv stage  ## Run the tests of secrets, rights and wrong accounts
	$(in_stage) pytest $(parallel) tests/security

test-emulator: venv stage  ## Run the emulator's own tests, with the vendor's clients
	$(in_stage) pytest $(parallel) tests/emulator

test-browser: venv stage  ## Run the tests of the HTML report in Debian's chromium, which they need with chromium-driver
	$(in_stage) pytest -rs tests/browser

test-smoke: venv stage  ## Build the archive, install it, and run module, role, playbooks and inventory from it
	$(in_stage) pytest -q tests/behaviour/test_archive.py

pictures: venv stage  ## Take the pictures of the HTML report that the docs show
	PYTHONPATH='$(CURDIR)/$(BUILD)' python tests/tools/pictures.py docs/images

release-check: venv stage  ## Rehearse a release: versions, changelog, and the archive, installed and used (ARGS=TAG)
	python tests/tools/release_check.py $(ARGS)
	$(in_stage) pytest -q tests/behaviour/test_archive.py tests/emulator/conformance/test_package.py

test-long: venv stage  ## Run all cases of which the other targets take a share; some two hours
	$(in_stage) THOROUGH=1 pytest $(parallel) tests/behaviour tests/robustness tests/security tests/emulator

test-matrix: stage  ## Run all but the lint on several releases of ansible-core
	'$(python)' tests/tools/matrix.py '$(MAKE)'

bench: venv stage  ## Measure what many accounts cost, beside other ways (ARGS="--quick", "--write")
	PYTHONPATH='$(CURDIR)/$(BUILD):$(CURDIR)/tests/emulator' python tests/benchmarks/bench.py $(ARGS)

docs_venv := $(BUILD)/venv-docs

$(docs_venv)/.ready: tests/requirements-docs.txt
	'$(python)' -m venv --clear '$(docs_venv)'
	'$(docs_venv)/bin/python' -m pip install -qq --disable-pip-version-check --require-hashes -r tests/requirements-docs.txt
	touch '$@'

docs: $(docs_venv)/.ready stage  ## Build the docs site, build/docs/html/index.html; a warning is an error
	PATH='$(CURDIR)/$(docs_venv)/bin':"$$PATH" python tests/tools/docs.py '$(BUILD)/docs'

lint: venv stage $(docs_venv)/.ready  ## Run ruff, mypy, antsibull-changelog, antsibull-docs and ansible-lint, and check what make generate writes
	ruff check .
	ruff format --check .
	python tests/tools/generate.py --check
	python tests/tools/words.py
	cd '$(root)' && mypy --config-file '$(CURDIR)/pyproject.toml' -p ansible_collections.alicloud.ram.plugins.module_utils -p ansible_collections.alicloud.ram.plugins.plugin_utils
	antsibull-changelog lint
	antsibull-changelog lint-changelog-yaml --strict changelogs/changelog.yaml
	PATH='$(CURDIR)/$(docs_venv)/bin':"$$PATH" antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck '$(stage)'
	$(in_stage) ansible-lint

# Called through python because ansible-core 2.16 cannot start it from a path with a space.
# Offline, it says which file it wants in its cache to put pip into its own environments.
sanity: venv stage  ## Run the sanity tests of ansible-test
	$(in_stage) python '$(CURDIR)/$(venv)/bin/ansible-test' sanity --local --requirements --python $(version) $(ARGS)

# Versions that are in requirements.txt stay, unless ARGS say otherwise: ARGS=--upgrade, ARGS="--upgrade-package ruff".
compile := uv pip compile --quiet --universal --no-annotate --no-header --generate-hashes

pins:  ## Make the lists of what development installs, with hashes, from tests/*.in (needs uv)
	$(compile) $(ARGS) --python-version 3.10 tests/requirements.in --output-file tests/requirements.txt
	$(compile) $(ARGS) --python-version 3.11 tests/requirements-docs.in --output-file tests/requirements-docs.txt
	grep -v '^#' tests/requirements-core.in | \
		while read -r line; do $(compile) --no-deps --python-version 3.12 - <<<"$$line" || exit; done >tests/requirements-core.txt

generate: venv  ## Write what follows from docs/shared, the kinds of resources and their modules' documentation
	python tests/tools/generate.py

format: venv  ## Put the Python code into shape
	ruff check --quiet --fix-only .
	ruff format .

clean:  ## Delete everything that was built
	rm -rf '$(BUILD)'
