"""What the runners share: the machine, the program, and times."""

import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The helper needs no classifier, and without it builds in a fraction of the time.
HELPER = ["cargo", "bench", "--quiet", "--no-default-features", "--bench", "peers", "--"]


def helper(*arguments):
    """Runs `benches/peers/main.rs` and gives what it prints."""
    command = HELPER + [str(argument) for argument in arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def program(given):
    """The program to measure: one that is there already, or built now."""
    if given:
        return Path(given).resolve()
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/unsell"


def version(command):
    """The first line that a program says of itself."""
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[0].strip()


def machine():
    """Processor, cores and system, in a phrase."""
    model = platform.processor() or "unknown processor"
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def today():
    """The day, for the record."""
    return date.today().isoformat()


def commit():
    """The state of the project, short."""
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return run.stdout.strip() or "unknown"


def quickest(run, rounds):
    """The quickest of so many runs in seconds, after one that does not count: what else runs on a machine
    only ever makes it slower."""
    run()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def alone():
    """Keeps this process and its children to one core, so that every peer has the same."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


class Usage:
    """What a program took: seconds on the clock, seconds of all cores, bytes at its peak and written."""

    def __init__(self, command, cores=()):
        launch = Path(__file__).with_name("launch.py")
        with tempfile.TemporaryDirectory() as folder:
            notes = Path(folder) / "notes"
            cores = ",".join(map(str, cores))
            launched = [sys.executable, "-I", "-S", launch, notes, cores, *command]
            process = subprocess.Popen(launched, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.written = 0
            while chunk := process.stdout.read(1 << 20):
                self.written += len(chunk)
            if process.wait() != 0:
                sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
            seconds, cpu, peak = map(float, notes.read_text().split())
        self.seconds, self.cpu = seconds, cpu
        # Kilobytes on Linux, bytes elsewhere.
        self.peak = peak * (1024 if sys.platform == "linux" else 1)


def usage(command, rounds, cores=()):
    """What the quickest of so many runs took."""
    return min((Usage(command, cores) for _ in range(rounds)), key=lambda run: run.seconds)
