# The whole of the project's work by name. "make help" lists it.

BIN     := bin/dxauth
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TARGETS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

# What ships is static, so everything is built without C. Only the race
# detector needs it (see unit).
export CGO_ENABLED := 0

# The toolchain that go.mod names, or a newer one, is fetched where the
# installed Go is older.
export GOTOOLCHAIN := auto

STATICCHECK := go tool -modfile=internal/tools/go.mod staticcheck
heading      = @printf '\n==> %s\n' '$(1)'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build demo test needs unit races interop lint cross docs bench fuzz soak clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

build: ## build bin/dxauth
	@go build -ldflags '-X main.version=$(VERSION)' -o $(BIN) ./cmd/dxauth

demo: build ## see it work: a platform and a person in one terminal
	@sh docs/demo.sh

test: needs unit races interop lint cross docs ## run every test and every check, as the continuous build does
	$(call heading,everything passed)

needs: ## install the programs that the tests use, or say which are missing
	$(call heading,programs that the tests use)
	@sh .ci/needs.sh

unit: ## run the tests with the race detector
	$(call heading,tests)
	@CGO_ENABLED=1 go test -race ./...

races: ## send one code 200 times at once, 50 times, without the detector that slows it
	$(call heading,races for codes)
	@WINNER_ROUNDS=50 go test -count=1 -run OfManyWithOneCode ./internal/refserver/dnanexus

interop: ## try the program with a client that others wrote
	$(call heading,interop)
	@go -C internal/interop/dxda test -count=1 ./...

lint: ## check the format, vet, staticcheck and the module files
	$(call heading,gofmt)
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || \
		{ printf 'not formatted, run gofmt -w on:\n%s\n' "$$unformatted"; exit 1; }
	$(call heading,go vet)
	@go vet ./...
	@go -C internal/interop/dxda vet ./...
	$(call heading,staticcheck)
	@$(STATICCHECK) ./...
	@go -C internal/interop/dxda tool -modfile=$(CURDIR)/internal/tools/go.mod staticcheck ./...
	$(call heading,go mod tidy)
	@go mod tidy -diff
	@go -C internal/tools mod tidy -diff
	@go -C internal/interop/dxda mod tidy -diff

cross: ## build for every system and processor that a release has
	$(call heading,cross-build)
	@set -e; for target in $(TARGETS); do \
		echo "    $$target"; \
		GOOS=$${target%/*} GOARCH=$${target#*/} go build -o /dev/null ./cmd/dxauth; \
	done

docs: ## check that the generated reference and man pages are fresh
	$(call heading,generated documentation)
	@go run ./cmd/gendocs -check

bench: ## run the benchmarks
	@go test -run '^$$' -bench . -benchmem ./...

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@sh .ci/fuzz.sh

soak: ## kill the server SOAK_KILLS (200) times while it works
	@SOAK_KILLS=$${SOAK_KILLS:-200} go test -count=1 -timeout 30m -v -run 'TestKilled' ./internal/refserver/soak

clean: ## remove what was built
	@rm -rf bin dist coverage.out
