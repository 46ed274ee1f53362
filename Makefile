# Thin: what is done is in tools/, CMakePresets.json and the program itself.
RESONANCE := build/bin/resonance
JOBS := $(shell nproc)
.DEFAULT_GOAL := build
.PHONY: help configure build test demo sample-library format analyze bench fuzz precompute index evaluate clean
# The names of folders reach the recipes through the environment, whatever letters they have.
export MUSIC DIR MANIFEST

help:  ## these lines
	@sed -nE 's/^([a-z_-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

configure:
	@tools/setup build
	@test -f build/build.ninja || cmake --preset release

build: configure  ## installs what is missing and builds build/bin/resonance
	@cmake --build --preset release --target resonance resonance-sample-library

demo:  ## indexes a sample library, or MUSIC=FOLDER, and shows what sounds like one of its tracks
	@tools/setup build demo
	@$(MAKE) --no-print-directory build
	@tools/demo

test:  ## everything that CI checks: build, format, lints, layers, tests, sanitizers
	@tools/setup build demo test
	@cmake --preset release
	@cmake --build --preset release
	@tools/check_style
	@ctest --test-dir build --no-tests=error --output-on-failure -j $(JOBS)
	@$(MAKE) --no-print-directory sanitize

sanitize:  ## the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/setup build test
	@cmake --preset sanitize
	@cmake --build --preset sanitize
	@ctest --test-dir build-sanitize --no-tests=error --output-on-failure -j $(JOBS) -LE layers

sample-library: build  ## only makes the sample library, in build/sample-library
	@tools/setup demo
	@build/bin/resonance-sample-library build/sample-midi build/sample-library

format:  ## rewrites the sources in the project's format
	@tools/setup test
	@git ls-files '*.h' '*.cpp' | xargs -d '\n' clang-format-14 -i

analyze: configure  ## clang-tidy over everything, with the static analyser (slow)
	@tools/setup test
	@cmake --build --preset release
	@LINT_ALL=1 tools/lint

bench:  ## speed of the hot parts (Google Benchmark)
	@tools/setup build bench
	@cmake --preset benchmark
	@cmake --build --preset benchmark
	@for program in build/bin/bench_*; do "$$program" || exit; done

fuzz:  ## builds the fuzz targets into build-fuzz/bin
	@tools/setup build fuzz
	@cmake --preset fuzz
	@cmake --build --preset fuzz

precompute index: build  ## with DIR=FOLDER: the program's verb of that name
	@test -n "$$DIR" || { echo "say which folder: make $@ DIR=FOLDER" >&2; exit 2; }
	@$(RESONANCE) $@ "$$DIR"

evaluate: build  ## how well a catalog's tracks find themselves; with MANIFEST=FILE.csv, what its labels say
	@if test -n "$$MANIFEST"; then $(RESONANCE) evaluate --manifest "$$MANIFEST" --model statistics; \
	  else $(RESONANCE) evaluate --self; fi

clean:  ## removes what was built; caches and catalogs stay
	@rm -rf build build-sanitize build-fuzz
