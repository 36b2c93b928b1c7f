"""Makes a data set of calls to try things on, always the same for the same number.

    transcripts.py FOLDER NUMBER

The lines are those that rules were written from (models/corpus, the train split), put together at random into calls
and notes of very different lengths, in four formats; the examples are among them, and about one in a hundred is bad.
"""

import json
import math
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

ROOT = Path(__file__).resolve().parents[2]
DAYS = 20
PEOPLE = ["Dana Reyes", "Sam Ortiz", "Ike Lund", "Noor Halvard", "Tobin Askew", "Yara Benning", "Corvin Slate"]
ROLES = {"selling": ("seller", "buyer"), "leading": ("leader", "member")}
BAD = [
    {"text": None},
    {"text": ""},
    {"text": '{"a": 1}'},
    {"format": "word"},
    {"roles": {"Dana Reyes": "selller"}},
]
TURN = pa.struct({"speaker": pa.string(), "start": pa.float64(), "end": pa.float64(), "text": pa.string()})
CALLS = pa.schema(
    {
        "id": pa.string(),
        "text": pa.string(),
        "turns": pa.list_(TURN),
        "roles": pa.map_(pa.string(), pa.string()),
        "format": pa.string(),
        "region": pa.string(),
    }
)


def corpus():
    """For each axis ordinary exchanges and those in which something is to be found: what was said before, and then."""
    lines = {axis: ([], []) for axis in ROLES}
    for path in sorted((ROOT / "models/corpus").glob("*.jsonl")):
        with path.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                if row["split"] == "train" and row["form"] == "speech" and row["axis"] in lines and row.get("prev"):
                    lines[row["axis"]][bool(row["labels"])].append((row["prev"], row["text"]))
    return lines


def vtt(turns):
    def clock(seconds):
        return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{seconds % 60:06.3f}"

    cues = (
        f"{n}\n{clock(turn['start'])} --> {clock(turn['end'])}\n{turn['speaker']}: {turn['text']}\n"
        for n, turn in enumerate(turns, 1)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def call(chance, lines):
    """Something that was said or written, at random."""
    axis = chance.choice(list(ROLES))
    people = chance.sample(PEOPLE, 2)
    # Half have under sixty exchanges, one in fifty some five hundred.
    exchanges = min(1_500, math.ceil(chance.lognormvariate(math.log(60), 1)))
    turns, now = [], 1.0
    for _ in range(exchanges):
        before, then = chance.choice(lines[axis][chance.random() < 0.15])
        for speaker, text in zip(reversed(people), (before, then)):
            end = now + len(text) / 15
            turns.append({"speaker": speaker, "start": round(now, 3), "end": round(end, 3), "text": text})
            now = end + chance.random()
    made = {"roles": dict(zip(people, ROLES[axis]))} if chance.random() < 0.5 else {}
    match chance.randrange(4):
        case 0:
            return made | {"text": vtt(turns)}
        case 1:
            return made | {"turns": turns}
        case 2:
            return {"text": "\n\n".join(turn["text"] for turn in turns[1::2])}
        case _:
            return made | {"text": "".join(f"{turn['speaker']}: {turn['text']}\n" for turn in turns)}


def calls(number):
    """As many calls; no two have the same `id`."""
    chance, lines = random.Random(8), corpus()
    examples = [
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "examples").iterdir())
        if path.is_file() and path.name not in ("README.md", "roles.toml")
    ]
    for n in range(number):
        made = {"text": examples[n // 50 % len(examples)]} if n % 50 == 7 else call(chance, lines)
        if n % 97 == 42:
            made |= {"text": "Dana Reyes: Morning.\n", "turns": None} | BAD[n // 97 % len(BAD)]
        yield made | {"id": f"call-{n:06}", "region": chance.choice(["north", "south"])}


def write(folder, number):
    """A folder for each day, as such data sets have."""
    days = [[] for _ in range(DAYS)]
    for n, made in enumerate(calls(number)):
        days[n % DAYS].append(pa.RecordBatch.from_pylist([made], schema=CALLS))
    for day, rows in enumerate(days, 1):
        part = Path(folder) / f"day=2031-05-{day:02}"
        part.mkdir(parents=True)
        # Row groups are what Spark can divide among tasks.
        table = pa.Table.from_batches(rows, CALLS).combine_chunks()
        parquet.write_table(table, part / "calls.parquet", row_group_size=250)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]))
