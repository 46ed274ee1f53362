#!/usr/bin/env python3
"""How right are the tempo and key of `resonance describe`? And, on the same files in the same run, Essentia's?

usage: describe_accuracy.py TRUTH.csv [--agree FOLDER] [--program PATH]
       describe_accuracy.py --agree FOLDER [--program PATH]

TRUTH.csv   columns file (relative to the CSV's folder), bpm, key ("Eb major"); bpm or key may be empty
--agree     recordings without truth: how often do the estimators agree with each other?
--program   the program to measure; default build/bin/resonance

Acc1: tempo within 4 % of the truth; Acc2: or of 2, 3, 1/2, 1/3 times it (Gouyon et al. 2006). Key: MIREX's score, 1 for
the same key, 0.5 a fifth away, 0.3 relative, 0.2 parallel; and the share that is exactly right. A file that could not be
analysed counts as wrong. Essentia (RhythmExtractor2013, KeyExtractor) is measured when it can be imported; it hears what
ffmpeg decodes. The figures of
one program on one set say little; those beside it say how hard the set is.
"""
import argparse
import csv
import json
import os
import subprocess
import sys

import numpy as np

TONICS = {name: pitch for pitch, names in enumerate(
    ("C B#", "C# Db", "D", "D# Eb", "E Fb", "F E#", "F# Gb", "G", "G# Ab", "A", "A# Bb", "B Cb"))
    for name in names.split()}
