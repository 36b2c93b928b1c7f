"""How fast the package is beside the program: the same files, one at a time and several at once.

    speed.py PROGRAM

Prints the least time for a file of each, and their ratio: on the clock, and of the processor, which other work on
the machine disturbs less. Each round has a process of its own, of the program and of Python, since where a process has
its memory makes it a few hundredths quicker or slower for as long as it lives. The time for a single file, which is
mostly that to start, is taken off.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import unsell

ROUNDS = 7
CALL = Path(__file__).resolve().parents[2] / "examples/clinic-scheduling.vtt"


def spent():
    """Seconds on the clock, and seconds of the processor that this process and those that it ran have had."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)


def timed(work):
    begun = spent()
    work()
    return [end - start for start, end in zip(begun, spent())]


def of_program(program, folder, detector, jobs):
    command = [program, "analyze", folder, "--no-config", "--detector", detector, "--format", "jsonl"]
    return [*command, *(["--jobs", str(jobs)] if jobs else [])]


PACKAGE = """
import pathlib, sys, unsell
folder, detector, jobs = sys.argv[1:]
files = sorted(pathlib.Path(folder).iterdir())
engine = unsell.Engine(detector, jobs=int(jobs) or None)
if jobs == "1":
    done = sum(len(engine.analyze(path=file)) > 0 for file in files)
else:
    done = sum("error" not in report for report in engine.analyze_many({"path": file} for file in files))
assert done == len(files)
"""


def of_package(folder, detector, jobs):
    return [sys.executable, "-I", "-c", PACKAGE, folder, detector, str(jobs or 0)]


def compare(program, detector, jobs, number):
    unsell.Engine(detector)  # Says so where the package has no classifier.
    with tempfile.TemporaryDirectory() as all, tempfile.TemporaryDirectory() as one:
        for folder, files in ((all, number + 1), (one, 1)):
            for n in range(files):
                (Path(folder) / f"{n:05}.vtt").write_bytes(CALL.read_bytes())
        commands = [of_package(all, detector, jobs), of_package(one, detector, jobs)]
        commands += [of_program(program, all, detector, jobs), of_program(program, one, detector, jobs)]
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # In turns, so that what else the machine does falls on all alike.
        rounds = [[timed(lambda: subprocess.run(command, **quiet)) for command in commands] for _ in range(ROUNDS)]
    for kind, name in enumerate(("clock", "processor")):
        ours, our_start, theirs, their_start = (min(time[kind] for time in times) for times in zip(*rounds))
        yield name, (ours - our_start) / number * 1e3, (theirs - their_start) / number * 1e3


def main():
    program = sys.argv[1]
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    print(f"{version.strip()}, {os.cpu_count()} processors, best of {ROUNDS}")
    for detector, number in ("lexicon", 400), ("both", 60):
        for jobs in (1, None):
            way = "one at a time" if jobs else "several at once"
            try:
                for kind, package, peer in compare(program, detector, jobs, number):
                    print(f"{detector:8} {way:16} {kind:10} {package:8.3f} ms, program {peer:8.3f} ms: {package / peer:.3f}")
            except unsell.UnsellError as error:
                print(f"{detector:8} {error}")
                break
    report = unsell.Engine("lexicon").analyze(path=CALL)
    text = json.dumps(report)
    print(f"its JSON alone would be read in {min(timed(lambda: json.loads(text)) for _ in range(99))[0] * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
