# The whole of the project's work by name. "make help" lists it.

BIN     := bin/dxauth
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TARGETS := linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

# What ships is static, so everything is built without C. Only the race
# detector needs it (see unit).
export CGO_ENABLED := 0

# The toolchain that go.mod names, or a newer one, is fetched where the
# installed Go is older.
export GOTOOLCHAIN := auto

# Where install puts things; DESTDIR is for those who make packages.
PREFIX  ?= /usr/local
TO       = $(DESTDIR)$(PREFIX)
COMPLETIONS_BASH = $(TO)/share/bash-completion/completions/dxauth
COMPLETIONS_ZSH  = $(TO)/share/zsh/site-functions/_dxauth
COMPLETIONS_FISH = $(TO)/share/fish/vendor_completions.d/dxauth.fish
INSTALLED_FOLDERS = $(TO)/bin $(TO)/share/man/man1 $(TO)/share/man/man7 \
	$(dir $(COMPLETIONS_BASH)) $(dir $(COMPLETIONS_ZSH)) $(dir $(COMPLETIONS_FISH))

# The checkers that "make tools" builds.
STATICCHECK := $(CURDIR)/bin/staticcheck
GOVULNCHECK := $(CURDIR)/bin/govulncheck

# For programs that end soon and make much garbage, such as the compiler and staticcheck:
# collecting it takes half of the time of a staticcheck without a cache.
LATE_GC     := GOGC=off GOMEMLIMIT=2GiB

heading      = @printf '\n==> %s\n' '$(1)'

# Compiled packages name no folder, so that a new clone uses those of an earlier one.
export GOFLAGS := $(filter-out -trimpath,$(GOFLAGS)) -trimpath

# The race detector does not watch SQLite: C that was translated to Go, and the C library
# and the allocator below it. They take half of the time where they are watched. It is safe
# for these packages: the memory that they share with the driver, which is watched, is
# not Go's, so the detector would ignore it anyway; the locks that they take are watched;
# and they have no generic code for types of others, which the linker would use there, too.
# The detector needs C itself; what resolves names and users is the code that ships.
RACE := -race -tags netgo,osusergo $(foreach package,sqlite/lib libc memory,-gcflags=modernc.org/$(package)=-race=false)

# Otherwise each test binary waits a second at its end.
GORACE := atexit_sleep_ms=50

# The module whose tests use what others wrote, with dependencies of its own. BUILT are
# modules that only build a program of others (see dex and bench-peers).
BUILT   := dex kratos pocketbase
INTEROP := internal/interop

# The packages whose tests run on any store, and those of their tests that make
# thousands of rows or servers: on PostgreSQL only test-long runs these.
STORED := ./internal/refserver ./internal/refserver/store/postgres ./internal/refserver/identity ./internal/refserver/directory \
	./internal/refserver/fixture ./internal/refserver/service ./internal/refserver/dnanexus ./internal/refserver/molgenis \
	./internal/refserver/web/browser ./internal/refserver/console ./internal/refserver/sso ./internal/refserver/service/linking
THOUSANDS := AWrongClock$$|NoTokenGainsByCombining|OneGetsTheLastPlace|Limits$$|RenamingManyFolders|TransferToAFullPayer|ExcludesAnOrg|OneCodeSignsInOnce|AgreesWithItsModel|EachTokenOfMany|EndedTokensAreDeleted|EndedSessionsAreForgotten|AccountsOfAnAdminAreLimited|PagesOfLongLists|PagesEndByBytes|TestPages$$

# The tests in which a machine is lost, and that of the page about shared servers.
FAILOVER := StandbyTakesOver|NoStandby|DeadStandby|BehindNginx|TheDatabaseGoesBack|TheCommandsOfThePage

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build install uninstall demo test test-long test-windows packages needs modules tools unit unit-race unit-plain watched postgres postgres-all races repeats faults interop console-matrix lint gosec cross docs bench bench-growth bench-peers bench-scaling bench-all fuzz kills soak failover dex clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s  %s\n", $$1, $$2 }' Makefile

build: ## build bin/dxauth
	@go build -ldflags '-X main.version=$(VERSION)' -o $(BIN) ./cmd/dxauth

$(BIN):
	@$(MAKE) build

