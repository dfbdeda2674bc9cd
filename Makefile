# Everything sets itself up first: see config/devservices/bootstrap.py.
PYTHON ?= python3
ARGS ?=
SETUP := $(PYTHON) -I config/devservices/bootstrap.py
PY := .venv/bin/python

KUBERNETES := $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))

.PHONY: help run cluster test lint bench faults audit sbom interop record
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Start all of Replywell; PORT, HOST, WEB_PROCESSES and DATA_DIR choose where
	@$(SETUP) run
	@exec $(PY) -m config.devservices

cluster: ## Start it as production does: web processes behind nginx, workers, beat; takes what make run takes
	@$(SETUP) run
	@config/devservices/nginx.sh
	@exec $(PY) -m config.devservices cluster

test: ## Run the whole test suite on two processors; ARGS="tests/x.py -k name" for a part of it
	@$(SETUP) test
	@config/devservices/chromium.sh
	@config/devservices/nginx.sh
	@$(PY) -m pytest $(if $(ARGS),,-n 2 --dist loadfile --no-loadscope-reorder) $(ARGS)

lint: ## ruff, mypy, the layer check, secrets, and the files that deployments are made of
	@$(SETUP) test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	PATH="$(CURDIR)/.venv/bin:$$PATH" lint-imports
	$(PY) .ci/secrets.py
	.venv/bin/hadolint Dockerfile
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml deploy/compose.tls.yaml
	.venv/bin/kubernetes-validate --strict --quiet $(KUBERNETES)
	deploy/nginx/check.sh

bench: ## Benchmarks, each printing one line of JSON
	@$(SETUP) test
	@config/devservices/nginx.sh
	@$(PY) -m tests.benchmarks $(ARGS)

faults: ## Fault and soak tests at full size
	@$(SETUP) test
	@config/devservices/nginx.sh
	@$(PY) -m pytest -m faults tests/faults $(ARGS)

audit: ## Known vulnerabilities in what is pinned: asks the advisory service of PyPI, so it needs a network
	@$(SETUP) test
	$(PY) -m pip_audit --strict --disable-pip --no-deps -r requirements.txt -r tests/requirements.txt -r tests/sbom-requirements.txt $(ARGS)

sbom: ## What the product is made of, as CycloneDX 1.6 in sbom.json
	@$(SETUP) test
	@test -x .venv-sbom/bin/cyclonedx-py || ($(PY) -m venv .venv-sbom && .venv-sbom/bin/pip install -q -r tests/sbom-requirements.txt)
	.venv-sbom/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --mc-type application --sv 1.6 \
	  --output-reproducible --output-file sbom.json

record: ## Play the recorded conversation of docs/ anew, and write its page and its pictures
	@$(SETUP) test
	@config/devservices/chromium.sh
	@RECORD=1 $(PY) -m pytest tests/docs/test_recorded_conversation.py $(ARGS)

interop: ## Tests of the model layer with servers of others: LiteLLM's proxy and transformers serve
	@$(SETUP) test
	@test -x .venv-interop/bin/litellm || ($(PY) -m venv .venv-interop && .venv-interop/bin/pip install -q --no-deps -r tests/interop-requirements.txt)
	@$(PY) -m pytest -m interop tests/interop $(ARGS)
