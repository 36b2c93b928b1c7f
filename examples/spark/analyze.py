"""Analyzes a Parquet data set of call transcripts with Spark.

    spark-submit analyze.py CALLS OUT

The calls have a column `id` and `text` or `turns`, and perhaps `roles`, `lens` and `format`: what
`unsell.Engine.analyze` takes. OUT has a row for each call, with its scores and findings as lists, so that one pass
makes both; `scores` and `findings` below make tables of them. README.md tells the columns.
"""

import argparse
import functools
import json

import pyarrow as pa
from pyspark.sql import Observation, SparkSession, functions
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

GIVEN = ("text", "turns", "roles", "lens", "format")

# A batch is held whole, as Spark made it and as dicts, and a call may have a hundred kilobytes.
CALLS_IN_BATCH = 100

SCORE = pa.struct(
    {
        "axis": pa.string(),
        "speaker": pa.string(),
        "role": pa.string(),
        "words": pa.int64(),
        "index": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "evidence": pa.string(),
        "drains": pa.int64(),
        "drains_per_1000_words": pa.float64(),
        "builds": pa.int64(),
        "builds_per_1000_words": pa.float64(),
    }
)
FINDING = pa.struct(
    {
        "turn": pa.int64(),
        "line": pa.int64(),
        "col": pa.int64(),
        "time": pa.float64(),
        "speaker": pa.string(),
        "axis": pa.string(),
        "pole": pa.string(),
        "behaviour": pa.string(),
        "score": pa.float64(),
        "quote": pa.string(),
        "instead": pa.string(),
        "rules": pa.list_(pa.string()),
        "classifier_score": pa.float64(),
        "taken_back": pa.string(),
    }
)
REPORT = pa.schema(
    {
        "error": pa.string(),
        "format": pa.string(),
        "time_resolution": pa.string(),
        "turns": pa.int64(),
        "warnings": pa.list_(pa.string()),
        "engine": pa.struct({"version": pa.string(), "lexicon": pa.string(), "model": pa.string()}),
        "scores": pa.list_(SCORE),
        "findings": pa.list_(FINDING),
        "report": pa.string(),
    }
)

# What drains, and what builds.
POLES = {"selling": ("pushy", "leadership"), "leading": ("buy-in", "ownership")}


@functools.cache
def engine(detector):
    """The engine of this process.

    Spark forks its Python workers and keeps them from task to task, and an engine cannot be sent to one: each makes
    its own when it has a first call. Spark runs as many workers as it has cores, so each keeps to one thread.
    """
    import unsell  # Here, so that the machine that plans the job need not have it.

    return unsell.Engine(detector, jobs=1)


def score_rows(report):
    """For each axis how everyone judged on it comes out together, and then each of them."""
    everyone = {"name": None, "role": None, "words": None, "scores": report["scores"]}
    for speaker in (everyone, *report["speakers"]):
        for axis, score in speaker["scores"].items():
            if score:
                drains, builds = (score["poles"][pole] for pole in POLES[axis])
                yield {
                    **score,
                    "axis": axis,
                    "speaker": speaker["name"],
                    "role": speaker["role"],
                    "words": speaker["words"],
                    "drains": drains["count"],
                    "drains_per_1000_words": drains["per_1000_words"],
                    "builds": builds["count"],
                    "builds_per_1000_words": builds["per_1000_words"],
                }


def finding_rows(report):
    for finding in report["findings"]:
        evidence = finding["evidence"]
        yield {
            **finding,
            "rules": [one["rule"] for one in evidence if one["detector"] == "lexicon"],
            "classifier_score": next((one["score"] for one in evidence if one["detector"] == "classifier"), None),
            "taken_back": (finding.get("taken_back") or {}).get("quote"),
        }


def report_row(call, detector, shown, whole):
    """What becomes of a call. A bad one costs itself alone."""
    from unsell import UnsellError

    try:
        report = engine(detector).analyze(**call, **shown)
    except UnsellError as error:
        return {"error": str(error)}
    return {
        "format": report["source"]["format"],
        "time_resolution": report["source"]["time_resolution"],
        "turns": len(report["turns"]),
        "warnings": report["warnings"],
        "engine": report["engine"],
        "scores": list(score_rows(report)),
        "findings": list(finding_rows(report)),
        "report": json.dumps(report, ensure_ascii=False) if whole else None,
    }


