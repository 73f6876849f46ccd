# The menu of everything there is to run. Each entry is a line or two, so this
# file is also the list of commands for those who do not use make.

GO ?= go
FUZZTIME ?= 30s
FUZZIN ?= .
FUZZJOBS ?= 1
FUZZCORES ?= $(shell nproc 2>/dev/null || echo 1)
RUNS ?= 40
IMAGES ?= 2000

.PHONY: all build web release test lint cross vuln fixtures oracle golden fuzz mutate images bench beds e2e check clean help

all: build help

build: ## bin/mpyld: one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/mpyld ./cmd/mpyld

test: ## all tests that need nothing but Go
	$(GO) test ./...

lint: ## format, vet, staticcheck; all clean or it fails
	@files=$$($(GO) tool gofumpt -l .); test -z "$$files" || { echo "make lint: not as gofumpt formats them:" $$files; exit 1; }
	$(GO) vet -tags e2e ./...
	$(GO) tool staticcheck -tags e2e ./...

web: ## build/web: the page in one file, and a directory for npm
	$(GO) run ./web/build

release: ## build/release: an archive for each system that users have, with SHA256SUMS
	$(GO) run ./release

cross: ## compile for the other systems that users have; each costs half a minute, so not on each processor
	$(GO) run ./release -check -only windows/arm64,darwin/arm64,freebsd/amd64,linux/arm64

vuln: ## known vulnerabilities in what we import (asks vuln.go.dev)
	$(GO) tool govulncheck ./...

fixtures: ## compile fixtures/src and supportlib/src again; wants the pinned compilers
	$(GO) run ./fixtures/build
	$(GO) run ./supportlib/build

oracle: ## link the fixtures with MPY_LD=/path/to/micropython/tools/mpy_ld.py
	$(GO) run ./fixtures/oracle -mpyld $(MPY_LD) $(if $(PYTHON),-python $(PYTHON))

golden: ## rewrite expected outputs; read the diff before you commit it
	$(GO) test $$(grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -n1 dirname | sort -u) -update

# Go's fuzzer may report the end of its own time as a failure, without an input
# (golang/go issue 75804): then twice more. Of one that passes a line is shown, of one
# that fails all.
fuzz: ## every fuzz test for FUZZTIME (30s), FUZZJOBS at a time
	@grep -roE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' $(FUZZIN) | sort | sed 's/:func / /' | \
		xargs -P $(FUZZJOBS) -L 1 sh -c 'dir=./$$(dirname $$1); log=$$(mktemp); \
		for try in 1 2 3; do rc=0; \
		$(GO) test -run "^$$" -fuzz "^$$2$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x -parallel $(FUZZCORES) $$dir >$$log 2>&1 || rc=1; \
		test $$rc = 1 && grep -q "context deadline exceeded" $$log && ! grep -q "Failing input" $$log || break; \
		done; \
		if test $$rc = 0; then echo "$$2 in $$dir, try $$try, $$(grep execs: $$log | tail -n 1)"; else echo "$$2 in $$dir FAILS:"; cat $$log; fi; \
		rm -f $$log; exit $$rc' fuzz

mutate: ## put small mistakes into the code, one at a time, and see who notices; takes an hour (OF=REGEXP: some; RESULTS=FILE: in parts)
	$(GO) run ./mutate -of '$(OF)' -results '$(RESULTS)'

images: beds ## link IMAGES (2000) random programs for each architecture (OF=armv7m: one) with GNU ld too, and compare memory; takes hours
	$(GO) test -count=1 -timeout 24h -tags e2e -run 'Test(Assembled)?Images/^$(OF)' ./e2e -images $(IMAGES) -images-from $(or $(FROM),1000)

bench: build ## time and memory of a link, next to others'; SLOW=1 takes minutes; SIZES=1: how large modules are, instead
	$(GO) run ./bench -n $(RUNS) $(if $(MPY_LD),-mpy_ld $(MPY_LD)) $(if $(PYTHON),-python $(PYTHON)) $(if $(SLOW),-slow) $(if $(SIZES),-sizes)

beds: ## install toolchains, emulators and interpreters (Debian, Ubuntu)
	beds/setup.sh

e2e: beds ## run linked modules in real MicroPythons; count the steps and the memory of links
	$(GO) test -count=1 -timeout 60m -tags e2e ./e2e
	$(GO) test -count=1 -tags e2e -run 'TestSteps|TestPeak' ./bench
	$(GO) test -count=1 -tags e2e -run 'TestDecode|TestLibraries|TestReadelf' ./relocs/machines ./elfload

# While packages are fetched, Go has the processors.
check: ## everything that CI runs, with all set-up
	$(MAKE) --jobs=2 --output-sync beds lint test cross
	$(MAKE) fixtures-check e2e fuzz-brief bench RUNS=15

# CI's share of the slow jobs: that the stored objects are what the compilers
# make of the sources, and a short run of every fuzz test.
.PHONY: fixtures-check fuzz-brief
fixtures-check: beds
	$(GO) run ./fixtures/build -check
	$(GO) run ./supportlib/build -check

# What reads files and shows names, and links of damaged and of random objects (FuzzLink, FuzzDamaged,
# FuzzValid), half a minute each, one on each core. docs/TESTING.md has longer runs.
fuzz-brief:
	$(MAKE) fuzz FUZZTIME=30s FUZZJOBS=$(FUZZCORES) FUZZCORES=1 FUZZIN='debugelf debuginfo diag elfload internal ldscript link linkmap mapjson mpytree qstrlink sdk simload'

clean: ## what building left here; not the beds
	rm -rf bin

help:
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
