# Makefile - the shape of the tree is the build: a new service edits nothing here.
#
#   a folder with a main.c        is the program build/bin/<folder>: every .c file below it, and the libraries (of tests/,
#                                 only tests/bench)
#   services/lib/{base,msg,store,run}   are libraries, each using only those before it
#   events/                       becomes build/gen/msg, a part of library msg
#   templates/ of a program       become build/gen/<name>, a part of that program
#   tests/**/*_test.c             is a cmocka test, build/tests/<path>_test
#   tests/**/*_fuzz.c             is a fuzz target, built by clang: make FUZZ=1 fuzz
#
# What a test links is said by one line in its first ten,   /* links: services/payment msg base */
# where a word is a library, a .c file, or a program's folder (its files without main.c and store.c). Without the line,
# tests/services/<name>_test.c links services/<name> tests/rehearsal msg base, and every other test all four libraries.
#
# V=1 shows the commands. SAN=1 builds under the address and undefined-behaviour sanitizers, in build/san.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

# --- What one types -----------------------------------------------------------------------------------------------------

COMMANDS := help run down status logs load clean-data clean test sim chaos chaos-bugs check mail-preview bench format docs publish-schemas republish-schemas \
	dev images images-offline secrets test-compose sbom scan push sign verify

.PHONY: $(COMMANDS) all programs tests fuzz objects flags

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22
run: ## Install what is missing, build, start the shop, wait until it takes orders, print its address
	@deploy/local/up
down: ## Stop everything; the data stays
	@deploy/local/down
status: ## Each process: since when, ready or why not, lag, memory
	@deploy/local/status
logs: ## Follow a log: make logs S=payment; N=50 prints the last lines only
	@deploy/local/logs "$(S)" "$(N)"
load: ## Shoppers for the running shop, with a live page: LOAD="users 20 for 2m" JOURNEYS=original WORKERS=2
	@LOAD="$(LOAD)" JOURNEYS="$(JOURNEYS)" WORKERS="$(WORKERS)" deploy/local/load
dev: ## One program after a change: built, restarted alone, waited for: make dev S=payment
	@deploy/local/dev "$(S)"
clean-data: ## Stop everything and forget orders, accounts, mails (YES=1: without asking)
	@YES="$(YES)" deploy/local/clean-data
test: ## All tests, on real Kafka, Postgres and Redis of their own (ONLY=word: those with the word in their path)
	@deploy/local/install deploy/local/packages.txt tests/packages.txt
	@ONLY="$(ONLY)" tests/run
sim: ## One order exhaustively, and whole shops by seed: SEEDS=100000 SEED=1 MODEL=deep
	@MODEL="$(MODEL)" SEEDS="$(SEEDS)" SEED="$(SEED)" tests/sim/run
check: ## Format, analyzers, lint, stale documents
	@deploy/local/install deploy/local/packages.txt tests/check/packages.txt
	@tests/check/run
mail-preview: ## The mails as pictures, on a phone and on a desk, light and dark, in build/preview
	@$(MAKE) --no-print-directory -s build/tests/services/email/letter_test && tests/services/email/preview
bench: ## What an order and a page cost, measured on the running shop (make run first)
	@tests/bench/run
chaos: ## A shop of its own under every fault, and a check of all that it wrote: SEED=7 SECONDS=60 KINDS=kill,reset LONG=1
	@deploy/local/install deploy/local/packages.txt chaos/packages.txt
	@$(if $(LONG),tests/faults/long,chaos/run) $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(KINDS),--kinds $(KINDS))
chaos-bugs: ## Plants bugs, one after the other, and shows which invariant catches each: ONLY=word
	@tests/faults/plant $(ONLY)
format: ## Lay out the C files
	@git ls-files "*.c" "*.h" | xargs clang-format -i
publish-schemas: ## Give changed schemas their next version and id
	@/usr/bin/python3 events/generator/generate.py --publish
republish-schemas: ## The same before the first release: version 1 is rewritten
	@/usr/bin/python3 events/generator/generate.py --republish
docs: ## Write what is generated: the catalogue of events, the rules in the READMEs
	@/usr/bin/python3 events/generator/generate.py --docs
	@docs/diagrams
images: ## The shop's container images, for docker-compose up (SHOP_VERSION=1.4.2, BASE=...@sha256:..., SNAPSHOT=20261101T000000Z)
	@deploy/docker/build
images-offline: ## The same, and everybody else's that the shop needs, without any image registry
	@deploy/docker/build --offline
secrets: ## The keys, passwords and certificate that docker-compose.yml hands out, where they are not there yet (make images does it, too)
	@deploy/docker/make-secrets
