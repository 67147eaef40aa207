#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# check_exports.py GOLDEN            reads tests/data/exports, which unit tests write byte for byte
# check_exports.py GOLDEN --made DIR --weights FILE
#                                    and what `coop export` has put into DIR (tests/command_line/exports_peers.sh)
#
# Other programs read what coop writes: PyTorch (torch.load with weights_only=True), NumPy, onnx.checker and ONNX
# Runtime. Prints what was seen; ends with 1 at the first thing that is not as it must be. Needs a Python with
# torch, numpy, onnx and onnxruntime. To write GOLDEN anew, run test_io and test_model with COOP_WRITE_EXPORTS=1.
import argparse
import json
import pathlib
import struct
import sys
from collections import OrderedDict

import numpy as np
import onnx
import onnxruntime
import torch


def expect(holds, what):
    if not holds:
        sys.exit(f"check_exports.py: not as expected: {what}")


def safetensors(path):
    """Arrays of a safetensors file, and its metadata."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    types = {"F16": np.float16, "F32": np.float32, "I64": np.int64}
    arrays = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        if entry["dtype"] in types:
            arrays[name] = np.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
    return arrays, metadata


def load_checkpoint(path):
    """A checkpoint by PyTorch's strict reader; its keys must be those of Dassl's save_checkpoint."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    state = checkpoint["state_dict"]
    expect(isinstance(state, OrderedDict), f"{path}: state_dict is an OrderedDict")
    print(f"{path.name}: {[k for k in checkpoint]}")
    for name, tensor in state.items():
        print(f"  {name} {tuple(tensor.shape)} {tensor.dtype}")
    return checkpoint, state


def onnx_logits(path, features):
    """Logits of features that are divided by their length here, as the model's doc string asks for."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    expect([node.op_type for node in model.graph.node] == ["Gemm"], f"{path}: one Gemm")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    (logits,) = session.run(["logits"], {"features": unit.astype(np.float32)})
    # The number of pictures is open: one gives what it gives among others.
    (first,) = session.run(None, {"features": unit[:1].astype(np.float32)})
    expect(np.allclose(first, logits[:1], atol=1e-5), f"{path}: any number of pictures")
    print(f"{path.name}: onnx.checker ok, IR {model.ir_version}, {model.doc_string}")
    return logits, session.get_modelmeta().custom_metadata_map


def check_golden(folder):
    def ramp(begin, step, *shape):
        return (begin + step * np.arange(np.prod(shape, dtype=int))).reshape(shape)

    checkpoint, state = load_checkpoint(folder / "checkpoint.pth.tar")
    expected = OrderedDict(
        ctx=ramp(-1, 0.125, 4, 3).astype(np.float32),
        token_prefix=ramp(0.5, 0.25, 2, 1, 3).astype(np.float16),
        token_suffix=ramp(2, -0.0625, 2, 5, 3).astype(np.float16),
        whole=np.array([-1, 1 << 40]),
        nothing=np.zeros((0, 3), np.float32),
        scalar=np.array(4.5, np.float32),
    )
    expect(list(state) == list(expected), "the order of the tensors")
    for name, values in expected.items():
        got = state[name].numpy()
        expect(got.dtype == values.dtype and np.array_equal(got, values), f"tensor {name}")
    facts = {"epoch": 50, "optimizer": None, "scheduler": None, "val_result": 91.25, "large": -5000000000}
    expect({k: v for k, v in checkpoint.items() if k != "state_dict"} == facts, "what stands beside the tensors")

    text = np.load(folder / "classifier.npy")
    rows = [[0.6, 0.8, 0, 0], [0, 0.6, 0.8, 0], [0, 0, 0, 1]]
    expect(text.dtype == np.float32 and np.array_equal(text, np.array(rows, np.float32)), "classifier.npy")
    logits, metadata = onnx_logits(folder / "classifier.onnx", np.load(folder / "features.npy"))
    difference = np.abs(logits - np.load(folder / "logits.npy")).max()
    print(f"  ONNX Runtime and coop: logits differ by at most {difference:.3g}")
    expect(difference < 1e-5, "ONNX Runtime's logits are coop's")
    expect(json.loads(metadata["class_names"]) == ["cat", 'dog "of" many', "Straße"], "class names in the metadata")


class prompt_learner(torch.nn.Module):
    """The part of CoOp's PromptLearner that is saved and loaded."""

    def __init__(self, context, prefix, suffix):
        super().__init__()
        self.ctx = torch.nn.Parameter(torch.zeros(context))
        self.register_buffer("token_prefix", torch.zeros(prefix))
        self.register_buffer("token_suffix", torch.zeros(suffix))


