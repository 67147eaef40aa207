#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One training step of CoOp: coop beside PyTorch, in turns, on the processor.

    step.py PROGRAM VOCABULARY [--classes 100] [--context unified] [--placement end] [--length 16] [--threads 2]
            [--rounds 5] [--precision float32]

PROGRAM is coop_benchmark_answer_step. PyTorch does what is published (all 77 positions of every class in every step;
tests/parity/published_clip.py), and the same cut after the longest prompt's end. Weights, context and features are the
same bits on both sides; losses and gradients are compared before anything is timed. Times are medians, ratios are taken
round by round.
"""

import argparse
import statistics
import sys

import torch
from answering import AnsweringSteps
from published import Step, agreeing


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

    ours = AnsweringSteps(options.program, options.vocabulary, options.classes, options.context, options.placement,
                          options.length, options.threads, options.precision)  # fmt: skip
    named = ours.head["names"]
    longest = 2 + options.length + max(len(stopped) for _, stopped in named)
    how = named, options.context, options.placement, options.length
    whole, cut = Step(*how, 77), Step(*how, longest)
    most = 1e-4 if options.precision == "float32" else 2e-2
    try:
        loss, gradient = agreeing(ours, whole, most)
        agreeing(ours, cut, most)
    except ValueError as different:
        sys.exit(str(different))

    times = {"coop": [], "published": [], "cut": []}
    for _ in range(options.rounds):
        times["published"].append(whole.timed()[0])
        times["coop"].append(statistics.median(ours.timed()[0] for _ in range(5)))
        times["cut"].append(cut.timed()[0])
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
