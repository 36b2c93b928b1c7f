"""Fits neutral.json beside a network: which texts are so clearly neutral that it need not run.

    python models/neutral.py --unsell target/release/unsell --data ../shared/data/qmsum-train.jsonl ...

What it learns is the network's own answer, as `unsell label` gives it, over the train part of the corpus and
of the real conversations (24,000 of their utterances), whose words `--data` holds, as `unsell train --extra`: first a
regression on words, pairs and threes, and then a small layer on what that says and on the averaged word vectors. The
threshold is the highest at which the network's F1 is lower by no more than `--lost`, on written lines of the dev part and
on real ones. Run it after `unsell train`; a network refuses the file of another. Needs what requirements.txt lists.
"""

import argparse
import base64
import hashlib
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "real-talk"))
import join  # noqa: E402

WEIGHTS = 1 << 16
BEFORE = 12
HIDDEN = 128
MOST_WORDS = 50


def rows(data):
    """Train and dev rows: {id, role, prev, text, labels}."""
    train, dev = [], []
    for file in sorted((HERE / "corpus").glob("*.jsonl")):
        for line in open(file, encoding="utf-8"):
            row = json.loads(line)
            if row["split"] in ("train", "dev"):
                kept = {key: row.get(key) or "" for key in ("id", "role", "prev", "text", "labels")}
                (train if row["split"] == "train" else dev).append(kept)
    said = join.words(data)
    split = {}
    for file in sorted((HERE / "real-talk").glob("*.jsonl")):
        for line in open(file, encoding="utf-8"):
            row = json.loads(line)
            split[row["id"].rpartition(":")[0]] = row["split"]
            if row["split"] == "dev" and row["id"] in said:
                prev, text = said[row["id"]]
                if "span" in row:
                    start, end = row["span"]
                    prev, text = (text[:start].strip() if start else prev), text[start:end].strip()
                dev.append({"id": row["id"], "role": "unknown", "prev": prev, "text": text, "labels": row["labels"]})
    # A test conversation is not even listened to.
    ids = [id for id in said if split.get(id.rpartition(":")[0], "train") == "train"]
    random.Random(1).shuffle(ids)
    for id in ids[:24000]:
        prev, text = said[id]
        words = text.split()
        start = random.Random(id).randrange(max(1, len(words) - MOST_WORDS + 1))
        text = " ".join(words[start : start + MOST_WORDS])
        train.append({"id": id, "role": "unknown", "prev": prev, "text": text, "labels": []})
    return train, dev


def answers(unsell, model, rows):
    """How far over its threshold the strongest behaviour of each row is, in log odds: alone, or fused."""
    heads = json.loads((model / "heads.json").read_text())
    fusion = heads["fusion"]
    lines = "".join(json.dumps({key: row[key] for key in ("role", "prev", "text")}) + "\n" for row in rows)
    command = [unsell, "label", "--detector", "classifier", "--model", str(model)]
    out = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    logit = lambda p: numpy.log(p / (1 - p))  # noqa: E731
    over, found = [], []
    for row, line in zip(rows, out.splitlines(), strict=True):
        answer = json.loads(line)
        scores = numpy.array([answer["scores"][head["id"]] for head in heads["behaviours"]])
        log_odds = logit(scores.clip(1e-6, 1 - 1e-6))
        known = "unknown" if row["role"] == "unknown" else "known"
        alone = numpy.array([head["classifier"]["threshold"][known] for head in heads["behaviours"]])
        both = numpy.array([head["both"][known] for head in heads["behaviours"]])
        fused = (fusion["classifier"] * log_odds + fusion["shift"] - logit(both)) / fusion["classifier"]
        over.append(max((log_odds - logit(alone)).max(), fused.max()))
        found.append(set(answer["labels"]))
    return numpy.array(over), found


