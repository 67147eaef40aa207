#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/golden.safetensors: what PyTorch computes with the published models, in float32 as they do.

RN50, RN101, ViT-B/32 and ViT-B/16 at full size with formula weights; 32 pictures, 100 class names; image features,
text features, logits, loss and d(loss)/d(context) for the six pairs of context and placement, and ten steps of SGD.
A second witness, Hugging Face's CLIPModel with the same weights under its own names, must agree before anything is
written. Needs torch, transformers and Pillow; tests/data/golden_names.txt holds the ids, so no tokenizer is asked.

    python3 tests/parity/make_golden.py                      the fixture
    python3 tests/parity/make_golden.py --whole FILE         all gradients and features whole, full windows; 60 MB
    python3 tests/parity/make_golden.py --names              golden_names.txt anew, by open-clip-torch's tokenizer
    python3 tests/parity/make_golden.py --files FOLDER       checkpoints of full size, by make_files.py

What is large is kept as a part that depends on every number: some rows whole, and of each row its norm and its
product with formula numbers ("probe").
"""

import argparse
import hashlib
import math
import pathlib
import re
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import formula_weights
import published_clip
from formula_weights import hash_of, uniform

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
BACKBONES = ("RN50", "RN101", "ViT-B/32", "ViT-B/16")
FILES = (
    "jpeg_420.jpg", "jpeg_422_progressive.jpg", "jpeg_444.jpg", "jpeg_cmyk.jpg", "jpeg_exif.jpg", "jpeg_grey.jpg",
    "png_grey.png", "png_grey_alpha.png", "png_interlaced.png", "png_one_bit.png", "png_palette.png",
    "png_palette_transparent.png", "png_rgb.png", "png_rgb_16.png", "png_rgba.png",
)  # fmt: skip
SIZES = (
    (224, 224), (224, 300), (300, 224), (97, 131), (131, 97), (64, 64), (333, 500), (240, 180), (448, 448), (17, 23),
    (1, 1), (5, 40), (256, 257), (480, 640), (31, 200), (225, 223), (700, 501),
)  # fmt: skip  (height, width)
PAIRS = [(c, p) for c in ("unified", "class-specific") for p in ("end", "middle", "front")]
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
LENGTH, ODD, STEPS, SOME = 16, 5, 10, 20


# --- pictures -----------------------------------------------------------------------------------------------------


def drawn(number, height, width):
    """Slopes that wrap, a chequerboard and noise, all in integers."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    slope = ((x * (2 * number + 3) + y * (number + 5)) * (c + 1) // 4) % 128
    board = ((x // (4 + number % 5) + y // (3 + number % 7)) % 2) * 64
    noise = (uniform(hash_of(f"picture {number}"), height * width * 3) * 16 + 16).astype(np.int64)
    return Image.fromarray((slope + board + noise.reshape(slope.shape)).astype(np.uint8))


def cropped(picture, size):
    """CLIP's test transform: the shorter side to `size` by Pillow's bicubic, then the middle."""
    w, h = picture.size
    if min(w, h) != size:
        w, h = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
        picture = picture.resize((w, h), Image.BICUBIC)
    top, left = int(round((h - size) / 2.0)), int(round((w - size) / 2.0))
    return np.asarray(picture.crop((left, top, left + size, top + size)))


def pictures():
    """(32, 3, 224, 224), and SHA-256 of the bytes of each before they are normalised."""
    originals = [Image.open(DATA / name).convert("RGB") for name in FILES]
    originals += [drawn(i, *size) for i, size in enumerate(SIZES)]
    pixels = [cropped(picture, 224) for picture in originals]
    digests = [hashlib.sha256(p.tobytes()).hexdigest() for p in pixels]
    values = (np.stack(pixels).astype(np.float32) / np.float32(255) - MEAN) / DEVIATION
    return torch.from_numpy(values).permute(0, 3, 1, 2).contiguous(), digests


# --- names --------------------------------------------------------------------------------------------------------


def write_names():
    import open_clip.tokenizer

    header = (HERE.parent.parent / "benchmarks" / "class_names.hpp").read_text()
    names = re.findall(r'^.*?"([a-z ]+)"[,}]', header, re.MULTILINE)
    assert len(names) == 100, len(names)
    encode = open_clip.tokenizer.SimpleTokenizer().encode
    lines = ["# Written by make_golden.py --names: a class name, its ids, and its ids with a full stop."]
    for name in names:
        alone, stopped = encode(name), encode(name + ".")
        assert encode(" ".join(["X"] * LENGTH) + " " + name + ".") == [published_clip.PLACEHOLDER] * LENGTH + stopped
        lines.append("\t".join([name, " ".join(map(str, alone)), " ".join(map(str, stopped))]))
    (DATA / "golden_names.txt").write_text("\n".join(lines) + "\n")


def read_names():
    lines = (DATA / "golden_names.txt").read_text().splitlines()[1:]
    return [tuple([int(i) for i in part.split()] for part in line.split("\t")[1:]) for line in lines]


# --- the fixture --------------------------------------------------------------------------------------------------


class Golden:
    """Arrays by name; whole, or in parts."""

    def __init__(self, everything):
        self.everything, self.arrays = everything, {}

    def put(self, name, tensor):
        self.arrays[name] = np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)

    def put_rows(self, name, tensor, rows):
        """All of a matrix, or the given rows of it with every row's norm and product."""
        matrix = tensor.detach().reshape(-1, tensor.shape[-1])
        if self.everything:
            return self.put(name, matrix)
        probe = torch.from_numpy(uniform(hash_of("probe"), matrix.shape[1])).double()
        self.put(name + ".rows", matrix[rows])
        self.put(name + ".norms", matrix.double().norm(dim=1))
        self.put(name + ".products", matrix.double() @ probe)
        self.arrays[name + ".which"] = np.array(rows, np.float32)


def spread(count, rows):
    """`count` row numbers over the whole of a matrix, first and last among them."""
    return [i * (rows - 1) // (count - 1) for i in range(count)]


def unit(features):
    return features / features.norm(dim=-1, keepdim=True)


def labels_of(count, classes):
    return torch.tensor([(7 * b + 3) % classes for b in range(count)])


def text_features(tower, learner, everything):
    """Positions after the last end cannot be seen by any that is read, and may be left out."""
    length = published_clip.WINDOW if everything else int(learner.end.max()) + 1
    return tower.features(learner()[:, :length], learner.end)


def gradients(golden, tower, embed, named, image):
    for context, placement in PAIRS:
        pairs = [(context, placement, LENGTH)]
        if (context, placement) == ("unified", "middle"):
            pairs.append((context, placement, ODD))
        for *_, length in pairs:
            learner = published_clip.PromptLearner(tower, named, context, placement, length)
            raw = text_features(tower, learner, golden.everything)
            text = unit(raw)
            kind = f"{context}.{placement}.{length}"
            half = 2 if embed > 512 else 1
            whole = kind == "unified.end.16"
            golden.put_rows(f"{embed}.{kind}.text", raw, list(range(100 // half)) if whole else [0, 99])
            if whole and not golden.everything:
                golden.put(f"{embed}.{kind}.text.rows", raw[: 100 // half])
            for name in BACKBONES:
                if published_clip.EMBED[name] != embed:
                    continue
                features = unit(image[name])
                logits = tower.logit_scale.exp() * features @ text.t()
                loss = F.cross_entropy(logits, labels_of(len(features), len(named)))
                (gradient,) = torch.autograd.grad(loss, learner.ctx, retain_graph=True)
                prefix = f"{name}.{kind}"
                golden.put_rows(prefix + ".logits", logits, spread(4, len(logits)))
                golden.put(prefix + ".loss", loss.reshape(1))
                rows = gradient.reshape(-1, gradient.shape[-1]).shape[0]
                golden.put_rows(prefix + ".gradient", gradient, spread(min(rows, 16 if whole else 5), rows))
                print(f"{prefix:38} loss {loss.item():.5f} |gradient| {gradient.norm():.3e}"
                      f" logits {logits.mean():.2f} +- {logits.std(1).mean():.3f} over the classes", flush=True)  # fmt: skip


def rate_of(epoch):
    """The paper's schedule over 200 epochs."""
    return 1e-5 if epoch == 0 else 0.002 * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / 200))


def steps(golden, tower, named, name, image, context, placement):
    learner = published_clip.PromptLearner(tower, named, context, placement, LENGTH)
    begin = learner.ctx.detach().clone()
    features, labels = unit(image), labels_of(len(image), len(named))
    sgd = torch.optim.SGD([learner.ctx], lr=1, momentum=0.9, weight_decay=5e-4)
    losses = []
    for step in range(STEPS):
        some = slice(8 * (step % 4), 8 * (step % 4) + 8)
        logits = tower.logit_scale.exp() * features[some] @ unit(text_features(tower, learner, golden.everything)).t()
        loss = F.cross_entropy(logits, labels[some])
        sgd.zero_grad()
        loss.backward()
        sgd.param_groups[0]["lr"] = rate_of(step)
        sgd.step()
        losses.append(loss.detach())
    prefix = f"{name}.{context}.{placement}.steps"
    golden.put(prefix + ".loss", torch.stack(losses))
    rows = learner.ctx.reshape(-1, 512).shape[0]
    golden.put_rows(prefix + ".context", learner.ctx, spread(16, rows))
    moved = (learner.ctx - begin).norm() / begin.norm()
    print(f"{prefix:38} loss {losses[0]:.4f} .. {losses[-1]:.4f}, context moved by {moved:.3f} of its norm", flush=True)


# --- the second witness -------------------------------------------------------------------------------------------


def hugging_face(name):
    """CLIPModel with the formula weights under its own names."""
    import transformers

    patch = int(name.split("/")[1])
    config = transformers.CLIPConfig(
        text_config={"hidden_act": "quick_gelu", "eos_token_id": published_clip.END, "bos_token_id": published_clip.START},
        vision_config={"hidden_act": "quick_gelu", "hidden_size": 768, "intermediate_size": 3072,
                       "num_hidden_layers": 12, "num_attention_heads": 12, "patch_size": patch, "image_size": 224},
        projection_dim=512,
    )  # fmt: skip
    with published_clip.without_start():
        model = transformers.CLIPModel(config).eval().requires_grad_(False)
    missing, extra = model.load_state_dict(hugging_face_names(published_clip.whole(name).state_dict()), strict=False)
    assert not extra and all(key.endswith("position_ids") for key in missing), (missing, extra)
    return model


def hugging_face_names(state):
    """CLIP's tensors renamed, q, k and v apart, projections transposed."""
    out = {}
    for key, tensor in state.items():
        side = "vision_model" if key.startswith("visual.") else "text_model"
        key = key.removeprefix("visual.")
        block = re.fullmatch(r"transformer\.resblocks\.(\d+)\.(.*)", key)
        if block:
            layer = f"{side}.encoder.layers.{block[1]}."
            if block[2].startswith("attn.in_proj_"):
                for part, rows in zip("qkv", tensor.chunk(3)):
                    out[f"{layer}self_attn.{part}_proj.{block[2].removeprefix('attn.in_proj_')}"] = rows.clone()
            else:
                inner = block[2].replace("attn.", "self_attn.").replace("ln_", "layer_norm")
                out[layer + inner.replace("c_fc", "fc1").replace("c_proj", "fc2")] = tensor
            continue
        plain = {
            "class_embedding": "embeddings.class_embedding",
            "positional_embedding": "embeddings.position_embedding.weight",
            "token_embedding.weight": "embeddings.token_embedding.weight",
            "conv1.weight": "embeddings.patch_embedding.weight",
        }
        norms = {"ln_pre": "pre_layrnorm", "ln_post": "post_layernorm", "ln_final": "final_layer_norm"}
        if key == "logit_scale":
            out[key] = tensor
        elif key == "text_projection":
            out["text_projection.weight"] = tensor.t().contiguous()
        elif key == "proj":
            out["visual_projection.weight"] = tensor.t().contiguous()
        elif key in plain:
            out[f"{side}.{plain[key]}"] = tensor
        else:
            norm, _, part = key.partition(".")
            out[f"{side}.{norms[norm]}.{part}"] = tensor
    return out


def agrees(what, found, expected):
    apart = float((found - expected).norm() / expected.norm())
    print(f"Hugging Face, {what}: {apart:.1e} apart", flush=True)
    assert apart < 1e-5, (what, apart)


@torch.no_grad()
def witness(name, values, image, named):
    """Its image features of all pictures, and its text features of all names, against ours."""
    model = hugging_face(name)

    def tensor(output):
        return output if isinstance(output, torch.Tensor) else output.pooler_output

    agrees(f"{name}, image features", tensor(model.get_image_features(values)), image)
    ids = torch.zeros(len(named), 77, dtype=torch.long)
    for row, (_, stopped) in zip(ids, named):
        tokens = [published_clip.START, 320, 1125, 539, 320, *stopped, published_clip.END]
        row[: len(tokens)] = torch.tensor(tokens)
    ours = published_clip.text_tower(512).encode_text(ids)
    agrees(f"{name}, text features", tensor(model.get_text_features(ids)), ours)


# ------------------------------------------------------------------------------------------------------------------


def fixture(path, everything):
    golden, named, (values, digests) = Golden(everything), read_names(), pictures()
    began, image = time.time(), {}
    for name in BACKBONES:
        with torch.no_grad():
            image[name] = published_clip.image_tower(name)(values)
        golden.put(name + ".image", image[name])
        print(f"{name:9} image features +- {image[name].std():.3f}, among pictures +- {image[name].std(0).mean():.3f}")
    for name in ("ViT-B/32", "ViT-B/16"):
        witness(name, values, image[name], named)
    for embed in (1024, 512):
        tower = published_clip.text_tower(embed)
        gradients(golden, tower, embed, named, image)
        if embed == 1024:
            steps(golden, tower, named[:SOME], "RN50", image["RN50"], "class-specific", "middle")
        else:
            steps(golden, tower, named[:SOME], "RN101", image["RN101"], "class-specific", "front")
            steps(golden, tower, named, "ViT-B/32", image["ViT-B/32"], "unified", "middle")
            steps(golden, tower, named, "ViT-B/16", image["ViT-B/16"], "unified", "end")
    metadata = {f"picture.{i}": digest for i, digest in enumerate(digests)}
    formula_weights.write_safetensors(path, golden.arrays, {
        "written_by": "tests/parity/make_golden.py", "torch": torch.__version__, "precision": "float32", **metadata})  # fmt: skip
    print(f"{path}: {path.stat().st_size} bytes, {time.time() - began:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--names", action="store_true")
    parser.add_argument("--files", type=pathlib.Path, metavar="FOLDER")
    chosen = parser.parse_args()
    if chosen.names:
        write_names()
    elif chosen.files:
        import make_files

        make_files.write(chosen.files)
    else:
        fixture(chosen.whole or DATA / "golden.safetensors", chosen.whole is not None)


if __name__ == "__main__":
    main()