# As distributions have them. The files are those of the built program, so "make build"
# and then "sudo make install" needs no Go as root.
install: $(BIN) ## install the program, its manual pages and completions below PREFIX (/usr/local)
	@install -d $(INSTALLED_FOLDERS)
	@install -m 755 $(BIN) $(TO)/bin/dxauth
	@install -m 644 docs/man/*.1 $(TO)/share/man/man1
	@install -m 644 docs/man/*.7 $(TO)/share/man/man7
	@$(BIN) completion bash >$(COMPLETIONS_BASH)
	@$(BIN) completion zsh >$(COMPLETIONS_ZSH)
	@$(BIN) completion fish >$(COMPLETIONS_FISH)
	@chmod 644 $(COMPLETIONS_BASH) $(COMPLETIONS_ZSH) $(COMPLETIONS_FISH)

uninstall: ## remove what install made, with the same PREFIX
	@rm -f $(TO)/bin/dxauth $(TO)/share/man/man1/dxauth.1 $(TO)/share/man/man1/dxauth-*.1 $(TO)/share/man/man7/dxauth-*.7
	@rm -f $(COMPLETIONS_BASH) $(COMPLETIONS_ZSH) $(COMPLETIONS_FISH)

demo: build ## see it work: a platform and a person in one terminal
	@sh docs/demo.sh

# One stage after the other: beside the tests with the race detector those of the whole
# program, which start hundreds of processes, waited for two cores longer than they allow.
# The tests with browsers and providers of others leave a core and a half unused.
test: ## run every test and every check, as the continuous build does
	@go run ./internal/stages $(MAKE) needs+modules lint docs unit-plain unit-race interop+cross postgres
	$(call heading,everything passed)

# The parts of test-long, each of which can be run alone.
LONG := gosec watched races repeats faults postgres-all console-matrix kills soak failover dex packages fuzz

test-long: needs ## run what takes long, each part whether the others fail or not: gosec, races and network faults in many rounds, repeats, all tests on PostgreSQL, every page in every look, kills, soak, failover, Dex, packages, fuzzing
	@failed=; for part in $(LONG); do $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; done; \
		[ -z "$$failed" ] || { printf '\nfailed:%s\n' "$$failed"; exit 1; }
	$(call heading,everything long passed)

test-windows: ## build the tests for Windows and run them under wine, as root on Debian
	$(call heading,tests under wine)
	@sh .ci/windows.sh

needs: ## install the programs that the tests use, or say which are missing
	$(call heading,programs that the tests use)
	@sh .ci/needs.sh

# Modules are downloaded as they are needed otherwise, one set after the other.
modules: ## download the modules that the program, its tests and the checkers need
	$(call heading,modules)
	@printf '%s\n' . $(INTEROP) internal/tools internal/tools/vulndb | xargs -P 4 -I MODULE go -C MODULE mod download

# "go tool" would compile the checkers and the standard library anew, without GOFLAGS.
tools:
	@$(LATE_GC) go build -modfile=internal/tools/go.mod -o bin/ honnef.co/go/tools/cmd/staticcheck golang.org/x/vuln/cmd/govulncheck

# The race detector watches what can race: packages whose code starts goroutines or has
# channels or locks, and of the others the tests that start goroutines (docs/adr/0028).
# "make watched" runs everything else with it.
WATCHED := go run ./internal/watched

# Watched tests that do one thing after the other, thousands of times: without the detector they
# take a quarter of the time. MemoryConforms is the suite of FileConforms. Before the race of
# OneGetsTheLastPlace, 10,000 rows are made.
SEQUENCES := ScansAreBounded|ChangesAreBounded|MemoryConforms|OneGetsTheLastPlace
SEQUENCED := ./internal/refserver ./internal/refserver/service ./internal/refserver/store/sqlite

# "make lint" vets, so no test does.
unit: unit-plain unit-race ## run the tests of the program's own packages, with the race detector what can race

unit-plain:
	$(call heading,tests without the race detector)
	@go test -vet=off -skip "$$($(WATCHED) tests)" $$($(WATCHED) rest)
	@go test -vet=off -run '$(SEQUENCES)' $(SEQUENCED)

unit-race:
	$(call heading,tests)
	@CGO_ENABLED=1 GORACE=$(GORACE) go test -vet=off $(RACE) -skip '$(SEQUENCES)' $$($(WATCHED) whole)
	@CGO_ENABLED=1 GORACE=$(GORACE) go test -vet=off $(RACE) -run "$$($(WATCHED) tests)" -skip '$(SEQUENCES)' $$($(WATCHED) partly)

watched: ## run with the race detector what unit runs without it
	$(call heading,the rest with the race detector)
	@CGO_ENABLED=1 GORACE=$(GORACE) go test -vet=off $(RACE) -timeout 30m $$($(WATCHED) rest)
	@CGO_ENABLED=1 GORACE=$(GORACE) go test -vet=off $(RACE) -run '$(SEQUENCES)' $(SEQUENCED)

postgres: ## run the tests of the store, the service and the protocols on PostgreSQL
	$(call heading,tests on PostgreSQL)
	@DXAUTH_TEST_STORE=postgres go run ./internal/testpostgres/run go test -vet=off -skip '$(THOUSANDS)' $(STORED)

postgres-all: ## run postgres with the tests that make thousands of rows
	$(call heading,all tests on PostgreSQL)
	@DXAUTH_TEST_STORE=postgres go run ./internal/testpostgres/run go test -vet=off -count=1 -timeout 90m $(STORED)

races: ## run the races of requests and of processes in many rounds, without the detector that slows them
	$(call heading,races)
	@WINNER_ROUNDS=50 go test -count=1 -run OneCodeSignsInOnce ./internal/refserver/dnanexus
	@WINNER_ROUNDS=1000 go test -count=1 -timeout 60m ./internal/refserver/replicas
	@STARTS=8 go test -count=1 -run StartsAtOnce ./internal/refserver/store/postgres
	@DXAUTH_ROUNDS=20 go test -count=1 -run ManyProcesses ./cmd/dxauth

repeats: ## run the tests in which many callers meet twenty times, with the race detector
	$(call heading,twenty times)
	@CGO_ENABLED=1 GORACE=$(GORACE) go test -vet=off $(RACE) -count=20 -timeout 60m -run "$$($(WATCHED) tests)" -skip '$(SEQUENCES)' \
		$$($(WATCHED) partly)
	@CGO_ENABLED=1 GORACE=$(GORACE) go test -vet=off $(RACE) -count=20 -timeout 60m ./internal/credstore

faults: ## let the network fail FAULT_ROUNDS (20) times in each way
	$(call heading,network faults)
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-20} go -C $(INTEROP) test -count=1 -parallel 16 -timeout 60m ./faults

interop: ## try the program with clients and OpenID providers that others wrote and its pages in Chromium, and check what clients of several servers saw
	$(call heading,interop)
	@npm --prefix $(INTEROP)/browser ci --ignore-scripts --no-audit --no-fund --silent
	@go -C $(INTEROP) test -vet=off -count=1 -parallel 8 ./...

console-matrix: ## look at every page in Chromium: light, dark, narrow, zoomed, with scripts and without
	$(call heading,every page in every look)
	@npm --prefix $(INTEROP)/browser ci --ignore-scripts --no-audit --no-fund --silent
	@DXAUTH_MATRIX=1 go -C $(INTEROP) test -count=1 -timeout 60m -run 'TestMatrix|TestFormsInEveryLook' ./browser

packages: ## build what a release has, install, use and remove it; the Debian package as root on Debian
	$(call heading,packages)
	@sh .ci/packages.sh

lint: tools ## check the format, vet, staticcheck, known vulnerabilities and the module files
	$(call heading,gofmt)
	@gofmt=$$(go env GOROOT)/bin/gofmt; unformatted=$$($$gofmt -l .); [ -z "$$unformatted" ] || \
		{ printf 'not formatted, run %s -w on:\n%s\n' "$$gofmt" "$$unformatted"; exit 1; }
	$(call heading,go vet)
	@$(LATE_GC) go vet -tags failover ./...
	@$(LATE_GC) go -C $(INTEROP) vet -tags dex ./...
	$(call heading,staticcheck)
	@$(LATE_GC) $(STATICCHECK) -tags failover ./...
	@cd $(INTEROP) && $(LATE_GC) $(STATICCHECK) -tags dex ./...
	$(call heading,govulncheck)
	@sh .ci/vulnerabilities.sh $(GOVULNCHECK) . $(INTEROP)
	$(call heading,go mod tidy)
	@go mod tidy -diff
	@go -C internal/tools mod tidy -diff
	@go -C $(INTEROP) mod tidy -diff

# gosec, with the rules that find nothing but what is meant here left out:
#   G101        names of routes, headers and types of tokens; secrets are secret.Text, and a test
#               looks for them in all that comes out
#   G204, G702  a program whose user names commands (exec, sandbox, $BROWSER), and runs them
#   G304, G703  a program whose user names files, with no more rights than the user
# Two kinds of folders are left out: helpers of tests, and gendocs, whose files are public.
# A place where another rule is wrong says so itself, with a reason.
# It takes 50 seconds of processor time, and 140 the first time, so "make test" does not run it.
GOSEC        := go run -modfile=internal/tools/gosec/go.mod github.com/securego/gosec/v2/cmd/gosec
GOSEC_RULES  := -exclude G101,G204,G304,G702,G703 -nosec-require-rules -nosec-require-justification
GOSEC_PLACES := cmd/gendocs/:*;internal/bench/(report|testdata)/:*;internal/test[a-z]*/:*;internal/refserver/(test[a-z]*|store/storetest)/:*

