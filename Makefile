# What people and CI type. A Swift toolchain (6.3 or later) is presumed; Debian packages are installed when they are missing.
#
#   make run       build and serve config/asynchttpd.yaml          make lint      the formatter's opinion
#   make test      every test, the black-box ones too              make bench     the table of numbers, against nginx
#   make install   PREFIX=/usr/local DESTDIR=                      make fuzz      arbitrary input, for as long as you like
#   make clean     remove what was built                           make coverage  lines the tests run, and floors for them
#   make attack    hostile clients, upstreams and operators, and the bounds that held
#   make test-address, make test-thread   every test under a sanitizer: memory and leaks, data races

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

CONFIG ?= config/asynchttpd.yaml
ADMIN ?= 127.0.0.1:8081
PREFIX ?= /usr/local
DESTDIR ?=
SYSTEMD_UNITS ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc

# One static program beside libyaml; libcurl and PCRE2 are loaded when a route first needs them. With the default linker each build ends in a
# warning about mktemp(3), which nothing in here calls: Foundation has it, and the parser of the command line has Foundation.
RELEASE := swift build -c release --static-swift-stdlib -Xswiftc -use-ld=lld --product
DOCUMENTATION := .build/documentation

PACKAGES_RUN := libyaml-dev libcurl4-openssl-dev libcurl4 libpcre2-dev libpcre2-8-0 pkg-config
# nginx in front and upstream, curl as the client, systemd itself in a container.
PACKAGES_TEST := $(PACKAGES_RUN) nginx caddy curl goaccess logrotate python3 python3-h11 python3-jsonschema python3-yaml openssl debootstrap systemd systemd-container util-linux
PACKAGES_ATTACK := $(PACKAGES_RUN) python3
PACKAGES_BENCH := $(PACKAGES_RUN) nginx wrk nghttp2-client python3 gcc libc6-dev util-linux

