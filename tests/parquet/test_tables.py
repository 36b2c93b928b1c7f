"""Parquet files of pandas and DuckDB in, tables out, read by both: they hold what the reports of a stream hold."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import duckdb
import pandas as pd

PROGRAM = os.environ["UNSELL"]
SAID = [
    ("Dana Reyes", "seller", "Sign today or the price is gone."),
    ("Sam Ortiz", "buyer", "I need to ask my team, it's \"their\" call. Écoute."),
    ("Dana Reyes", "seller", "Take the time you need, there is no rush on our side."),
]


def turns(at):
    return [
        {"speaker": speaker, "role": role, "start": 3.5 * n, "end": 3.5 * n + 3.0, "text": text}
        for n, (speaker, role, text) in enumerate(SAID * (at % 3 + 1))
    ]


def text(at):
    return "".join(f"{turn['speaker']}: {turn['text']}\n" for turn in turns(at))


def records(count=40):
    """Every fifth has nothing to read."""
    for at in range(count):
        said = {"text": text(at)} if at % 2 else {"turns": turns(at)}
        yield {"id": at, **(said if at % 5 != 4 else {}), "region": "north" if at % 3 else "south", "day": f"2026-03-{at % 28 + 1:02}"}


class Tables(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_program(self, *arguments, status=0, text=None):
        command = [PROGRAM, "analyze", *arguments, "--detector", "lexicon", "--no-config"]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, input=text, check=False)
        self.assertEqual(run.returncode, status, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def stream(self, records, *arguments, status=0):
        lines = "".join(json.dumps(record) + "\n" for record in records)
        return self.run_program("-", "--input-format", "jsonl", "--format", "jsonl", *arguments, status=status, text=lines)

    def alike(self, rows, stream):
        """Answers to rows and to lines, without what they say of where they come from."""
        self.assertEqual(len(rows), len(stream))
        for row, line in zip(rows, stream, strict=True):
            for answer in (row, line):
                for key in ("line", "file", "row"):
                    answer.pop(key, None)
                # JSON of the same turns may have other spaces.
                answer.get("source", {}).pop("sha256", None)
            self.assertEqual(row, line)

    def test_pandas_writes_what_the_program_reads(self):
        frame = pd.DataFrame(list(records()))
        stream = self.stream(records(), status=2)
        for packing in ("snappy", "zstd", "gzip", "lz4", None):
            frame.to_parquet(self.folder / "calls.parquet", compression=packing, index=False)
            self.alike(self.run_program("calls.parquet", "--format", "jsonl", status=2), stream)
        self.assertEqual(stream[1]["metadata"], {"region": "north", "day": "2026-03-02"})
        frame["region"] = frame["region"].astype("category")
        frame["day"] = pd.to_datetime(frame["day"], utc=True)
        frame.to_parquet(self.folder / "calls.parquet", row_group_size=7)
        rows = self.run_program("calls.parquet", "--format", "jsonl", status=2)
        self.assertEqual(rows[1]["metadata"], {"region": "north", "day": "2026-03-02T00:00:00Z"})
        self.assertEqual([row.get("findings") for row in rows], [line.get("findings") for line in stream])

    def test_duckdb_writes_what_the_program_reads(self):
        (self.folder / "calls.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records()))
        con = duckdb.connect()
        con.execute(f"CREATE TABLE calls AS FROM read_json('{self.folder}/calls.jsonl', columns={{'id': 'BIGINT', 'text': 'VARCHAR', "
                    "'turns': 'STRUCT(speaker VARCHAR, role VARCHAR, start DOUBLE, \"end\" DOUBLE, text VARCHAR)[]', "
                    "'region': 'VARCHAR', 'day': 'VARCHAR'})")
        stream = self.stream(records(), status=2)
        for packing in ("snappy", "zstd", "gzip", "lz4_raw", "uncompressed"):
            con.execute(f"COPY (FROM calls ORDER BY id) TO '{self.folder}/calls.parquet' (FORMAT parquet, COMPRESSION '{packing}')")
            self.alike(self.run_program("calls.parquet", "--format", "jsonl", status=2), stream)

        # A partitioned set; where a file lies is a field of its records.
        con.execute(f"COPY (FROM calls ORDER BY id) TO '{self.folder}/set' (FORMAT parquet, PARTITION_BY (region))")
        rows = self.run_program("set", "--format", "jsonl", status=2)
        by_id = {row["id"]: row for row in rows}
        self.assertEqual(set(by_id), set(range(40)))
        for line in stream:
            row = by_id[line["id"]]
            self.assertEqual(row.get("metadata"), line.get("metadata"))
            self.assertEqual(row.get("findings"), line.get("findings"))

    def test_a_row_for_each_turn(self):
        whole = [{"id": f"call {at}", "turns": turns(at), "region": "north"} for at in range(30)]
        rows = [{"id": record["id"], **turn, "region": "north"} for record in whole for turn in record["turns"]]
        stream = self.stream(whole)
        frame = pd.DataFrame(rows)
        frame.to_parquet(self.folder / "turns.parquet", row_group_size=11, index=False)
        self.alike(self.run_program("turns.parquet", "--format", "jsonl"), stream)
        con = duckdb.connect()
        con.execute(f"COPY (SELECT id AS call, * EXCLUDE id FROM frame ORDER BY id, start) TO '{self.folder}/turns.parquet' (FORMAT parquet)")
        answers = self.run_program("turns.parquet", "--id-column", "call", "--format", "jsonl")
        self.alike(answers, sorted(stream, key=lambda answer: answer["id"]))

    def test_both_read_the_tables(self):
        pd.DataFrame(list(records())).to_parquet(self.folder / "calls.parquet")
        self.run_program("calls.parquet", "--format", "parquet", "--out", "tables", status=2)
        reports = self.run_program("calls.parquet", "--format", "jsonl", status=2)
        done = [report for report in reports if "error" not in report]
        name = {table: str(self.folder / "tables" / f"{table}.parquet") for table in ("findings", "scores", "failures")}

        findings = pd.read_parquet(name["findings"])
        expected = [(str(report["id"]), found["behaviour"], found["quote"], found["score"]) for report in done for found in report["findings"]]
        self.assertGreater(len(expected), 50)
        self.assertEqual(list(findings[["id", "behaviour", "quote", "score"]].itertuples(index=False, name=None)), expected)
        self.assertEqual(str(findings["score"].dtype), "float64")
        self.assertEqual(str(findings["row"].dtype), "int64")
        self.assertEqual(str(findings["taken_back"].dtype), "bool")
        self.assertTrue(all(len(rules) > 0 for rules in findings["rules"]))

        scores = pd.read_parquet(name["scores"])
        together = scores[scores["speaker"].isna()]
        expected = [(str(report["id"]), axis, score["index"]) for report in done for axis, score in report["scores"].items() if score]
        self.assertEqual(list(together[["id", "axis", "index"]].itertuples(index=False, name=None)), expected)

        failures = pd.read_parquet(name["failures"])
        expected = [(str(report["id"]), report["row"], report["error"]) for report in reports if "error" in report]
        self.assertEqual(list(failures[["id", "row", "error"]].itertuples(index=False, name=None)), expected)

        con = duckdb.connect()
        for table, frame in (("findings", findings), ("scores", scores), ("failures", failures)):
            self.assertEqual(con.execute(f"SELECT count(*) FROM '{name[table]}'").fetchone()[0], len(frame))
            said = dict(con.execute(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{name[table]}')").fetchall())
            self.assertEqual(said["unsell.schema"], f"unsell.{table}/1")
        types = {column: kind for column, kind, *_ in con.execute(f"DESCRIBE FROM '{name['findings']}'").fetchall()}
        self.assertEqual((types["id"], types["turn"], types["rules"], types["score"], types["taken_back"]),
                         ("VARCHAR", "BIGINT", "VARCHAR[]", "DOUBLE", "BOOLEAN"))
        # The query that the documentation shows.
        joined = con.execute(f"SELECT c.region, f.behaviour, count(*) FROM '{name['findings']}' f "
                             f"JOIN '{self.folder}/calls.parquet' c ON f.id = c.id::VARCHAR GROUP BY ALL").fetchall()
        self.assertEqual(sum(count for *_, count in joined), len(findings))
        rates = con.execute(f"SELECT max(abs(drains_count * 1000 / words - drains_per_1000_words)) FROM '{name['scores']}'").fetchone()[0]
        self.assertLess(rates, 0.001)

    def test_tables_of_nothing_have_their_columns(self):
        pd.DataFrame({"id": pd.Series(dtype="int64"), "text": pd.Series(dtype="str")}).to_parquet(self.folder / "calls.parquet")
        self.run_program("calls.parquet", "--format", "parquet", "--out", "tables")
        for table, columns in (("findings", 24), ("scores", 22), ("failures", 4)):
            frame = pd.read_parquet(self.folder / "tables" / f"{table}.parquet")
            self.assertEqual(frame.shape, (0, columns))


if __name__ == "__main__":
    unittest.main()
