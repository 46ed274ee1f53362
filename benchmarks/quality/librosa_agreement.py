#!/usr/bin/env python3
"""Compares the features of Resonance with librosa's, on every recording of a folder.

usage: benchmarks/quality/librosa_agreement.py [--resonance build/bin/resonance] [--masks build/bin/hpss_masks]
       [--limit N] [--seconds S] [--join N] [--controls] FOLDER

A table on stdout, a recording a line, then the median, largest and smallest of each column:

  mel mean, mel max   difference of log-mel above -80 dB, in dB                          bounds 0.01, 0.1
  chroma, tempogram   smallest cosine of a frame; how many are below 0.9999 ("low")      bound 0.9999, every frame
  onset max           largest difference of onset strength, in dB
  mask max, judged    largest difference of the HPSS masks over the bins judged;         bound 1e-4
                      the share of bins that is judged
  off, its power      share of all bins whose masks differ by more than 1e-4, and the share of the power in them
  ours s, librosa s   CPU time of the whole program (decoding, writing), and of librosa's functions alone
  same input          with --controls: difference of the masks when ours are made of librosa's magnitudes, all bins
  double              with --controls: how far librosa's own masks move when all of librosa is in double precision

Exit status 1 if a recording is out of bounds.

No frame is left out, silence neither: a frame of zeros in both agrees. Masks are judged where the larger of a bin's
two medians is at most 60 dB below the loudest bin of the 31 frames they are medians of. A mask is a ratio of squared
medians, so an error e of the magnitudes moves it by up to 1.1 e / (larger median), however loud the bin itself is.
librosa transforms in double precision (its window makes the product one) and rounds the spectrum, Resonance
transforms in single precision: its e follows the loudest bin of the frame. Beside a loud bass the empty bins above a
codec's low-pass are below that, and "off" counts them: where librosa has a ratio of leakages, ours is one of rounding
errors. "same input" shows that the separation itself adds nothing to it.

Every file is decoded once, by ffmpeg, to a 32-bit float WAV at 44.1 kHz, mono, which both then read: what is compared
is features, not decoders. --join N adds one recording made of N files in a row, for what happens after the first five
minutes. Needs ffmpeg, hpss_masks (`cmake --preset benchmark`), and librosa 0.11 with soundfile (python3 -m pip
install librosa==0.11.0).
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import soundfile
from scipy.ndimage import maximum_filter1d, median_filter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
from librosa_features import librosa_features, librosa_separation  # noqa: E402

SUFFIXES = {".aac", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"}
KERNEL = 31
MASK_BOUND = 1e-4
MASK_RANGE_DB = 60


def decode(source, target, seconds):
    command = ["ffmpeg", "-v", "quiet", "-nostdin", "-y", "-i", source, "-ac", "1", "-ar", "44100", "-c:a", "pcm_f32le"]
    subprocess.run([*command, *(["-t", str(seconds)] if seconds else []), target], check=True)


def our_masks(program, array, work):
    """Harmonic and percussive masks, bins x frames, of samples (one axis) or of magnitudes (frames x bins)."""
    paths = [work / name for name in ("in.npy", "harmonic.npy", "percussive.npy")]
    np.save(paths[0], np.ascontiguousarray(array, dtype=np.float32))
    subprocess.run([program, *paths], check=True)
    return [np.load(path).T for path in paths[1:]]


def mask_errors(ours, theirs):
    """The larger difference of the two masks of every bin; 0 where ours is not a number, for want of power."""
    return np.nan_to_num(np.maximum(*(np.abs(a - b) for a, b in zip(ours, theirs, strict=True))), nan=0.0)


def well_above_rounding(magnitude):
    """Bins whose larger median is at most MASK_RANGE_DB below the loudest bin of the frames it is a median of."""
    over_time = median_filter(magnitude, size=(1, KERNEL), mode="reflect")
    over_frequency = median_filter(magnitude, size=(KERNEL, 1), mode="reflect")
    loudest = maximum_filter1d(magnitude.max(axis=0), KERNEL, mode="reflect")
    return np.maximum(over_time, over_frequency) > 10 ** (-MASK_RANGE_DB / 20) * loudest


def compare_masks(program, samples, separation, work, controls):
    magnitude, *theirs = separation
    errors = mask_errors(our_masks(program, samples, work), theirs)
    judged = well_above_rounding(magnitude)
    off = errors > MASK_BOUND
    power = magnitude.astype(np.float64) ** 2
    line = {
        "mask_max": errors[judged].max(initial=0),
        "mask_judged": judged.mean(),
        "mask_off": off.mean(),
        "mask_off_power": power[off].sum() / max(power.sum(), 1e-300),
    }
    if controls:
        line["same_input_max"] = mask_errors(our_masks(program, magnitude.T, work), theirs).max()
        double = librosa_separation(samples.astype(np.float64))[1:]
        line["double_max"] = mask_errors(double, theirs).max()
    return line


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    both_zero = ~a.any(axis=1) & ~b.any(axis=1)
    return np.where(both_zero, 1.0, (a * b).sum(axis=1) / np.where(lengths == 0, 1.0, lengths))


def compare(arguments, wav, work):
    """One line of the table, as a dict."""
    out = work / "features.npz"
    started = time.process_time() + sum(os.times()[2:4])
    subprocess.run([arguments.resonance, "features", "--out", out, wav], check=True, stdout=subprocess.DEVNULL)
    ours_s = time.process_time() + sum(os.times()[2:4]) - started
    ours = np.load(out)
    samples, rate_hz = soundfile.read(wav, dtype="float32")
    assert rate_hz == 44100 and samples.ndim == 1
    started = time.process_time()
    separation = librosa_separation(samples)
    theirs = librosa_features(samples, separation)
    theirs_s = time.process_time() - started
    if ours["log_mel"].shape != theirs["log_mel"].shape:
        raise SystemExit(f"{wav}: {ours['log_mel'].shape[0]} frames, librosa has {theirs['log_mel'].shape[0]}")
    audible = theirs["log_mel"] > -80
    mel = np.abs(ours["log_mel"] - theirs["log_mel"])[audible] if audible.any() else np.zeros(1)
    chroma = cosines(ours["chroma"], theirs["chroma"])
    tempogram = cosines(ours["tempogram"], theirs["tempogram"])
    return {
        "frames": len(chroma),
        "mel_mean_db": mel.mean(),
        "mel_max_db": mel.max(),
        "chroma_min": chroma.min(),
        "chroma_low": int((chroma < 0.9999).sum()),
        "tempogram_min": tempogram.min(),
        "tempogram_low": int((tempogram < 0.9999).sum()),
        "onset_max_db": np.abs(ours["onset"] - theirs["onset"]).max(),
        "ours_s": ours_s,
        "librosa_s": theirs_s,
        **compare_masks(arguments.masks, samples, separation, work, arguments.controls),
    }


COLUMNS = (  # key, heading, width and format
    ("frames", "frames", "7.0f"),
    ("mel_mean_db", "mel mean", "9.1e"),
    ("mel_max_db", "mel max", "8.4f"),
    ("chroma_min", "chroma", "10.7f"),
    ("chroma_low", "low", "4.0f"),
    ("tempogram_min", "tempogram", "10.7f"),
    ("tempogram_low", "low", "4.0f"),
    ("onset_max_db", "onset max", "9.5f"),
    ("mask_max", "mask max", "9.1e"),
    ("mask_judged", "judged", "6.3f"),
    ("mask_off", "off", "7.1e"),
    ("mask_off_power", "its power", "9.1e"),
    ("ours_s", "ours s", "7.2f"),
    ("librosa_s", "librosa s", "9.2f"),
)
CONTROLS = (("same_input_max", "same input", "10.1e"), ("double_max", "double", "7.1e"))


def row_of(name, line, columns):
    return " ".join([f"{name[:32]:32}", *(f"{line[key]:{form}}" for key, _, form in columns)])


def within_bounds(line):
    return (
        line["mel_mean_db"] <= 0.01
        and line["mel_max_db"] <= 0.1
        and not line["chroma_low"]
        and not line["tempogram_low"]
        and line["mask_max"] <= MASK_BOUND
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--resonance", default="build/bin/resonance", help="the program (%(default)s)")
    parser.add_argument("--masks", default="build/bin/hpss_masks", help="the program's masks (%(default)s)")
    parser.add_argument("--limit", type=int, help="only the first N recordings, by name")
    parser.add_argument("--seconds", type=float, help="only the first S seconds of each")
    parser.add_argument("--join", type=int, default=0, help="also the first N recordings in a row")
    parser.add_argument("--controls", action="store_true", help="also what makes masks differ")
    arguments = parser.parse_args()
    if not pathlib.Path(arguments.masks).exists():
        parser.exit(2, f"no {arguments.masks}: build it with cmake --preset benchmark, target hpss_masks\n")
    files = sorted(p for p in arguments.folder.rglob("*") if p.suffix.lower() in SUFFIXES)[: arguments.limit]
    if not files:
        parser.exit(2, f"{arguments.folder} has no recordings\n")

    librosa_features(np.zeros(44100, dtype=np.float32))  # what it compiles at its first call is not counted
    columns = COLUMNS + (CONTROLS if arguments.controls else ())
    widths = [form.split(".")[0] for *_, form in columns]
    headings = (f"{heading:>{width}}" for (_, heading, _), width in zip(columns, widths, strict=True))
    print(f"{'recording':32}", *headings)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)

        def report(name, wav):
            lines.append(compare(arguments, wav, work))
            print(row_of(name, lines[-1], columns), flush=True)

        for file in files:
            wav = work / "decoded.wav"
            decode(file, wav, arguments.seconds)
            report(file.name, wav)
        if arguments.join:
            parts = []
            for file in files[: arguments.join]:
                wav = work / "part.wav"
                decode(file, wav, arguments.seconds)
                parts.append(soundfile.read(wav, dtype="float32")[0])
            wav = work / "joined.wav"
            soundfile.write(wav, np.concatenate(parts), 44100, subtype="FLOAT")
            del parts
            report(f"the first {arguments.join} in a row", wav)

    for name, pick in (("median", np.median), ("largest", np.max), ("smallest", np.min)):
        print(row_of(name, {key: pick([line[key] for line in lines]) for key, *_ in columns}, columns))
    kept = [within_bounds(line) for line in lines]
    ours, librosa = sum(line["ours_s"] for line in lines), sum(line["librosa_s"] for line in lines)
    print(
        f"{sum(kept)} of {len(kept)} within bounds; CPU time: ours {ours:.1f} s (decoding included), "
        f"librosa {librosa:.1f} s, {librosa / ours:.0f} times ours"
    )
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
