"""onnxruntime beside unsell's own forward pass: the same network, the same token ids, the same batches.

    python benches/peers/classifier.py [FILE.jsonl ...] [--rows 2000] [--threads 1 2]

exports models/unsell-minilm with torch, quantizes it to eight bits (dynamic, a scale a channel), and runs both
on utterances of whole conversations, sorted by length, in batches that are padded to their longest. (Batches of
eight, and the graph as exported, are onnxruntime's fastest here: larger batches, and the fused attention of its
own optimizer, were slower.) With `--unsell PROGRAM` it also
runs `unsell label` over the same rows, text in and labels out, all through the network, and `unsell analyze` over
a transcript of them, which settles what is clearly neutral before; both less their start. All take turns, so that
they see the same noise of the machine; medians are printed, by the clock and by processor time.

Needs torch, transformers, safetensors, tokenizers, onnx and onnxruntime; benches/README.md says which.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import numpy
import onnxruntime
from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/unsell-minilm"
BATCH = 8
START = ", start"


def export(folder):
    """The network as ONNX, and the same in eight bits."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file
    from transformers import BertConfig, BertModel

    stored = load_file(MODEL / "model.safetensors")
    weights = {}
    for name, values in stored.items():
        if name.endswith(".scale"):
            continue
        scale = stored.get(name + ".scale")
        values = values.astype(numpy.float32)
        weights[name] = torch.from_numpy(values if scale is None else values * scale[:, None])

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            config = BertConfig.from_json_file(MODEL / "config.json")
            self.bert = BertModel(config, add_pooling_layer=False)
            self.output = torch.nn.Linear(config.hidden_size, len(weights["classifier.bias"]))

        def forward(self, input_ids, attention_mask, token_type_ids):
            hidden = self.bert(input_ids, attention_mask, token_type_ids)[0]
            share = (token_type_ids * attention_mask).to(torch.float32)
            share = share / share.sum(1, keepdim=True)
            return self.output((hidden * share[:, :, None]).sum(1))

    network = Network().eval()
    of_bert = {k: v for k, v in weights.items() if not k.startswith("classifier")}
    network.bert.load_state_dict(of_bert, strict=True)
    network.output.load_state_dict({k.split(".")[1]: v for k, v in weights.items() if k.startswith("classifier")})
    example = tuple(torch.ones(2, 16, dtype=torch.int64) for _ in range(3))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "texts", 1: "tokens"} for name in names}
    plain, small = folder / "f32.onnx", folder / "int8.onnx"
    with torch.no_grad():
        torch.onnx.export(
            network, example, str(plain), input_names=names, output_names=["logits"],
            dynamic_axes=axes | {"logits": {0: "texts"}}, opset_version=17, dynamo=False,
        )
    quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
    with torch.no_grad():
        ids = torch.randint(1000, 20000, (2, 16))
        feed = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.ones_like(ids)}
        expected = network(*feed.values()).numpy()
    for path, allowed in ((plain, 1e-3), (small, 2.0)):
        got = session(str(path), 1).run(None, {k: v.numpy() for k, v in feed.items()})[0]
        assert abs(got - expected).max() < allowed, (path, abs(got - expected).max())


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class Encoder:
    """The input frame of src/classifier/input.rs."""

    def __init__(self):
        self.tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.limits = json.loads((MODEL / "heads.json").read_text())["input"]

    def tokens(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def encode(self, row):
        """A line, all of it: one longer than the network reads at once in pieces, each after the one before."""
        start, end = (self.tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]"))
        role = {"unknown": "someone"}.get(row["role"], row["role"])
        before, text = (self.tokens(row[key]) if row[key] else [] for key in ("prev", "text"))
        pieces = []
        for at in range(0, max(len(text), 1), self.limits["text"]):
            prev = (text[:at] if at else before)[-self.limits["prev"] :]
            first = [start] + self.tokens(role + " :") + prev + [end]
            pieces.append((first + text[at : at + self.limits["text"]] + [end], len(first)))
        return pieces


def batches(encoded):
    """Sorted by length, padded: what onnxruntime is fed."""
    encoded = sorted((piece for pieces in encoded for piece in pieces), key=lambda text: len(text[0]))
    made = []
    for at in range(0, len(encoded), BATCH):
        part = encoded[at : at + BATCH]
        longest = max(len(ids) for ids, _ in part)
        feed = {n: numpy.zeros((len(part), longest), numpy.int64) for n in ("input_ids", "attention_mask", "token_type_ids")}
        for row, (ids, second) in enumerate(part):
            feed["input_ids"][row, : len(ids)] = ids
            feed["attention_mask"][row, : len(ids)] = 1
            feed["token_type_ids"][row, second : len(ids)] = 1
        made.append(feed)
    return made


def rows(files, most):
    """Utterances of whole conversations, as they follow each other, each after what was said before it."""
    found = []
    for file in files or sorted((ROOT / "models/corpus").glob("c[56].jsonl")):
        before = ""
        for line in file.read_text().splitlines():
            row = json.loads(line)
            found.append({"role": row.get("role") or "unknown", "prev": row.get("prev", before) or "", "text": row["text"]})
            before = row["text"]
    return found[:most]


def timed(work):
    """Seconds by the clock, and of the processor by this process and those it starts."""

    def processor():
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(use.ru_utime + use.ru_stime for use in used)

    clock, used = time.perf_counter(), processor()
    work()
    return time.perf_counter() - clock, processor() - used


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", type=pathlib.Path, nargs="*", help="rows of other conversations than c5 and c6")
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--unsell", help="the program, built with --release")
    parser.add_argument("--folder", help="where the exported files are kept")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    files = folder / "f32.onnx", folder / "int8.onnx"
    if not all(file.exists() for file in files):
        export(folder)
    said = rows(arguments.files, arguments.rows)
    encoder = Encoder()
    # Four people whose roles are not known, so that each line is a turn and every turn is judged.
    people = ["Ana", "Bo", "Cleo", "Dan"]
    roles = [word for name in people for word in ("--role", f"{name}=unknown")]
    turns = [f"{people[at % 4]}: {' '.join(row['text'].split())}\n" for at, row in enumerate(said)]
    fed = batches([encoder.encode(row) for row in said])
    text = "\n".join(json.dumps(row) for row in said) + "\n"
    tokens = sum(int(batch["attention_mask"].sum()) for batch in fed)
    print(f"{len(said)} utterances, {tokens / len(said):.1f} tokens each with what was said before, onnxruntime {onnxruntime.__version__}")
    for threads in arguments.threads:
        works, running = {}, None
        for name, file in zip(("onnxruntime f32", "onnxruntime int8"), files):
            running = session(str(file), threads)
            works[name] = lambda running=running: [running.run(None, feed) for feed in fed]
        works["onnxruntime int8, from text"] = lambda running=running: [
            running.run(None, feed) for feed in batches([encoder.encode(row) for row in said])
        ]
        if arguments.unsell:
            environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
            common = ["--detector", "classifier", "--model", str(MODEL)]
            label = [arguments.unsell, "label", *common]
            analyze = [arguments.unsell, "analyze", "-", "--no-config", "--format", "jsonl", "--input-format", "name-text", *roles, *common]
            for name, command, lines in (("unsell label", label, text.splitlines(True)), ("unsell analyze", analyze, turns)):
                for name, given in ((name, "".join(lines)), (name + START, "".join(lines[:4]))):
                    works[name] = lambda command=command, given=given: subprocess.run(
                        command, input=given, capture_output=True, text=True, check=True, env=environment
                    )
        times = {name: [] for name in works}
        for _ in range(arguments.rounds):
            for name, work in works.items():
                times[name].append(timed(work))
        median = {name: [statistics.median(column) for column in zip(*taken)] for name, taken in times.items()}
        # What is asked is the speed of going on, not of starting.
        starts = {name: median.pop(name + START) for name in list(median) if name + START in median}
        for name, start in starts.items():
            median[name] = [all - begin for all, begin in zip(median[name], start)]
        peer = median["onnxruntime int8"]
        print(f"| {threads} threads | utterances a second | to int8 | of processor time | to int8 |\n|---|--:|--:|--:|--:|")
        for name, taken in median.items():
            cells = [f"{len(said) / mine:.0f} | {theirs / mine:.2f}" for mine, theirs in zip(taken, peer)]
            print(f"| {name} | {' | '.join(cells)} |")
        for name, (clock, used) in starts.items():
            print(f"{name}: starts in {1000 * clock:.0f} ms, {1000 * used:.0f} of processor time")


main()
