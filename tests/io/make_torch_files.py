#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the files of weights in tests/data that the tests of the io and clip rooms read, with PyTorch itself.

    python3 tests/io/make_torch_files.py          (a Python with torch and numpy; the files here are of PyTorch 2.10)

Numbers follow from formulas that the tests know: count(k, shape) in the torch_*.pt files, formula_weights.values in
those that are CLIPs under other names. Every file is small; together they are below 400 KB.

    torch_plain.pt       a bare state dict of every element type, views and strides among them
    torch_coop.pth.tar   a checkpoint as CoOp's trainer writes it, Python objects of optimizer and scheduler inside
    torch_scripted.pt    a traced module laid out as OpenAI's CLIP files are
    torch_legacy.pt      torch.save before PyTorch 1.6, two tensors on one storage
    torch_parallel.pt    names with the `module.` of data-parallel training
    clip_hugging_face.safetensors   a CLIP of one layer in each tower, Hugging Face's names
    clip_open_clip.pt    the same text tower as open_clip's CustomTextCLIP saves it while training
"""

import collections
import io
import pathlib
import sys
import zipfile

import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "parity"))
import formula_weights  # noqa: E402

DATA = HERE.parent / "data"


def count(k, *shape):
    """((k + 7 i) mod 31 - 15) / 8 for i = 0, 1, ...: exact in every floating type."""
    i = torch.arange(int(torch.tensor(shape).prod()) if shape else 1)
    return (((k + 7 * i) % 31 - 15).double() / 8).reshape(shape)


def plain():
    """A module's own state dict, which ends with the attribute _metadata, and one of every element type."""
    state = nn.Linear(3, 2).state_dict()
    state["weight"].copy_(count(1, 2, 3))
    state["bias"].copy_(count(2, 2))
    whole = count(3, 4, 6).float()
    state["transposed"] = whole.t()
    state["rows"] = whole[1:3]
    state["columns"] = whole[:, 2:5]
    state["every_second"] = whole[::2, 1::2]
    state["half"] = count(4, 5).half()
    state["bfloat16"] = count(5, 5).bfloat16()
    state["double"] = count(6, 5)
    state["scalar"] = count(7).double()
    state["empty"] = torch.zeros(0, 3)
    state["one_column"] = whole[:, 1:2]
    for k, kind in enumerate((torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)):
        state[str(kind).removeprefix("torch.")] = torch.tensor([k, 1, 0, 3], dtype=kind)
    state["parameter"] = nn.Parameter(count(8, 2, 2).float())
    torch.save(state, DATA / "torch_plain.pt")


class ConstantWarmup(torch.optim.lr_scheduler._LRScheduler):
    """As Dassl's: a constant rate for some epochs, then the rate of another scheduler."""

    def __init__(self, optimizer, successor, epochs, rate):
        self.cons_lr, self.successor, self.warmup_epoch = rate, successor, epochs
        super().__init__(optimizer)

    def get_lr(self):
        if self.last_epoch >= self.warmup_epoch:
            return self.successor.get_last_lr()
        return [self.cons_lr for _ in self.base_lrs]

    def step(self, epoch=None):
        if self.last_epoch >= self.warmup_epoch:
            self.successor.step(epoch)
            self._last_lr = self.successor.get_last_lr()
        else:
            super().step(epoch)


def coop_checkpoint():
    """ctx (4, 8) and the token buffers of three classes, which are views of one embedding (3, 10, 8)."""
    embedding = count(11, 3, 10, 8).float()
    learner = nn.Module()
    learner.ctx = nn.Parameter(count(12, 4, 8).float())
    learner.register_buffer("token_prefix", embedding[:, :1, :])
    learner.register_buffer("token_suffix", embedding[:, 1 + 4 :, :])
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.002, momentum=0.9, weight_decay=5e-4)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50.0)
    scheduler = ConstantWarmup(optimizer, cosine, 1, 1e-5)
    for _ in range(2):
        optimizer.zero_grad()
        (learner.ctx**2).sum().backward()
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        learner.ctx.copy_(count(12, 4, 8))
    torch.save(
        {
            "state_dict": learner.state_dict(),
            "epoch": 50,
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "val_result": 0.875,
        },
        DATA / "torch_coop.pth.tar",
    )


class QuickGelu(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            collections.OrderedDict(c_fc=nn.Linear(width, 2 * width), gelu=QuickGelu(), c_proj=nn.Linear(2 * width, width))
        )

    def forward(self, x):
        return x + self.mlp(self.ln_1(x))