# $(call installed,PACKAGES): installs those that dpkg does not know as installed.
define installed
	missing=(); for package in $(1); do \
	  [[ "$$(dpkg-query -W -f='$${db:Status-Status}' "$$package" 2>/dev/null)" == installed ]] || missing+=("$$package"); \
	done; \
	if (($${#missing[@]})); then \
	  echo "installing $${missing[*]}"; \
	  as_root=(); [[ $$(id -u) == 0 ]] || as_root=(sudo); \
	  "$${as_root[@]}" apt-get update -qq; \
	  "$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}"; \
	fi
endef

# $(call tested,COMMAND): runs tests, and says what failed once more where one looks first, at the end.
define tested
	$(1) 2>&1 | tee .build/tests.log || { \
	  status=$$?; echo; echo "what failed:"; grep -E '^(✘|↳)' .build/tests.log || true; exit $$status; \
	}
endef

.PHONY: run build test test-address test-thread coverage attack bench bench-short fuzz fuzz-smoke lint format install clean packages-run packages-test packages-attack packages-bench

# With the admin listener: http://127.0.0.1:8081/ shows what is served.
run: build
	exec .build/release/asynchttpd --config $(CONFIG) --admin $(ADMIN)

build: packages-run
	$(RELEASE) asynchttpd

test: packages-test $(DOCUMENTATION)
	swift build --build-tests
# A few at a time: with hundreds at once some wait longer for a processor than a server waits for its client.
	$(call tested,swift test --skip-build --skip ScriptedKernelTests --experimental-maximum-parallelization-width 4)
# By themselves: thousands of runs of a server, which would slow all others down.
	$(call tested,swift test --skip-build --filter ScriptedKernelTests)
	Tests/Attack/attack --short --binary .build/debug/asynchttpd

# A sanitized process is several times slower: few tests at a time, so that none waits past its deadline for the others.
SANITIZED := --testing-library swift-testing --experimental-maximum-parallelization-width 4

# A small quarantine, because some tests measure memory. What is left out:
#   those that measure a few MiB, for they would count the sanitizer's own memory: StreamingMemoryTests and one of StreamingUpload;
#   two of SystemdTests: systemd runs `asynchttpd reload` in the unit's sandbox, where LeakSanitizer may not look at the process and fails it;
#   StubServerTests, whose URLSession leaks what libcurl keeps of each request: to overlook that would be to overlook leaks of UpstreamClient.
test-address: export ASAN_OPTIONS := detect_leaks=1:quarantine_size_mb=16
test-address: export LSAN_OPTIONS := suppressions=$(CURDIR)/Tests/Sanitizers/leaks.supp:print_suppressions=0
test-address: packages-test $(DOCUMENTATION)
	swift build --build-tests --sanitize=address --scratch-path .build-asan
	.build-asan/debug/asynchttpdPackageTests.xctest $(SANITIZED) --skip ScriptedKernelTests --skip StreamingMemoryTests \
	  --skip 'StreamingUpload writes' --skip 'start, a good reload' --skip 'sockets that systemd binds' --skip StubServerTests
	.build-asan/debug/asynchttpdPackageTests.xctest $(SANITIZED) --filter ScriptedKernelTests

# No suppressions: Tests/Sanitizers/order.c tells the sanitizer of the order that Swift's own libraries make. It is not in the container where
# systemd starts the daemon. Those that measure a few MiB are left out, as above.
test-thread: packages-test $(DOCUMENTATION)
	swift build --build-tests --sanitize=thread --scratch-path .build-tsan
	order=$$(Tests/Sanitizers/order .build-tsan); \
	LD_PRELOAD=$$order .build-tsan/debug/asynchttpdPackageTests.xctest $(SANITIZED) --skip ScriptedKernelTests --skip Systemd \
	  --skip StreamingMemoryTests --skip 'StreamingUpload writes'; \
	LD_PRELOAD=$$order .build-tsan/debug/asynchttpdPackageTests.xctest $(SANITIZED) --filter ScriptedKernelTests

coverage: packages-test $(DOCUMENTATION)
	Tests/Coverage/coverage

# ATTACK_OPTIONS: --only NAME, --json, --list.
attack: packages-attack build
	Tests/Attack/attack $(ATTACK_OPTIONS)

# The example is what measures the library by itself.
bench: packages-bench build
	$(RELEASE) HelloWorld
	Tests/Benchmarks/bench

bench-short: packages-bench build
	$(RELEASE) HelloWorld
	Tests/Benchmarks/bench --short

# Long: an hour for each target unless FUZZ_SECONDS or FUZZ_RUNS says otherwise; FUZZ_TARGETS chooses some, FUZZ_OPTIONS is for --no-address.
fuzz: packages-run
	Tests/Fuzz/fuzz $(if $(FUZZ_RUNS),--runs $(FUZZ_RUNS),--seconds $(or $(FUZZ_SECONDS),3600)) $(FUZZ_OPTIONS) $(FUZZ_TARGETS)

fuzz-smoke: packages-run
	Tests/Fuzz/fuzz --seconds $(or $(FUZZ_SECONDS),10) $(FUZZ_OPTIONS) $(FUZZ_TARGETS)

lint:
	swift format lint --strict --recursive Sources Tests

format:
	swift format --in-place --recursive Sources Tests

packages-run:
	@$(call installed,$(PACKAGES_RUN))

packages-test:
	@$(call installed,$(PACKAGES_TEST))

packages-attack:
	@$(call installed,$(PACKAGES_ATTACK))

packages-bench:
	@$(call installed,$(PACKAGES_BENCH))

# A thousand files of somebody else's HTML to serve, record and compare: unpacked, not installed.
$(DOCUMENTATION): packages-test
	@[[ -d $@ ]] || { \
	  find_package() { apt-cache depends postgresql-doc 2>/dev/null | awk '/Depends: postgresql-doc-/ {print $$2; exit}' || true; }; \
	  as_root=(); [[ $$(id -u) == 0 ]] || as_root=(sudo); \
	  package=$$(find_package); [[ -n "$$package" ]] || { "$${as_root[@]}" apt-get update -qq; package=$$(find_package); }; \
	  echo "unpacking $$package into $@"; \
	  rm -rf $@.new; mkdir -p $@.new; cd $@.new; \
	  apt-get download -qq "$$package" 2>/dev/null; dpkg-deb -x postgresql-doc-*.deb .; rm postgresql-doc-*.deb; \
	  cd - >/dev/null; mv $@.new $@; \
	}

# `make build` first, as yourself; then `sudo make install`.
install:
	install -D -m 755 .build/release/asynchttpd $(DESTDIR)$(PREFIX)/bin/asynchttpd
	for unit in asynchttpd.service asynchttpd@.service asynchttpd.socket; do \
	  mkdir -p $(DESTDIR)$(SYSTEMD_UNITS); \
	  sed 's#=/usr/bin/#=$(PREFIX)/bin/#' systemd/$$unit > $(DESTDIR)$(SYSTEMD_UNITS)/$$unit; \
	  chmod 644 $(DESTDIR)$(SYSTEMD_UNITS)/$$unit; \
	done
	install -D -m 644 config/schema.json $(DESTDIR)$(PREFIX)/share/asynchttpd/schema.json
# A configuration that is there stays as it is.
	[[ -e $(DESTDIR)$(SYSCONFDIR)/asynchttpd/asynchttpd.yaml ]] || { \
	  mkdir -p $(DESTDIR)$(SYSCONFDIR)/asynchttpd; \
	  sed 's#/usr/local/share/#$(PREFIX)/share/#' systemd/asynchttpd.yaml > $(DESTDIR)$(SYSCONFDIR)/asynchttpd/asynchttpd.yaml; \
	  chmod 644 $(DESTDIR)$(SYSCONFDIR)/asynchttpd/asynchttpd.yaml; \
	}
	[[ -e $(DESTDIR)$(SYSCONFDIR)/logrotate.d/asynchttpd ]] || \
	  install -D -m 644 systemd/asynchttpd.logrotate $(DESTDIR)$(SYSCONFDIR)/logrotate.d/asynchttpd
	install -D -m 644 config/asynchttpd.1 $(DESTDIR)$(PREFIX)/share/man/man1/asynchttpd.1
	mkdir -p $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	.build/release/asynchttpd --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/asynchttpd
	install -D -m 644 config/asynchttpd.yaml $(DESTDIR)$(PREFIX)/share/doc/asynchttpd/asynchttpd.yaml
	sed -i '1s#schema.json#../../asynchttpd/schema.json#' $(DESTDIR)$(PREFIX)/share/doc/asynchttpd/asynchttpd.yaml
	for site in config/nginx/*; do install -D -m 644 $$site $(DESTDIR)$(PREFIX)/share/doc/asynchttpd/nginx/$$(basename $$site); done

clean:
	swift package clean
	rm -rf $(DOCUMENTATION) Tests/Benchmarks/.build .build-fuzz .build-fuzz-plain .build-asan .build-tsan .build-coverage