gosec: ## look for insecure code with gosec
	$(call heading,gosec)
	@$(GOSEC) -quiet -color=false $(GOSEC_RULES) -exclude-rules '$(GOSEC_PLACES)' ./...
	@go -C internal/tools/gosec mod tidy -diff

# The program is linked for Windows, which has the most code of its own. For the other
# targets the types are checked: without a cache a build takes 100 seconds of processor
# time, reading the sources 4. "make packages" builds and links all six. What is linked here
# nobody runs, so it is not optimized, which takes two thirds of the time.
cross: ## check the types for every system and processor that a release has, and build for Windows
	$(call heading,types for other systems)
	@printf '%s\n' $(TARGETS) | xargs -n 1 -P 2 go run ./internal/crosscheck
	$(call heading,build for Windows)
	@$(LATE_GC) GOOS=windows GOARCH=amd64 go build -gcflags='all=-N -l' -o /dev/null ./cmd/dxauth

docs: ## check that the generated reference and man pages are fresh
	$(call heading,generated documentation)
	@go run ./cmd/gendocs -check

# Run in place of the shell: a signal to make reaches it, where it would only end "go run".
REPORT := go build -o bin/bench-report ./internal/bench/report && exec bin/bench-report

bench: ## run the benchmarks that have an aim, and write their part of docs/performance.md
	$(call heading,benchmarks)
	@$(REPORT)

