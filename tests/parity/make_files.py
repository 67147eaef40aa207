# SPDX-License-Identifier: MIT
"""Checkpoints of full size, written by the libraries whose files coop reads; make_golden.py --files calls write().

    RN50.pt, ViT-B-16.pt           traced modules as OpenAI released theirs: float16 and float32 mixed, three integers
                                   at the root
    ViT-B-16.legacy.pth            the same tensors by torch.save before zip files
    hugging_face.safetensors       ViT-B/16 under CLIPModel's names
    open_clip.safetensors          ViT-B/16 under the names of open_clip's CLIP
    open_clip_custom.safetensors   and of its CustomTextCLIP
    model.pth.tar-50               a checkpoint of CoOp: context, token buffers, SGD and the schedule's objects

tests/support/compare_files.cpp loads each and holds it against the formula weights.
"""

import collections
import pathlib

import safetensors.torch
import torch
from torch import nn

import make_golden
import published_clip

HALF_MATRICES = ("in_proj_weight", "in_proj_bias", "text_projection", "visual.proj")


def is_half(model):
    """Names of what the released files hold as float16: convolutions, affine maps, and a few bare matrices."""
    names = set()
    for path, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            names.update(f"{path}.{part}" for part, _ in module.named_parameters(recurse=False))
    names.update(name for name in model.state_dict() if name.endswith(HALF_MATRICES))
    return names


def rounded(model):
    half = is_half(model)
    return {k: v.half() if k in half else v for k, v in model.state_dict().items()}


def trace(name, path):
    model = published_clip.whole(name)
    for word, number in (("input_resolution", 224), ("context_length", 77), ("vocab_size", 49408)):
        model.register_buffer(word, torch.tensor(number))
    half = is_half(model)
    ids = torch.zeros(1, 77, dtype=torch.long)
    ids[0, :3] = torch.tensor([published_clip.START, 320, published_clip.END])
    traced = torch.jit.trace(model, (torch.zeros(1, 3, 224, 224), ids), check_trace=False)
    for key, parameter in traced.named_parameters():
        if key in half:
            parameter.data = parameter.data.half()
    traced.save(str(path))


class ConstantWarmup(torch.optim.lr_scheduler.LRScheduler):
    """A constant rate for one epoch, then the schedule that it holds: as Dassl's, an object inside the other."""

    def __init__(self, optimizer, successor, warmup_epoch, cons_lr):
        self.successor, self.warmup_epoch, self.cons_lr = successor, warmup_epoch, cons_lr
        super().__init__(optimizer)

    def get_lr(self):
        if self.last_epoch >= self.warmup_epoch:
            return self.successor.get_last_lr()
        return [self.cons_lr for _ in self.base_lrs]


def coop_checkpoint(path):
    tower = published_clip.text_tower(512)
    learner = published_clip.PromptLearner(tower, make_golden.read_names(), "unified", "end", 16)
    sgd = torch.optim.SGD(learner.parameters(), lr=0.002, momentum=0.9, weight_decay=5e-4)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, 50.0)
    warmup = ConstantWarmup(sgd, cosine, 1, 1e-5)
    learner.ctx.grad = torch.ones_like(learner.ctx)
    sgd.step()
    state = collections.OrderedDict(
        (k, learner.state_dict()[k].detach()) for k in ("ctx", "token_prefix", "token_suffix")
    )
    torch.save(
        {"state_dict": state, "epoch": 50, "optimizer": sgd.state_dict(),
         "scheduler": {k: v for k, v in warmup.__dict__.items() if k != "optimizer"}, "val_result": None}, path
    )  # fmt: skip
    safetensors.torch.save_file({"ctx": state["ctx"].contiguous()}, path.with_name("context_of_checkpoint.safetensors"))


@torch.no_grad()
def tensors(folder):
    state = rounded(published_clip.whole("ViT-B/16"))
    torch.save(state, folder / "ViT-B-16.legacy.pth", _use_new_zipfile_serialization=False)

    def save(name, entries):
        safetensors.torch.save_file({k: v.contiguous() for k, v in entries.items()}, folder / name)

    save("hugging_face.safetensors", make_golden.hugging_face_names(state))
    save("open_clip.safetensors", state)
    text = ("text_projection", "positional_embedding", "token_embedding.", "transformer.", "ln_final.")
    save("open_clip_custom.safetensors", {"text." + k if k.startswith(text) else k: v for k, v in state.items()})


def write(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    trace("RN50", folder / "RN50.pt")
    trace("ViT-B/16", folder / "ViT-B-16.pt")
    tensors(folder)
    coop_checkpoint(folder / "model.pth.tar-50")
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:12} {path.name}")
