# Thin: what is done is in tools/, CMakePresets.json and the program itself.
RESONANCE := build/bin/resonance
JOBS := $(shell nproc)
.DEFAULT_GOAL := build
.PHONY: help configure build test demo sample-library format analyze bench fuzz precompute search_proxy refine \
  onnx_eval index evaluate train_build clean
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
	@tools/setup build demo test training
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

# With DIR=FOLDER; tools/pipeline says what each does, and which settings it takes.
precompute: build  ## features of DIR=FOLDER into the cache
	@test -n "$$DIR" || { echo "say which folder: make $@ DIR=FOLDER" >&2; exit 2; }
	@tools/pipeline $@

search_proxy refine onnx_eval: train_build  ## a model of DIR=FOLDER's own: search, full training, ONNX (tools/pipeline)
	@test -n "$$DIR" || { echo "say which folder: make $@ DIR=FOLDER" >&2; exit 2; }
	@tools/pipeline $@

index: build  ## a catalog of DIR=FOLDER, with the model of $$RUN (runs/best) if one was trained
	@test -n "$$DIR" || { echo "say which folder: make $@ DIR=FOLDER" >&2; exit 2; }
	@if test -f "$${RUN:-runs/best}/model.onnx"; then tools/pipeline index; else $(RESONANCE) index "$$DIR"; fi

evaluate: build  ## how well a trained model does, or a catalog's tracks find themselves; with MANIFEST=FILE.csv, its labels
	@if test -n "$$MANIFEST"; then $(RESONANCE) evaluate --manifest "$$MANIFEST" --model statistics; \
	  elif test -n "$$DIR" && test -f "$${RUN:-runs/best}/ckpt.pt"; then tools/pipeline evaluate; \
	  else $(RESONANCE) evaluate --self; fi

train_build: build
	@tools/setup training
	@cmake --preset release
	@cmake --build --preset release --target resonance-train

clean:  ## removes what was built; caches and catalogs stay
	@rm -rf build build-sanitize build-fuzz
