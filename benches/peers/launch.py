"""Runs a program and notes what it took: `launch.py NOTES CORES PROGRAM ARGUMENTS`.

A process counts the memory of the one that it was forked from as its own peak, so the fork is made here,
where next to nothing is loaded, and not in a runner with its libraries.
"""

import os
import sys
import time

notes, cores, *command = sys.argv[1:]
start = time.perf_counter()
pid = os.fork()
if pid == 0:
    if cores:
        os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    os.execv(command[0], command)
_, status, used = os.wait4(pid, 0)
seconds = time.perf_counter() - start
with open(notes, "w") as file:
    print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss, file=file)
sys.exit(os.waitstatus_to_exitcode(status))
