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
import torch
import torch.nn.functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from answering import Answering

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "parity"))
import formula_weights  # noqa: E402
import published_clip  # noqa: E402


class Ours(Answering):
    def seconds(self, *request):
        """By the wall's clock and by the processor's; of `ceiling`, operations a second by both."""
        return [float(word) for word in self.ask(*request).split()]

    def features(self, batch):
        return self.floats("features", batch).reshape(batch, self.head["embed"])


def fused_attention(q, k, v, mask=None):
    def heads(x):
        return x.unflatten(-1, (-1, published_clip.HEAD)).transpose(1, 2)

    return F.scaled_dot_product_attention(heads(q), heads(k), heads(v), mask).transpose(1, 2).flatten(2)


def folded(module):
    """Every batch norm in the convolution before it, whose names say which belong together."""
    for child in module.children():
        folded(child)
    children = dict(module.named_children())
    for name, child in children.items():
        partner = {"conv": "bn" + name[4:], "0": "1"}.get("conv" if name.startswith("conv") else name)
        if isinstance(child, torch.nn.Conv2d) and isinstance(children.get(partner), torch.nn.BatchNorm2d):
            setattr(module, name, fuse_conv_bn_eval(child, children[partner]))
            setattr(module, partner, torch.nn.Identity())
    return module


class Torch:
    """Channels last where there are many convolutions; under torch.compile if so asked."""

    def __init__(self, tower, pictures, options, compiled=False):
        self.tower = tower
        self.pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2)
        if isinstance(tower, published_clip.ModifiedResNet):
            self.tower = self.tower.to(memory_format=torch.channels_last)
            self.pictures = self.pictures.contiguous(memory_format=torch.channels_last)
        else:
            self.pictures = self.pictures.contiguous()
        if compiled:
            import torch._inductor.config as inductor

            inductor.freezing = True
            torch._dynamo.reset()
            self.tower = torch.compile(self.tower)

    def __call__(self):
        with torch.inference_mode() if not hasattr(self.tower, "_orig_mod") else torch.no_grad():
            return self.tower(self.pictures).numpy()


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
        return Torch(tower, pictures, options, name == "compiled")
    return {"onnxruntime": OnnxRuntime, "openvino": OpenVino}[name](
        exported(tower, pictures, folder), pictures, options
    )


def seconds(call, clock):
    now = time.perf_counter if clock == "wall" else time.process_time
    begin = now()
    call()
    return now() - begin


def compare(ours, backbone, batch, tower, options):
    pictures = formula_weights.pictures(batch, ours.head["side"])
    own = ours.features(batch)
    row = {"backbone": backbone, "batch": batch, "rounds": options.rounds, "apart": {}}
    with tempfile.TemporaryDirectory() as folder:
        peers = {name: peer(name, tower, pictures, options, folder) for name in options.peers}
        for name, call in peers.items():
            features = call()
            apart = float(np.linalg.norm(features - own) / np.linalg.norm(features))
            if not apart < 1e-4:
                sys.exit(f"{backbone}, {batch} pictures: features of coop and {name} are {apart:.1e} apart")
            row["apart"][name] = apart
            call()
        times = {name: [] for name in ("coop", *peers)}
        ceilings = []
        column = 0 if options.clock == "wall" else 1
        many = max(1, 8 // batch)  # short calls are timed several at a time
        for _ in range(options.rounds):
            times["coop"].append(statistics.median(ours.seconds("encode", batch)[column] for _ in range(many)))
            for name, call in peers.items():
                times[name].append(statistics.median(seconds(call, options.clock) for _ in range(many)))
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
    published_clip.attend = fused_attention

    print(f"torch {torch.__version__}, {options.threads} threads, medians of {options.rounds} rounds; "
          "pictures a second, and coop's over the peer's")  # fmt: skip
    print(f"{'backbone':9} {'batch':>5} {'apart':>8} {'coop':>8} "
          + " ".join(f"{name:>12} {'ratio':>6}" for name in options.peers), flush=True)  # fmt: skip
    rows = []
    for backbone in options.backbones:
        tower = folded(published_clip.image_tower(backbone))
        ours = Ours(options.program, backbone, options.threads)
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
