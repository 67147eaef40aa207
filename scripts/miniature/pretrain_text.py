# SPDX-License-Identifier: MIT
"""Trains a text tower, from scratch or from another, against a frozen image tower (locked-image tuning, Zhai et al. 2022).

The image tower and its pictures do not change, so their features are computed once and kept in a file beside
the corpus; a text tower then sees many captions in little time. Time is the budget, as in pretrain.py.
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
from pretrain import contrastive, load_corpus, normalised, parameter_groups, set_rate, text_features
from vocabulary import Vocabulary


@torch.no_grad()
def features_of(weights, tower, pictures, count, cache):
    """Features of unit length (count, E) of whole pictures; read from `cache` if newer than the weights."""
    if os.path.exists(cache) and os.path.getmtime(cache) > os.path.getmtime(weights):
        kept = np.load(cache)
        if len(kept) >= count:
            return torch.from_numpy(kept[:count]).float()
    tower = tower.eval().to(memory_format=torch.channels_last)
    parts = []
    for first in range(0, count, 256):
        x = normalised(pictures[first : min(first + 256, count)])
        parts.append(F.normalize(tower(x.contiguous(memory_format=torch.channels_last)), dim=-1).half())
    features = torch.cat(parts)
    np.save(cache, features.numpy())
    return features.float()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, help="a miniature's file, for its image tower")
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--vocabulary", required=True)
    parser.add_argument("--pictures", type=int, required=True, help="how many of the corpus")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--initial", help="a miniature's file: start from its text tower, not from scratch")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--warm-up", type=int, default=100, help="steps")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random = torch.Generator().manual_seed(options.seed)
    vocabulary = Vocabulary(options.vocabulary)
    tensors, metadata = tensor_file.read(options.weights)
    model = clip.Clip(metadata["backbone"], len(vocabulary))
    tower = {name: t for name, t in export.in_single_precision(tensors).items() if name.startswith("visual.")}
    model.load_state_dict(tower, strict=False)
    model.visual.requires_grad_(False)
    before = "none"
    if options.initial:
        tensors, earlier = tensor_file.read(options.initial)
        export.copy_text(export.model_of(tensors, earlier), model)
        before = f"{earlier['recipe']}, {earlier['pairs']} pairs"
    pictures, ids = load_corpus(options.corpus, vocabulary)
    cache = f"{options.corpus}/features-{os.path.basename(options.weights)}.npy"
    features = features_of(options.weights, model.visual, pictures, options.pictures, cache)
    groups = [
        dict(group, params=[p for p in group["params"] if p.requires_grad])
        for group in parameter_groups(model, options.decay)
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
    trained = [p for group in groups for p in group["params"]]

    start, shown = time.time(), 0
    step, loss_mean, hits_mean, order, at = 0, None, 0.0, torch.randperm(len(features), generator=random), 0
    while (used := (time.time() - start) / 60 / options.minutes) < 1:
        set_rate(optimizer, options, step, used)
        if at + options.batch > len(order):
            order, at = torch.randperm(len(features), generator=random), 0
        chosen = order[at : at + options.batch]
        at += options.batch
        column = torch.randint(0, 3, (len(chosen),), generator=random).numpy()
        text = torch.from_numpy(ids[chosen.numpy(), column].astype(np.int64))
        read = F.normalize(text_features(model, text, parts=8), dim=-1)
        loss, logits = contrastive(features[chosen], read, model.logit_scale.exp())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
            hits = (logits.argmax(1) == torch.arange(len(logits))).float().mean().item()
        step += 1
        loss_mean = loss.item() if loss_mean is None else 0.98 * loss_mean + 0.02 * loss.item()
        hits_mean = hits if step == 1 else 0.98 * hits_mean + 0.02 * hits
        if used * options.minutes > shown:
            shown += 0.5
            print(
                f"{used * options.minutes:.1f} min, step {step}, pairs {step * options.batch},",
                f"loss {loss_mean:.3f}, hits {hits_mean:.3f}, scale {model.logit_scale.exp().item():.1f}",
                flush=True,
            )
    image = {f"image_{name}": metadata.get(name, "none") for name in ("recipe", "seed", "pairs", "pictures", "before")}
    export.save(
        options.out,
        model,
        metadata["backbone"],
        recipe=f"text tower, image locked; contrastive, batch {options.batch}, rate {options.rate}, "
        f"decay {options.decay}",
        minutes=options.minutes,
        seed=options.seed,
        pairs=step * options.batch,
        pictures=len(features),
        teacher="none",
        before=before,
        **image,
    )


if __name__ == "__main__":
    main()