class Features:
    """Those of src/classifier/neutral.rs."""

    def __init__(self, model):
        self.tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.limits = json.loads((model / "heads.json").read_text())["input"]
        stored, name = load_file(model / "model.safetensors"), "embeddings.word_embeddings.weight"
        self.words = stored[name] * stored[f"{name}.scale"][:, None]

    def tokens(self, texts):
        return [e.ids for e in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def of(self, rows):
        """Of each row the features of the regression, and its averaged word vectors."""
        role = {"unknown": "someone"}
        roles = [role.get(row["role"], row["role"]) + " :" for row in rows]
        parts = zip(self.tokens(roles), self.tokens([r["prev"] for r in rows]), self.tokens([r["text"] for r in rows]))
        start, end = (self.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
        texts, vectors = [], []
        for role, prev, text in parts:
            first = [start] + role + prev[-self.limits["prev"] :] + [end]
            second = text[: self.limits["text"]] + [end]
            texts.append(features(first, second))
            vectors.append(numpy.concatenate([self.words[part].mean(0) for part in (second, first)]))
        return texts, numpy.stack(vectors)


def hashed(kind, tokens):
    mixed = kind * 0x27D4EB2F & 0xFFFFFFFF
    for token in tokens:
        mixed = (mixed ^ token) * 0x9E3779B1 & 0xFFFFFFFF
        mixed = (mixed << 15 | mixed >> 17) & 0xFFFFFFFF
    return (mixed * 0x85EBCA6B & 0xFFFFFFFF) >> 16


def features(first, second):
    seen = [hashed(n, second[at : at + n]) for n in (1, 2, 3) for at in range(len(second) - n + 1)]
    seen.append(hashed(4, second[:1]))
    seen.append(hashed(5, first[1:2]))
    seen += [hashed(6, [token]) for token in first[3:-1][-BEFORE:]]
    seen.append(hashed(7, [min(len(second) // 4, 10)]))
    return numpy.array(seen)


def fit(texts, wanted, rounds=8, batch=256):
    """A logistic regression on soft answers, by Adagrad."""
    weights, squares = numpy.zeros(WEIGHTS), numpy.full(WEIGHTS, 1e-8)
    shift, shift_squares = 0.0, 1e-8
    order = numpy.random.default_rng(1)
    for _ in range(rounds):
        for part in numpy.array_split(order.permutation(len(texts)), len(texts) // batch):
            sizes = [len(texts[at]) for at in part]
            seen = numpy.concatenate([texts[at] for at in part])
            starts = numpy.concatenate([[0], numpy.cumsum(sizes)[:-1]])
            odds = numpy.add.reduceat(weights[seen], starts) + shift
            off = (1 / (1 + numpy.exp(-odds)) - wanted[part]) / len(part)
            gradient = numpy.bincount(seen, numpy.repeat(off, sizes), WEIGHTS) + 2e-6 * weights
            squares += gradient**2
            weights -= 0.1 * gradient / numpy.sqrt(squares)
            shift_squares += off.sum() ** 2
            shift -= 0.1 * off.sum() / numpy.sqrt(shift_squares)
    return weights, shift


def fit_layer(seen, wanted, rounds=20, batch=256, rate=2e-3, dropout=0.3):
    """A hidden layer on soft answers, by AdamW, whose weights of the last two thirds are averaged: (inner, outer, shift). `inner`
    takes what is seen as it is, and a 1 for its bias."""
    torch.manual_seed(1)
    mean, spread = seen.mean(0), seen.std(0) + 1e-6
    inputs, wanted = torch.from_numpy((seen - mean) / spread).float(), torch.from_numpy(wanted).float()
    layer, out = torch.nn.Linear(seen.shape[1], HIDDEN), torch.nn.Linear(HIDDEN, 1)
    parameters, average, done = [*layer.parameters(), *out.parameters()], None, 0
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=1e-2)
    steps = rounds * (len(seen) // batch)
    while done < steps:
        for part in torch.randperm(len(seen))[: len(seen) // batch * batch].view(-1, batch):
            optimizer.param_groups[0]["lr"] = rate * (1 - done / steps)
            odds = out(F.relu(layer(F.dropout(inputs[part], dropout))))[:, 0]
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(odds, wanted[part]).backward()
            optimizer.step()
            done += 1
            if 3 * done > steps:
                values = [parameter.detach().clone() for parameter in parameters]
                average = average or values
                torch._foreach_lerp_(average, values, 0.005)
    weights, bias, outer, shift = (value.double().numpy() for value in average)
    weights = weights / spread
    return numpy.concatenate([weights, (bias - weights @ mean)[:, None]], 1).astype("<f4"), outer[0], shift[0]


def f1(rows, found):
    """Micro F1 of the network's labels."""
    pairs = [(set(row["labels"]), labels) for row, labels in zip(rows, found)]
    hits = sum(len(true & labels) for true, labels in pairs)
    return 2 * hits / max(1, sum(len(true) + len(labels) for true, labels in pairs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--unsell", required=True)
    parser.add_argument("--model", type=pathlib.Path, default=HERE / "unsell-minilm")
    parser.add_argument("--data", nargs="+", required=True, help="files with the words of real talk")
    parser.add_argument("--lost", type=float, default=0.003)
    arguments = parser.parse_args()
    train, dev = rows(arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        # The network is asked itself, without what an earlier fit would settle.
        plain = pathlib.Path(folder) / "model"
        shutil.copytree(arguments.model, plain, ignore=shutil.ignore_patterns("neutral.json"))
        train_over, _ = answers(arguments.unsell, plain, train)
        dev_over, dev_found = answers(arguments.unsell, plain, dev)
    extract, wanted = Features(arguments.model), 1 / (1 + numpy.exp(-train_over))
    texts, vectors = extract.of(train)
    weights, shift = fit(texts, wanted)
    step = numpy.abs(weights).max() / 127
    stored = numpy.round(weights / step).astype(numpy.int8)

    def seen(texts, vectors):
        odds = [shift + step * stored[text].astype(int).sum() for text in texts]
        return numpy.concatenate([vectors, numpy.array(odds)[:, None]], 1)

    inner, outer, of_layer = fit_layer(seen(texts, vectors), wanted)
    of_dev = seen(*extract.of(dev))
    odds = numpy.maximum(of_dev @ inner[:, :-1].T + inner[:, -1], 0) @ outer + of_layer
    is_real = numpy.array([":" in row["id"] for row in dev])

    def left(threshold, part):
        return [set() if odds[at] < threshold else dev_found[at] for at in part]

    parts = {name: numpy.flatnonzero(is_real == real) for name, real in (("written", False), ("real", True))}
    whole = {name: f1([dev[at] for at in part], [dev_found[at] for at in part]) for name, part in parts.items()}
    # Nothing is lost by the next threshold if nothing was found below it.
    tried = [odds.min(), *sorted(odds[[bool(labels) for labels in dev_found]])]
    less = lambda higher, part: f1([dev[at] for at in part], left(higher, part))  # noqa: E731
    kept = lambda higher: all(whole[name] - less(higher, part) <= arguments.lost for name, part in parts.items())  # noqa: E731
    threshold = float(max(filter(kept, tried)))
    print(f"{len(train)} train rows, {len(dev)} dev rows, of which the network finds something in {sum(dev_over > 0)}")
    for name, part in parts.items():
        print(f"{name}: {(odds[part] < threshold).mean():.3f} settled, F1 {whole[name]:.4f} -> {less(threshold, part):.4f}")
    out = {
        "schema": "unsell.neutral/2",
        "fitted_to": hashlib.sha256((arguments.model / "model.safetensors").read_bytes()).hexdigest(),
        "threshold": math.floor(threshold * 1e4) / 1e4,
        "regression": {
            "shift": round(shift, 6),
            "step": round(float(step), 8),
            "weights": base64.b64encode(stored.tobytes()).decode(),
        },
        "layer": {
            "shift": round(float(of_layer), 6),
            "outer": [round(float(value), 6) for value in outer],
            "inner": base64.b64encode(inner.tobytes()).decode(),
        },
    }
    (arguments.model / "neutral.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
