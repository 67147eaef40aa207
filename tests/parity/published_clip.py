# SPDX-License-Identifier: MIT
"""CLIP's towers and CoOp's prompt learner as PyTorch modules, stated from the published description.

The attributes bear the names of the released state dicts, so that a model of this file can be filled by those names,
traced and saved as the released files are. Weights come by formula (formula_weights.py).
"""

import contextlib
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import formula_weights

HEAD = 64
START, END, PLACEHOLDER, WINDOW, VOCABULARY = 49406, 49407, 343, 77, 49408


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def attend(q, k, v, mask=None):
    """(B, Q, W) and twice (B, L, W) -> (B, Q, W), heads of 64 channels."""

    def heads(x):
        return x.unflatten(-1, (-1, HEAD)).transpose(1, 2)

    score = (heads(q) * HEAD**-0.5) @ heads(k).transpose(-1, -2)
    if mask is not None:
        score = score + mask
    return (score.softmax(-1) @ heads(v)).transpose(1, 2).flatten(2)


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x, mask=None):
        q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, -1)
        return self.out_proj(attend(q, k, v, mask))


class Mlp(nn.Module):
    def __init__(self, width, activation):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)
        self.activation = activation

    def forward(self, x):
        return self.c_proj(self.activation(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, width, activation):
        super().__init__()
        self.attn = Attention(width)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = Mlp(width, activation)
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x, mask=None):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, activation):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, activation) for _ in range(layers))

    def forward(self, x, mask=None):
        for block in self.resblocks:
            x = block(x, mask)
        return x


class VisionTransformer(nn.Module):
    def __init__(self, size, patch, width, layers, embed, activation=quick_gelu):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty((size // patch) ** 2 + 1, width))
        self.proj = nn.Parameter(torch.empty(width, embed))
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, activation)
        self.ln_post = nn.LayerNorm(width)

    def forward(self, x):
        x = self.conv1(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(x.shape[0], 1, -1), x], 1) + self.positional_embedding
        return self.ln_post(self.transformer(self.ln_pre(x))[:, 0]) @ self.proj


class Bottleneck(nn.Module):
    def __init__(self, inputs, planes, stride, first):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.pool = nn.AvgPool2d(stride)
        self.downsample = None
        if first:
            self.downsample = nn.Sequential()
            self.downsample.add_module("-1", nn.AvgPool2d(stride))
            self.downsample.add_module("0", nn.Conv2d(inputs, 4 * planes, 1, bias=False))
            self.downsample.add_module("1", nn.BatchNorm2d(4 * planes))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.pool(F.relu(self.bn2(self.conv2(y))))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class AttentionPool(nn.Module):
    def __init__(self, side, channels, embed):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.empty(side * side + 1, channels))
        self.k_proj = nn.Linear(channels, channels)
        self.q_proj = nn.Linear(channels, channels)
        self.v_proj = nn.Linear(channels, channels)
        self.c_proj = nn.Linear(channels, embed)

    def forward(self, x):
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding
        return self.c_proj(attend(self.q_proj(x[:, :1]), self.k_proj(x), self.v_proj(x)))[:, 0]


class ModifiedResNet(nn.Module):
    def __init__(self, size, width, blocks, embed):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width // 2, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        inputs = width
        for stage, count in enumerate(blocks):
            planes, layers = width << stage, []
            for i in range(count):
                layers.append(Bottleneck(inputs, planes, 2 if stage > 0 and i == 0 else 1, i == 0))
                inputs = 4 * planes
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.attnpool = AttentionPool(size // 32, inputs, embed)

    def forward(self, x):
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = F.relu(norm(conv(x)))
        x = F.avg_pool2d(x, 2)
        return self.attnpool(self.layer4(self.layer3(self.layer2(self.layer1(x)))))


class TextTower(nn.Module):
    """The part of CLIP that its files keep at the root, with the logit scale."""

    def __init__(self, width, layers, embed, vocabulary=VOCABULARY, window=WINDOW, activation=quick_gelu):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.empty(window, width))
        self.text_projection = nn.Parameter(torch.empty(width, embed))
        self.logit_scale = nn.Parameter(torch.empty(()))
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.transformer = Transformer(width, layers, activation)
        self.ln_final = nn.LayerNorm(width)

    def features(self, embeddings, end):
        """Of sequences of embeddings (C, L, W), read at places `end`; L may be less than the window."""
        length = embeddings.shape[1]
        mask = torch.full((length, length), -math.inf, dtype=embeddings.dtype, device=embeddings.device).triu(1)
        x = self.ln_final(self.transformer(embeddings + self.positional_embedding[:length], mask))
        return x[torch.arange(x.shape[0], device=end.device), end] @ self.text_projection

    def encode_text(self, ids):
        return self.features(self.token_embedding(ids), ids.argmax(-1))


