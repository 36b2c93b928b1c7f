"""How fast the package is beside the program: the same files, one at a time and several at once.

    speed.py PROGRAM

Prints the least time for a file of each, and their ratio. The time that the program takes to start is taken off.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import unsell

ROUNDS = 7
CALL = Path(__file__).resolve().parents[2] / "examples/clinic-scheduling.vtt"


def timed(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def of_program(program, folder, detector, jobs):
    command = [program, "analyze", folder, "--no-config", "--detector", detector, "--format", "jsonl"]
    jobs = ["--jobs", str(jobs)] if jobs else []
    return lambda: subprocess.run([*command, *jobs], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def of_package(engine, files, jobs):
    if jobs == 1:
        return lambda: [engine.analyze(path=path) for path in files]
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
    package, whole, start = (min(times) for times in zip(*rounds))
    return package / number, (whole - start) / number


def main():
    program = sys.argv[1]
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    print(f"{version.strip()}, {os.cpu_count()} processors, best of {ROUNDS}")
    for detector, number in ("lexicon", 400), ("both", 60):
        for jobs in (1, None):
            try:
                package, peer = compare(program, detector, jobs, number)
            except unsell.UnsellError as error:
                print(f"{detector}: {error}")
                break
            way = "one at a time" if jobs else "several at once"
            print(f"{detector:8} {way:15} {package * 1e3:8.3f} ms, program {peer * 1e3:8.3f} ms: {package / peer:.3f}")
    report = unsell.Engine("lexicon").analyze(path=CALL)
    text = json.dumps(report)
    print(f"its JSON alone would be read in {min(timed(lambda: json.loads(text)) for _ in range(99)) * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
