# guardhook. The two commands of the README are `make demo` and `make test`.

export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false

TOOLS := .tools
TOOL := go tool -modfile=tools/go.mod
FUZZ ?= 5000x

.PHONY: parity bootstrap demo test lint unit fuzz-short fuzz bench bench-go generate golden tools python build clean govulncheck guard-conformance

# Judge the bundled templates. Findings are what it is there to show.
demo: build
	@bin/validate --color always testdata/templates; test $$? -eq 1

build:
	@go build -o bin/ ./cmd/...

# Everything: formatting, linters, rules, tests, a short run of each fuzz target.
test: lint fuzz-short unit

lint: $(TOOLS)/regal python
	@echo "gofumpt"; out=$$($(TOOL) gofumpt -l .); test -z "$$out" || { echo "not formatted:"; echo "$$out"; exit 1; }
	@echo "go vet"; go vet ./...
	@echo "staticcheck"; $(TOOL) staticcheck ./...
	@echo "regal"; $(TOOLS)/regal lint --config-file .regal.yaml rules/policy
	@# The bundled templates are valid, and wrong only in what the rules say: a deprecated runtime (E2533) is one of these.
	@echo "cfn-lint"; $(TOOLS)/python/bin/cfn-lint --non-zero-exit-code error --ignore-checks W I E2533 -- testdata/templates/*.yaml rules/policy/*/testdata/*/pass_*.yaml

unit:
	@$(TOOL) gotestsum --format pkgname --hide-summary=skipped -- ./...

# Each fuzz target, a fixed number of inputs.
fuzz-short:
	@bash tools/fuzz.sh $(FUZZ)

# Each fuzz target, five minutes.
fuzz:
	@bash tools/fuzz.sh 5m

bench: build $(TOOLS)/conftest python
	@python3 bench/bench.py

bench-go:
	go test -run '^$$' -bench . -benchmem ./rules ./validate/... ./internal/schema

# Files that are generated and checked in; tests fail when they are stale.
generate:
	go generate ./...

# Expected outputs of golden tests.
golden:
	go test ./rules ./validate ./validate/template ./cmd/validate -update

tools: $(TOOLS)/regal python

$(TOOLS)/regal: tools/regal.mod tools/regal.sum
	@mkdir -p $(TOOLS); echo "build regal"; go build -modfile=tools/regal.mod -o $@ github.com/open-policy-agent/regal

$(TOOLS)/conftest: tools/bench.mod tools/bench.sum
	@mkdir -p $(TOOLS); echo "build conftest"; go build -modfile=tools/bench.mod -o $@ github.com/open-policy-agent/conftest

python: $(TOOLS)/python/.installed
$(TOOLS)/python/.installed: tools/requirements.txt
	@mkdir -p $(TOOLS); echo "install cfn-lint"; python3 -m venv $(TOOLS)/python
	@$(TOOLS)/python/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tools/requirements.txt
	@touch $@

# Needs the Go vulnerability database, which is not reachable everywhere.
govulncheck:
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

# Compares the Guard engine with recorded verdicts: CASES="A.jsonl B.jsonl".
guard-conformance:
	@go run ./cmd/guardconformance $(CASES)

# Replays every template below CORPUS as hook events and compares with validate.
CORPUS ?= testdata/templates rules/policy
parity:
	@go run ./cmd/parity $(CORPUS)

# The hook's Lambda binary for arm64 and x86-64.
bootstrap:
	@for arch in arm64 amd64; do \
		GOOS=linux GOARCH=$$arch go build -tags lambda.norpc -ldflags '-s -w' -o dist/$$arch/bootstrap ./cmd/hook && ls -l dist/$$arch/bootstrap; \
	done

clean:
	rm -rf $(TOOLS) bin dist
