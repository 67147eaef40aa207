#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One training step of CoOp on a GPU: coop beside PyTorch, in turns, in every precision.

    step.py PROGRAM VOCABULARY [--cases unified:end:100 class-specific:end:100 ...] [--precisions float32 tf32 ...]
            [--compiled unified:end:100 ...] [--rounds 5] [--calls 5] [--device cuda] [--json FILE]

PROGRAM is coop_benchmark_cuda. PyTorch does what is published (all 77 positions of every class in every step), and the
same cut after the longest prompt's end; with its own fused attention; for the cases of --compiled, in the 16-bit
precisions, also under torch.compile. Every side's first step is compared with coop's in float32 before anything is timed:
what disagrees is told and not timed. coop is timed as fit() makes its steps, and with the step recorded.
"""

import argparse
import statistics

from common import Rows, add_arguments, forget, time_beside

import published  # noqa: I001  (common knows where it is)
from answering import AnsweringSteps
from published import GRADIENTS, PRECISIONS, Step, agreeing, published_clip

# Losses are sums of many logits and nearer to each other than gradients.
LOSSES = {"float32": 1e-4, "tf32": 1e-2, "float16": 1e-2, "bfloat16": 3e-2}


class Ours(AnsweringSteps):
    def __init__(self, options, case, precision):
        context, placement, classes = case
        super().__init__(options.program, "answer-step", "--vocabulary", options.vocabulary, "--device", options.device,
                         "--threads", options.threads, "--context", context, "--placement", placement, "--classes",
                         classes, "--length", options.length, "--precision", precision)  # fmt: skip


def coops(options, case):
    """coop's float32; coop in every precision that it has on this device and that agrees with it; why others are not."""
    exact = Ours(options, case, "float32")
    exact.timed(2)
    all_of_them, different = {}, {}
    for precision in options.precisions:
        if precision == "float32":
            all_of_them[precision] = exact
            continue
        if options.device == "cpu" and precision != "bfloat16":
            continue  # the processor has no other
        own = Ours(options, case, precision)
        try:
            agreeing(own, exact, GRADIENTS[precision], LOSSES[precision])
            all_of_them[precision] = own
        except ValueError as e:
            different[precision] = str(e)
            own.close()
    return exact, all_of_them, different


def compare(options, case, rows):
    context, placement, classes = case
    exact, ours, different = coops(options, case)
    named = exact.head["names"]
    longest = 2 + options.length + max(len(stopped) for _, stopped in named)
    row = {"context": context, "placement": placement, "classes": classes, "length": options.length,
           "nodes": exact.head["nodes"], "operations": exact.head["operations"], "peers": {}, "coop": {},
           "coop_differs": different}  # fmt: skip
    variants = [(f"{kind} {precision}", window, precision, False)
                for kind, window in (("published", published_clip.WINDOW), ("cut", longest))
                for precision in options.precisions]  # fmt: skip
    if ":".join(map(str, case)) in options.compiled:
        variants += [(f"{kind} {precision} compiled", window, precision, True)
                     for kind, window in (("published", published_clip.WINDOW), ("cut", longest))
                     for precision in options.precisions if precision in ("float16", "bfloat16")]  # fmt: skip
    seconds = {}
    for name, window, precision, compiled in variants:
        try:
            theirs = Step(named, context, placement, options.length, window, options.device, precision, compiled)
            loss, gradient = agreeing(exact, theirs, GRADIENTS[precision], LOSSES[precision])
            theirs.timed(2)
            turns = {name: lambda: theirs.timed(options.calls)[0]}
            for own, program in ours.items():
                program.timed(2)
                turns[f"coop {own}"] = lambda program=program: program.timed(options.calls)[0]
            for program in ours.values():
                program.timed(3, recorded=True)
            for own, program in ours.items():
                turns[f"coop {own} recorded"] = lambda program=program: program.timed(options.calls, recorded=True)[0]
            time_beside(row, name, turns, options.rounds, {"loss": loss, "gradient": gradient}, seconds)
        except Exception as e:  # a peer that cannot do it is told, the others go on
            row["peers"][name] = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        finally:
            theirs = turns = None
            forget(options.device)
    row["coop"] = {own: statistics.median(of) for own, of in seconds.items()}
    row["memory"] = {own: int(program.ask("memory")) for own, program in ours.items()}
    for program in {id(p): p for p in (exact, *ours.values())}.values():
        program.close()
    show(row)
    rows.add(row)


def show(row):
    print(f"\n{row['context']}, name at {row['placement']}, {row['classes']} classes, {row['nodes']} nodes")
    for name, own in row["coop"].items():
        print(f"  {name:32} {own:10.6f} s  {row['operations'] / own / 1e12:7.2f} TFLOP/s")
    for name, why in row["coop_differs"].items():
        print(f"  coop {name:27} {why}")
    for name, peer in row["peers"].items():
        if "error" in peer:
            print(f"  {name:32} {peer['error']}")
            continue
        times = ", ".join(f"{ratio:.1f} of {own}" for own, ratio in peer["of_coop"].items())
        print(f"  {name:32} {peer['seconds']:10.6f} s  gradient {peer['gradient']:.1e}; times: {times}")
    good = {name: peer["seconds"] for name, peer in row["peers"].items() if "seconds" in peer}
    for kind in ("published", "cut"):
        of_kind = {name: s for name, s in good.items() if name.startswith(kind)}
        if of_kind and row["coop"]:
            theirs, own = min(of_kind, key=of_kind.get), min(row["coop"], key=row["coop"].get)
            row[f"best_{kind}"] = {"peer": theirs, "coop": own, "times": of_kind[theirs] / row["coop"][own]}
            print(f"  best of each: {theirs} takes {of_kind[theirs] / row['coop'][own]:.1f} times {own}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, list(PRECISIONS))
    parser.add_argument("vocabulary")
    parser.add_argument("--cases", nargs="+",
                        default=["unified:end:100", "unified:end:1000", "class-specific:end:100"])  # fmt: skip
    parser.add_argument("--compiled", nargs="*", default=[])
    parser.add_argument("--length", type=int, default=16)
    options = parser.parse_args()
    published_clip.attend = published.fused_attention
    rows = Rows(options)
    print(rows.document["machine"], flush=True)
    for case in options.cases:
        if rows.time_is_up(case):
            continue
        context, placement, classes = case.split(":")
        compare(options, (context, placement, int(classes)), rows)
    if options.json:
        rows.add({"done": True})


if __name__ == "__main__":
    main()
