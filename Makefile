# The commands of the project. Each installs what it needs into the checkout (.venv, node_modules); nothing outside it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# A person's settings of Go would build programs for another machine, or with packages that are not there.
unexport GOOS GOARCH GOWORK
export GOFLAGS := -mod=readonly -buildvcs=false
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
localcloud := .local/bin/localcloud
staticcheck := .local/bin/staticcheck
govulncheck := .local/bin/govulncheck
cyclonedx := .local/bin/cyclonedx-gomod
sbom := .local/sbom
# Templates need no account: without this, cdk asks AWS whose credentials are there, and fails with a profile that is signed out.
offline := env $(foreach name,$(filter AWS_% CDK_%,$(.VARIABLES)),-u $(name)) \
	AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
# One place for templates of every environment; tests of templates make their own.
synth := $(offline) npx --no-install cdk synth --quiet --no-notices --no-version-reporting

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: demo up down status smoke hostile rehearse
demo: install console $(localcloud) ## Run the platform here and let cars drive; Ctrl-C stops it all
	@exec $(localcloud) demo
up: install console $(localcloud) ## Start the platform in the background
	@$(localcloud) up
down: $(localcloud) ## Stop it
	@$(localcloud) down
status: $(localcloud) ## Say whether it runs, and where
	@$(localcloud) status
smoke: install $(localcloud) ## Start it, check every route with real cars, stop it
	@$(localcloud) smoke
hostile: install $(localcloud) ## Start it, drive 200 honest cars beside hostile ones, stop it
	@$(localcloud) smoke --only 'hostile cars' --honest 200 --hostile 4 --span 10m
rehearse: install $(localcloud) ## Start it, and rehearse changes of settings that an environment lives through
	@$(localcloud) rehearse

.PHONY: iam-mutants
iam-mutants: install-node ## Take every right of every function away, one at a time, and show what notices it; after make smoke
	go test -count 1 -v -run '^TestEveryRightIsMissed$$' ./cmd/localcloud/internal/iam \
		-recording $(CURDIR)/.local/iam/recording.json -templates $(CURDIR)/.local/cdk.out

.PHONY: test lint unit integration api-lint api-docs
test: lint api-lint cfn-lint unit flink-test integration ## Everything that CI runs
unit: install-node ## The fast tests: no emulator
	go test ./...
integration: install install-interop install-browser console $(localcloud) ## Stores against the emulator, then the whole platform end to end
	$(localcloud) emulator -- go test -tags integration -count 1 ./analytics/ ./internal/... ./lambdas/... ./cmd/... ./console/...
	go test -tags integration -count 1 -timeout 20m ./test/interop/ ./test/integration/

lint: $(staticcheck) ## gofmt, vet, staticcheck
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "gofmt these: $$files"; exit 1; }
	go vet -tags integration ./...
	$(staticcheck) -tags integration ./...

# The tool says at every run that it will want a newer Node.js one day.
redocly := npx --no-install redocly
api-lint: install-node ## Lint the contract of the REST API
	@$(redocly) lint --config api/redocly.yaml main 2>/dev/null
api-docs: install-node ## Write the contract as pages to read, in .local/api/
	@mkdir -p .local/api && $(redocly) bundle api/openapi.yaml --output .local/api/openapi.json 2>/dev/null
	@node api/page.mjs .local/api/openapi.json .local/api && echo "open .local/api/index.html in a browser"

.PHONY: synth cfn-lint diff snapshots release-templates
synth: install-node ## Templates of every environment and variant into cdk.out/, without credentials
	$(synth)
	go run ./bin/variants cdk.out/variants
cfn-lint: install synth ## Lint the templates
	.venv/bin/cfn-lint
diff: install-node ## What a deployment of ENV=dev|prod, or VARIANT=name, would change in the account
	npx --no-install cdk diff $(if $(VARIANT),-c variant=$(VARIANT),-c env=$(or $(ENV),dev)) '**'
snapshots: ## Rewrite the templates that the tests compare with; read the diff as you would a deployment
	go test ./test/snapshot -update
release-templates: ## Take the accepted templates over as the released ones, with every release
	go test ./test/snapshot -run ReleasedTemplates -release testdata
	@echo '[]' > test/snapshot/testdata/release/accepted.json

