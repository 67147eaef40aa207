#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Writes tests/data/probe.txt: the published linear probe (CoOp's lpclip) as scikit-learn fits it, on features that a
# formula gives, so that tests/parity/linear_probe_test.cpp makes the same ones. Shots 1, 2, 4, 8, 16 times seeds 1, 2, 3;
# numpy draws the pictures, LogisticRegression fits, and C is sought as there: the first best of 1e6 ... 1e-6, then
# eight bisections around it. Needs numpy and scikit-learn; not a part of CI.
#
# Usage: tests/parity/make_probe.py [OUT]
import os
import sys
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

CLASSES, WIDTH = 10, 64
PICTURES = {"train": 40, "val": 8, "test": 60}  # of a class
COSTS = [1e6, 1e4, 1e2, 1, 1e-2, 1e-4, 1e-6]
STEPS = 8
VAL_SHOTS = {1: 1, 2: 2, 4: 4, 8: 4, 16: 4}


class Generator:
    """Sums of four 16-bit numbers of a linear congruential generator, around zero: nearly normal, and whole."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        total = 0
        for _ in range(4):
            self.state = (self.state * 1664525 + 1013904223) % 2**32
            total += self.state >> 16
        return total - 4 * 32768


def make_features():
    """Class centres, then pictures around them; a picture is (6 centre + 15 noise) / 2^20, exact in float32."""
    draw = Generator(1)
    centres = [[draw() for _ in range(WIDTH)] for _ in range(CLASSES)]
    splits = {}
    for split, pictures in PICTURES.items():
        rows = [[6 * centre + 15 * draw() for centre in centres[c]] for c in range(CLASSES) for _ in range(pictures)]
        labels = [c for c in range(CLASSES) for _ in range(pictures)]
        splits[split] = np.array(rows, np.float64) / 2**20, np.array(labels)
    return splits


def draw_shots(features, labels, shots):
    chosen = []
    for label in np.unique(labels):
        chosen.extend(np.random.choice(np.where(labels == label)[0], shots, replace=False))
    return features[chosen], labels[chosen]


def run(splits, shots, seed):
    np.random.seed(seed)
    train = draw_shots(*splits["train"], shots)
    val = draw_shots(*splits["val"], VAL_SHOTS[shots])

    def fit(cost):
        return LogisticRegression(solver="lbfgs", max_iter=1000, C=cost).fit(*train)

    scores = [100 * fit(cost).score(*val) for cost in COSTS]
    peak = COSTS[int(np.argmax(scores))]
    left, right = 0.1 * peak, 10 * peak
    for _ in range(STEPS):
        models = fit(left), fit(right)
        val_left, val_right = (100 * model.score(*val) for model in models)
        middle = 10 ** (0.5 * (np.log10(left) + np.log10(right)))
        if val_left < val_right:
            kept, cost, best, left = models[1], right, val_right, middle
        else:
            kept, cost, best, right = models[0], left, val_left, middle
    return cost, best, 100 * kept.score(*splits["test"]), scores


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "data", "probe.txt")
    warnings.filterwarnings("ignore")  # fits that stop at 1000 iterations
    splits = make_features()
    lines = [f"# make_probe.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
             "# shots seed | C, validation and test accuracy of the last step | validation accuracy at C = "
             + " ".join(f"{cost:g}" for cost in COSTS)]
    for shots in VAL_SHOTS:
        for seed in (1, 2, 3):
            cost, best, accuracy, scores = run(splits, shots, seed)
            numbers = [f"{cost:.6g}", f"{best:.4f}", f"{accuracy:.4f}"] + [f"{score:.4f}" for score in scores]
            lines.append(f"{shots} {seed} " + " ".join(numbers))
            print(lines[-1], flush=True)
    with open(out, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
