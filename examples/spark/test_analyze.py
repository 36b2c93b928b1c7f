"""Holds analyze.py on Spark to one engine on one machine, also while workers are killed under it.

TRANSCRIPTS says how many calls there are, a multiple of 20. Runs in an environment that has pyspark, pyarrow, pandas and unsell.
"""

import collections
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import pyarrow.dataset as dataset
import pyspark
import unsell
from pyspark.sql import SparkSession

import analyze
import processes
import transcripts

HERE = Path(__file__).resolve().parent
TRANSCRIPTS = int(os.environ.get("TRANSCRIPTS", 2_000))
# Two executors, each a process of its own with one core and a gigabyte, under a master: a small cluster.
CLUSTER = "local-cluster[2,1,1024]"
# A file of calls is a task, so that there are many; and what happened is kept where it can be read.
CONF = {
    "spark.sql.files.maxPartitionBytes": "4m",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
    "spark.ui.enabled": "false",
}
POLES = {"selling": ("pushy", "leadership"), "leading": ("buy-in", "ownership")}
DEADLINE = 1_200


def read(folder):
    """The rows of a data set, a few at a time."""
    for batch in dataset.dataset(folder, partitioning="hive").to_batches(batch_size=200, batch_readahead=1):
        yield from batch.to_pylist(maps_as_pydicts="lossy")


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def row(report):
    """What analyze.py is to make of a report, but for the report itself."""
    scores = []
    for name, role, words, of in [
        (None, None, None, report["scores"]),
        *((one["name"], one["role"], one["words"], one["scores"]) for one in report["speakers"]),
    ]:
        for axis in of:
            if (score := of[axis]) is not None:
                drains, builds = POLES[axis]
                scores.append([axis, name, role, words, score["index"], score["low"], score["high"], score["evidence"]])
                for pole in (drains, builds):
                    scores[-1] += score["poles"][pole]["count"], score["poles"][pole]["per_1000_words"]
    plain = ("turn", "line", "col", "time", "speaker", "axis", "pole", "behaviour", "score", "quote", "instead")
    findings = [
        [
            *map(finding.get, plain),
            [evidence["rule"] for evidence in finding["evidence"]],
            None,
            finding["taken_back"]["quote"] if finding.get("taken_back") else None,
        ]
        for finding in report["findings"]
    ]
    engine = [report["engine"][of] for of in ("version", "lexicon", "model")]
    source, turns = report["source"], len(report["turns"])
    return [None, source["format"], source["time_resolution"], turns, report["warnings"], engine, scores, findings]


def single_machine(folder):
    """For each call a digest of what it must come to, as `Engine.analyze_many` answers it; how many fail each day."""
    expected, failed = {}, collections.Counter()
    days = {call["id"]: str(call["day"]) for call in read(folder)}
    given = ({key: value for key, value in call.items() if key not in ("region", "day")} for call in read(folder))
    for answer in unsell.Engine("lexicon").analyze_many(given):
        call = answer.pop("id")
        if "error" in answer:
            failed[days[call]] += 1
            answer, made = None, [answer["error"], *[None] * 7]
        else:
            # A call by itself has no name.
            answer["source"]["path"] = "-"
            made = row(answer)
        assert call not in expected
        expected[call] = digest([made, answer])
    return expected, failed


def of_spark(made):
    """The same of a row that Spark has written."""
    made = dict(made)
    of = made.pop("report")
    fields = [made[name] for name in ("error", "format", "time_resolution", "turns", "warnings")]
    fields.append(made["engine"] and list(made["engine"].values()))
    fields += [made[name] and [list(one.values()) for one in made[name]] for name in ("scores", "findings")]
    return digest([fields, None if of is None else json.loads(of)])


