#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From JPEG files to tensors: coop beside Pillow and torchvision, in turns, one core each.

    pictures.py PROGRAM [--rounds 15] [--apart 0]

PROGRAM is coop_benchmark_answer_pictures. The peer does what CLIP's _transform composes (bicubic resize of the shorter
side, centre crop, RGB, ToTensor, Normalize), and for augmentation what CoOp's Dassl composes. The tensors are compared
bit for bit before anything is timed; Pillow-SIMD, which rounds otherwise, may be let be APART. Times are seconds of the processor, so that other programs do not count; medians,
ratios round by round.
"""

import argparse
import statistics
import sys
import tempfile
import time

import numpy as np
import PIL
import torch
import torchvision
from answering import Answering
from PIL import Image, features
from torchvision.transforms import (
    CenterCrop,
    Compose,
    InterpolationMode,
    Normalize,
    RandomHorizontalFlip,
    RandomResizedCrop,
    Resize,
    ToTensor,
)

NORMALIZE = Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
TEST = Compose([
    Resize(224, interpolation=InterpolationMode.BICUBIC),
    CenterCrop(224),
    lambda picture: picture.convert("RGB"),
    ToTensor(),
    NORMALIZE,
])  # fmt: skip
TRAIN = Compose([
    RandomResizedCrop(224, scale=(0.08, 1.0), interpolation=InterpolationMode.BICUBIC),
    RandomHorizontalFlip(),
    ToTensor(),
    NORMALIZE,
])  # fmt: skip


def decode(path):
    return Image.open(path).convert("RGB")


THEIRS = {
    "decode": decode,
    "prepare": lambda path: TEST(Image.open(path)),
    "augment": lambda path: TRAIN(decode(path)),
}


def seconds_of_work(what, path, times):
    begin = time.thread_time()
    for _ in range(times):
        what(path)
    return (time.thread_time() - begin) / times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--apart", type=float, default=0.0, help="how far normalised values may be apart")
    options = parser.parse_args()
    torch.set_num_threads(1)

    with tempfile.TemporaryDirectory() as folder:
        ours = Answering(options.program, folder)
        for path in ours.head["files"]:
            expected = TEST(Image.open(path)).numpy().transpose(1, 2, 0)
            apart = np.abs(ours.floats("values", path).reshape(224, 224, 3) - expected).max()
            if not apart <= options.apart:
                sys.exit(f"{path}: not the same tensor: {apart} apart")
        turbo = features.version_feature("libjpeg_turbo")
        print(f"Pillow {PIL.__version__} (libjpeg-turbo {turbo}), torchvision {torchvision.__version__}, one core")
        print(f"{'work':8} {'picture':>12} {'theirs us':>10} {'coop us':>9} {'times':>6}")
        for work, theirs in THEIRS.items():
            for path in ours.head["files"]:
                times = {"theirs": [], "coop": []}
                for _ in range(options.rounds):
                    times["theirs"].append(seconds_of_work(theirs, path, 5))
                    times["coop"].append(float(ours.ask(work, path, 5)))
                ratio = statistics.median(t / own for t, own in zip(times["theirs"], times["coop"]))
                name = path.rsplit("/", 1)[1].removesuffix(".jpg")
                print(f"{work:8} {name:>12} {1e6 * statistics.median(times['theirs']):10.0f} "
                      f"{1e6 * statistics.median(times['coop']):9.0f} {ratio:6.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
