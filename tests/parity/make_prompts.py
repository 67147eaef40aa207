#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/prompts.safetensors and tests/data/prompts_vocabulary.txt: what CoOp computes, by PyTorch.

A plain statement of CoOp's prompt learner, of CLIP's text transformer, of the loss and of three steps of SGD, in double,
for the six pairs of context and placement. The weights are those of tests/support/seeded_archive.hpp, by the same formula.
The same in float32 is computed beside it and its distance printed: that is how far rounding alone goes.

    /usr/bin/python3 tests/parity/make_prompts.py        (PyTorch 1.13, NumPy 1.24)
"""
import collections
import json
import math
import pathlib
import re
import struct

import numpy as np
import torch
import torch.nn.functional as F

WIDTH, HEADS, LAYERS, EMBED, WINDOW, VOCABULARY = 128, 2, 3, 48, 77, 600
LENGTH = 5  # odd, so that the middle has two unlike halves
NAMES = ["cat", "cat_fish", "cat_bird (of prey)", "sea lion", "sea lion", "Ocelot No. 7"]
PICTURES = 8
RATES = [1e-5, 0.2, 0.2 * 0.5 * (1 + math.cos(math.pi / 200))]  # the paper's schedule over 200 epochs, at 0.2
MASK = (1 << 64) - 1


# --- numbers by formula -------------------------------------------------------------------------------------------

def seeded(seed, n):
    """float32 in [-1, 1): splitmix64 of (seed, i) for i < n."""
    i = np.arange(1, n + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = np.uint64((seed * 0x9E3779B97F4A7C15) & MASK) + i * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float64) / float(1 << 23) - 1.0).astype(np.float32)


def weight(name, *extents):
    """The tensor of that name: hash of the name as seed, scale by the last extent, norms near one."""
    state = (14695981039346656037 + 1) & MASK
    for byte in name.encode():
        state = ((state ^ byte) * 1099511628211) & MASK
    scale = np.float32(0.1) if len(extents) < 2 else np.sqrt(np.float32(3) / np.float32(extents[-1]))
    values = seeded(state, int(np.prod(extents, dtype=np.int64))) * scale
    if "ln_" in name and "weight" in name:
        values = values + np.float32(1)
    return torch.from_numpy(values.reshape(extents))


# --- a tokenizer of 86 merges -------------------------------------------------------------------------------------

PIECES = re.compile(r"[a-z]+|[0-9]|[^\sa-z0-9]+")  # lower-case ASCII is all that the names have


def learn_merges(count):
    text = "a photo of the cat fish bird (of prey). sea lion lions ocelot no. seal cats catfish birds season million"
    text += " prey prays photos often other there these then that this with which while where what whale shale shell"
    text += " number animal house river water mountain garden forest window yellow purple orange triangle square circle"
    words = collections.Counter(tuple(w[:-1]) + (w[-1] + "</w>",) for w in PIECES.findall(text))
    merges = []
    while len(merges) < count:
        pairs = collections.Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        joined = collections.Counter()
        for word, times in words.items():
            joined[merge(word, best)] += times
        words = joined
    return merges


def merge(word, pair):
    out, i = [], 0
    while i < len(word):
        if tuple(word[i:i + 2]) == pair:
            out.append(word[i] + word[i + 1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


class Tokenizer:
    """Byte-pair encoding of ASCII as CLIP does it: bytes, bytes at the end of words, merges, two marks."""

    def __init__(self, merges):
        self.rank = {pair: i for i, pair in enumerate(merges)}
        symbols = [chr(c) for c in range(33, 127)]
        self.id = {s: i for i, s in enumerate(symbols)}
        self.id.update({s + "</w>": 256 + i for i, s in enumerate(symbols)})
        for i, (left, right) in enumerate(merges):
            self.id[left + right] = 512 + i
        self.start, self.end = 512 + len(merges), 513 + len(merges)

    def encode(self, text):
        ids = []
        for piece in PIECES.findall(text.lower()):
            word = tuple(piece[:-1]) + (piece[-1] + "</w>",)
            while len(word) > 1:
                pair = min(zip(word, word[1:]), key=lambda p: self.rank.get(p, 1 << 30))
                if pair not in self.rank:
                    break
                word = merge(word, pair)
            ids += [self.id[s] for s in word]
        return ids


# --- CoOp ---------------------------------------------------------------------------------------------------------

class PromptLearner:
    def __init__(self, tokenizer, table, class_specific, placement, dtype):
        self.placement = placement
        names = [name.replace("_", " ") for name in NAMES]
        self.name_length = [len(tokenizer.encode(name)) for name in names]
        prompts = [" ".join(["X"] * LENGTH) + " " + name + "." for name in names]
        ids = torch.zeros(len(names), WINDOW, dtype=torch.long)
        for row, prompt in zip(ids, prompts):
            tokens = [tokenizer.start] + tokenizer.encode(prompt) + [tokenizer.end]
            row[:len(tokens)] = torch.tensor(tokens)
        self.eot = ids.argmax(dim=-1)
        embedding = table[ids]
        self.prefix, self.suffix = embedding[:, :1], embedding[:, 1 + LENGTH:]
        extents = (len(names), LENGTH, WIDTH) if class_specific else (LENGTH, WIDTH)
        start = seeded(5, int(np.prod(extents))).reshape(extents) * np.float32(0.05)
        self.ctx = torch.nn.Parameter(torch.from_numpy(start).to(dtype))

    def prompts(self):
        ctx = self.ctx if self.ctx.dim() == 3 else self.ctx.unsqueeze(0).expand(len(NAMES), -1, -1)
        if self.placement == "end":
            return torch.cat([self.prefix, ctx, self.suffix], dim=1)
        half = LENGTH // 2 if self.placement == "middle" else 0
        rows = []
        for i, n in enumerate(self.name_length):
            rows.append(torch.cat([self.prefix[i], ctx[i, :half], self.suffix[i, :n], ctx[i, half:],
                                   self.suffix[i, n:]]))
        return torch.stack(rows)


class TextEncoder:
    def __init__(self, dtype):
        def read(name, *extents):
            return weight(name, *extents).to(dtype)
        self.table = read("token_embedding.weight", VOCABULARY, WIDTH)
        self.positions = read("positional_embedding", WINDOW, WIDTH)
        self.projection = read("text_projection", WIDTH, EMBED)
        self.final = [read("ln_final.weight", WIDTH), read("ln_final.bias", WIDTH)]
        self.scale = read("logit_scale").reshape(()).exp()
        self.blocks = []
        for i in range(LAYERS):
            p = f"transformer.resblocks.{i}."
            self.blocks.append({
                "ln_1": [read(p + "ln_1.weight", WIDTH), read(p + "ln_1.bias", WIDTH)],
                "in": [read(p + "attn.in_proj_weight", 3 * WIDTH, WIDTH), read(p + "attn.in_proj_bias", 3 * WIDTH)],
                "out": [read(p + "attn.out_proj.weight", WIDTH, WIDTH), read(p + "attn.out_proj.bias", WIDTH)],
                "ln_2": [read(p + "ln_2.weight", WIDTH), read(p + "ln_2.bias", WIDTH)],
                "fc": [read(p + "mlp.c_fc.weight", 4 * WIDTH, WIDTH), read(p + "mlp.c_fc.bias", 4 * WIDTH)],
                "proj": [read(p + "mlp.c_proj.weight", WIDTH, 4 * WIDTH), read(p + "mlp.c_proj.bias", WIDTH)],
            })
        self.mask = torch.full((WINDOW, WINDOW), float("-inf"), dtype=dtype).triu(1)

    def __call__(self, prompts, eot):
        x = prompts + self.positions
        classes = x.shape[0]
        for b in self.blocks:
            h = F.layer_norm(x, (WIDTH,), *b["ln_1"], 1e-5)
            q, k, v = F.linear(h, *b["in"]).chunk(3, dim=-1)
            q, k, v = (t.reshape(classes, WINDOW, HEADS, -1).transpose(1, 2) for t in (q, k, v))
            attention = (q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + self.mask).softmax(dim=-1)
            h = (attention @ v).transpose(1, 2).reshape(classes, WINDOW, WIDTH)
            x = x + F.linear(h, *b["out"])
            h = F.linear(F.layer_norm(x, (WIDTH,), *b["ln_2"], 1e-5), *b["fc"])
            x = x + F.linear(h * torch.sigmoid(1.702 * h), *b["proj"])
        x = F.layer_norm(x, (WIDTH,), *self.final, 1e-5)
        return x[torch.arange(classes), eot] @ self.projection


def train(tokenizer, class_specific, placement, dtype):
    encoder = TextEncoder(dtype)
    learner = PromptLearner(tokenizer, encoder.table, class_specific, placement, dtype)
    pictures = torch.from_numpy(seeded(77, PICTURES * EMBED).reshape(PICTURES, EMBED)).to(dtype)
    pictures = pictures / pictures.norm(dim=-1, keepdim=True)
    labels = torch.arange(PICTURES) % len(NAMES)
    sgd = torch.optim.SGD([learner.ctx], lr=1, momentum=0.9, weight_decay=5e-4)
    result = {"loss": []}
    for rate in RATES:
        text = encoder(learner.prompts(), learner.eot)
        text = text / text.norm(dim=-1, keepdim=True)
        logits = encoder.scale * pictures @ text.t()
        loss = F.cross_entropy(logits, labels)
        sgd.zero_grad()
        loss.backward()
        result["loss"].append(loss.item())
        result.setdefault("logits", logits.detach().numpy().copy())
        result.setdefault("gradient", learner.ctx.grad.numpy().copy())
        for group in sgd.param_groups:
            group["lr"] = rate
        sgd.step()
    result["loss"] = np.array(result["loss"])
    result["context"] = learner.ctx.detach().numpy().copy()
    return result


def write_safetensors(path, arrays, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name in sorted(arrays):
        raw = np.ascontiguousarray(arrays[name], dtype="<f8")
        header[name] = {"dtype": "F64", "shape": list(raw.shape), "data_offsets": [len(data), len(data) + raw.nbytes]}
        data += raw.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).resolve().parent.parent / "data"
    merges = learn_merges(VOCABULARY - 514)
    lines = ['"bpe_simple_vocab of make_prompts.py'] + [" ".join(pair) for pair in merges]
    (folder / "prompts_vocabulary.txt").write_text("\n".join(lines) + "\n")
    tokenizer = Tokenizer(merges)
    arrays = {}
    for context in ("unified", "class-specific"):
        for placement in ("end", "middle", "front"):
            exact = train(tokenizer, context == "class-specific", placement, torch.float64)
            single = train(tokenizer, context == "class-specific", placement, torch.float32)
            for key, values in exact.items():
                arrays[f"{context}.{placement}.{key}"] = values
            far = {k: float(np.linalg.norm(single[k] - v) / np.linalg.norm(v)) for k, v in exact.items()}
            print(context, placement, "loss", exact["loss"], "float32 differs by",
                  ", ".join(f"{k} {v:.1e}" for k, v in far.items()))
    write_safetensors(folder / "prompts.safetensors", arrays, {
        "written_by": "tests/parity/make_prompts.py", "torch": torch.__version__, "names": json.dumps(NAMES)})


if __name__ == "__main__":
    main()
