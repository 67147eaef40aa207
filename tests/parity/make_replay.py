#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes ../data/replay.txt: what PyTorch's own loader, samplers and normal fills, and torchvision's random resized
crop, draw after a seed. Needs a Python with torch and torchvision (2.15 and 0.29 wrote the file here).

Lines: `run SEED EVALUATIONS`, then for every sample of every epoch `EPOCH INDEX TOP LEFT HEIGHT WIDTH FLIP` in the
order in which the loader yields them; `normal SEED COUNT VALUES...` are float32 fills with deviation 0.02 one after the
other, numbers in hexadecimal. Fills of binary16 are not here: PyTorch 2.15 makes them otherwise than the versions that
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


def main():
    lines = []
    run(lines, 1, 0)
    run(lines, 3, 1)
    fills(lines, 5, [3, 1, 40, 2, 16, 5])
    (pathlib.Path(__file__).parent.parent / "data" / "replay.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
