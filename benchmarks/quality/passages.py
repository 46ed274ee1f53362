#!/usr/bin/env python3
"""How often a passage cut out of a track and encoded otherwise finds the track, and the place in it.

    passages.py --resonance build/bin/resonance --catalog CATALOG [--seed 1] [--kbit 64] [--seconds 18] [--every 1]

CATALOG was made by `resonance index --segments FOLDER`. From every track that is long enough one passage is cut at
a random time (the seed says which), encoded as MP3 by ffmpeg, and asked for as a person would:
`resonance query --audio PASSAGE.mp3 --granularity segments`. Printed: how often its track comes first, how often the
time that is found is right within 4 s (of all), and what a query takes.
"""

import argparse
import json
import pathlib
import random
import resource
import sqlite3
import statistics
import subprocess
import tempfile
import time


def tracks_of(catalog):
    """Paths and durations of the tracks."""
    with sqlite3.connect(f"file:{catalog / 'tracks.db'}?mode=ro", uri=True) as database:
        for path, duration_s in database.execute("SELECT path, duration_s FROM tracks ORDER BY key"):
            yield path.decode(), duration_s


def cut(path, start_s, seconds, kbit, out):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", f"{start_s:.3f}", "-t", str(seconds), "-i", path, "-vn",
                    "-c:a", "libmp3lame", "-b:a", f"{kbit}k", out], check=True)


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def ask(arguments, question):
    """The answer, and the CPU and wall-clock seconds of the process."""
    cpu, wall = cpu_of_children(), time.perf_counter()
    done = subprocess.run([arguments.resonance, "query", "--catalog", str(arguments.catalog), "--granularity", "segments",
                           "--topk", "5", "--format", "json", *question], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["results"], cpu_of_children() - cpu, time.perf_counter() - wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resonance", required=True)
    parser.add_argument("--catalog", required=True, type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kbit", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=18)
    parser.add_argument("--every", type=int, default=1, help="of the tracks, every so many")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    asked = first = in_time = 0
    cpu_file, cpu_track, wall_track = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        passage = str(pathlib.Path(folder) / "passage.mp3")
        for path, duration_s in list(tracks_of(arguments.catalog))[::arguments.every]:
            if duration_s < arguments.seconds + 2:
                continue
            start_s = rng.uniform(0, duration_s - arguments.seconds)
            cut(path, start_s, arguments.seconds, arguments.kbit, passage)
            results, cpu, _ = ask(arguments, ["--audio", passage])
            asked += 1
            cpu_file.append(cpu)
            found = bool(results) and results[0]["path"] == path
            first += found
            if found:
                pair = results[0]
                place_s = pair["passage"]["start_s"] - pair["seed_passage"]["start_s"]
                in_time += abs(place_s - start_s) <= 4
            if asked % 4 == 1:
                _, cpu, wall = ask(arguments, ["--track", path])
                cpu_track.append(cpu)
                wall_track.append(wall)
    print(f"{asked} passages of {arguments.seconds:g} s, MP3 at {arguments.kbit} kbit/s")
    print(f"track found first       {first / asked:.3f}")
    print(f"and the time within 4 s {in_time / asked:.3f}")
    print(f"query by a passage of a file, CPU s:  median {statistics.median(cpu_file):.3f}")
    print(f"query by any passage of a track, CPU s: median {statistics.median(cpu_track):.3f}, "
          f"wall median {statistics.median(wall_track):.3f}, most {max(wall_track):.3f}")


if __name__ == "__main__":
    main()