SUFFIXES = {".aac", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"}
KEY_PROFILES = ("bgate", "edma", "temperley", "krumhansl", "shaath", "braw")


def parse_key(text):
    """("Eb major") -> (3, False); None for no key."""
    if not text:
        return None
    tonic, mode = text.split()
    return TONICS[tonic], mode == "minor"


def mirex(estimate, truth):
    if estimate is None or truth is None:
        return 0.0
    if estimate == truth:
        return 1.0
    interval = (estimate[0] - truth[0]) % 12
    if estimate[1] == truth[1]:
        return 0.5 if interval in (5, 7) else 0.0
    if interval == (3 if truth[1] else 9):
        return 0.3
    return 0.2 if interval == 0 else 0.0


def tempo_hits(estimate, truth):
    """(Acc1, Acc2)"""
    if not estimate or not truth:
        return False, False
    ratios = [abs(estimate / (truth * factor) - 1) <= 0.04 for factor in (1, 2, 3, 1 / 2, 1 / 3)]
    return ratios[0], any(ratios)


def ours(program, paths):
    """{path: {"bpm", "key", "bpm_confidence", "key_confidence"}}"""
    result = {}
    for first in range(0, len(paths), 64):
        run = subprocess.run([program, "describe", "--format", "json", *paths[first:first + 64]],
                             stdout=subprocess.PIPE, check=False)
        if run.returncode not in (0, 1):
            sys.exit(f"{program} ended with status {run.returncode}")
        for track in json.loads(run.stdout)["tracks"]:
            result[os.path.abspath(track["path"])] = {
                "bpm": track["tempo_bpm"], "key": parse_key(track["key"]),
                "bpm_confidence": track["tempo_confidence"], "key_confidence": track["key_confidence"]}
    return result


def decoded(path):
    """Mono float32 at 44.1 kHz, by the ffmpeg program: Essentia's own loader knows fewer formats, and crashes at some."""
    command = ["ffmpeg", "-v", "quiet", "-nostdin", "-i", path, "-ac", "1", "-ar", "44100", "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout, dtype=np.float32)


def essentias(paths):
    """{estimator: {path: value}} for tempo and for key; empty without Essentia."""
    try:
        import essentia
        import essentia.standard as es
    except ImportError:
        print("(Essentia cannot be imported: measured alone)", file=sys.stderr)
        return {}, {}
    essentia.log.infoActive = False
    essentia.log.warningActive = False
    tempos = {f"Essentia {method}": {} for method in ("multifeature", "degara")}
    keys = {f"Essentia {profile}": {} for profile in KEY_PROFILES}
    for path in paths:
        audio = decoded(path)
        if not len(audio):
            print(f"Essentia: {path} cannot be decoded", file=sys.stderr)
            continue
        for method in ("multifeature", "degara"):
            tempos[f"Essentia {method}"][path] = float(es.RhythmExtractor2013(method=method)(audio)[0])
        for profile in KEY_PROFILES:
            tonic, mode, _ = es.KeyExtractor(profileType=profile)(audio)
            keys[f"Essentia {profile}"][path] = parse_key(f"{tonic} {mode}")
    return tempos, keys


def percent(values):
    values = list(values)
    return 100 * sum(values) / len(values) if values else float("nan")


def estimates(program, paths):
    mine = ours(program, paths)
    tempos, keys = essentias(paths)
    tempos = {"Resonance": {path: d["bpm"] for path, d in mine.items()}, **tempos}
    keys = {"Resonance": {path: d["key"] for path, d in mine.items()}, **keys}
    return mine, tempos, keys


def by_confidence(rows, confidence, right):
    for low, high in ((0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        group = [row for row in rows if low <= confidence(row) < high]
        if group:
            print(f"  from {low:.1f}: {percent(map(right, group)):5.1f} % of {len(group)}")


def accuracy(program, truth_csv):
    folder = os.path.dirname(os.path.abspath(truth_csv))
    with open(truth_csv, newline="", encoding="utf-8") as file:
        rows = [dict(row, path=os.path.join(folder, row["file"])) for row in csv.DictReader(file)]
    mine, tempos, keys = estimates(program, [row["path"] for row in rows])

    with_tempo = [(row["path"], float(row["bpm"])) for row in rows if row.get("bpm")]
    print(f"Tempo, {len(with_tempo)} files                Acc1   Acc2")
    for name, values in tempos.items():
        hits = [tempo_hits(values.get(path), bpm) for path, bpm in with_tempo]
        print(f"  {name:26s} {percent(h[0] for h in hits):6.1f} {percent(h[1] for h in hits):6.1f}")
    with_key = [(row["path"], parse_key(row["key"])) for row in rows if row.get("key")]
    print(f"Key, {len(with_key)} files                 MIREX  exact")
    for name, values in keys.items():
        scores = [mirex(values.get(path), key) for path, key in with_key]
        print(f"  {name:26s} {percent(scores):6.1f} {percent(s == 1 for s in scores):6.1f}")

    print("Right (Acc1; exact key) by the confidence that Resonance states:")
    known = [(path, bpm) for path, bpm in with_tempo if path in mine]
    print(" tempo")
    by_confidence(known, lambda row: mine[row[0]]["bpm_confidence"],
                  lambda row: tempo_hits(mine[row[0]]["bpm"], row[1])[0])
    print(" key")
    known = [(path, key) for path, key in with_key if path in mine]
    by_confidence(known, lambda row: mine[row[0]]["key_confidence"], lambda row: mine[row[0]]["key"] == row[1])


def agreement(program, folder):
    paths = sorted(os.path.join(os.path.abspath(folder), name) for name in os.listdir(folder)
                   if os.path.splitext(name)[1].lower() in SUFFIXES)
    mine, tempos, keys = estimates(program, [path for path in paths if os.path.isfile(path)])
    files = [path for path in mine if all(path in values for values in tempos.values())]
    print(f"Agreement on {len(files)} recordings; rows with columns")
    print("Tempo, Acc1/Acc2")
    for a, own in tempos.items():
        cells = []
        for b, other in tempos.items():
            hits = [tempo_hits(own[path], other[path]) for path in files]
            cells.append(f"{b}: {percent(h[0] for h in hits):.1f}/{percent(h[1] for h in hits):.1f}" if a != b else "")
        print(f"  {a:26s}", "  ".join(filter(None, cells)))
    print("Key, MIREX/exact")
    for a, own in keys.items():
        cells = []
        for b, other in keys.items():
            scores = [mirex(own[path], other[path]) for path in files]
            cells.append(f"{b}: {percent(scores):.0f}/{percent(s == 1 for s in scores):.0f}" if a != b else "")
        print(f"  {a:26s}", "  ".join(filter(None, cells)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", nargs="?")
    parser.add_argument("--agree", metavar="FOLDER")
    parser.add_argument("--program", default="build/bin/resonance")
    arguments = parser.parse_args()
    if not arguments.truth and not arguments.agree:
        parser.error("nothing to do: name a TRUTH.csv or --agree FOLDER")
    if arguments.truth:
        accuracy(arguments.program, arguments.truth)
    if arguments.agree:
        agreement(arguments.program, arguments.agree)


if __name__ == "__main__":
    main()
