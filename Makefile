# make help lists the targets.
GO      ?= go
VERSION ?=
LDFLAGS := -s -w $(if $(VERSION),-X main.release=$(VERSION))
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'
MODULES := $(notdir $(wildcard plugins/cmd/*))

# The checks of staticcheck: faults (SA), needless complication (S1), dead code
# (U1000), and some of style: dot imports, names, error texts, receivers, doc comments.
CHECKS := SA*,S1*,U1000,ST1001,ST1003,ST1005,ST1006,ST1008,ST1012,ST1016,ST1017,ST1018,ST1019,ST1020,ST1021,ST1022,ST1023

# How long each fuzz target of `make fuzz` runs.
FUZZTIME ?= 1m

# How often `make chaos` runs its tests.
CHAOS ?= 10

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-16s %s\n' "$$name" "$$text"; done

.PHONY: run
run: build ## Install what is missing, build, and show real calls from PHP, Perl and Template Toolkit
	@.ci/deps run
	@examples/demo

.PHONY: fleet
fleet: build ## Start three hosts on three members of etcd, on this machine, until Ctrl-C
	@.ci/deps fleet
	@examples/fleet

.PHONY: build
build: ## Build bin/liveapi, bin/uapi (also bin/cpapi2, bin/whmapi1), bin/modules/ and bin/commands/
	@command -v $(GO) >/dev/null || .ci/deps run
	@install -d -m 755 bin bin/modules bin/commands
	$(BUILD) -o bin/liveapi ./host/cmd/liveapi
	@rm -f bin/uapi # once a link to liveapi, which go build would write through
	$(BUILD) -o bin/uapi ./host/cmd/uapi
	@ln -sf uapi bin/cpapi2
	@ln -sf uapi bin/whmapi1
	@for m in $(MODULES); do echo "$(BUILD) -o bin/modules/$$m ./plugins/cmd/$$m"; $(BUILD) -o bin/modules/$$m ./plugins/cmd/$$m || exit 1; done
	$(BUILD) -o bin/commands/import ./plugins/twofactorauth/commands
	@ln -sf import bin/commands/export
	@chmod -R go-w bin

.PHONY: test
test: deps build lint ## Install what is missing, and run every test (Go with the race detector)
	$(GO) tool gotestsum --format pkgname --format-hide-empty-pkg -- -race -timeout 10m ./...
	prove -r sdk/caller/perl/t
	phpunit --colors=never -c sdk/caller/php

.PHONY: quick
quick: ## Run the Go tests without the race detector
	$(GO) test ./...

.PHONY: lint
lint: ## Run gofmt, go vet, staticcheck, shellcheck, perlcritic (gentle), php -l; installs nothing
	@for tool in shellcheck perlcritic php; do command -v $$tool >/dev/null || { echo "make lint needs $$tool; make deps installs it" >&2; exit 1; }; done
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted; run gofmt -w on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck -checks "$(CHECKS)" ./...
	shellcheck $$(git ls-files | xargs awk 'FNR == 1 { if (/^#!.*\/(ba|da)?sh( |$$)/) print FILENAME; nextfile }')
	perlcritic --profile .ci/perlcriticrc --quiet --gentle $$(git ls-files 'sdk/**.pm' 'sdk/**.pl' 'examples/**.pl')
	@for f in $$(git ls-files '*.php'); do php -l $$f >/dev/null || exit 1; done

.PHONY: vulnerabilities
vulnerabilities: ## Look for known vulnerabilities in the code of Go and dependencies that we call
	@.ci/vulnerabilities

.PHONY: deps
deps: ## Install what the tests need from Debian's packages
	@.ci/deps test

.PHONY: bench
bench: build deps ## Measure calls, layer by layer and function by function (about 9 minutes)
	$(BUILD) -o bin/bench ./host/bench
	bin/bench

.PHONY: peers
peers: build deps ## Measure our path beside go-plugin, ttrpc, jrpc2, MCP, HTTP and net/rpc in the same run (about 9 minutes)
	$(BUILD) -o bin/bench ./host/bench
	cd host/bench/peers && $(BUILD) -o $(CURDIR)/bin/peers .
	bin/peers -json bin/peers.json

.PHONY: bench-growth
bench-growth: build ## Measure a host with many sessions, modules and accounts (about 1 minute)
	$(BUILD) -o bin/bench ./host/bench
	cd host/bench/peers && $(BUILD) -o $(CURDIR)/bin/peers .
	bin/peers grow

.PHONY: bench-plots
bench-plots: ## Draw docs/bench/*.svg from docs/bench/peers.json, which peers -json has written
	cd host/bench/peers && $(GO) run . plot $(CURDIR)/docs/bench/peers.json $(CURDIR)/docs/bench

# Not part of `make test`, because it needs Go modules that nothing else in the project needs.
.PHONY: peers-check
peers-check: ## go vet, staticcheck and the tests of host/bench/peers, a Go module of its own
	@install -d -m 755 bin/tools
	$(GO) build -o bin/tools/staticcheck honnef.co/go/tools/cmd/staticcheck
	cd host/bench/peers && $(GO) vet ./... && $(CURDIR)/bin/tools/staticcheck -checks "$(CHECKS)" ./... && $(GO) test ./...

# At the end of FUZZTIME Go's fuzzer sometimes reports its own deadline as a failure, so
# a failed target runs again. A real failure fails again: its input has been saved.
.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZTIME each (1m)
	@$(GO) list -f '{{.Dir}}' ./... | while read -r dir; do \
		grep -hoE '^func (Fuzz[A-Za-z0-9]+)' $$dir/*_test.go 2>/dev/null | cut -c6- | while read -r target; do \
			echo "$$dir $$target"; cd $$dir || exit 1; set -- $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x .; \
			"$$@" || "$$@" || exit 1; \
		done || exit 1; \
	done

.PHONY: chaos
chaos: build deps ## Kill modules, hosts and writers, and race for codes, CHAOS (10) times
	set -f; $(GO) test -timeout 60m -count $(CHAOS) $$(.ci/select chaos)

.PHONY: attack
attack: build deps ## Run the long attacks on the second factor (about 15 minutes; as root, all of them)
	set -f; LIVEAPI_ATTACK=long $(GO) test -timeout 60m -count 1 $$(.ci/select attack)

.PHONY: proto
proto: ## Generate the protobuf code (needs protoc 3.21)
	@mkdir -p bin/tools
	GOBIN=$(CURDIR)/bin/tools $(GO) install google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
	PATH=$(CURDIR)/bin/tools:$$PATH protoc -I protocol/modulerpc --go_out=. --go_opt=module=liveapi.host \
		--go-grpc_out=. --go-grpc_opt=module=liveapi.host protocol/modulerpc/module.proto

.PHONY: golden
golden: ## Update the golden files; read the diff
	$(GO) test ./host -run Conversations -update
	$(GO) test ./protocol/uapi -run GoldenResults -update
	$(GO) test ./host/caller/render -run Golden -update
	$(GO) test ./host/cmd/liveapi -run Rules -update-rules

.PHONY: reference
reference: ## Update docs/reference from the modules' manifests
	$(GO) test ./host/cmd/liveapi -run ReferenceIsCurrent -update

.PHONY: release
release: ## Check what release VERSION needs, and build it if nothing is missing
	@.ci/release "$(VERSION)"

.PHONY: clean
clean: ## Remove bin/
	rm -rf bin
