#!/usr/bin/env python3
"""Makes tests/golden/features/*.npy: what librosa says of the signal of golden_signal().

usage: tools/make_golden_features.py [--out DIR]

The signal is made here and in tests/unit/features/golden_test.cpp by the same formula. Run it again only when the
definition of a feature changes, and with it kFeatureVersion. Needs librosa 0.11 and NumPy.
"""

import argparse
import pathlib

import librosa
import numpy as np
from librosa_features import RATE_HZ, librosa_features

SECONDS = 4.0
DETUNED = 2 ** (17 / 1200)  # 17 cents sharp
CHORDS_HZ = ((220.0, 277.1826, 329.6276), (196.0, 246.9417, 293.6648))
BURST_SAMPLES = 16538  # 160 a minute


def golden_signal():
    """Four seconds: a chord, a chirp, silence, a faint chord; bursts of noise over all but the silence."""
    n = np.arange(round(SECONDS * RATE_HZ))
    t = n / RATE_HZ
    signal = np.zeros(len(n))
    for chord, gain, start, end in ((CHORDS_HZ[0], 0.08, 0.0, 1.2), (CHORDS_HZ[1], 0.0008, 2.7, SECONDS)):
        on = (t >= start) & (t < end)
        for hz in chord:
            for partial in range(1, 6):
                signal[on] += gain / partial * np.sin(2 * np.pi * hz * DETUNED * partial * t[on])
    on = (t >= 1.2) & (t < 2.2)
    signal[on] += 0.3 * np.sin(2 * np.pi * (200.0 + 3000.0 * (t[on] - 1.2)) * (t[on] - 1.2))

    state = 1
    noise = np.zeros(len(n))
    for i in range(len(n)):
        state = (1664525 * state + 1013904223) % 2**32
        noise[i] = state / 2**31 - 1
    bursts = 0.5 * noise * np.exp(-(n % BURST_SAMPLES) / 400.0)
    loud = t < 2.2
    signal[loud] += bursts[loud]
    faint = t >= 2.7
    signal[faint] += 0.01 * bursts[faint]
    return signal.astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = pathlib.Path(__file__).resolve().parent.parent / "tests/golden/features"
    parser.add_argument("--out", type=pathlib.Path, default=default, help="folder (%(default)s)")
    out = parser.parse_args().out
    if not librosa.__version__.startswith("0.11."):
        parser.exit(2, f"librosa {librosa.__version__} is not the 0.11 that the golden files are made with\n")
    features = librosa_features(golden_signal())
    features["tempogram"] = features["tempogram"][::8]  # every frame would be four times all the rest
    features["harmonic_mask"] = features["harmonic_mask"][::25]
    for name, values in features.items():
        np.save(out / f"{name}.npy", np.ascontiguousarray(values, dtype=np.float32))


if __name__ == "__main__":
    main()