class Visual(nn.Module):
    """A convolution without bias, a shortcut whose parts are called -1, 0 and 1, a batch norm's counter."""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 2, 2, bias=False)
        self.downsample = nn.Sequential(
            collections.OrderedDict(
                [("-1", nn.AvgPool2d(2)), ("0", nn.Conv2d(width, width, 1, bias=False)), ("1", nn.BatchNorm2d(width))]
            )
        )
        self.class_embedding = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return self.downsample(self.conv1(x)).mean((2, 3)) + self.class_embedding


class Clip(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.visual = Visual(width)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.Sequential(Block(width))
        self.positional_embedding = nn.Parameter(torch.zeros(3, width))
        self.text_projection = nn.Parameter(torch.zeros(width, 2))
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("input_resolution", torch.tensor(8))
        self.register_buffer("context_length", torch.tensor(3))
        self.register_buffer("vocab_size", torch.tensor(5))

    def forward(self, picture, tokens):
        text = self.transformer.resblocks(tokens + self.positional_embedding) @ self.text_projection
        return self.logit_scale.exp() * self.visual(picture).sum() * text


def without_debug_members(data):
    """The same archive, written again by PyTorch's own writer, without the places of the sources it was traced from."""
    reader = torch._C.PyTorchFileReader(io.BytesIO(data))
    buffer = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(buffer)
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name not in ("version", "byteorder") and not name.startswith(".data"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    return buffer.getvalue()


def scripted():
    model = Clip().eval()
    with torch.no_grad():
        for k, (name, tensor) in enumerate(sorted(model.state_dict().items())):
            if tensor.is_floating_point():
                tensor.copy_(count(k, *tensor.shape))
    model.visual.downsample[-1].running_var.fill_(1.0)
    traced = torch.jit.trace(model, (torch.ones(1, 3, 8, 8), torch.ones(3, 4)))
    for layer in traced.modules():  # as released: matrices and kernels in half precision, the rest in float
        if layer.original_name in ("Linear", "Conv2d"):
            layer.half()
    buffer = io.BytesIO()
    torch.jit.save(traced, buffer)
    (DATA / "torch_scripted.pt").write_bytes(without_debug_members(buffer.getvalue()))


def legacy():
    whole = count(21, 3, 4).float()
    state = collections.OrderedDict(whole=whole, last_row=whole[2], half=count(22, 3).half(), transposed=whole.t())
    state["counter"] = torch.tensor(7)
    checkpoint = {"state_dict": state, "epoch": 3, "val_result": None, "arch": "RN50", "best": True}
    torch.save(checkpoint, DATA / "torch_legacy.pt", _use_new_zipfile_serialization=False)


def parallel():
    state = collections.OrderedDict()
    state["module.ctx"] = count(31, 2, 3).half()
    state["module.meta_net.linear1.weight"] = count(32, 1, 3).half()
    torch.save(state, DATA / "torch_parallel.pt")


WIDTH, PATCH, GRID, EMBED, CONTEXT, VOCABULARY = 64, 4, 2, 8, 6, 12


def half(name, *extents):
    return torch.from_numpy(formula_weights.values(name, extents)).half()


def blocks(state, prefix, source):
    """One residual block: q, k and v apart, as transformers has them."""
    weight, bias = half(f"{source}.attn.in_proj_weight", 3 * WIDTH, WIDTH), half(f"{source}.attn.in_proj_bias", 3 * WIDTH)
    for i, part in enumerate("qkv"):
        state[f"{prefix}.self_attn.{part}_proj.weight"] = weight[i * WIDTH : (i + 1) * WIDTH]
        state[f"{prefix}.self_attn.{part}_proj.bias"] = bias[i * WIDTH : (i + 1) * WIDTH]
    maps = {"self_attn.out_proj": ("attn.out_proj", 1, 1), "mlp.fc1": ("mlp.c_fc", 4, 1), "mlp.fc2": ("mlp.c_proj", 1, 4)}
    for name, (theirs, outputs, inputs) in maps.items():
        state[f"{prefix}.{name}.weight"] = half(f"{source}.{theirs}.weight", outputs * WIDTH, inputs * WIDTH)
        state[f"{prefix}.{name}.bias"] = half(f"{source}.{theirs}.bias", outputs * WIDTH)
    for name, theirs in {"layer_norm1": "ln_1", "layer_norm2": "ln_2"}.items():
        norm(state, f"{prefix}.{name}", f"{source}.{theirs}")


def norm(state, name, source):
    state[f"{name}.weight"], state[f"{name}.bias"] = half(f"{source}.weight", WIDTH), half(f"{source}.bias", WIDTH)


def hugging_face():
    state = {"logit_scale": half("logit_scale")}
    text, vision = "text_model", "vision_model"
    state[f"{text}.embeddings.token_embedding.weight"] = half("token_embedding.weight", VOCABULARY, WIDTH)
    state[f"{text}.embeddings.position_embedding.weight"] = half("positional_embedding", CONTEXT, WIDTH)
    state[f"{text}.embeddings.position_ids"] = torch.arange(CONTEXT)[None]
    blocks(state, f"{text}.encoder.layers.0", "transformer.resblocks.0")
    norm(state, f"{text}.final_layer_norm", "ln_final")
    state["text_projection.weight"] = half("text_projection", WIDTH, EMBED).t().contiguous()
    state[f"{vision}.embeddings.class_embedding"] = half("visual.class_embedding", WIDTH)
    state[f"{vision}.embeddings.patch_embedding.weight"] = half("visual.conv1.weight", WIDTH, 3, PATCH, PATCH)
    positions = half("visual.positional_embedding", GRID * GRID + 1, WIDTH)
    state[f"{vision}.embeddings.position_embedding.weight"] = positions
    state[f"{vision}.embeddings.position_ids"] = torch.arange(GRID * GRID + 1)[None]
    norm(state, f"{vision}.pre_layrnorm", "visual.ln_pre")
    blocks(state, f"{vision}.encoder.layers.0", "visual.transformer.resblocks.0")
    norm(state, f"{vision}.post_layernorm", "visual.ln_post")
    state["visual_projection.weight"] = half("visual.proj", WIDTH, EMBED).t().contiguous()
    write_safetensors(DATA / "clip_hugging_face.safetensors", state)


def write_safetensors(path, state):
    import json
    import struct

    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in state.items():
        size = tensor.numel() * tensor.element_size()
        kind = {torch.float16: "F16", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in state.values():
            file.write(tensor.contiguous().numpy().tobytes())


def open_clip():
    state = collections.OrderedDict()
    for name, extents in {
        "text.positional_embedding": (CONTEXT, WIDTH),
        "text.token_embedding.weight": (VOCABULARY, WIDTH),
        "text.ln_final.weight": (WIDTH,),
        "text.ln_final.bias": (WIDTH,),
        "visual.class_embedding": (WIDTH,),
        "visual.proj": (WIDTH, EMBED),
        "visual.conv1.weight": (WIDTH, 3, PATCH, PATCH),
        "visual.positional_embedding": (GRID * GRID + 1, WIDTH),
    }.items():
        state[f"module.{name}"] = half(name.removeprefix("text."), *extents)
    block = "transformer.resblocks.0."
    for name, extents in {
        "ln_1.weight": (WIDTH,),
        "ln_1.bias": (WIDTH,),
        "attn.in_proj_weight": (3 * WIDTH, WIDTH),
        "attn.in_proj_bias": (3 * WIDTH,),
        "attn.out_proj.weight": (WIDTH, WIDTH),
        "attn.out_proj.bias": (WIDTH,),
        "ln_2.weight": (WIDTH,),
        "ln_2.bias": (WIDTH,),
        "mlp.c_fc.weight": (4 * WIDTH, WIDTH),
        "mlp.c_fc.bias": (4 * WIDTH,),
        "mlp.c_proj.weight": (WIDTH, 4 * WIDTH),
        "mlp.c_proj.bias": (WIDTH,),
    }.items():
        state[f"module.text.{block}{name}"] = half(block + name, *extents)
    state["module.text.text_projection.weight"] = half("text_projection", WIDTH, EMBED).t().contiguous()
    state["module.logit_scale"] = half("logit_scale").reshape(1)
    torch.save({"epoch": 32, "name": "tiny", "state_dict": state}, DATA / "clip_open_clip.pt")


def main():
    torch.manual_seed(1)
    plain()
    coop_checkpoint()
    scripted()
    legacy()
    parallel()
    hugging_face()
    open_clip()
    files = sorted([*DATA.glob("torch_*.p*"), *DATA.glob("clip_*")])
    for file in files:
        print(f"{file.stat().st_size:8} {file.name}")
    print(sum(file.stat().st_size for file in files))
    with zipfile.ZipFile(DATA / "torch_scripted.pt") as archive:
        print("\n".join(archive.namelist()))


if __name__ == "__main__":
    main()
