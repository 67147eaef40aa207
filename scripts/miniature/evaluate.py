# SPDX-License-Identifier: MIT
"""A compact reading of a miniature on the drawn tasks: zero-shot, CoOp and a linear probe, in PyTorch.

It exists to steer pre-training. Give it the development split and seeds other than those of the published
table; the library's own program reports on the test split.
"""

import argparse
import collections
import json
import math
import os
import subprocess

import numpy as np
import torch
import torch.nn.functional as F

import export
import tensor_file
from pretrain import normalised
from vocabulary import Vocabulary

POOL = 64  # training pictures a class
EPOCHS = {1: 50, 2: 100, 4: 100, 8: 200, 16: 200}


@torch.no_grad()
def features_of(model, pictures):
    parts = [model.visual(normalised(pictures[i : i + 256])) for i in range(0, len(pictures), 256)]
    return F.normalize(torch.cat(parts), dim=-1)


class Task:
    """Features and labels of one task."""

    def __init__(self, model, task, split, renderer, cache):
        self.name, self.prompt, self.classes = task["name"], task["prompt"], task["classes"]
        count = len(self.classes)
        each = max(30, 600 // count)
        self.test = features_of(model, self._pictures(split, each, renderer, cache))
        self.test_labels = torch.arange(count).repeat_interleave(each)
        self.pool = features_of(model, self._pictures("train", POOL, renderer, cache)).view(count, POOL, -1)

    def _pictures(self, split, each, renderer, cache):
        path = f"{cache}/{self.name}-{split}.u8"
        if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(renderer):
            subprocess.check_call([renderer, "task", self.name, split, str(each), cache])
        return np.fromfile(path, np.uint8).reshape(-1, 64, 64, 3)

    def shots(self, count, seed):
        """Features and labels of `count` pictures a class, and four more a class to choose by."""
        random = torch.Generator().manual_seed(seed)
        orders = [torch.randperm(POOL, generator=random) for _ in self.classes]
        train = torch.cat([self.pool[c, o[:count]] for c, o in enumerate(orders)])
        val = torch.cat([self.pool[c, o[count : count + min(count, 4)]] for c, o in enumerate(orders)])
        names = torch.arange(len(self.classes))
        return train, names.repeat_interleave(count), val, names.repeat_interleave(min(count, 4))

    def accuracy(self, weights, bias=0):
        return 100 * ((self.test @ weights.t() + bias).argmax(1) == self.test_labels).float().mean().item()


def padded(rows):
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    return ids


@torch.no_grad()
def zero_shot(model, vocabulary, task, template):
    texts = [template.replace("{}", name) for name in task.classes]
    ids = padded([[vocabulary.start, *vocabulary.encode(t), vocabulary.end] for t in texts])
    return task.accuracy(F.normalize(model.encode_text(ids), dim=-1))


def coop(model, vocabulary, task, shots, seed, specific=False, length=16, rate=0.002, batch=32):
    """Context before the name, learned with SGD as in the paper, on features of pictures as they are."""
    count, width = len(task.classes), model.positional_embedding.shape[1]
    random = torch.Generator().manual_seed(seed)
    shape = (count, length, width) if specific else (1, length, width)
    context = (torch.randn(shape, generator=random) * 0.02).requires_grad_(True)
    names = [[*vocabulary.encode(name + "."), vocabulary.end] for name in task.classes]
    end = torch.tensor([length + len(row) for row in names])
    with torch.no_grad():
        start = model.token_embedding(torch.tensor([vocabulary.start])).expand(count, 1, -1)
        tail = model.token_embedding(padded(names))

    def weights():
        prompt = torch.cat([start, context.expand(count, -1, -1), tail], 1)
        return F.normalize(model.encode_embeddings(prompt, end), dim=-1)

    train, labels, _, _ = task.shots(shots, seed)
    scale = model.logit_scale.exp()
    optimizer = torch.optim.SGD([context], rate, momentum=0.9, weight_decay=5e-4)
    epochs = 50 if task.name == "objects" else EPOCHS[shots]  # as for the paper's ImageNet
    for epoch in range(epochs):
        for group in optimizer.param_groups:
            group["lr"] = 1e-5 if epoch == 0 else rate * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / epochs))
        order = torch.randperm(len(train), generator=random)
        for at in range(0, max(len(train) // batch, 1) * batch, batch):
            chosen = order[at : at + batch]
            loss = F.cross_entropy(scale * train[chosen] @ weights().t(), labels[chosen])
            (context.grad,) = torch.autograd.grad(loss, context)
            optimizer.step()
    with torch.no_grad():
        return task.accuracy(weights())


def probe(task, shots, seed):
    """Logistic regression on the features, its penalty chosen on the pictures set aside."""
    train, labels, val, val_labels = task.shots(shots, seed)
    best = (-1.0, 0.0)
    for penalty in (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4):
        weights = torch.zeros(len(task.classes), train.shape[1], requires_grad=True)
        bias = torch.zeros(len(task.classes), requires_grad=True)
        solver = torch.optim.LBFGS([weights, bias], max_iter=60, line_search_fn="strong_wolfe")

        def closure():
            solver.zero_grad()
            loss = F.cross_entropy(train @ weights.t() + bias, labels) + penalty * weights.square().sum() / 2
            loss.backward()
            return loss

        solver.step(closure)
        with torch.no_grad():
            right = ((val @ weights.t() + bias).argmax(1) == val_labels).float().mean().item()
            best = max(best, (right, task.accuracy(weights, bias)), key=lambda pair: pair[0])
    return best[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--vocabulary", required=True)
    parser.add_argument("--renderer", required=True)
    parser.add_argument("--cache", required=True, help="folder for rendered pictures")
    parser.add_argument("--split", choices=("development", "test"), default="development")
    parser.add_argument("--seeds", type=int, nargs="+", default=[11])
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--tasks", nargs="*")
    parser.add_argument("--specific", action="store_true", help="class-specific too, at the fewest shots")
    parser.add_argument("--deviation", type=float, help="of the token embeddings, instead of the file's")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    vocabulary = Vocabulary(options.vocabulary)
    tensors, metadata = tensor_file.read(options.weights)
    if options.deviation:
        tensors = export.scaled_stream(export.in_single_precision(tensors), options.deviation)
    model = export.model_of(tensors, metadata)
    for parameter in model.parameters():
        parameter.requires_grad_(False)

    print(options.weights, metadata, options.split, options.seeds, options.deviation)
    sums = collections.defaultdict(list)
    for entry in json.loads(subprocess.check_output([options.renderer, "tasks"])):
        if options.tasks and entry["name"] not in options.tasks:
            continue
        task = Task(model, entry, options.split, options.renderer, options.cache)
        row = {
            "single": zero_shot(model, vocabulary, task, "a photo of a {}."),
            "hand": zero_shot(model, vocabulary, task, task.prompt),
        }

        def mean(method):
            return np.mean([method(seed) for seed in options.seeds])

        for shots in options.shots:
            row[f"coop{shots}"] = mean(lambda seed: coop(model, vocabulary, task, shots, seed))
        for shots in options.shots:
            row[f"probe{shots}"] = mean(lambda seed: probe(task, shots, seed))
        if options.specific:
            fewest = options.shots[0]
            row["specific"] = mean(lambda seed: coop(model, vocabulary, task, fewest, seed, specific=True))
        print(f"{task.name:9}", " ".join(f"{k} {v:5.1f}" for k, v in row.items()), flush=True)
        for key, value in row.items():
            sums[key].append(value)
    print(f"{'mean':9}", " ".join(f"{k} {np.mean(v):5.1f}" for k, v in sums.items()))


if __name__ == "__main__":
    main()
