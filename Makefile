# The commands of the project; `make` alone lists them.

# Debian's names of the programs that tests and demo run: video is decoded with ffmpeg, strace shows what the
# jail lets through, and the console is tested in chromium.
PROGRAMS := chromium ffmpeg strace

# Somebody else's code that our signatures are verified with.
WEBHOOKS := crates/lamassu-engine/tests/standardwebhooks

# What the console is built of; the client's types are generated.
WEB_SOURCES := $(shell find web -name node_modules -prune -o -path web/dist -prune -o -path web/test-results -prune \
	-o -path web/e2e -prune -o -name schema.d.ts -prune -o -type f -print)

# The product and the tools in one call: apart, what both need would be compiled twice, with other features.
BUILD := cargo build --release --package lamassu --package xtask
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
XTASK := $(TARGET)/release/xtask
# What the tests of the workspace have built.
DEBUG := $(TARGET)/debug/lamassu

.DEFAULT_GOAL := help
.PHONY: bench demo help setup test test-arm test-long web

help: ## List these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 16

setup: $(WEBHOOKS)/node_modules/.package-lock.json web/node_modules/.package-lock.json ## Set up what is missing: programs, and what npm packages the tests need
	@missing=; \
	for program in $(PROGRAMS); do command -v $$program > /dev/null || missing="$$missing $$program"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	else \
		echo "These programs are missing:$$missing. Please run:" >&2; \
		echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$$missing" >&2; \
		exit 1; \
	fi

$(WEBHOOKS)/node_modules/.package-lock.json: $(WEBHOOKS)/package-lock.json
	cd $(WEBHOOKS) && npm ci --ignore-scripts
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --ignore-scripts
	@touch $@

web: web/dist/index.html ## Build the review console, which the next cargo build takes into the binary

# Only when something changed: new files make cargo build the binary anew.
web/dist/index.html: web/node_modules/.package-lock.json openapi/lamassu.json $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

test: setup web ## Run everything that must pass
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace
	cd web && npm test
	cd web && LAMASSU_BINARY="$(DEBUG)" npm run e2e

test-long: setup ## Simulate 1,000 lives of the service; minutes
	LAMASSU_SIMULATION_SEEDS=1000 cargo test --workspace --test it simulation

# Debian's names of what runs programs for another processor, and links them.
ARM := aarch64-unknown-linux-gnu
ARM_PROGRAMS := gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static

test-arm: ## Test fingerprints and index as an ARM processor would run them, emulated; minutes
	@if ! command -v qemu-aarch64-static > /dev/null || ! command -v aarch64-linux-gnu-gcc > /dev/null; then \
		echo "Please run: sudo apt-get install -y --no-install-recommends $(ARM_PROGRAMS)" >&2; exit 1; \
	fi
	rustup target add $(ARM)
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu" \
		cargo test --package lamassu-index --package lamassu-fingerprint --target $(ARM)

demo: setup web ## Show it at work, on pictures and videos made on the spot
	$(BUILD)
	$(XTASK) demo

bench: setup ## Run the benchmarks
	cargo bench --workspace --benches
	$(BUILD)
	$(XTASK) bench
