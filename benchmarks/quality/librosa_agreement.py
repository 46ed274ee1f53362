#!/usr/bin/env python3
"""Compares the features of Resonance with librosa's, on every recording of a folder.

usage: benchmarks/quality/librosa_agreement.py [--resonance build/bin/resonance] [--limit N] [--join N] FOLDER

A table on stdout, a recording a line: log-mel (mean and largest difference above -80 dB), chroma and tempogram
(smallest cosine of a frame, and how many frames are below 0.9999), onset strength (largest difference), and the time
either took. Exit status 1 if a recording is outside what the project promises (mean 0.01 dB, largest 0.1 dB, every
cosine 0.9999).

Every file is decoded once, by ffmpeg, to a 32-bit float WAV at 44.1 kHz, mono, which both then read: what is compared
is features, not decoders. --join N adds one recording made of N files in a row, for what happens after the first five
minutes. Needs ffmpeg, and librosa 0.11 with soundfile (python3 -m pip install librosa==0.11.0).
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
from librosa_features import librosa_features  # noqa: E402

SUFFIXES = {".aac", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"}


def decode(source, target):
    command = ["ffmpeg", "-v", "quiet", "-y", "-i", source, "-ac", "1", "-ar", "44100", "-c:a", "pcm_f32le", target]
    subprocess.run(command, check=True)


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    both_zero = ~a.any(axis=1) & ~b.any(axis=1)
    return np.where(both_zero, 1.0, (a * b).sum(axis=1) / np.where(lengths == 0, 1.0, lengths))


def compare(program, wav, work):
    """One line of the table, as a dict."""
    out = work / "features.npz"
    started = time.process_time() + sum(os.times()[2:4])
    subprocess.run([program, "features", "--out", out, wav], check=True, stdout=subprocess.DEVNULL)
    ours_s = time.process_time() + sum(os.times()[2:4]) - started
    ours = np.load(out)
    samples, rate_hz = soundfile.read(wav, dtype="float32")
    assert rate_hz == 44100 and samples.ndim == 1
    started = time.process_time()
    theirs = librosa_features(samples)
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
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--resonance", default="build/bin/resonance", help="the program (%(default)s)")
    parser.add_argument("--limit", type=int, help="only the first N recordings, by name")
    parser.add_argument("--join", type=int, default=0, help="also the first N recordings in a row")
    arguments = parser.parse_args()
    files = sorted(p for p in arguments.folder.rglob("*") if p.suffix.lower() in SUFFIXES)[: arguments.limit]
    if not files:
        parser.exit(2, f"{arguments.folder} has no recordings\n")

    print(
        f"{'recording':32} {'frames':>7} {'mel mean':>9} {'mel max':>8} {'chroma':>10} {'low':>4} "
        f"{'tempogram':>10} {'low':>4} {'onset max':>9} {'ours':>7} {'librosa':>8}"
    )
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)

        def report(name, wav):
            line = compare(arguments.resonance, wav, work)
            lines.append(line)
            print(
                f"{name[:32]:32} {line['frames']:7d} {line['mel_mean_db']:9.1e} {line['mel_max_db']:8.4f} "
                f"{line['chroma_min']:10.7f} {line['chroma_low']:4d} {line['tempogram_min']:10.7f} "
                f"{line['tempogram_low']:4d} {line['onset_max_db']:9.5f} {line['ours_s']:6.2f}s {line['librosa_s']:7.2f}s",
                flush=True,
            )

        for file in files:
            wav = work / "decoded.wav"
            decode(file, wav)
            report(file.name, wav)
        if arguments.join:
            parts = []
            for file in files[: arguments.join]:
                wav = work / "part.wav"
                decode(file, wav)
                parts.append(soundfile.read(wav, dtype="float32")[0])
            wav = work / "joined.wav"
            soundfile.write(wav, np.concatenate(parts), 44100, subtype="FLOAT")
            del parts
            report(f"the first {arguments.join} in a row", wav)

    kept = [
        line["mel_mean_db"] <= 0.01 and line["mel_max_db"] <= 0.1 and not line["chroma_low"] and not line["tempogram_low"]
        for line in lines
    ]
    ours, librosa = sum(line["ours_s"] for line in lines), sum(line["librosa_s"] for line in lines)
    print(f"{sum(kept)} of {len(kept)} within bounds; CPU time: ours {ours:.1f} s (decoding included), librosa {librosa:.1f} s")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
