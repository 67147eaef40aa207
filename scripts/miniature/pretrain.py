# SPDX-License-Identifier: MIT
"""Contrastive pre-training of the miniature CLIP on a rendered corpus; see README.md for the recipe.

Time, not steps, is the budget: the learning rate follows a cosine over the fraction of the minutes used. With
--teacher, only an image tower is trained: against the frozen text tower of the teacher's file, and toward the
features that the teacher's image tower gives for the same crop.
"""

import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import clip
import export
import tensor_file
from vocabulary import Vocabulary

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)


def load_corpus(directory, vocabulary):
    """Pictures (N, 64, 64, 3) uint8, mapped, and ids (N, 3, context) int16."""
    pictures = np.memmap(f"{directory}/pictures.u8", np.uint8, "r").reshape(-1, 64, 64, 3)
    captions, cache = f"{directory}/captions.txt", f"{directory}/captions-{len(vocabulary)}.npy"
    if not os.path.exists(cache) or os.path.getmtime(cache) < os.path.getmtime(captions):
        ids = np.zeros((len(pictures), 3, clip.TEXT["context"]), np.int16)
        with open(captions, encoding="ascii") as lines:
            for row, line in enumerate(lines):
                for column, text in enumerate(line.rstrip("\n").split("\t")):
                    tokens = [vocabulary.start, *vocabulary.encode(text), vocabulary.end]
                    ids[row, column, : len(tokens)] = tokens
        np.save(cache, ids)
    return pictures, np.load(cache, mmap_mode="r")


def normalised(pictures):
    x = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float()
    return x.div_(255).sub_(MEAN).div_(DEVIATION)


def crops(x, random):
    """Mild crops: 70 to 100 % of the area, sides stretched by a tenth; no mirror, as captions say left."""

    def even(low, high):
        return torch.empty(len(x)).uniform_(low, high, generator=random)

    side, stretch = even(0.7, 1).sqrt(), even(0.9, 1.1)
    wide, tall = (side * stretch).clamp(max=1), (side / stretch).clamp(max=1)
    frame = torch.zeros(len(x), 2, 3)
    frame[:, 0, 0], frame[:, 1, 1] = wide, tall
    frame[:, 0, 2], frame[:, 1, 2] = (1 - wide) * even(-1, 1), (1 - tall) * even(-1, 1)
    grid = F.affine_grid(frame, x.shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False, padding_mode="reflection")


def text_features(model, ids, parts=4):
    """Features of captions, in groups of like length so that short ones do not pay for long ones."""
    order = ids.argmax(-1).argsort()
    features = torch.cat([model.encode_text(ids[group]) for group in order.chunk(parts)])
    return features[order.argsort()]


def parameter_groups(model, decay):
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        decayed = parameter.ndim >= 2 and "embedding" not in name
        (matrices if decayed else rest).append(parameter)
    return [dict(params=matrices, weight_decay=decay), dict(params=rest, weight_decay=0.0)]


def set_rate(optimizer, options, step, used):
    """Warm-up by steps, times a cosine over the fraction of the time that is used; the rate without its floor."""
    rate = options.rate * min(1, (step + 1) / options.warm_up) * (0.5 + 0.5 * math.cos(math.pi * used))
    for group in optimizer.param_groups:
        group["lr"] = rate + 1e-6
    return rate


def contrastive(pictures, captions, scale):
    logits = scale * pictures @ captions.t()
    truth = torch.arange(len(logits))
    return (F.cross_entropy(logits, truth) + F.cross_entropy(logits.t(), truth)) / 2, logits


class Teacher:
    """A trained miniature, re-read when its file changes: it may still be learning itself."""

    def __init__(self, path):
        self.path, self.time = path, 0.0
        self.refresh()

    def refresh(self):
        written = os.path.getmtime(self.path)
        if written == self.time:
            return False
        self.time = written
        tensors, metadata = tensor_file.read(self.path)
        self.model = export.model_of(tensors, metadata)
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=clip.SIZES, required=True)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--vocabulary", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--out", required=True, help="the safetensors file, rewritten every few minutes")
    parser.add_argument("--teacher", help="a miniature's file: train an image tower toward it")
    parser.add_argument("--teaching", type=float, default=20.0, help="weight of the teacher's features")
    parser.add_argument("--initial", help="a miniature's file: start from its weights")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--warm-up", type=int, default=300, help="steps")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=4)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random = torch.Generator().manual_seed(options.seed)
    vocabulary = Vocabulary(options.vocabulary)
    pictures, ids = load_corpus(options.corpus, vocabulary)
    teacher = Teacher(options.teacher) if options.teacher else None
    model = clip.Clip(options.model, len(vocabulary))
    before = "none"
    if options.initial:
        tensors, metadata = tensor_file.read(options.initial)
        model.load_state_dict(export.in_single_precision(tensors))
        before = f"{metadata['recipe']}, {metadata['pairs']} pairs"
    if teacher:
        export.copy_text(teacher.model, model)
    model.visual = model.visual.to(memory_format=torch.channels_last)
    trained = model.visual if teacher else model
    optimizer = torch.optim.AdamW(parameter_groups(trained, options.decay), betas=(0.9, 0.98), eps=1e-6)

    def save(seen):
        export.save(
            options.out,
            model,
            options.model,
            recipe=f"contrastive, batch {options.batch}, rate {options.rate}, decay {options.decay}",
            minutes=options.minutes,
            seed=options.seed,
            pairs=seen,
            pictures=len(pictures),
            teacher=os.path.basename(options.teacher) if options.teacher else "none",
            before=before,
        )

    start = saved = time.time()
    step, loss_mean, order, at = 0, None, torch.randperm(len(pictures), generator=random), 0
    while (used := (time.time() - start) / 60 / options.minutes) < 1:
        rate = set_rate(optimizer, options, step, used)
        if at + options.batch > len(order):
            order, at = torch.randperm(len(pictures), generator=random), 0
        chosen = order[at : at + options.batch].sort().values.numpy()
        at += options.batch
        x = crops(normalised(pictures[chosen]), random).contiguous(memory_format=torch.channels_last)
        column = torch.randint(0, 3, (len(chosen),), generator=random).numpy()
        text = torch.from_numpy(ids[chosen, column].astype(np.int64))

        seen = F.normalize(model.visual(x), dim=-1)
        with torch.set_grad_enabled(teacher is None):
            read = F.normalize(text_features(model, text), dim=-1)
        scale = model.logit_scale.exp()
        loss, logits = contrastive(seen, read, scale if teacher is None else scale.detach())
        if teacher:
            with torch.no_grad():
                target = F.normalize(teacher.model.visual(x), dim=-1)
            loss = loss + options.teaching * (1 - (seen * target).sum(-1)).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))

        step += 1
        loss_mean = loss.item() if loss_mean is None else 0.98 * loss_mean + 0.02 * loss.item()
        if step % 50 == 0:
            hits = (logits.argmax(1) == torch.arange(len(logits))).float().mean().item()
            print(
                f"{(time.time() - start) / 60:.1f} min, step {step}, pairs {step * options.batch},",
                f"loss {loss_mean:.3f}, hits {hits:.3f}, scale {scale.item():.1f}, rate {rate:.5f}",
                flush=True,
            )
        if time.time() - saved > 60 * options.save_minutes:
            saved = time.time()
            save(step * options.batch)
            if teacher and teacher.refresh():
                export.copy_text(teacher.model, model)
    save(step * options.batch)


if __name__ == "__main__":
    main()
