"""How fast the package is beside the program: the same files, one at a time and several at once.

    speed.py PROGRAM

Prints the least time for a file of each, and their ratio: on the clock, and of the processor, which other work on
the machine disturbs less. The time that the program takes to start is taken off.
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
    jobs = ["--jobs", str(jobs)] if jobs else []
    return lambda: subprocess.run([*command, *jobs], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def of_package(engine, files, jobs):
    if jobs == 1:
        return lambda: sum(len(engine.analyze(path=path)) > 0 for path in files)
    return lambda: sum(1 for _ in engine.analyze_many({"path": path} for path in files))


def compare(program, detector, jobs, number):
    engine = unsell.Engine(detector, jobs=jobs)
    with tempfile.TemporaryDirectory() as all, tempfile.TemporaryDirectory() as one:
        (Path(one) / "0.vtt").write_bytes(CALL.read_bytes())
        files = [Path(all) / f"{n:05}.vtt" for n in range(number + 1)]
        for file in files:
            file.write_bytes(CALL.read_bytes())
        ours = of_package(engine, files[1:], jobs)
        theirs = of_program(program, all, detector, jobs)
        start = of_program(program, one, detector, jobs)
        # In turns, so that what else the machine does falls on all alike.
        rounds = [(timed(ours), timed(theirs), timed(start)) for _ in range(ROUNDS)]
    for kind, name in enumerate(("clock", "processor")):
        package, whole, start = (min(time[kind] for time in times) for times in zip(*rounds))
        yield name, package / number * 1e3, (whole - start) / number * 1e3


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
