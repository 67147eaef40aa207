# SPDX-License-Identifier: MIT
"""What PyTorch does beside coop, on any of its devices and in any precision: the published step, and image towers.

Weights, context, features and pictures are by formula (tests/parity/formula_weights.py), so both sides hold the same
bits; the statement of the model is tests/parity/published_clip.py.
"""

import contextlib
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "parity"))
import formula_weights  # noqa: E402
import published_clip  # noqa: E402

BATCH = 32

# How PyTorch multiplies: the type of weights and activations, and whether float32 products may be tf32.
PRECISIONS = {
    "float32": (torch.float32, False),
    "tf32": (torch.float32, True),
    "float16": (torch.float16, False),
    "bfloat16": (torch.bfloat16, False),
}
# How far features and gradients may be from coop's in the same precision, relative to their norms.
FEATURES = {"float32": 1e-4, "tf32": 1e-2, "float16": 1e-2, "bfloat16": 3e-2}
GRADIENTS = {"float32": 1e-4, "tf32": 2e-2, "float16": 3e-2, "bfloat16": 6e-2}


@contextlib.contextmanager
def products_in(precision):
    """Inside, float32 products are what the precision says."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = PRECISIONS[precision][1]
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def wait(device):
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()


def seconds(call, device="cpu", times=1, now=time.perf_counter):
    """Of one of so many calls that follow each other, from the asking until the device has done them."""
    wait(device)
    begin = now()
    for _ in range(times):
        call()
    wait(device)
    return (now() - begin) / times


def apart(found, expected):
    """Norm of the difference over norm."""
    found, expected = np.asarray(found, np.float64).ravel(), np.asarray(expected, np.float64).ravel()
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def fused_attention(q, k, v, mask=None):
    """PyTorch's own; the only mask that CLIP has is the causal one."""

    def heads(x):
        return x.unflatten(-1, (-1, published_clip.HEAD)).transpose(1, 2)

    out = F.scaled_dot_product_attention(heads(q), heads(k), heads(v), is_causal=mask is not None)
    return out.transpose(1, 2).flatten(2)


class Step:
    """CoOp's training step as published: all positions of every class up to `window`, in every step.

    The tower keeps weights and activations in the precision's type, as the published fp16 does; loss and context are
    float32. `compiled` puts everything between context and loss under torch.compile.
    """

    def __init__(self, named, context, placement, length, window, device="cpu", precision="float32", compiled=False):
        kind, _ = PRECISIONS[precision]
        self.device, self.precision = device, precision
        tower = published_clip.text_tower(512)
        self.learner = published_clip.PromptLearner(tower, named, context, placement, length).to(device)
        scale = float(tower.logit_scale.exp())
        self.tower = tower.to(device, kind)
        values = formula_weights.uniform(formula_weights.hash_of("features"), BATCH * 512).reshape(BATCH, 512)
        self.features = F.normalize(torch.from_numpy(values.astype(np.float64)), dim=1).float().to(device)
        self.labels = torch.tensor([(7 * b + 3) % len(named) for b in range(BATCH)], device=device)
        self.sgd = torch.optim.SGD([self.learner.ctx], lr=0.0, momentum=0.9, weight_decay=5e-4)

        def loss_of():
            prompts = self.learner()[:, :window].to(kind)
            text = self.tower.features(prompts, self.learner.end).float()
            text = text / text.norm(dim=-1, keepdim=True)
            return F.cross_entropy(scale * self.features @ text.t(), self.labels)

        self.loss_of = torch.compile(loss_of) if compiled else loss_of

    def once(self):
        with products_in(self.precision):
            loss = self.loss_of()
            self.sgd.zero_grad()
            loss.backward()
            self.sgd.step()
        return loss

    def timed(self, times=1):
        """The seconds of a step and its loss; as published, the loss is read in every step."""
        losses = []
        passed = seconds(lambda: losses.append(self.once().item()), self.device, times)
        return passed, losses[-1]

    def gradient(self):
        return self.learner.ctx.grad.float().cpu().numpy().ravel()


def agreeing(ours, theirs, most, most_of_loss=None):
    """The first step of each, which also warms up; gradients may be `most` apart, and so may losses or less."""
    _, loss = ours.timed()
    _, expected = theirs.timed()
    between = apart(ours.gradient(), theirs.gradient())
    if not abs(loss - expected) <= (most_of_loss or most) * abs(expected) or not between <= most:
        raise ValueError(f"not the same step: loss {loss} and {expected}, gradients {between:.1e} apart")
    return abs(loss - expected) / abs(expected), between


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


class Encoder:
    """An image tower and its pictures; channels last where there are convolutions, under torch.compile if so asked."""

    def __init__(self, tower, pictures, device="cpu", precision="float32", compiled=False):
        kind, _ = PRECISIONS[precision]
        self.device, self.precision, self.compiled = device, precision, compiled
        self.tower = tower.to(device, kind)
        self.pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(device, kind)
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

    def once(self):
        with products_in(self.precision), torch.no_grad() if self.compiled else torch.inference_mode():
            return self.tower(self.pictures)

    def features(self):
        return self.once().float().cpu().numpy()
