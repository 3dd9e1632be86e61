# guardhook. The two commands of the README are `make demo` and `make test`.

export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false

TOOLS := .tools
TOOL := go tool -modfile=tools/go.mod
FUZZ ?= 5000x

.PHONY: lambda lambda-cold lambda-memory guard-diff ci golden-sam sam-agreement load reports browser node package package-reproducible cfn-validate mutate parity bootstrap demo test lint unit fuzz-short fuzz bench bench-go generate golden tools python build clean govulncheck guard-conformance

# Judge the bundled templates. Findings are what it is there to show.
demo:
	@go build -o bin/ ./cmd/validate
	@bin/validate --color always testdata/templates; test $$? -eq 1

build:
	@go build -o bin/ ./cmd/...

# Everything: formatting, linters, rules, tests, a short run of each fuzz target.
test: lint fuzz-short reports browser ci unit

lint: $(TOOLS)/regal python
	@echo "gofumpt"; out=$$($(TOOL) gofumpt -l .); test -z "$$out" || { echo "not formatted:"; echo "$$out"; exit 1; }
	@echo "go vet"; go vet ./...
	@echo "staticcheck"; $(TOOL) staticcheck ./...
	@echo "regal"; $(TOOLS)/regal lint --config-file .regal.yaml rules/policy
	@# The bundled templates are valid, and wrong only in what the rules say: a deprecated runtime (E2533) is one of these.
	@echo "cfn-lint"; $(TOOLS)/python/bin/cfn-lint --non-zero-exit-code error --ignore-checks W I E2533 -- testdata/templates/*.yaml rules/policy/*/testdata/*/pass_*.yaml
	@# Those that are deployed have no warnings either.
	@$(TOOLS)/python/bin/cfn-lint -- templates/hook/*.yaml templates/shared/*.yaml templates/usecases/*.yaml

unit: node python
	@$(TOOL) gotestsum --format pkgname --hide-summary=skipped -- ./...

# What others make of the expected reports: Microsoft's validator of SARIF.
reports: node
	@echo "sarif-multitool"; bash tools/sarif.sh $(NODE)/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool validate/report/testdata/golden/*.sarif

# What others run of guardhook: the hooks in pre-commit, the GitHub Action's steps,
# the GitLab job.
ci: build python
	@echo "ci"; $(TOOLS)/python/bin/python tools/citest.py

# HTML reports in a browser; pictures of them are in .tools/pictures.
browser: build node $(TOOLS)/chromium/chromium
	@echo "browser"; node tools/browser.mjs $(TOOLS)/chromium/chromium bin/validate $(TOOLS)/pictures

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
	go run ./cmd/validate rules --policy rules/policy --docs docs/rules

# Expected outputs of golden tests.
golden:
	go test ./rules ./validate ./validate/template ./validate/report ./cmd/validate -update

tools: $(TOOLS)/regal python

$(TOOLS)/regal: tools/regal.mod tools/regal.sum
	@mkdir -p $(TOOLS); echo "build regal"; go build -modfile=tools/regal.mod -o $@ github.com/open-policy-agent/regal

$(TOOLS)/conftest: tools/bench.mod tools/bench.sum
	@mkdir -p $(TOOLS); echo "build conftest"; go build -modfile=tools/bench.mod -o $@ github.com/open-policy-agent/conftest

# Scripts of packages do not run; the one that is wanted makes a program executable.
NODE := $(TOOLS)/node
node: $(NODE)/.installed
$(NODE)/.installed: tools/package.json tools/package-lock.json
	@mkdir -p $(NODE); echo "install npm tools"; cp tools/package.json tools/package-lock.json $(NODE)
	@cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	@chmod +x $(NODE)/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool; touch $@

$(TOOLS)/chromium/chromium: tools/chromium.sh
	@echo "unpack Chromium"; bash tools/chromium.sh $(TOOLS)/chromium

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

# Compares the Guard engine with cfn-guard on generated rules, for ten minutes;
# CFN_GUARD is the program.
guard-diff: build
	@python3 tools/guard-diff.py $(CFN_GUARD) bin/guardconformance --seconds $(or $(SECONDS),600)

# Replays every template below CORPUS as hook events and compares with validate.
CORPUS ?= testdata/templates rules/policy
parity:
	@go run ./cmd/parity $(CORPUS)

# The built bootstrap under a Lambda Runtime API: cold starts, 100,000 events to
# one process, 200 event streams for a minute; then the same in one process.
load:
	@go build -tags lambda.norpc -ldflags '-s -w' -o dist/load/bootstrap ./cmd/hook
	@go run ./cmd/hookload -bootstrap dist/load/bootstrap

# What validate/sam takes from aws-sam-translator, and its expected outputs.
golden-sam: python
	@$(TOOLS)/python/bin/python tools/samgolden.py data
	@$(TOOLS)/python/bin/python tools/samgolden.py golden validate/sam/testdata/*.yaml

# Compares the expansion of serverless templates below CORPUS with the translator's.
sam-agreement: python
	@go run ./validate/sam/internal/agreement $(TOOLS)/python/bin/python tools/samgolden.py $(CORPUS)

# The hook's Lambda binary for arm64 and x86-64.
bootstrap:
	@for arch in arm64 amd64; do \
		GOOS=linux GOARCH=$$arch go build -tags lambda.norpc -ldflags '-s -w' -o dist/$$arch/bootstrap ./cmd/hook && ls -l dist/$$arch/bootstrap; \
	done

# The archives of the use cases' functions, one for each use case, with their sizes.
lambda:
	@for main in lambda/*/bootstrap/main.go; do \
		GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -ldflags '-s -w' -o dist/lambda/$$(basename $$(dirname $$(dirname $$main)))/bootstrap ./$$(dirname $$main) || exit 1; \
	done
	@go run ./lambda/internal/lambdapack dist/lambda

