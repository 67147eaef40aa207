#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pictures a second of CLIP's image towers on a GPU: coop beside PyTorch, in turns, in every precision.

    encode.py PROGRAM [--backbones RN50 ViT-B/16 ...] [--batches 1 32 256] [--precisions float32 tf32 ...]
              [--compiled RN50 ViT-B/16] [--rounds 5] [--calls 5] [--device cuda] [--json FILE]

PROGRAM is coop_benchmark_cuda. PyTorch runs the statement of tests/parity/published_clip.py with batch norms folded,
channels last where there are convolutions and its own fused attention; for the towers of --compiled at the largest batch
also under torch.compile. Pictures lie on the GPU on both sides. Every side's features are compared with coop's in
float32 before anything is timed: what disagrees is told and not timed.
"""

import argparse
import copy
import statistics

from common import Rows, add_arguments, forget, time_beside

import published  # noqa: I001  (common knows where it is)
from answering import AnsweringEncodings
from published import FEATURES, PRECISIONS, Encoder, apart, formula_weights, published_clip


def opened(options, backbone):
    """coop in every precision that it has on this device."""
    ours = {}
    for precision in dict.fromkeys(["float32", *options.precisions]):
        if options.device == "cpu" and precision not in ("float32", "bfloat16"):
            continue  # the processor has no other
        ours[precision] = AnsweringEncodings(options.program, "answer-encode", "--backbone", backbone, "--device",
                                             options.device, "--threads", options.threads, "--precision",
                                             precision)  # fmt: skip
    return ours


def compare(options, backbone, tower, ours, batch, rows):
    pictures = formula_weights.pictures(batch, ours["float32"].head["side"])
    exact = ours["float32"].features(batch)
    row = {"backbone": backbone, "batch": batch, "peers": {}, "coop": {}, "apart": {}}
    agreeing = {}
    for precision, program in ours.items():
        row["apart"][precision] = apart(program.features(batch), exact)
        if row["apart"][precision] <= FEATURES[precision]:
            agreeing[precision] = program
    variants = [(precision, precision, False) for precision in options.precisions]
    if backbone in options.compiled and batch == max(options.batches):
        variants += [(f"{p} compiled", p, True) for p in options.precisions if p in ("float16", "bfloat16")]
    own_times = {}
    for name, precision, compiled in variants:
        try:
            theirs = Encoder(copy.deepcopy(tower), pictures, options.device, precision, compiled)
            between = apart(theirs.features(), exact)
            if not between <= FEATURES[precision]:
                raise ValueError(f"features {between:.1e} apart, at most {FEATURES[precision]} in {precision}")
            turns = {name: lambda: published.seconds(theirs.once, options.device, options.calls)}
            turns[name]()
            for own, program in agreeing.items():
                turns[f"coop {own}"] = lambda program=program: program.seconds("encodes", batch, options.calls)[0]
                turns[f"coop {own}"]()
            time_beside(row, name, turns, options.rounds, {"apart": between}, own_times)
        except Exception as e:  # a peer that cannot do it is told, the others go on
            row["peers"][name] = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        finally:
            theirs = turns = None
            forget(options.device)
    row["coop"] = {own: statistics.median(of) for own, of in own_times.items()}
    good = {name: peer["seconds"] for name, peer in row["peers"].items() if "seconds" in peer}
    print(f"\n{backbone}, {batch} pictures; features of coop from its float32: "
          + ", ".join(f"{p} {a:.1e}" for p, a in row["apart"].items()))  # fmt: skip
    for own, s in row["coop"].items():
        print(f"  {own:24} {batch / s:10.1f} pictures/s")
    for name, peer in row["peers"].items():
        print(f"  PyTorch {name:16} " + (peer["error"] if "error" in peer else
              f"{batch / peer['seconds']:10.1f} pictures/s, features {peer['apart']:.1e} apart"))  # fmt: skip
    if good and row["coop"]:
        theirs, own = min(good, key=good.get), min(row["coop"], key=row["coop"].get)
        row["best"] = {"peer": theirs, "coop": own, "times": good[theirs] / row["coop"][own]}
        print(f"  best of each: PyTorch {theirs} takes {row['best']['times']:.2f} times {own}", flush=True)
    rows.add(row)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, list(PRECISIONS))
    parser.add_argument("--backbones", nargs="+", default=list(published_clip.IMAGE))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 32, 256])
    parser.add_argument("--compiled", nargs="*", default=[])
    options = parser.parse_args()
    published_clip.attend = published.fused_attention
    rows = Rows(options)
    print(rows.document["machine"], flush=True)
    for backbone in options.backbones:
        if rows.time_is_up(backbone):
            continue
        tower = published.folded(published_clip.image_tower(backbone))
        ours = opened(options, backbone)
        for batch in options.batches:
            if not rows.time_is_up(f"{backbone}, {batch} pictures"):
                compare(options, backbone, tower, ours, batch, rows)
        for program in ours.values():
            program.close()
    if options.json:
        rows.add({"done": True})


if __name__ == "__main__":
    main()
