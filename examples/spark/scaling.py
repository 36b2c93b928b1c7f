"""How much sooner two cores are done than one.

    scaling.py CALLS

Analyzes a data set of calls by one engine on one core without Spark, then by Spark on one core and on two, and prints
the least seconds of each, and the seconds of the processor that it had in them, which tell how much other work the
machine did meanwhile. Each has a process of its own that can use no other cores. The start of Spark and a first round
that warms up are not in them; what it takes to read, hand over and write is.
"""

import multiprocessing
import os
import sys
import tempfile
import time

import pyarrow.dataset as dataset
import unsell
from pyspark.sql import SparkSession

import analyze
import processes

ROUNDS = 3


def timed(work):
    """Seconds on the clock, and of the processor, of the quickest round."""
    rounds = []
    for _ in range(1 + ROUNDS):
        begun, had = time.perf_counter(), processes.processor_seconds(os.getpid())
        work()
        rounds.append((time.perf_counter() - begun, processes.processor_seconds(os.getpid()) - had))
    return min(rounds[1:])


def without_spark(calls):
    engine = unsell.Engine("lexicon", jobs=1)
    data = dataset.dataset(calls)
    given = [name for name in analyze.GIVEN if name in data.schema.names]

    def work():
        for batch in data.to_batches(columns=given, batch_size=analyze.CALLS_IN_BATCH, batch_readahead=1):
            for call in batch.to_pylist(maps_as_pydicts="lossy"):
                try:
                    engine.analyze(**call)
                except unsell.UnsellError:
                    pass

    return timed(work)


def with_spark(calls, cores):
    """And the most memory that a Python worker had, in MB."""
    # A file of calls is a task.
    builder = SparkSession.builder.master(f"local[{cores}]").config("spark.sql.files.maxPartitionBytes", "4m")
    spark = analyze.session(builder.config("spark.ui.showConsoleProgress", "false"))
    reports = analyze.reports(spark.read.parquet(calls), detector="lexicon")
    with tempfile.TemporaryDirectory() as out:
        took = timed(lambda: reports.write.mode("overwrite").parquet(out))
    memory = max(map(processes.peak_memory, filter(processes.has_engine, processes.below(os.getpid()))))
    spark.stop()
    return took, memory


def apart(cores, work, *arguments):
    """What some work gives in a process of its own that has so many cores; the Java that it starts has no more."""
    processors = sorted(os.sched_getaffinity(0))[:cores]
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(1, os.sched_setaffinity, (0, processors)) as pool:
        return pool.apply(work, arguments)


def main():
    [calls] = sys.argv[1:]
    os.environ["PYSPARK_PYTHON"] = sys.executable
    number = dataset.dataset(calls).count_rows()
    alone = apart(1, without_spark, calls)
    (one, memory), (two, _) = (apart(cores, with_spark, calls, cores) for cores in (1, 2))
    print(f"{number:,} calls, quickest of {ROUNDS} rounds")
    for name, (clock, processor) in ("one core, no Spark", alone), ("Spark on one core", one), ("Spark on two", two):
        each = processor / number * 1e3
        print(f"{name:18} {clock:7.1f} s, of the processor {processor:7.1f} s: {each:.2f} ms a call")
    print(f"two cores are {one[0] / two[0]:.2f} times as fast as one; a Python worker had {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
