# Thin: what is done is in tools/, CMakePresets.json and the program itself.
MUSIC ?=
DIR ?= $(MUSIC)
LIBRARY := build/sample-library
RESONANCE := build/bin/resonance
JOBS := $(shell nproc)
.DEFAULT_GOAL := build
.PHONY: help setup configure build test demo sample-library format bench fuzz clean precompute index

help:  ## these lines
	@sed -nE 's/^([a-z_-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

configure:
	@tools/setup build
	@test -f build/build.ninja || cmake --preset release

build: configure  ## installs what is missing and builds build/bin/resonance
	@cmake --build --preset release

test:  ## everything CI checks: build, format, lints, layers, tests, tests under sanitizers
	@tools/setup build test
	@cmake --preset release
	@cmake --build --preset release
	@tools/check_style
	@ctest --test-dir build --output-on-failure -j $(JOBS)
	@cmake --preset sanitize
	@cmake --build --preset sanitize
	@ctest --test-dir build-sanitize --output-on-failure -j $(JOBS) -LE integration

format:  ## rewrites the sources in the project's format
	@tools/setup test
	@git ls-files '*.h' '*.cpp' | xargs -d '\n' clang-format-14 -i

bench:  ## speed of the hot parts (Google Benchmark)
	@tools/setup build bench
	@cmake --preset benchmark
	@cmake --build --preset benchmark
	@for program in build/bin/bench_*; do "$$program" || exit; done

fuzz:  ## builds the fuzz targets into build-fuzz/bin
	@tools/setup build fuzz
	@cmake --preset fuzz
	@cmake --build --preset fuzz

precompute: build  ## make precompute DIR=FOLDER: features into the cache
	@$(if $(DIR),,$(error say which folder: make $@ DIR=FOLDER))$(RESONANCE) $@ "$(DIR)"

index: build  ## make index DIR=FOLDER: analyses what is new or changed
	@$(if $(DIR),,$(error say which folder: make $@ DIR=FOLDER))$(RESONANCE) $@ "$(DIR)"

clean:  ## removes what was built; caches and catalogs stay
	@rm -rf build build-sanitize build-fuzz