bench-growth: ## compare stores of 100 to 1,000,000 tokens, and write their part of docs/performance.md
	$(call heading,growth)
	@$(REPORT) growth

# They are built the first time, which takes some minutes.
bench-peers: ## build Dex, PocketBase and Kratos, compare them with dxauth, and write their part of docs/performance.md
	$(call heading,beside other servers)
	@for module in $(BUILT); do go -C internal/interop/$$module mod tidy -diff || exit 1; done
	@$(REPORT) peers

bench-scaling: ## measure what requests cost, and write the figures and tables of docs/scaling.md
	$(call heading,costs of many users)
	@$(REPORT) scaling

bench-all: ## run every benchmark
	$(call heading,all benchmarks)
	@go test -run '^$$' -bench . -benchmem -timeout 180m ./...

fuzz: ## run every fuzz target for FUZZTIME (10s)
	$(call heading,fuzzing)
	@sh .ci/fuzz.sh

kills: ## kill the client KILLS (300) times with each credential store
	$(call heading,killed clients)
	@KILLS=$${KILLS:-300} go test -count=1 -timeout 10h -v -run TestKilledAtAnyMoment ./cmd/dxauth

# SOAK_TIME=1h goes on with new stores until an hour is over.
soak: ## kill the server SOAK_KILLS (200) times while it works, and hold SOAK_CONNECTIONS (10000) open
	$(call heading,soak)
	@SOAK_CONNECTIONS=$${SOAK_CONNECTIONS:-10000} go test -count=1 -v -run 'TestHeldConnections' ./internal/refserver/soak
	@SOAK_KILLS=$${SOAK_KILLS:-200} go test -count=1 -timeout 24h -v -run 'TestKilled' ./internal/refserver/soak

failover: ## kill the database's primary SOAK_FAILOVERS (10) times, its standby, and a server behind nginx
	$(call heading,failover)
	@SOAK_FAILOVERS=$${SOAK_FAILOVERS:-10} go test -tags failover -count=1 -timeout 30m -v -run '$(FAILOVER)' ./internal/refserver/soak

dex: ## build Dex, an OpenID provider that others run, and sign in with it
	$(call heading,dex)
	@go -C internal/interop/dex mod tidy -diff
	@go -C $(INTEROP) test -vet=off -tags dex -count=1 -run TestDex ./sso

clean: ## remove what was built
	@rm -rf bin dist coverage.out