test-compose: ## The shop in containers, really run: bought from, killed, stopped, started again, scaled (needs docker and the images)
	@tests/deploy/docker/really
sbom: ## What is in each image, as SPDX, in build/sbom
	@deploy/docker/sbom
scan: ## Known faults of what is in the images, by Trivy
	@deploy/docker/scan
push: ## Bring the images to a registry: SHOP_IMAGES=registry/repository; build/pinned.yml gets their digests
	@deploy/docker/push
sign: ## Sign the pushed images and attach their SBOMs, by cosign (COSIGN_KEY=..., SHOP_IMAGES=registry/repository)
	@deploy/docker/sign
verify: ## Are they signed, and their SBOMs attested (COSIGN_KEY=... is the public half)
	@deploy/docker/verify
clean: ## Forget what was built
	@rm -rf build

# --- What is built, and how ---------------------------------------------------------------------------------------------
# Only read when something is to be built: the commands above work on a machine that has no compiler yet.

ifneq ($(filter-out $(COMMANDS),$(or $(MAKECMDGOALS),all)),)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

PACKAGES := rdkafka libevent libevent_pthreads libpq hiredis libmicrohttpd openssl jansson libcurl expat zlib
TEST_PACKAGES := cmocka avro-c

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef \
	-Wimplicit-fallthrough -Werror
CPPFLAGS := -D_GNU_SOURCE -I. -Iservices/lib -Ibuild/gen $(patsubst -I%,-isystem%,$(shell pkg-config --cflags libpq))
BASICS := -std=c11 -g -pthread -fno-strict-overflow -fno-strict-aliasing -fno-delete-null-pointer-checks \
	'-ffile-prefix-map=$(CURDIR)/='

ifdef FUZZ
B := build/fuzz
CC := clang
CFLAGS := $(BASICS) $(filter-out -Werror,$(WARNINGS)) -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fprofile-instr-generate -fcoverage-mapping
LDFLAGS := $(CFLAGS)
else ifdef ANALYZE
B := build/analyze
CC := gcc
CFLAGS := $(BASICS) $(filter-out -Werror,$(WARNINGS)) -O1 -fanalyzer
else ifdef SAN
B := build/san
CC := gcc
CFLAGS := $(BASICS) $(WARNINGS) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS := $(CFLAGS)
else ifdef FAST
# For simulators that run for hours: what is tested is the same, the guards against attackers are not.
B := build/fast
CC := gcc
AR := gcc-ar
CFLAGS := $(BASICS) $(WARNINGS) -O3 -flto=auto -march=native -fno-semantic-interposition -fno-plt
LDFLAGS := $(CFLAGS)
else
B := build
CC := gcc
# The OpenSSF hardening guide, as far as gcc 12 goes.
CFLAGS := $(BASICS) $(WARNINGS) -O2 -Wtrampolines -Wbidi-chars=any -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	-fstack-protector-strong -fstack-clash-protection $(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full) \
	-ftrivial-auto-var-init=zero -fexceptions -fPIE
LDFLAGS := -pthread -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen
endif
LDFLAGS += -Wl,--as-needed -Wl,--no-copy-dt-needed-entries
LDLIBS := $(shell pkg-config --libs $(PACKAGES)) -lm
TEST_LDLIBS = $(shell pkg-config --libs $(TEST_PACKAGES)) $(LDLIBS)

SOURCES := $(shell find . \( -path ./build -o -path './.?*' \) -prune -o -name '*.c' -printf '%P\n' | sort)
below = $(filter $(1)/%,$(SOURCES))
objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

# Generated code. A stamp is written last by its rule, names the .c files as a make variable, and is included: make reads
# itself again once they exist.

STAMPS :=

