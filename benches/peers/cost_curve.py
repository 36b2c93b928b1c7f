"""How time and memory grow with transcripts, words, rules and cores.

`benches/cost_curve` writes the tables of docs/performance.md between its two marks and the figure
docs/performance/cost-curve.svg. The lexicon alone; reports as JSON lines into a pipe, which counts
their bytes and keeps none.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

import bench

CALL = 60_000
# What a word of talk takes, with its blank and its part of the names.
WORD = 6
DOCUMENT = bench.ROOT / "docs/performance.md"
FIGURE = bench.ROOT / "docs/performance/cost-curve.svg"
BEGIN, END = "<!-- measured: benches/cost_curve -->", "<!-- end of what is measured -->"
# What the year of a hundred million calls is worked out with.
YEAR = 365 * 24 * 3600
CALLS = 100_000_000
CORE_HOUR = 0.04


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unsell", help="a program to measure instead of one built now")
    parser.add_argument("--most", type=int, default=10_000, help="the largest number of transcripts")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, the quickest counts")
    return parser.parse_args()


def analyze(unsell, folder, *more):
    return [unsell, "analyze", "--no-config", "--detector", "lexicon", "--format", "jsonl", folder, *more]


class Curve:
    """One figure: rows of what grows, with what each took."""

    def __init__(self, title, unit, note):
        self.title, self.unit, self.note, self.rows = title, unit, note, []

    def add(self, value, size, used):
        self.rows.append((value, size, used))

    def table(self):
        lines = [
            f"### {self.title}",
            "",
            self.note,
            "",
            f"| {self.unit} | transcripts' MB | seconds | CPU seconds | MB/s | peak memory, MB |",
            "|---:|---:|---:|---:|---:|---:|",
        ]
        for value, size, used in self.rows:
            lines.append(
                f"| {value:,} | {size / 1e6:,.1f} | {used.seconds:,.3f} | {used.cpu:,.3f} "
                f"| {size / used.seconds / 1e6:,.1f} | {used.peak / 1e6:,.0f} |"
            )
        return lines + [""]


def folder_bytes(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def by_transcripts(unsell, work, most, rounds):
    curve = Curve("Transcripts", "transcripts", "Calls of an hour, 60 kB each, all cores.")
    count = 1
    while count <= most:
        folder = work / f"transcripts-{count}"
        bench.helper("folder", count, CALL, folder)
        # Long runs vary little and need no repeats.
        used = bench.usage(analyze(unsell, folder), rounds if count <= 1000 else 1)
        curve.add(count, folder_bytes(folder), used)
        if count * 10 <= most:
            shutil.rmtree(folder)
        count *= 10
    return curve, folder


def by_words(unsell, work, rounds):
    curve = Curve("Words in a transcript", "words", "Ten transcripts of each length, one core.")
    for words in [1_000, 3_000, 10_000, 30_000, 100_000]:
        folder = work / f"words-{words}"
        bench.helper("folder", 10, words * WORD, folder)
        used = bench.usage(analyze(unsell, folder, "--jobs", "1"), rounds, cores=first_cores(1))
        curve.add(words, folder_bytes(folder), used)
    return curve


def by_rules(unsell, work, rounds):
    curve = Curve("Rules", "rules", "A hundred calls, one core; what more rules are is told in `benches/common/rules.rs`.")
    folder = work / "rules-talk"
    bench.helper("folder", 100, CALL, folder)
    for count in [200, 800, 1500, 3000]:
        package = work / f"rules-{count}"
        bench.helper("rules", count, package)
        command = analyze(unsell, folder, "--jobs", "1", "--lexicon", package)
        curve.add(count, folder_bytes(folder), bench.usage(command, rounds, cores=first_cores(1)))
    return curve


def by_cores(unsell, folder, rounds):
    curve = Curve("Cores", "cores", "The largest folder of the first table.")
    have = len(os.sched_getaffinity(0))
    count = 1
    while count <= have:
        command = analyze(unsell, folder, "--jobs", str(count))
        curve.add(count, folder_bytes(folder), bench.usage(command, rounds, cores=first_cores(count)))
        count *= 2
    return curve


def first_cores(count):
    return sorted(os.sched_getaffinity(0))[:count]


def draw(curves):
    figure, places = plt.subplots(2, 4, figsize=(13, 5.6), sharey="row")
    for column, curve in enumerate(curves):
        values = [value for value, _, _ in curve.rows]
        for row, (name, of) in enumerate(
            [("seconds", lambda used: used.seconds), ("peak memory, MB", lambda used: used.peak / 1e6)]
        ):
            place = places[row][column]
            place.plot(values, [of(used) for _, _, used in curve.rows], marker="o", color="#22577a")
            place.set_xscale("log")
            place.set_yscale("log")
            place.set_xticks(values, [f"{value:,}" for value in values], fontsize=7)
            place.minorticks_off()
            place.grid(True, alpha=0.3)
            if row == 0:
                place.set_title(curve.title)
            else:
                place.set_xlabel(curve.unit)
            if column == 0:
                place.set_ylabel(name)
    figure.tight_layout()
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


def a_year(largest):
    """A hundred million calls a year, worked out from the largest folder."""
    _, size, used = largest
    calls = size / CALL
    cpu = used.cpu / calls
    cores = CALLS * cpu / YEAR
    hours = CALLS * cpu / 3600
    read, written = CALLS * CALL, CALLS * used.written / calls
    return [
        "### A hundred million calls a year",
        "",
        f"Worked out from the largest folder, at {1000 * cpu:.2f} ms of one core a call of an hour (60 kB of text,",
        f"{used.written / calls / 1e3:,.0f} kB of report as JSON lines), and {CORE_HOUR} dollars a core-hour, which is an assumption.",
        "",
        "| | a year | a second |",
        "|---|---:|---:|",
        f"| calls | {CALLS:,} | {CALLS / YEAR:,.1f} |",
        f"| core-hours | {hours:,.0f} | {cores:.3f} cores kept busy |",
        f"| dollars | {hours * CORE_HOUR:,.2f} | |",
        f"| text read | {read / 1e12:,.1f} TB | {read / YEAR / 1e6:,.2f} MB |",
        f"| reports written | {written / 1e12:,.1f} TB | {written / YEAR / 1e6:,.2f} MB |",
        "",
    ]


def main():
    given = arguments()
    unsell = bench.program(given.unsell)
    with tempfile.TemporaryDirectory(prefix="unsell-curve-") as work:
        work = Path(work)
        transcripts, largest = by_transcripts(unsell, work, given.most, given.rounds)
        cores = by_cores(unsell, largest, 1)
        shutil.rmtree(largest)
        curves = [transcripts, by_words(unsell, work, given.rounds), by_rules(unsell, work, given.rounds), cores]
    draw(curves)
    lines = [
        BEGIN,
        "",
        f"Measured by `benches/cost_curve` on {bench.today()}, commit {bench.commit()}: {bench.machine()}.",
        "",
        "![Time and memory against transcripts, words, rules and cores](performance/cost-curve.svg)",
        "",
    ]
    for curve in curves:
        lines += curve.table()
    lines += a_year(transcripts.rows[-1])
    lines.append(END)
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    DOCUMENT.write_text(before + "\n".join(lines) + after)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
