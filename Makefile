# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
BUILD := build

python := $(shell $(PYTHON) -c 'import sys; print(sys.executable)')
version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ifeq ($(version),)
$(error $(PYTHON) does not run: name a Python 3.10 or newer with "make PYTHON=...")
endif

venv := $(BUILD)/venv-$(version)
stage := $(BUILD)/ansible_collections/alicloud/ram
in_stage := cd '$(stage)' &&

SHELL := /bin/bash
export PATH := $(CURDIR)/$(venv)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(BUILD)

.PHONY: help
help:  ## List the targets
	@sed -nE 's/^([a-z-]+):.*## /\1|/p' Makefile | column -t -s '|'

$(venv)/.ready: tests/requirements.txt
	'$(python)' -m venv --clear '$(venv)'
	'$(venv)/bin/python' -m pip install -qq --disable-pip-version-check -r tests/requirements.txt
	ln -sfn 'venv-$(version)' '$(BUILD)/venv'
	touch '$@'

.PHONY: venv
venv: $(venv)/.ready  ## Make the development environment, build/venv

.PHONY: stage
stage:  ## Copy the tree to build/ansible_collections/alicloud/ram
	@'$(python)' tests/tools/stage.py '$(stage)'

.PHONY: test
test: lint sanity  ## Run everything: lint, sanity, then unit and integration tests
	$(in_stage) pytest

.PHONY: test-unit
test-unit: venv stage  ## Run the unit tests
	$(in_stage) pytest tests/unit

.PHONY: test-integration
test-integration: venv stage  ## Run the tests against the emulator
	$(in_stage) pytest tests/integration

.PHONY: lint
lint: venv stage  ## Run ruff, mypy, the changelog's checks and ansible-lint
	ruff check .
	ruff format --check .
	cd '$(BUILD)' && mypy --config-file '$(CURDIR)/pyproject.toml' -p ansible_collections.alicloud.ram.plugins.module_utils
	antsibull-changelog lint
	$(in_stage) ansible-lint

.PHONY: sanity
sanity: venv stage  ## Run ansible-test's sanity tests
	$(in_stage) ansible-test sanity --local --requirements --python $(version) $(skip)

.PHONY: format
format: venv  ## Put the Python code into shape
	ruff check --fix .
	ruff format .