def session(builder):
    """A session whose workers know this file, and are handed batches that fit into memory."""
    spark = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", CALLS_IN_BATCH).getOrCreate()
    spark.sparkContext.addPyFile(__file__)
    return spark


def reports(calls, by=(), detector=None, whole=False, **shown):
    """A data frame of reports on a data frame of calls; it has their `id` and the columns `by` as they are."""
    kept = list(dict.fromkeys(["id", *by]))
    given = [name for name in GIVEN if name in calls.columns]
    if not {"text", "turns"} & set(given):
        raise SystemExit(f"the calls have neither `text` nor `turns`, but {', '.join(calls.columns)}")

    def report_batches(batches):
        for batch in batches:
            # A map comes as pairs, where it is not asked for as a dict.
            called = batch.select(given).to_pylist(maps_as_pydicts="lossy")
            rows = [report_row(call, detector, shown, whole) for call in called]
            made = pa.RecordBatch.from_pylist(rows, schema=REPORT)
            columns = [*batch.select(kept).columns, *made.columns]
            yield pa.RecordBatch.from_arrays(columns, names=[*kept, *REPORT.names])

    columns = [calls.schema[name] for name in kept] + from_arrow_schema(REPORT).fields
    wanted = calls.select(*dict.fromkeys([*kept, *given]))
    return wanted.mapInArrow(report_batches, StructType(columns))


def scores(made):
    """The table of scores of a data frame of reports: a row for each score."""
    return made.select("id", functions.explode("scores").alias("one")).select("id", "one.*")


def findings(made):
    """The table of findings of a data frame of reports: a row for each finding."""
    return made.select("id", functions.explode("findings").alias("one")).select("id", "one.*")


def main():
    parser = argparse.ArgumentParser(description="Analyzes a Parquet data set of call transcripts.")
    parser.add_argument("calls", help="where the calls are")
    parser.add_argument("out", help="where the reports go; what is there is replaced")
    parser.add_argument("--detector", choices=("both", "lexicon", "classifier"), help="what finds the behaviours")
    parser.add_argument("--where", help="only these calls, in SQL: \"day = '2031-05-14'\"")
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that parts the reports into folders; only folders that get reports are replaced",
    )
    parser.add_argument("--tasks", type=int, help="shuffle the calls into as many tasks")
    parser.add_argument("--whole", action="store_true", help="keep whole reports too, as JSON")
    parser.add_argument("--redact", action="store_true", help="take out names, addresses and numbers of people")
    parser.add_argument("--no-text", action="store_true", help="take out all words and names")
    arguments = parser.parse_args()

    spark = session(SparkSession.builder.appName("unsell"))
    calls = spark.read.parquet(arguments.calls)
    if arguments.where:
        calls = calls.where(arguments.where)
    if arguments.tasks:
        calls = calls.repartition(arguments.tasks)
    made = reports(
        calls,
        by=arguments.by,
        detector=arguments.detector,
        whole=arguments.whole,
        redact=arguments.redact,
        no_text=arguments.no_text,
    )

    count = Observation()
    made = made.observe(count, functions.count("*").alias("all"), functions.count("error").alias("failed"))
    # A task's rows count when its first attempt to get through has written them all, and the files take their place
    # when all tasks are done: a retry adds nothing, and a job that fails half-way shows nothing.
    writer = made.write.mode("overwrite").partitionBy(*arguments.by)
    writer.option("partitionOverwriteMode", "dynamic").parquet(arguments.out)
    failed = count.get["failed"]
    print(f"{count.get['all'] - failed:,} done, {failed:,} failed")
    spark.stop()


if __name__ == "__main__":
    # By its name, so that a worker imports it once; what belongs to `__main__` is sent anew with each task, and the
    # engine of the task before would be lost.
    import analyze

    analyze.main()