# The job of stream: flink. Maven says much; what it tests and what fails is kept.
maven := mvn -B -ntp -f analytics/flink/pom.xml
java := command -v mvn >/dev/null && command -v javac >/dev/null
.PHONY: flink flink-test install-java
flink: install-java ## Build the job of stream: flink (needs Maven and a JDK)
	@$(java) || { echo "Maven or a JDK is missing: on Debian and Ubuntu, apt-get install maven default-jdk-headless"; exit 1; }
	@$(maven) -q -DskipTests package
	@ls -l analytics/flink/target/fleet-windows.jar
flink-test: install-java install-python $(localcloud) ## Test that job on Flink's local cluster, and on the emulator's Kinesis
	@if $(java); then echo "Testing the windows over the fleet; the first time Maven fetches Flink"; \
		$(localcloud) emulator -- $(maven) test 2>&1 | grep -E 'Running|Tests run:|^\[ERROR\]'; \
	else echo "Maven or a JDK is missing, the tests of the Flink job are skipped: apt-get install maven default-jdk-headless"; fi

# An environment of its own: what a notebook needs would slow every other installation down.
.PHONY: notebook-test notebook-requirements
notebook-test: .local/notebook/.installed ## Run the analysts' notebook over a small lake
	.local/notebook/bin/python analytics/notebooks/test_fleet.py
.local/notebook/.installed: analytics/notebooks/requirements.txt
	python3 -m venv .local/notebook
	.local/notebook/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
notebook-requirements: ## Pin anew what analytics/notebooks/requirements.in names
	rm -rf .local/pin && python3 -m venv .local/pin
	.local/pin/bin/pip install --quiet --disable-pip-version-check --requirement analytics/notebooks/requirements.in
	{ echo '# Made by `make notebook-requirements` from requirements.in.'; .local/pin/bin/pip freeze --all | grep -viE '^(pip|setuptools)=='; } > analytics/notebooks/requirements.txt

.PHONY: conformance
conformance: ## The gateway held to MQTT's normative statements, AWS's differences, and the references of policies and SQL; random packets
	go test -count 1 ./internal/twin/iot/...
	go test -run '^$$' -fuzz FuzzTake -fuzztime 60s ./internal/twin/iot/mqtt/packet
	go test -run '^$$' -fuzz FuzzPackets -fuzztime 60s ./internal/twin/iot/gateway

# The console's pages have npm packages of their own. They are built anew when a source is newer than the last build.
.PHONY: console
web := console/web
pages := $(web)/dist/app/en/index.html
console: $(pages) ## Build the console's pages, which go into its program
$(web)/node_modules/.package-lock.json: $(web)/package.json $(web)/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20.19 or newer"; exit 1; }
	@echo "Installing the packages of the console's pages, for half a minute"
	npm ci --no-audit --no-fund --loglevel=error --prefix $(web)
	@touch $@
$(pages): $(web)/node_modules/.package-lock.json api/openapi.yaml $(web)/angular.json $(shell find $(web)/src $(web)/public -type f -not -path '*/contract/*')
	@echo "Building the console's pages"
	@cd $(web) && npm run --silent client >/dev/null && NG_CLI_ANALYTICS=false npm run --silent build
	@touch $@

