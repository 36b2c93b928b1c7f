"""Computes the golden values that hold the forward pass of `classifier::bert`.

Makes a small BERT with random weights, tiny-bert/, and runs it with another implementation, that of
Hugging Face's transformers, over a few inputs of two segments: once as it is, and once with a first segment
on which only the first layer works (`prev_layers` 1). Only needed when the architecture changes:

    pip install torch==2.15.0 transformers==5.24.0 safetensors==0.8.0 tokenizers==0.23.3
    python tests/golden/reference.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

HERE = Path(__file__).parent
INPUTS = [
    {"ids": [2, 5, 17, 3, 44, 9, 9, 61, 3], "second": 4},
    {"ids": [2, 5, 3, 30, 3], "second": 3},
    {"ids": [2, 6, 40, 41, 42, 43, 44, 45, 3] + list(range(10, 40)) + [3], "second": 9},
]


def tokenizer():
    """Spells words letter by letter, but for the few that it knows."""
    letters = [chr(ord("a") + at) for at in range(26)]
    words = ["seller", "buyer", "leader", "member", "someone", "sign", "today"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ":"] + letters + ["##" + c for c in letters] + words
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def read_only(segments):
    """Gives a layer's first segment back as it came."""

    def hook(_, inputs, output):
        states = output[0] if isinstance(output, tuple) else output
        states = torch.where(segments[..., None] == 1, states, inputs[0])
        return (states, *output[1:]) if isinstance(output, tuple) else states

    return hook


def main():
    torch.manual_seed(20)
    config = BertConfig(
        vocab_size=64,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=56,
        max_position_embeddings=48,
        type_vocab_size=2,
        initializer_range=0.35,
        layer_norm_eps=1e-12,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:  # gains and biases other than 1 and 0
                parameter.add_(torch.randn_like(parameter) * 0.2)
    folder = HERE / "tiny-bert"
    folder.mkdir(exist_ok=True)
    keys = (
        "model_type hidden_act vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size "
        "max_position_embeddings type_vocab_size layer_norm_eps initializer_range hidden_dropout_prob pad_token_id"
    ).split()
    shape = {key: getattr(config, key) for key in keys}
    shape["position_embedding_type"] = "absolute"
    (folder / "config.json").write_text(json.dumps(shape, indent=2) + "\n")
    tensors = {k: v.contiguous() for k, v in model.state_dict().items() if "position_ids" not in k}
    save_file(tensors, folder / "model.safetensors")
    tokenizer().save(str(folder / "tokenizer.json"))
    outputs = []
    for text in INPUTS:
        ids = torch.tensor([text["ids"]])
        segments = torch.tensor([[int(at >= text["second"]) for at in range(len(text["ids"]))]])
        output = dict(text)
        for name, prev_layers in (("hidden", config.num_hidden_layers), ("hidden_after_one", 1)):
            hooks = [layer.register_forward_hook(read_only(segments)) for layer in model.encoder.layer[prev_layers:]]
            with torch.no_grad():
                hidden = model(input_ids=ids, token_type_ids=segments).last_hidden_state[0]
            for hook in hooks:
                hook.remove()
            output[name] = [[round(v, 6) for v in row] for row in hidden.tolist()]
        outputs.append(output)
    (HERE / "tiny-bert.json").write_text(
        "[\n" + ",\n".join(json.dumps(output) for output in outputs) + "\n]\n"
    )


if __name__ == "__main__":
    main()
