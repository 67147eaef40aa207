#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pictures a second of CLIP's image towers: coop beside PyTorch, ONNX Runtime and OpenVINO, in turns.

    encode.py PROGRAM [--backbones RN50 RN101 ViT-B/32 ViT-B/16] [--batches 1 8 32] [--threads 2] [--rounds 5]
              [--peers torch compiled onnxruntime openvino] [--clock wall|processor] [--json FILE]

PROGRAM is coop_benchmark_answer_encode. The peers run the statement of tests/parity/published_clip.py with the same
weights and pictures, set up as well as they can be: batch norms folded, channels last where there are convolutions,
their own fused attention, all optimisations, exported for the very batch. `compiled` is torch.compile. Features are
compared before anything is timed. Times are medians, ratios are taken round by round: a ratio of 1.2 is a coop that
encodes 1.2 times the pictures of the peer. On a machine that others use, `--threads 1 --clock processor` counts the
seconds that each side was given instead of those that passed.
"""

import argparse
import contextlib
import json
import pathlib
import statistics
import sys
import tempfile
import time
import warnings

import numpy as np
import published
import torch
from answering import AnsweringEncodings
from published import formula_weights, published_clip


def exported(tower, pictures, folder):
    path = pathlib.Path(folder) / "tower.onnx"
    if not path.exists():
        given = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
        with torch.no_grad(), contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the newer exporter needs one more package
            torch.onnx.export(tower, (given,), str(path), input_names=["pictures"], output_names=["features"],
                              opset_version=18, dynamo=False)  # fmt: skip
    return str(path)


class OnnxRuntime:
    def __init__(self, path, pictures, options):
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        settings.intra_op_num_threads = options.threads
        self.session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        self.pictures = {"pictures": np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))}

    def __call__(self):
        return self.session.run(["features"], self.pictures)[0]


class OpenVino:
    def __init__(self, path, pictures, options):
        import openvino

        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": options.threads,
                    "INFERENCE_PRECISION_HINT": "f32"}  # fmt: skip
        self.request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
        self.pictures = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))

    def __call__(self):
        return self.request.infer([self.pictures], share_inputs=True)[0]


def peer(name, tower, pictures, options, folder):
    if name in ("torch", "compiled"):
        return published.Encoder(tower, pictures, compiled=name == "compiled").features
    return {"onnxruntime": OnnxRuntime, "openvino": OpenVino}[name](
        exported(tower, pictures, folder), pictures, options
    )


def compare(ours, backbone, batch, tower, options):
    pictures = formula_weights.pictures(batch, ours.head["side"])
    own = ours.features(batch)
    row = {"backbone": backbone, "batch": batch, "rounds": options.rounds, "apart": {}}
    with tempfile.TemporaryDirectory() as folder:
        peers = {name: peer(name, tower, pictures, options, folder) for name in options.peers}
        for name, call in peers.items():
            features = call()
            apart = published.apart(own, features)
            if not apart < 1e-4:
                sys.exit(f"{backbone}, {batch} pictures: features of coop and {name} are {apart:.1e} apart")
            row["apart"][name] = apart
            call()
        times = {name: [] for name in ("coop", *peers)}
        ceilings = []
        column = 0 if options.clock == "wall" else 1
        now = time.perf_counter if options.clock == "wall" else time.process_time
        many = max(1, 8 // batch)  # short calls are timed several at a time
        for _ in range(options.rounds):
            times["coop"].append(statistics.median(ours.seconds("encode", batch)[column] for _ in range(many)))
            for name, call in peers.items():
                times[name].append(statistics.median(published.seconds(call, now=now) for _ in range(many)))
            ceilings.append(ours.seconds("ceiling")[column])
    row["seconds"] = {name: statistics.median(t) for name, t in times.items()}
    row["pictures/s"] = {name: batch / s for name, s in row["seconds"].items()}
    row["ratio"] = {
        name: statistics.median(t / o for t, o in zip(times[name], times["coop"])) for name in times if name != "coop"
    }
    row["ceiling"] = statistics.median(ceilings)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--backbones", nargs="+", default=list(published_clip.IMAGE))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="+", default=["torch", "onnxruntime", "openvino"],
                        choices=["torch", "compiled", "onnxruntime", "openvino"])  # fmt: skip
    parser.add_argument("--clock", default="wall", choices=["wall", "processor"])
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    published_clip.attend = published.fused_attention

    print(f"torch {torch.__version__}, {options.threads} threads, medians of {options.rounds} rounds; "
          "pictures a second, and coop's over the peer's")  # fmt: skip
    print(f"{'backbone':9} {'batch':>5} {'apart':>8} {'coop':>8} "
          + " ".join(f"{name:>12} {'ratio':>6}" for name in options.peers), flush=True)  # fmt: skip
    rows = []
    for backbone in options.backbones:
        tower = published.folded(published_clip.image_tower(backbone))
        ours = AnsweringEncodings(options.program, backbone, options.threads)
        for batch in options.batches:
            row = compare(ours, backbone, batch, tower, options)
            print(f"{backbone:9} {batch:5} {max(row['apart'].values()):8.1e} {row['pictures/s']['coop']:8.2f} "
                  + " ".join(f"{row['pictures/s'][name]:12.2f} {row['ratio'][name]:6.2f}" for name in options.peers),
                  flush=True)  # fmt: skip
            rows.append(row)
        ours.close()
    if options.json:
        options.json.write_text(json.dumps({"torch": torch.__version__, "threads": options.threads, "rows": rows}))


if __name__ == "__main__":
    main()
