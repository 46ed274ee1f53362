#!/usr/bin/env python3
"""Recall@10 against queries a second, one curve an index, as an SVG picture with its data beside it.

    recall_curves.py --out recall.svg [--title TEXT] NAME=RUN.json ...

RUN.json is what Google Benchmark writes of bench_graph_index, one run an index string:

    RESONANCE_VECTORS=rows.npy RESONANCE_QUERIES=queries.npy RESONANCE_ROWS=50000 RESONANCE_FACTORY=IVF256,Flat \\
      bench_graph_index --benchmark_filter='faiss_factory/nprobe:[0-9]+/k_factor:20/' \\
      --benchmark_out=RUN.json --benchmark_out_format=json

Queries a second are those of the CPU time, so that other work on the machine does not count. Beside the picture,
NAME.json of it has the points. Python's standard library only.
"""

import argparse
import json
import math
import pathlib
import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 44, 56
# Okabe and Ito's colours, which people with any colour vision can tell apart.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]


def points_of(path):
    """(setting, recall, queries a second of CPU time) of each benchmark of a run, by recall."""
    run = json.loads(pathlib.Path(path).read_text())
    microseconds = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}
    points = []
    for one in run["benchmarks"]:
        if one.get("run_type") == "aggregate" or "recall@10" not in one:
            continue
        setting = re.search(r"(nprobe|ef):(\d+)", one["name"])
        cpu_us = one["cpu_time"] * microseconds[one["time_unit"]]
        points.append({"setting": f"{setting.group(1)} {setting.group(2)}" if setting else one["name"],
                       "recall": one["recall@10"], "queries_per_cpu_s": 1e6 / cpu_us})
    if not points:
        sys.exit(f"{path} holds no benchmark that counts recall@10")
    return sorted(points, key=lambda point: (point["recall"], -point["queries_per_cpu_s"]))


class Axes:
    """Recall on a scale that opens towards 1 (by the share that is missed), queries a second on a logarithmic one."""

    def __init__(self, curves):
        everything = [point for points in curves.values() for point in points]
        self.most_missed = max(0.02, max(1 - point["recall"] for point in everything))
        self.least_missed = 0.0005
        rates = [point["queries_per_cpu_s"] for point in everything]
        self.low = 10 ** math.floor(math.log10(min(rates)))
        self.high = 10 ** math.ceil(math.log10(max(rates)))
        if self.high == self.low:
            self.high *= 10

    def x(self, recall):
        missed = min(max(1 - recall, self.least_missed), self.most_missed)
        share = math.log(self.most_missed / missed) / math.log(self.most_missed / self.least_missed)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, rate):
        share = math.log(rate / self.low) / math.log(self.high / self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def text(x, y, words, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def grid(axes):
    parts = []
    for recall in (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998):
        if 1 - recall > axes.most_missed:
            continue
        parts.append(line(axes.x(recall), TOP, axes.x(recall), HEIGHT - BOTTOM, "#ddd"))
        parts.append(text(axes.x(recall), HEIGHT - BOTTOM + 18, f"{recall:g}"))
    parts.append(text(WIDTH - RIGHT, HEIGHT - BOTTOM + 18, "0.9995 and more", "end"))
    rate = axes.low
    while rate <= axes.high:
        for step in (1, 2, 5):
            if rate * step <= axes.high:
                parts.append(line(LEFT, axes.y(rate * step), WIDTH - RIGHT, axes.y(rate * step), "#ddd"))
                parts.append(text(LEFT - 6, axes.y(rate * step) + 4, f"{rate * step:,g}", "end"))
        rate *= 10
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "recall@10"))
    parts.append(text(18, (TOP + HEIGHT - BOTTOM) / 2, "queries per CPU second, one thread",
                      extra=f' transform="rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2:.1f})"'))
    return parts


def curve(axes, points, colour):
    places = [(axes.x(point["recall"]), axes.y(point["queries_per_cpu_s"])) for point in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for (x, y), point in zip(places, points):
        words = f'{point["setting"]}: recall {point["recall"]:.4f}, {point["queries_per_cpu_s"]:,.0f} queries/s'
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"><title>{escape(words)}</title></circle>')
    return parts


def picture(curves, title):
    axes = Axes(curves)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             'font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
             text(WIDTH / 2, 24, title, extra=' font-size="15"'), *grid(axes)]
    for number, (name, points) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts += curve(axes, points, colour)
        y = TOP + 22 + 18 * number  # in the corner of fast and exact, which is empty
        parts.append(f'<rect x="{WIDTH - RIGHT - 26}" y="{y - 10}" width="14" height="10" fill="{colour}"/>')
        parts.append(text(WIDTH - RIGHT - 34, y, name, "end"))
    return "\n".join([*parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--title", default="Recall and speed")
    parser.add_argument("runs", nargs="+", metavar="NAME=RUN.json")
    arguments = parser.parse_args()
    curves = {}
    for run in arguments.runs:
        name, _, path = run.rpartition("=")
        if not name:
            parser.error(f"{run} is not NAME=RUN.json")
        curves[name] = points_of(path)
    arguments.out.write_text(picture(curves, arguments.title))
    arguments.out.with_suffix(".json").write_text(json.dumps({"title": arguments.title, "curves": curves}, indent=1) + "\n")


if __name__ == "__main__":
    main()
