# SPDX-License-Identifier: MIT
"""The miniature's file: fp16 safetensors with OpenAI's tensor names, and its origin as metadata."""

import argparse

import torch

import clip
import tensor_file

# Deviation of the token embeddings in the file. Contexts start at 0.02; published CLIPs have tokens near it.
TOKEN_DEVIATION = 0.014


def scaled_stream(tensors, deviation):
    """The same function with token embeddings of the given deviation.

    A pre-norm transformer reads its residual stream only through layer norms, which do not see its scale. So
    everything that writes to the text stream - embeddings, attention outputs, second layers of the
    perceptrons - may be multiplied by one number.
    """
    used = tensors["token_embedding.weight"]
    factor = deviation / used.std().item()
    writers = (".attn.out_proj.weight", ".attn.out_proj.bias", ".mlp.c_proj.weight", ".mlp.c_proj.bias")
    scaled = dict(tensors)
    for name, tensor in tensors.items():
        writes = name.startswith("transformer.") and name.endswith(writers)
        if writes or name in ("token_embedding.weight", "positional_embedding"):
            scaled[name] = tensor * factor
    return scaled


def save(path, model, backbone, deviation=TOKEN_DEVIATION, **provenance):
    tensors = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    metadata = {
        "backbone": backbone,
        "activation": "quick_gelu",
        "mean": "0.48145466,0.4578275,0.40821073",
        "std": "0.26862954,0.26130258,0.27577711",
        "licence": "MIT",
        "source": "drawn pictures and captions, scripts/miniature",
        **{name: str(value) for name, value in provenance.items()},
    }
    write(path, tensors, metadata, deviation)


def write(path, tensors, metadata, deviation=TOKEN_DEVIATION):
    scaled = scaled_stream(tensors, deviation)
    halves = {name: t.half() if t.is_floating_point() else t for name, t in scaled.items()}
    tensor_file.write(path, halves, {**metadata, "token_deviation": str(deviation)})


def in_single_precision(tensors):
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}


def model_of(tensors, metadata):
    """The model that a file holds, in evaluation mode and float32."""
    model = clip.Clip(metadata["backbone"], len(tensors["token_embedding.weight"]))
    model.load_state_dict(in_single_precision(tensors))
    return model.eval()


def copy_text(source, target):
    """Gives one model the text tower and the scale of another."""
    with torch.no_grad():
        state = {name: t for name, t in source.state_dict().items() if not name.startswith("visual.")}
        target.load_state_dict(state, strict=False)


def main():
    parser = argparse.ArgumentParser(description="Rewrites a file with token embeddings of another deviation.")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--deviation", type=float, default=TOKEN_DEVIATION)
    options = parser.parse_args()

    tensors, metadata = tensor_file.read(options.weights)
    write(options.weights, in_single_precision(tensors), metadata, options.deviation)


if __name__ == "__main__":
    main()