ifneq ($(wildcard events/generator/generate.py),)
STAMPS += build/gen/msg/.stamp
build/gen/msg/.stamp: $(wildcard events/topics.toml events/schemas/*.avsc events/schema-ids) \
		$(shell find events/generator -name '*.py' -o -name '*.in')
	$(call say,GEN,$(@D))
	$(Q)mkdir -p $(@D) && /usr/bin/python3 events/generator/generate.py --out $(@D)
	@echo "msg_GENERATED := $$(echo $(@D)/*.c)" > $@
endif

STAMPS += build/gen/base/.stamp
build/gen/base/.stamp: services/lib/base/countries/countries.txt services/lib/base/countries/generate.py
	$(call say,GEN,$(@D))
	$(Q)mkdir -p $(@D) && /usr/bin/python3 services/lib/base/countries/generate.py $(@D)
	@touch $@

# $(call templates,program's folder,name): its templates become build/gen/<name>
define templates_rule
STAMPS += build/gen/$(2)/.stamp
build/gen/$(2)/.stamp: $(wildcard $(1)/templates/*.* $(1)/static/*.* $(1)/static/img/*.*) \
		$(wildcard gateway/templates/compiler/*.py)
	$$(call say,GEN,$$(@D))
	$$(Q)mkdir -p $$(@D) && /usr/bin/python3 gateway/templates/compiler/compile.py --out $$(@D) $(wildcard $(1)/templates/*.*)
	@echo "$(1)_GENERATED := $$$$(echo $$(@D)/*.c)" > $$@
endef
ifneq ($(wildcard gateway/templates/compiler/compile.py),)
$(if $(wildcard gateway/templates/*.html),$(eval $(call templates_rule,gateway,pages)))
$(if $(wildcard services/email/templates/*.html),$(eval $(call templates_rule,services/email,mails)))
endif

include $(STAMPS)

# Libraries, in the order of linking: a library stands before those it uses.

LIBRARIES := run store msg base
library_sources = $(call below,services/lib/$(1)) $($(1)_GENERATED)
archive = $(if $(strip $(call library_sources,$(1))),$(B)/lib/lib$(1).a)
archives = $(foreach l,$(filter $(1),$(LIBRARIES)),$(call archive,$(l)))

define library_rule
$(B)/lib/lib$(1).a: $(call objects,$(call library_sources,$(1)))
	$$(call say,AR,$$@)
	@mkdir -p $$(@D) && rm -f $$@
	$$(Q)ar crsD $$@ $$^
endef
$(foreach l,$(LIBRARIES),$(if $(call archive,$(l)),$(eval $(call library_rule,$(l)))))

# Programs

PROGRAM_FOLDERS := $(patsubst %/main.c,%,$(filter-out tests/%,$(filter %/main.c,$(SOURCES))) $(filter tests/bench/%/main.c,$(SOURCES)))
PROGRAMS := $(addprefix $(B)/bin/,$(notdir $(PROGRAM_FOLDERS)))

define program_rule
$(B)/bin/$(notdir $(1)): $(call objects,$(call below,$(1)) $($(1)_GENERATED)) $(call archives,$(LIBRARIES))
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach p,$(PROGRAM_FOLDERS),$(eval $(call program_rule,$(p))))

# Tests and fuzz targets

TEST_SOURCES := $(filter tests/%_test.c,$(SOURCES))
FUZZ_SOURCES := $(filter tests/%_fuzz.c,$(SOURCES))
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(TEST_SOURCES))
FUZZERS := $(patsubst tests/%.c,$(B)/tests/%,$(FUZZ_SOURCES))

said_links := $(if $(TEST_SOURCES)$(FUZZ_SOURCES),$(shell awk 'FNR <= 15 && /^\/\* links: .*\*\/$$/ \
	{ for (i = 3; i < NF; i++) print FILENAME ":" $$i }' $(TEST_SOURCES) $(FUZZ_SOURCES)))
service_of = $(patsubst tests/%_test.c,%,$(filter tests/services/%,$(1)))
default_links = $(if $(wildcard $(call service_of,$(1))/main.c),$(call service_of,$(1)) tests/rehearsal msg base,$(LIBRARIES))
links = $(or $(patsubst $(1):%,%,$(filter $(1):%,$(said_links))),$(call default_links,$(1)))

folder_files = $(filter-out $(1)/main.c $(1)/store.c %_test.c,$(call below,$(1))) $($(1)_GENERATED)
linked_files = $(foreach w,$(filter-out $(LIBRARIES),$(1)),$(if $(filter %.c,$(w)),$(w),$(call folder_files,$(w))))

# $(call test_rule,source,words it links,extra flags)
define test_rule
$(patsubst tests/%.c,$(B)/tests/%,$(1)): $(call objects,$(sort $(1) $(call linked_files,$(2)))) $(call archives,$(2))
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS) $(3) -o $$@ $$^ $$(TEST_LDLIBS)
endef
$(foreach t,$(TEST_SOURCES),$(eval $(call test_rule,$(t),$(call links,$(t)))))
$(if $(FUZZ),$(foreach t,$(FUZZ_SOURCES),$(eval $(call test_rule,$(t),$(call links,$(t)),-fsanitize=fuzzer))))

# Objects

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

all: programs
programs: $(PROGRAMS)
tests: $(TESTS)
fuzz: $(FUZZERS)
objects: $(call objects,$(filter-out tests/%,$(SOURCES)))
flags: # the preprocessor's, for tools
	@echo $(CPPFLAGS)

-include $(patsubst %.c,$(B)/obj/%.d,$(SOURCES) $(foreach v,$(filter %_GENERATED,$(.VARIABLES)),$($(v))))

endif
