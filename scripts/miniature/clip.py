# SPDX-License-Identifier: MIT
"""The miniature CLIP as PyTorch modules.

The modules are named so that `state_dict()` has OpenAI's tensor names and shapes as they stand: the export
writes them without a table of renames, and the inference rules for published weights fit the miniature too.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

HEAD = 64  # the head size of every published CLIP; the number of heads is the width over it

SIZES = {
    "mini-rn": dict(tower="resnet", width=16, layers=(1, 1, 1, 1)),
    "mini-vit": dict(tower="vit", width=64, layers=4, patch=8),
}
TEXT = dict(width=128, layers=3, context=40)
EMBED = 128
IMAGE = 64


class LayerNorm(nn.LayerNorm):
    """Statistics in float32, whatever precision the activations have."""

    def forward(self, x):
        return F.layer_norm(x.float(), self.normalized_shape, self.weight, self.bias, self.eps)


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.heads = width // HEAD
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x, mask=None):
        batch, length, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(batch, length, 3, self.heads, HEAD).permute(2, 0, 3, 1, 4)  # (B, H, L, 64) each
        score = (q * HEAD**-0.5) @ k.transpose(-1, -2)  # (B, H, L, L)
        if mask is not None:
            score = score + mask
        mixed = score.softmax(-1) @ v
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class Perceptron(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        x = self.c_fc(x)
        return self.c_proj(x * torch.sigmoid(1.702 * x))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_1 = LayerNorm(width)
        self.attn = Attention(width)
        self.ln_2 = LayerNorm(width)
        self.mlp = Perceptron(width)

    def forward(self, x, mask=None):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers):
        super().__init__()
        self.resblocks = nn.ModuleList([Block(width) for _ in range(layers)])
        into, out = width**-0.5, width**-0.5 * (2 * layers) ** -0.5
        for block in self.resblocks:
            nn.init.normal_(block.attn.in_proj_weight, std=into)
            nn.init.normal_(block.attn.out_proj.weight, std=out)
            nn.init.zeros_(block.attn.out_proj.bias)
            nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
            nn.init.normal_(block.mlp.c_proj.weight, std=out)

    def forward(self, x, mask=None):
        for block in self.resblocks:
            x = block(x, mask)
        return x


class VisionTransformer(nn.Module):
    def __init__(self, width, layers, patch):
        super().__init__()
        tokens = (IMAGE // patch) ** 2 + 1
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(width**-0.5 * torch.randn(width))
        self.positional_embedding = nn.Parameter(width**-0.5 * torch.randn(tokens, width))
        self.ln_pre = LayerNorm(width)
        self.transformer = Transformer(width, layers)
        self.ln_post = LayerNorm(width)
        self.proj = nn.Parameter(width**-0.5 * torch.randn(width, EMBED))

    def forward(self, x):
        x = self.conv1(x).flatten(2).transpose(1, 2)  # (B, patches, W)
        first = self.class_embedding.to(x.dtype).expand(len(x), 1, -1)
        x = self.ln_pre(torch.cat([first, x], 1) + self.positional_embedding)
        x = self.transformer(x)
        return self.ln_post(x[:, 0]) @ self.proj


class Bottleneck(nn.Module):
    def __init__(self, into, planes, stride):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(into, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        nn.init.zeros_(self.bn3.weight)
        self.downsample = None
        if stride > 1 or into != 4 * planes:
            shortcut = nn.Conv2d(into, 4 * planes, 1, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(4 * planes))

    def shrink(self, x):
        return F.avg_pool2d(x, self.stride) if self.stride > 1 else x

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(self.shrink(y)))
        shortcut = x if self.downsample is None else self.downsample(self.shrink(x))
        return F.relu(y + shortcut, inplace=True)


class AttentionPool(nn.Module):
    def __init__(self, side, channels):
        super().__init__()
        self.heads = channels // HEAD
        self.positional_embedding = nn.Parameter(torch.randn(side * side + 1, channels) * channels**-0.5)
        self.q_proj = nn.Linear(channels, channels)
        self.k_proj = nn.Linear(channels, channels)
        self.v_proj = nn.Linear(channels, channels)
        self.c_proj = nn.Linear(channels, EMBED)

    def forward(self, x):
        x = x.flatten(2).transpose(1, 2)  # (B, side^2, C)
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding
        batch, length, channels = x.shape

        def split(y):
            return y.view(batch, -1, self.heads, HEAD).transpose(1, 2)

        q = split(self.q_proj(x[:, :1]) * HEAD**-0.5)
        score = q @ split(self.k_proj(x)).transpose(-1, -2)  # (B, H, 1, L)
        mixed = score.softmax(-1) @ split(self.v_proj(x))
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, channels))


class ModifiedResNet(nn.Module):
    def __init__(self, width, layers):
        super().__init__()
        half = width // 2
        self.conv1 = nn.Conv2d(3, half, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, half, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = nn.Conv2d(half, width, 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        into = width
        for stage, count in enumerate(layers):
            planes = width << stage
            blocks = []
            for index in range(count):
                blocks.append(Bottleneck(into, planes, 2 if stage > 0 and index == 0 else 1))
                into = 4 * planes
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.attnpool = AttentionPool(IMAGE // 32, into)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        x = F.avg_pool2d(F.relu(self.bn3(self.conv3(x)), inplace=True), 2)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.attnpool(x)


def image_tower(name):
    size = dict(SIZES[name])
    return ModifiedResNet(**size) if size.pop("tower") == "resnet" else VisionTransformer(**size)


class Clip(nn.Module):
    """One image tower and the text tower; the features are not of unit length yet."""

    def __init__(self, name, vocabulary):
        super().__init__()
        width, context = TEXT["width"], TEXT["context"]
        self.visual = image_tower(name)
        self.token_embedding = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        self.positional_embedding = nn.Parameter(torch.randn(context, width) * 0.01)
        self.transformer = Transformer(width, TEXT["layers"])
        self.ln_final = LayerNorm(width)
        self.text_projection = nn.Parameter(torch.randn(width, EMBED) * width**-0.5)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_embeddings(self, x, end):
        """Features of sequences of token embeddings, read at the positions `end`."""
        length = x.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.ln_final(self.transformer(x + self.positional_embedding[:length], mask))
        return x[torch.arange(len(x)), end] @ self.text_projection

    def encode_text(self, ids):
        end = ids.argmax(-1)
        return self.encode_embeddings(self.token_embedding(ids[:, : int(end.max()) + 1]), end)
