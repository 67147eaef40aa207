#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One training step of CoOp: coop beside PyTorch, in turns.

    step.py PROGRAM VOCABULARY [--classes 100] [--context unified] [--placement end] [--length 16] [--threads 2]
            [--rounds 5] [--precision float32]

PROGRAM is coop_benchmark_answer_step. PyTorch does what is published (all 77 positions of every class in every step;
tests/parity/published_clip.py), and the same cut after the longest prompt's end. Weights, context and features are the
same bits on both sides; losses and gradients are compared before anything is timed. Times are medians, ratios are taken
round by round.
"""

import argparse
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from answering import Answering

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "parity"))
import formula_weights  # noqa: E402
import published_clip  # noqa: E402

BATCH = 32


class Ours(Answering):
    def __init__(self, options):
        super().__init__(options.program, options.vocabulary, options.classes, options.context, options.placement,
                         options.length, options.threads, options.precision)  # fmt: skip

    def step(self):
        seconds, loss = self.ask("step").split()
        return float(seconds), float(loss)

    def gradient(self):
        return self.floats("gradient")


class Published:
    def __init__(self, options, named, window):
        self.tower = published_clip.text_tower(512)
        self.learner = published_clip.PromptLearner(
            self.tower, named, options.context, options.placement, options.length
        )
        self.window = window
        values = formula_weights.uniform(formula_weights.hash_of("features"), BATCH * 512).reshape(BATCH, 512)
        self.features = F.normalize(torch.from_numpy(values.astype(np.float64)), dim=1).float()
        self.labels = torch.tensor([(7 * b + 3) % len(named) for b in range(BATCH)])
        self.sgd = torch.optim.SGD([self.learner.ctx], lr=0.0, momentum=0.9, weight_decay=5e-4)

    def step(self):
        begin = time.perf_counter()
        prompts = self.learner()[:, : self.window]
        text = self.tower.features(prompts, self.learner.end)
        text = text / text.norm(dim=-1, keepdim=True)
        logits = self.tower.logit_scale.exp() * self.features @ text.t()
        loss = F.cross_entropy(logits, self.labels)
        self.sgd.zero_grad()
        loss.backward()
        self.sgd.step()
        return time.perf_counter() - begin, loss.item()

    def gradient(self):
        return self.learner.ctx.grad.numpy().ravel()


def agree(ours, theirs, most):
    """The first step of each, which also warms up; losses and gradients may be `most` apart."""
    _, loss = ours.step()
    _, expected = theirs.step()
    mine, gradient = ours.gradient(), theirs.gradient()
    apart = np.linalg.norm(mine - gradient) / np.linalg.norm(gradient)
    if abs(loss - expected) > most * abs(expected) or apart > most:
        sys.exit(f"not the same step: loss {loss} and {expected}, gradients {apart:.1e} apart")
    return abs(loss - expected) / abs(expected), apart


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("vocabulary")
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--context", default="unified")
    parser.add_argument("--placement", default="end")
    parser.add_argument("--length", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", default="float32", help="of coop's products")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    ours = Ours(options)
    named = ours.head["names"]
    longest = 2 + options.length + max(len(stopped) for _, stopped in named)
    whole, cut = Published(options, named, 77), Published(options, named, longest)
    most = 1e-4 if options.precision == "float32" else 2e-2
    loss, gradient = agree(ours, whole, most)
    agree(ours, cut, most)

    times = {"coop": [], "published": [], "cut": []}
    for _ in range(options.rounds):
        times["published"].append(whole.step()[0])
        times["coop"].append(statistics.median(ours.step()[0] for _ in range(5)))
        times["cut"].append(cut.step()[0])
    ratio = {
        peer: statistics.median(t / own for t, own in zip(times[peer], times["coop"])) for peer in ("published", "cut")
    }
    print(f"torch {torch.__version__}, {options.threads} threads, {options.classes} classes, M = {options.length}; "
          f"coop: {ours.head['device']}")  # fmt: skip
    print(f"{'context':15} {'place':7} {'nodes':>6} {'loss':>8} {'gradient':>9} {'published s':>12} {'cut s':>8} "
          f"{'coop s':>8} {'times':>7} {'of cut':>7}")  # fmt: skip
    print(f"{options.context:15} {options.placement:7} {ours.head['nodes']:6} {loss:8.1e} {gradient:9.1e} "
          f"{statistics.median(times['published']):12.3f} {statistics.median(times['cut']):8.3f} "
          f"{statistics.median(times['coop']):8.4f} {ratio['published']:7.1f} {ratio['cut']:7.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