def check_made(folder, weights):
    context, facts = safetensors(folder / "run/context.safetensors")
    classifier, about = safetensors(folder / "run/classifier.safetensors")
    names = json.loads(facts["names"])
    length = int(facts["length"])
    tower, _ = safetensors(weights)
    tokens = tower["token_embedding.weight"].astype(np.float32)
    window = tower["positional_embedding"].shape[0]

    for file, dtype in (("model.pth.tar-4", np.float32), ("half.pth.tar-4", np.float16)):
        checkpoint, state = load_checkpoint(folder / file)
        expect(list(checkpoint) == ["state_dict", "epoch", "optimizer", "scheduler", "val_result"], "CoOp's keys")
        expect(checkpoint["epoch"] == int(facts["epochs"]), "the epoch")
        expect(list(state) == ["ctx", "token_prefix", "token_suffix"], "CoOp's tensors")
        expect(np.array_equal(state["ctx"].numpy(), context["ctx"].astype(dtype)), "ctx is that of the run")
        start, end, padding = (tokens[i].astype(dtype) for i in (-2, -1, 0))
        prefix, suffix = (state[f"token_{which}"].numpy() for which in ("prefix", "suffix"))
        expect(prefix.shape == (len(names), 1, tokens.shape[1]), "shape of token_prefix")
        expect(suffix.shape == (len(names), window - 1 - length, tokens.shape[1]), "shape of token_suffix")
        expect((prefix == start).all(), "token_prefix is the start mark")
        for row in suffix:
            (ends,) = np.nonzero((row == end).all(axis=1))
            expect(len(ends) == 1 and (row[ends[0] + 1 :] == padding).all(), "one end mark, then padding")
        # As resuming does: strictly, all three; and as load_model does: without the buffers.
        learner = prompt_learner(*(state[name].shape for name in state))
        learner.load_state_dict(state, strict=True)
        for name in ("token_prefix", "token_suffix"):
            del state[name]
        learner.load_state_dict(state, strict=False)
        expect(np.array_equal(learner.ctx.detach().numpy().astype(dtype), context["ctx"].astype(dtype)), "ctx, loaded")

    text = np.load(folder / "classifier.npy")
    expect(text.dtype == np.float32 and np.array_equal(text, classifier["text_features"]), "classifier.npy")
    print(f"classifier.npy: {text.shape} {text.dtype}, equal to text_features")
    features = np.load(folder / "features.npy")
    logits, metadata = onnx_logits(folder / "classifier.onnx", features)
    expect(json.loads(metadata["class_names"]) == names and metadata["scale"] == about["scale"], "metadata")

    # What `coop predict` says of the same pictures: file, rank, name, probability, to six decimals.
    odds = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    lines = [line.split("\t") for line in (folder / "predictions.tsv").read_text().splitlines()]
    expect(len(lines) == logits.size, "a line for each picture and class")
    difference = max(
        abs(float(probability) - odds[i // len(names), names.index(name)])
        for i, (_, _, name, probability) in enumerate(lines)
    )
    print(f"  ONNX Runtime and coop predict: probabilities differ by at most {difference:.3g}")
    expect(difference < 1e-5, "ONNX Runtime's probabilities are those of coop predict")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("golden", type=pathlib.Path)
    parser.add_argument("--made", type=pathlib.Path)
    parser.add_argument("--weights", type=pathlib.Path)
    arguments = parser.parse_args()
    check_golden(arguments.golden)
    if arguments.made:
        check_made(arguments.made, arguments.weights)
    print("all as expected")


if __name__ == "__main__":
    main()
