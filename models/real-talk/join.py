"""Joins the labels with the words that they are for, as rows that `unsell eval` reads.

    python models/real-talk/join.py test qmsum.jsonl real-talk.jsonl > held-out.jsonl
    unsell eval held-out.jsonl

Needs nothing but Python 3. Doubtful behaviours are not among the labels; rows that have some carry
`"kind": "doubtful"`.
"""

import json
import sys
from pathlib import Path


def words(files):
    """Each utterance's text and what was said before it, by id."""
    said = {}
    for file in files:
        before, conversation = "", None
        for line in open(file, encoding="utf-8"):
            row = json.loads(line)
            same = row["id"].rpartition(":")[0]
            prev = row.get("prev") or (before if same == conversation else "")
            said[row["id"]] = (prev, row["text"])
            before, conversation = row["text"], same
    return said


def main():
    split, *files = sys.argv[1:]
    said = words(files)
    for labels in sorted(Path(__file__).parent.glob("*.jsonl")):
        for line in open(labels, encoding="utf-8"):
            row = json.loads(line)
            if row["split"] != split or row["id"] not in said:
                continue
            prev, text = said[row["id"]]
            if "span" in row:
                start, end = row["span"]
                prev, text = (text[:start].strip() if start else prev), text[start:end].strip()
            kind = "real" if row["labels"] else "doubtful" if row.get("doubtful") else "neutral"
            out = {"id": row["id"], "role": "unknown", "prev": prev, "text": text}
            print(json.dumps({**out, "labels": row["labels"], "kind": kind, "round": row["round"]}))


if __name__ == "__main__":
    main()
