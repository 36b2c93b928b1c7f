"""The processes that a run of Spark has, as Linux tells of them."""

import os
import signal
import time
from pathlib import Path


def about(process, what):
    """A file that the system has on a process; empty where the process is gone."""
    try:
        return Path(f"/proc/{process}/{what}").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def parent_of(process):
    # Behind the name, which may have anything in it.
    fields = about(process, "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else 0


def below(root):
    """All processes that a process has started, and those that these have."""
    children = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        children.setdefault(parent_of(process), []).append(int(process))
    found, left = [], [root]
    while left:
        more = children.get(left.pop(), [])
        found += more
        left += more
    return found


def has_engine(process):
    """Whether it is a Python worker that has loaded unsell."""
    return "pyspark.daemon" in about(process, "cmdline") and "/unsell/" in about(process, "maps")


def is_analyzing(process):
    return has_engine(process) and about(process, "stat").rpartition(")")[2].split()[:1] == ["R"]


def is_executor(process):
    return "CoarseGrainedExecutorBackend" in about(process, "cmdline")


def kill(run, which, parent=None):
    """Kills the first process of a run that is such a one, or that one's forebear that is such; says which it was."""
    while run.poll() is None:
        for process in filter(which, below(run.pid)):
            while parent and not parent(process):
                process = parent_of(process)
            os.kill(process, signal.SIGKILL)
            return process
        time.sleep(0.01)
    raise AssertionError("the run was done before there was anything to kill")


def processor_seconds(root):
    """What a process and all below it have had of the processors."""
    ticks = 0
    for process in (root, *below(root)):
        ticks += sum(map(int, about(process, "stat").rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_memory(process):
    """The most memory that it has had at a time, in MB."""
    lines = about(process, "status").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0)