class Spark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.work = Path(folder.name)
        cls.calls = cls.work / "calls"
        transcripts.write(cls.calls, TRANSCRIPTS)
        begun = time.perf_counter()
        cls.expected, cls.failed = single_machine(cls.calls)
        assert len(cls.expected) == TRANSCRIPTS
        print(f"{TRANSCRIPTS:,} calls, on one machine without Spark in {time.perf_counter() - begun:.1f} s", flush=True)

    def summary(self, days):
        """What a run over the first days is to say."""
        failed = sum(self.failed[f"2031-05-{day:02}"] for day in range(1, days + 1))
        return f"{TRANSCRIPTS * days // transcripts.DAYS - failed:,} done, {failed:,} failed"

    def submit(self, name, *arguments, master=CLUSTER):
        """Begins a run, the events of which go into a folder of its name."""
        events = self.work / name
        events.mkdir()
        command = [Path(sys.prefix) / "bin/spark-submit", "--master", master]
        for key, value in (CONF | {"spark.eventLog.dir": events.as_uri()}).items():
            command += ["--conf", f"{key}={value}"]
        command += [HERE / "analyze.py", self.calls, self.work / "reports", "--detector", "lexicon", "--by", "day"]
        environment = os.environ | {
            "SPARK_HOME": str(Path(pyspark.__file__).parent),
            "SPARK_WORKER_DIR": str(self.work / "executors"),
            "PYSPARK_PYTHON": sys.executable,
        }
        log = (self.work / f"{name}.log").open("w")
        self.addCleanup(log.close)
        return subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=self.work
        )

    def said(self, run, name):
        said, _ = run.communicate(timeout=DEADLINE)
        if run.returncode != 0:
            self.fail((self.work / f"{name}.log").read_text()[-5_000:])
        return said.strip()

    def ends(self, name):
        """How the tasks of a run have ended: a list of attempts, and of reasons."""
        [log] = (self.work / name).iterdir()
        with log.open(encoding="utf-8") as lines:
            events = [json.loads(line) for line in lines if "SparkListenerTaskEnd" in line]
        return [(event["Task Info"]["Attempt"], event["Task End Reason"]) for event in events]

    def check_reports(self):
        """That there is a report on each call, one and no more, and that it is the one expected."""
        seen = collections.Counter()
        for made in read(self.work / "reports"):
            seen[made["id"]] += 1
            self.assertEqual(of_spark(made), self.expected[made["id"]], made["id"])
        self.assertEqual(len(seen), TRANSCRIPTS)
        self.assertEqual(set(seen.values()), {1})

    def test_reports_are_those_of_a_single_machine(self):
        run = self.submit("once", "--whole")
        self.assertEqual(self.said(run, "once"), self.summary(transcripts.DAYS))
        self.check_reports()
        self.assertEqual({attempt for attempt, _ in self.ends("once")}, {0})

        with self.subTest("some of them anew"):
            run = self.submit("anew", "--whole", "--where", "day <= '2031-05-02'", master="local[2]")
            self.assertEqual(self.said(run, "anew"), self.summary(2))
            self.check_reports()

        with self.subTest("tables of them"):
            builder = SparkSession.builder.master("local[2]").config("spark.ui.showConsoleProgress", "false")
            spark = analyze.session(builder)
            self.addCleanup(spark.stop)
            reports = spark.read.parquet(str(self.work / "reports"))
            for table, name in (analyze.scores, "scores"), (analyze.findings, "findings"):
                kept = [(row["id"], one) for row in read(self.work / "reports") for one in row[name] or []]
                made = [(row.pop("id"), row) for row in table(reports).toArrow().to_pylist()]
                self.assertGreater(len(made), TRANSCRIPTS)
                self.assertEqual(collections.Counter(map(digest, made)), collections.Counter(map(digest, kept)))

    def test_what_is_killed_is_done_again_without_loss_or_double(self):
        shutil.rmtree(self.work / "reports", ignore_errors=True)
        run = self.submit("killed", "--whole")
        # Two Python workers while they analyze, and then an executor with all that it runs.
        for parent in (None, None, processes.is_executor):
            processes.kill(run, processes.is_analyzing, parent)
            # Until Spark has noticed, which it would not if its executor were killed as well.
            time.sleep(1)
        self.assertEqual(self.said(run, "killed"), self.summary(transcripts.DAYS))
        self.check_reports()

        ends = self.ends("killed")
        failures = collections.Counter(
            "a worker was killed" if "Python worker exited" in str(reason) else reason["Reason"]
            for _, reason in ends
            if reason["Reason"] != "Success"
        )
        again = sum(attempt > 0 and reason["Reason"] == "Success" for attempt, reason in ends)
        print(f"killed: {dict(failures)}; {again} tasks got through at a later attempt", flush=True)
        self.assertGreaterEqual(failures["a worker was killed"], 1)
        self.assertGreaterEqual(failures["ExecutorLostFailure"], 1)
        self.assertGreaterEqual(again, 2)


if __name__ == "__main__":
    unittest.main()