# Every program of the use cases: cold starts of each of its functions, from the start
# of the process to the first answer, memory, and the size of its archive. More than
# 100 ms or 12 MiB fails.
lambda-cold: lambda
	@rm -rf dist/lambda/host; for main in lambda/*/bootstrap/main.go; do \
		go build -tags lambda.norpc -ldflags '-s -w' -o dist/lambda/host/$$(basename $$(dirname $$(dirname $$main))) ./$$(dirname $$main) || exit 1; \
	done
	@go run ./lambda/internal/coldstart . dist/lambda

# The memory of the functions that read large objects, with one of 2 GiB for each
# format: the built bootstrap under a Lambda Runtime API. More than 64 MiB fails.
lambda-memory:
	@for name in semiconductoreda autonomousdriving; do \
		go build -tags lambda.norpc -ldflags '-s -w' -o dist/lambda/host/$$name ./lambda/$$name/bootstrap || exit 1; \
	done
	@go run ./lambda/internal/memory dist/lambda/host 2048

# The archives for AWS: the package of the private hook type and the code of the
# Lambda function.
package: build bootstrap
	@bin/hookctl package

# Two copies of the sources, one of them built with an empty cache: the same bytes?
package-reproducible:
	@bash tools/reproducible.sh

# What the CloudFormation CLI says of the hook project: its schema, its package,
# and the contract tests against the built binary. Without AWS.
cfn-validate: bootstrap $(TOOLS)/cfn-cli/.installed
	@go run ./cmd/cfncheck $(TOOLS)/cfn-cli/bin/cfn

$(TOOLS)/cfn-cli/.installed: tools/cfn-cli.txt
	@mkdir -p $(TOOLS); echo "install cloudformation-cli"; python3 -m venv $(TOOLS)/cfn-cli
	@$(TOOLS)/cfn-cli/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tools/cfn-cli.txt
	@touch $@

clean:
	rm -rf $(TOOLS) bin dist

# Changes every rule in one place after the other; what no test notices survives.
mutate:
	@go run ./cmd/mutate rules/policy