# The database of Go's vulnerabilities is a module itself, so that whoever has the module proxy has it. npm's is behind the registry's audit
# endpoint, which a mirror may lack: then that part is told to be missing, and fails where CI is set.
.PHONY: supply-chain
supply-chain: $(govulncheck) $(cyclonedx) ## Bills of materials, licences and known vulnerabilities of functions and console, in .local/sbom/
	@rm -rf $(sbom) && mkdir -p $(sbom)/bin $(sbom)/web
	go test -C tools ./supplychain
	@for f in $(notdir $(wildcard lambdas/*)); do test -f lambdas/$$f/main.go || continue; \
		GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -trimpath -ldflags '-s -w -buildid=' -o $(sbom)/bin/$$f ./lambdas/$$f && \
		$(cyclonedx) bin -json -version v0.0.0 -output $(sbom)/$$f.json $(sbom)/bin/$$f 2>/dev/null || exit 1; done
	@go build -trimpath -o $(sbom)/bin/console ./console/server && $(cyclonedx) bin -json -version v0.0.0 -output $(sbom)/console.json $(sbom)/bin/console 2>/dev/null
	@$(cyclonedx) mod -json -licenses -output $(sbom)/module.json . 2>/dev/null
	@cp $(web)/package.json $(web)/package-lock.json $(sbom)/web && cd $(sbom)/web && npm pkg set version=0.0.0 && \
		npm sbom --package-lock-only --omit dev --sbom-format cyclonedx > ../console-web.json
	@rm -r $(sbom)/bin $(sbom)/web && ls $(sbom)
	go run -C tools ./supplychain licences $(CURDIR)/$(sbom)/module.json $(CURDIR)/$(sbom)/console-web.json
	@db=$$(cd tools && GOFLAGS=-mod=mod go mod download -json golang.org/x/vulndb@latest | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') && \
		echo "database $${db##*@}" && $(govulncheck) -db file://$$db/data/osv -format json ./lambdas/... ./console/... ./cmd/... | go run -C tools ./supplychain vulnerabilities
	@for d in . $(web); do (cd $$d && npm audit --audit-level high --package-lock-only >$(CURDIR)/$(sbom)/audit.log 2>&1) && echo "npm audit of $$d: nothing high" || \
		{ grep -q 'audit endpoint' $(sbom)/audit.log && test -z "$$CI" && echo "npm audit of $$d did not run: this registry has no audit endpoint"; } || \
		{ cat $(sbom)/audit.log; exit 1; }; done

.PHONY: bench
bench: install ## The benchmark table, some of it beside the emulator's own broker and Node.js
	go test -tags integration -run '^$$' -bench . -benchmem -timeout 30m ./internal/... ./lambdas/... ./cmd/localcloud/ | grep -v 'no test files'

.PHONY: detection-plots
detection-plots: ## The plots of docs/detection.md
	go run ./cmd/carctl anomaly bench cmd/carctl/internal/nab/testdata --page docs/detection
	rm docs/detection/index.html

.PHONY: install install-node install-python install-interop install-browser requirements clean
install: install-node install-python
install-node: node_modules/.package-lock.json
install-python: .venv/.installed

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer"; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv/.installed: requirements.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is missing"; exit 1; }
	@python3 -m venv .venv || { echo "python3 cannot make a virtual environment: on Debian and Ubuntu install python3-venv"; exit 1; }
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

# Clients of other makers, for tests alone. Without mosquitto's the tests of it are skipped; root on Debian gets them.
install-interop: test/interop/node_modules/.package-lock.json
	@command -v mosquitto_pub >/dev/null || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq mosquitto-clients; } >/dev/null
	@command -v mosquitto_pub >/dev/null || echo "mosquitto_pub is missing, its tests are skipped: apt-get install mosquitto-clients"

# For the console's tests. What is missing is skipped; root on Debian gets it, nginx without that its service starts.
install-browser:
	@test -x /usr/sbin/nginx || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null || \
		{ apt-get update -qq && RUNLEVEL=1 apt-get install -y -qq --no-install-recommends nginx-light; } >/dev/null
	@test -x /usr/sbin/nginx || command -v nginx >/dev/null || echo "nginx is missing, the console's tests behind it are skipped: apt-get install nginx-light"
	@command -v chromium >/dev/null || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null
	@command -v chromium >/dev/null || echo "chromium is missing, the console's tests in a browser are skipped: apt-get install chromium"

# For the Flink job alone. Without them its tests are skipped; root on Debian gets them.
install-java:
	@{ $(java); } || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends maven default-jdk-headless; } >/dev/null

test/interop/node_modules/.package-lock.json: test/interop/package.json test/interop/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --prefix test/interop
	@touch $@

requirements: ## Pin anew what requirements.in names
	rm -rf .local/pin && python3 -m venv .local/pin
	.local/pin/bin/pip install --quiet --disable-pip-version-check --requirement requirements.in
	{ echo '# Made by `make requirements` from requirements.in.'; .local/pin/bin/pip freeze --all | grep -viE '^(pip|setuptools)=='; } > requirements.txt

.PHONY: $(localcloud)
$(localcloud): # go decides whether there is anything to build
	@go build -o $@ ./cmd/localcloud

$(staticcheck): tools/go.mod tools/go.sum
	go build -C tools -o ../$@ honnef.co/go/tools/cmd/staticcheck

$(govulncheck): tools/go.mod tools/go.sum
	go build -C tools -o ../$@ golang.org/x/vuln/cmd/govulncheck
$(cyclonedx): tools/go.mod tools/go.sum
	go build -C tools -o ../$@ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

clean: ## Remove everything that these commands made
	rm -rf .local .venv node_modules test/interop/node_modules cdk.out analytics/flink/target $(web)/node_modules $(web)/dist/app $(web)/.angular