class Clip(TextTower):
    """A whole model; called with pictures and ids it gives both kinds of logits, as the released ones do."""

    def __init__(self, visual, width, layers, embed):
        super().__init__(width, layers, embed)
        self.visual = visual

    def forward(self, pictures, ids):
        image, text = self.visual(pictures), self.encode_text(ids)
        image = image / image.norm(dim=-1, keepdim=True)
        text = text / text.norm(dim=-1, keepdim=True)
        logits = self.logit_scale.exp() * image @ text.t()
        return logits, logits.t()


@contextlib.contextmanager
def without_start():
    """Modules built inside do not draw their first weights, which are overwritten anyhow."""
    kept = {}
    for layer in (nn.Linear, nn.Conv2d, nn.Embedding):
        kept[layer] = layer.reset_parameters
        layer.reset_parameters = lambda self: None
    try:
        yield
    finally:
        for layer, function in kept.items():
            layer.reset_parameters = function


def filled(module, prefix="", dtype=torch.float32):
    """The module with formula weights under `prefix` + its own names, frozen, in inference mode."""
    module.to(dtype)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                values = formula_weights.values(prefix + name, tuple(tensor.shape))
                tensor.copy_(torch.from_numpy(np.asarray(values)).reshape(tensor.shape))
    return module.eval().requires_grad_(False)


IMAGE = {
    "RN50": lambda: ModifiedResNet(224, 64, (3, 4, 6, 3), 1024),
    "RN101": lambda: ModifiedResNet(224, 64, (3, 4, 23, 3), 512),
    "ViT-B/32": lambda: VisionTransformer(224, 32, 768, 12, 512),
    "ViT-B/16": lambda: VisionTransformer(224, 16, 768, 12, 512),
}
EMBED = {"RN50": 1024, "RN101": 512, "ViT-B/32": 512, "ViT-B/16": 512}


def image_tower(name):
    with without_start():
        return filled(IMAGE[name](), "visual.")


def text_tower(embed):
    with without_start():
        return filled(TextTower(512, 12, embed))


def whole(name):
    with without_start():
        return filled(Clip(IMAGE[name](), 512, 12, EMBED[name]))


class PromptLearner(nn.Module):
    """CoOp's. `named` holds for each class the ids of the name alone and of the name with its full stop."""

    def __init__(self, tower, named, context, placement, length):
        super().__init__()
        self.placement, self.length = placement, length
        self.name_length = [len(name) for name, _ in named]
        ids = torch.zeros(len(named), WINDOW, dtype=torch.long)
        for row, (_, stopped) in zip(ids, named):
            tokens = [START] + [PLACEHOLDER] * length + stopped + [END]
            row[: len(tokens)] = torch.tensor(tokens)
        self.register_buffer("end", ids.argmax(-1))
        embedding = tower.token_embedding(ids)
        self.register_buffer("token_prefix", embedding[:, :1])
        self.register_buffer("token_suffix", embedding[:, 1 + length :])
        rows = (len(named), length) if context == "class-specific" else (length,)
        extents = (*rows, embedding.shape[-1])
        start = formula_weights.uniform(formula_weights.hash_of("context"), math.prod(extents))
        self.ctx = nn.Parameter(torch.from_numpy(start * np.float32(0.04)).reshape(extents))

    def forward(self):
        classes = len(self.name_length)
        ctx = self.ctx if self.ctx.dim() == 3 else self.ctx.expand(classes, -1, -1)
        if self.placement == "end":
            return torch.cat([self.token_prefix, ctx, self.token_suffix], 1)
        first = self.length // 2 if self.placement == "middle" else 0
        rows = []
        for prefix, own, suffix, n in zip(self.token_prefix, ctx, self.token_suffix, self.name_length):
            rows.append(torch.cat([prefix, own[:first], suffix[:n], own[first:], suffix[n:]]))
        return torch.stack(rows)
