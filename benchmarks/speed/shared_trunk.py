#!/usr/bin/env python3
"""What it saves that segments share the convolutional trunk, and what it changes.

usage: benchmarks/speed/shared_trunk.py MODEL.onnx FEATURES.npz [--seconds 180] [--runs 5]

FEATURES.npz is what `resonance features --out FEATURES.npz FILE` writes. Of its first SECONDS every 18-s segment, one
every 4 s, is made three times:

  whole     all of them in one pass over the track, as the program does
  alone     each by a pass over its own 18 s
  context   each by a pass over its 18 s and 12 s or more before and after, where the track has them, which begins where
            the network's steps of 16 and 40 frames do

Prints the CPU seconds of "whole" and "alone" on one thread (the median of RUNS), and per output the largest
difference of a number and the least cosine between "whole" and each of the others. "context" is the same
computation away from edges: the difference of "alone" is what the padding does at the two ends of 18 s, and that every
other segment begins in the middle of a step.
Needs numpy and onnxruntime.
"""

import argparse
import time

import numpy
import onnxruntime

SEGMENT, HOP, PER_SECOND = 900, 200, 50  # frames
MARGIN, STEPS = 600, 400  # STEPS: a multiple of the hop and of both steps
OUTPUTS = ["embedding", "timbre", "harmony", "rhythm", "gates"]


def cpu_seconds(function):
    before = time.process_time()
    function()
    return time.process_time() - before


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("features")
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    track = numpy.load(options.features)
    frames = min(len(track["onset"]), options.seconds * PER_SECOND)
    starts = list(range(0, frames - SEGMENT + 1, HOP))

    def listen(first, last):
        inputs = {name: track[name][None, first:last].astype(numpy.float32)
                  for name in ("log_mel", "chroma", "tempogram")}
        said = session.run(OUTPUTS, inputs)
        return [value.reshape(-1, value.shape[-1]) for value in said]

    def alone():
        return [numpy.concatenate(rows) for rows in zip(*(listen(s, s + SEGMENT) for s in starts))]

    def context():
        rows = []
        for start in starts:
            first = max(0, (start - MARGIN) // STEPS * STEPS)
            said = listen(first, min(frames, start + SEGMENT + MARGIN))
            rows.append([value[(start - first) // HOP][None] for value in said])
        return [numpy.concatenate(values) for values in zip(*rows)]

    whole = [value[:len(starts)] for value in listen(0, frames)]
    once = sorted(cpu_seconds(lambda: listen(0, frames)) for _ in range(options.runs))[options.runs // 2]
    each = sorted(cpu_seconds(alone) for _ in range(options.runs))[options.runs // 2]
    print(f"{frames / PER_SECOND:.0f} s, {len(starts)} segments: one pass {once:.3f} s CPU, "
          f"segment by segment {each:.3f} s, {each / once:.2f} times as much")
    for kind, others in (("alone", alone()), ("context", context())):
        for name, a, b in zip(OUTPUTS, whole, others):
            cosines = (a * b).sum(1) / numpy.maximum(numpy.linalg.norm(a, axis=1) * numpy.linalg.norm(b, axis=1), 1e-12)
            print(f"{kind:8s} {name:10s} largest difference {abs(a - b).max():.2e}, "
                  f"cosine {cosines.min():.6f} at least, {cosines.mean():.6f} in the mean")


if __name__ == "__main__":
    main()
