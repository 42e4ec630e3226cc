# Every command of the house. The recipes are short on purpose: what CI runs is what you run.
.DEFAULT_GOAL := help

BIN   := .venv/bin
IMAGE ?= sentinel
ARGS  ?=
# These need other servers, other programs or patience; each has its own target.
SLOW  := --ignore=tests/e2e --ignore=tests/chaos --ignore=tests/bench

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

.PHONY: setup
setup: .setup-done  ## Prepare everything in .venv; the other targets do it by themselves

# Whoever removes .venv wants it made anew.
$(if $(wildcard $(BIN)/sentinel),,$(shell rm -f .setup-done))

.setup-done: requirements/dev.txt pyproject.toml scripts/setup
	@scripts/setup
	@touch $@

.PHONY: demo
demo: setup  ## See it work: a rehearsed platform failure, live in the terminal
	$(BIN)/sentinel demo $(ARGS)

.PHONY: run
run: setup  ## Run the daemon with failover_rules.yaml
	$(BIN)/sentinel run $(ARGS)

.PHONY: test
test: setup  ## Run the tests; pass more with ARGS, such as ARGS="-k outbox"
	$(BIN)/python -m pytest -n 4 --dist worksteal $(SLOW) $(ARGS)

.PHONY: check
check: lint types layers codespell papers house test  ## Everything that CI checks, in the same order

.PHONY: lint
lint: setup  ## Style and mistakes (ruff)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: setup  ## Types (mypy, strict)
	$(BIN)/mypy

.PHONY: layers
layers: setup  ## Who may import whom (import-linter)
	$(BIN)/lint-imports

.PHONY: codespell
codespell: setup  ## Misspelt words
	$(BIN)/codespell

.PHONY: house
house: setup  ## House rules: file sizes, documented events, no stray module
	$(BIN)/python -m pytest -q tests/test_house.py

.PHONY: docs
docs: setup  ## Write docs/platforms.md from the platforms' own declarations
	$(BIN)/python scripts/platforms.py --write

.PHONY: papers
papers: setup  ## Whether the generated papers are current
	$(BIN)/python scripts/platforms.py

.PHONY: fix
fix: setup  ## Repair what can be repaired without thinking
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: e2e
e2e: setup  ## Against real servers on this machine (PDS, Synapse, WordPress, Postfix, SMTP, PostgreSQL, Kannel)
	$(BIN)/python -m pytest tests/e2e $(ARGS)

.PHONY: chaos
chaos: setup  ## Kill it, cut it off, fill its disk; REPORT=1 writes what came of it into docs/
	@rm -f build/chaos.jsonl
	@$(BIN)/python -m pytest -n 4 tests/chaos $(ARGS); code=$$?; \
	  $(BIN)/python -m tests.chaos.report $(if $(REPORT),--write) && exit $$code

.PHONY: soak
soak: setup  ## Search for broken promises for ten minutes; MINUTES=n
	PYTHONHASHSEED=0 SENTINEL_SOAK_MINUTES=$(or $(MINUTES),10) $(BIN)/python -m pytest -s tests/model $(ARGS)

.PHONY: bench
bench: setup  ## Measure it beside its bare baselines
	$(BIN)/python -m tests.bench $(ARGS)

.PHONY: scale
scale: setup  ## A thousand channels on one core for ten minutes, then more: half an hour
	$(BIN)/python -m tests.bench.scale $(ARGS)

.PHONY: detection
detection: setup  ## How long until staff know, beside Prometheus: a quarter of an hour
	$(BIN)/python -m tests.detection $(ARGS)

.PHONY: wheel
wheel: setup  ## Build dist/sentinel-….whl, for an installation by pip
	$(BIN)/python -m pip --quiet wheel --no-deps --no-build-isolation --wheel-dir dist .

.PHONY: image
image:  ## Build the container image with docker, podman or buildah, whichever is here
	@tool=$$(command -v docker || command -v podman || command -v buildah) \
	  || { echo "make image needs docker, podman or buildah" >&2; exit 1; }; \
	"$$tool" build -t $(IMAGE) $(ARGS) .

.PHONY: lock
lock:  ## Pin the newest versions of all requirements (needs the network)
	@scripts/lock
