# SPDX-License-Identifier: MIT
"""Writes tests/data/towers.safetensors: features of CLIP's towers under formula weights, computed by PyTorch.

The towers are stated here in functional form from the published description, in float64, and know nothing of the C++
side but the formula of the weights. Run with a Python that has torch and numpy:

    python3 tests/parity/make_towers.py tests/data/towers.safetensors
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

import formula_weights

HEAD = 64


def weight(name, *extents):
    return torch.from_numpy(formula_weights.values(name, extents)).double()


def linear(x, name, outputs):
    return F.linear(x, weight(f"{name}.weight", outputs, x.shape[-1]), weight(f"{name}.bias", outputs))


def layer_norm(x, name):
    width = x.shape[-1]
    return F.layer_norm(x, (width,), weight(f"{name}.weight", width), weight(f"{name}.bias", width), 1e-5)


def attention(q, k, v, mask=None):
    """(B, Q, W) and twice (B, L, W) -> (B, Q, W), heads of 64 channels."""

    def heads(x):
        return x.unflatten(-1, (-1, HEAD)).transpose(1, 2)

    score = heads(q) @ heads(k).transpose(-1, -2) / HEAD**0.5
    if mask is not None:
        score = score + mask
    return (score.softmax(-1) @ heads(v)).transpose(1, 2).flatten(2)


def transformer(x, prefix, layers, activation, mask=None):
    width = x.shape[-1]
    for i in range(layers):
        block = f"{prefix}{i}."
        y = layer_norm(x, block + "ln_1")
        qkv = F.linear(
            y, weight(block + "attn.in_proj_weight", 3 * width, width), weight(block + "attn.in_proj_bias", 3 * width)
        )
        x = x + linear(attention(*qkv.chunk(3, -1), mask), block + "attn.out_proj", width)
        y = activation(linear(layer_norm(x, block + "ln_2"), block + "mlp.c_fc", 4 * width))
        x = x + linear(y, block + "mlp.c_proj", width)
    return x


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def vit(pictures, patch, width, layers, embed, activation=quick_gelu):
    x = F.conv2d(pictures, weight("visual.conv1.weight", width, 3, patch, patch), stride=patch)
    x = x.flatten(2).transpose(1, 2)
    first = weight("visual.class_embedding", width).expand(len(x), 1, width)
    x = torch.cat([first, x], 1)
    x = layer_norm(x + weight("visual.positional_embedding", x.shape[1], width), "visual.ln_pre")
    x = transformer(x, "visual.transformer.resblocks.", layers, activation)
    return layer_norm(x[:, 0], "visual.ln_post") @ weight("visual.proj", width, embed)


def convolution(x, conv, norm, outputs, side, stride=1):
    kernel = weight(f"visual.{conv}.weight", outputs, x.shape[1], side, side)
    x = F.conv2d(x, kernel, stride=stride, padding=side // 2)
    gain, shift, mean, variance = (
        weight(f"visual.{norm}.{part}", outputs) for part in ("weight", "bias", "running_mean", "running_var")
    )
    return F.batch_norm(x, mean, variance, gain, shift, False, 0.0, 1e-5)


def resnet(pictures, width, blocks, embed):
    x = F.relu(convolution(pictures, "conv1", "bn1", width // 2, 3, 2))
    x = F.relu(convolution(x, "conv2", "bn2", width // 2, 3))
    x = F.avg_pool2d(F.relu(convolution(x, "conv3", "bn3", width, 3)), 2)
    for stage, count in enumerate(blocks):
        planes = width << stage
        for i in range(count):
            name = f"layer{stage + 1}.{i}."
            stride = 2 if stage > 0 and i == 0 else 1
            y = F.relu(convolution(x, name + "conv1", name + "bn1", planes, 1))
            y = F.relu(convolution(y, name + "conv2", name + "bn2", planes, 3))
            y = convolution(F.avg_pool2d(y, stride), name + "conv3", name + "bn3", 4 * planes, 1)
            if i == 0:
                x = convolution(F.avg_pool2d(x, stride), name + "downsample.0", name + "downsample.1", 4 * planes, 1)
            x = F.relu(y + x)
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([x.mean(1, keepdim=True), x], 1)
    channels = x.shape[-1]
    x = x + weight("visual.attnpool.positional_embedding", x.shape[1], channels)
    q, k, v = (linear(x, f"visual.attnpool.{part}_proj", channels) for part in "qkv")
    return linear(attention(q[:, :1], k, v), "visual.attnpool.c_proj", embed)[:, 0]


def text(ids, width, layers, embed, vocabulary, context, activation=quick_gelu):
    ids = torch.tensor(ids)
    table = weight("token_embedding.weight", vocabulary, width)
    x = table[ids] + weight("positional_embedding", context, width)[: ids.shape[1]]
    mask = torch.full((ids.shape[1], ids.shape[1]), -torch.inf).double().triu(1)
    x = layer_norm(transformer(x, "transformer.resblocks.", layers, activation, mask), "ln_final")
    return x[torch.arange(len(x)), ids.argmax(-1)] @ weight("text_projection", width, embed)


def main(path):
    torch.set_grad_enabled(False)

    def pictures(count, size):
        return torch.from_numpy(formula_weights.pictures(count, size)).double().permute(0, 3, 1, 2)

    out = {}
    out["tiny-vit"] = vit(pictures(3, 24), 8, 128, 3, 10)
    out["tiny-vit.gelu"] = vit(pictures(3, 24), 8, 128, 3, 10, F.gelu)
    out["tiny-rn"] = resnet(pictures(3, 64), 4, (2, 1, 1, 2), 12)
    out["tiny-text"] = text([[48, 3, 4, 5, 49, 0, 0], [48, 3, 9, 49, 0, 0, 0], [48, 3, 4, 7, 8, 9, 49]], 128, 2, 10, 50, 9)
    out["RN50"] = resnet(pictures(2, 224), 64, (3, 4, 6, 3), 1024)
    out["ViT-B/32"] = vit(pictures(2, 224), 32, 768, 12, 512)
    out["ViT-B/16"] = vit(pictures(2, 224), 16, 768, 12, 512)
    ids = [[49406, 320, 1125, 539, 49407, 0], [49406, 320, 2368, 269, 518, 49407]]
    out["ViT-B/16.text"] = text(ids, 512, 12, 512, 49408, 77)
    arrays = {name: value.numpy().astype(np.float32) for name, value in out.items()}
    for name, array in arrays.items():
        print(f"{name:16} {array.shape} deviation {array.std():.3f}")
    formula_weights.write_safetensors(path, arrays, {"torch": torch.__version__, "precision": "float64, stored float32"})


if __name__ == "__main__":
    main(sys.argv[1])
