#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes ../data/replay.txt: what PyTorch's own loader, samplers and normal fills, and torchvision's random resized
crop, draw after a seed. Needs a Python with torch and torchvision (2.15 and 0.29 wrote the file here).

Lines: `run SEED EVALUATIONS`, then for every sample of every epoch `EPOCH INDEX TOP LEFT HEIGHT WIDTH FLIP` in the
order in which the loader yields them; `normal SEED COUNT VALUES...` are float32 fills with deviation 0.02 one after the
other, numbers in hexadecimal; `construction NAME SEED` is the seed that is drawn after building a miniature with seed 7,
layer by layer as CLIP's model.py does it. Fills of binary16 are not here: PyTorch 2.15 makes them otherwise than the versions that
CoOp was published with. Usage: python3 make_replay.py
"""

import pathlib

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, RandomSampler, SequentialSampler
from torchvision.transforms import RandomResizedCrop

PICTURES = 45
BATCH = 4
WORKERS = 8  # NUM_WORKERS of every configuration of CoOp
EPOCHS = 3


def extents(i):
    """(width, height) of picture i; some are so narrow that no proportion fits."""
    return 40 + 37 * i % 300, 30 + 53 * i % 200


class Crops(Dataset):
    """What Dassl's random_resized_crop and random_flip choose for each picture, instead of pixels."""

    def __len__(self):
        return PICTURES

    def __getitem__(self, i):
        picture = Image.new("L", extents(i))
        box = RandomResizedCrop.get_params(picture, (0.08, 1.0), (3.0 / 4.0, 4.0 / 3.0))
        flip = int(torch.rand(1) < 0.5)
        return torch.tensor([i, *box, flip])


class Blank(Dataset):
    def __len__(self):
        return 9

    def __getitem__(self, i):
        return i


def run(lines, seed, evaluations):
    """Training from just after a context of 4 x 64 was drawn, with evaluation passes after each epoch."""
    lines.append(f"run {seed} {evaluations}")
    torch.manual_seed(seed)
    torch.nn.init.normal_(torch.empty(4, 64), std=0.02)
    data = Crops()
    train = DataLoader(data, BATCH, sampler=RandomSampler(data), num_workers=WORKERS, drop_last=True)
    test = DataLoader(Blank(), 100, sampler=SequentialSampler(Blank()), num_workers=2)
    for epoch in range(EPOCHS):
        for batch in train:
            lines.extend(f"{epoch} " + " ".join(str(v) for v in row.tolist()) for row in batch)
        for _ in range(evaluations):
            for _ in test:
                pass


def fills(lines, seed, counts):
    torch.manual_seed(seed)
    for count in counts:
        values = torch.nn.init.normal_(torch.empty(count), std=0.02)
        lines.append(f"normal {seed} {count} " + " ".join(v.hex() for v in values.double().tolist()))


def block(width):
    """Attention, whose bias is not random, and the MLP of a residual block."""
    return [
        torch.nn.MultiheadAttention(width, width // 64),
        torch.nn.Linear(width, 4 * width),
        torch.nn.Linear(4 * width, width),
    ]


def weights_again(blocks):
    for attention, first, second in blocks:
        for weight in [attention.in_proj_weight, attention.out_proj.weight, first.weight, second.weight]:
            torch.nn.init.normal_(weight, std=0.02)


def vision_transformer(image, patch, width, layers, embed):
    torch.nn.Conv2d(3, width, patch, patch, bias=False)
    torch.randn(width), torch.randn((image // patch) ** 2 + 1, width), torch.randn(width, embed)
    for _ in range(layers):
        block(width)
    return []


def modified_resnet(image, width, embed, blocks):
    """The linear layers of the attention pool, which initialize_parameters fills again."""
    conv = lambda i, o, k: torch.nn.Conv2d(i, o, k, bias=False)
    conv(3, width // 2, 3), conv(width // 2, width // 2, 3), conv(width // 2, width, 3)
    inputs = width
    for stage, count in enumerate(blocks):
        planes = width << stage
        for i in range(count):
            conv(inputs, planes, 1), conv(planes, planes, 3), conv(planes, 4 * planes, 1)
            if i == 0:
                conv(inputs, 4 * planes, 1)
            inputs = 4 * planes
    torch.randn((image // 32) ** 2 + 1, inputs)
    return [torch.nn.Linear(inputs, inputs) for _ in range(3)] + [torch.nn.Linear(inputs, embed)]


def construction(lines, name, vision, width, layers, embed, length, vocabulary):
    """What comes after all random numbers that the constructor of CLIP's model.py asks PyTorch for."""
    torch.manual_seed(7)
    pool = vision()
    text = [block(width) for _ in range(layers)]
    table = torch.nn.Embedding(vocabulary, width)
    torch.nn.init.normal_(table.weight, std=0.02)
    torch.nn.init.normal_(torch.empty(length, width), std=0.01)
    for layer in pool:
        torch.nn.init.normal_(layer.weight, std=0.02)
    weights_again(text)
    torch.nn.init.normal_(torch.empty(width, embed), std=0.02)
    lines.append(f"construction {name} {torch.empty((), dtype=torch.int64).random_().item()}")


def main():
    lines = []
    run(lines, 1, 0)
    run(lines, 3, 1)
    fills(lines, 5, [3, 1, 40, 2, 16, 5])
    text = {"width": 128, "layers": 3, "embed": 128, "length": 40, "vocabulary": 1514}
    construction(lines, "mini-vit", lambda: vision_transformer(64, 8, 64, 4, 128), **text)
    construction(lines, "mini-rn", lambda: modified_resnet(64, 16, 128, [1, 1, 1, 1]), **text)
    (pathlib.Path(__file__).parent.parent / "data" / "replay.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
