#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# make_draws.py > few_shot_draws.txt
#
# Few-shot draws as the published code makes them, by CPython's own random module: for lists shaped like those of
# the paper's eleven data sets, five seeds and five numbers of shots; and the base and new halves of some. A draw is
# written as the first 16 digits of the SHA-256 of its indices. The lists are made by rules, which few_shot_test.cpp
# repeats; their totals are the published ones.
import hashlib
import random

# name: classes, training and validation pictures, how the labels come
SHAPES = [
    ("ImageNet", 1000, 1281167, 0, "uneven"),
    ("Caltech101", 100, 4128, 1649, "uneven"),
    ("OxfordPets", 37, 2944, 736, "uneven"),
    ("StanfordCars", 196, 6509, 1635, "uneven"),
    ("OxfordFlowers", 102, 4093, 1633, "shuffled"),
    ("Food101", 101, 50500, 20200, "even"),
    ("FGVCAircraft", 100, 3334, 3333, "alternating"),
    ("SUN397", 397, 15880, 3970, "even"),
    ("DescribableTextures", 47, 2820, 1128, "even"),
    ("EuroSAT", 10, 13500, 5400, "uneven"),
    ("UCF101", 101, 7639, 1898, "uneven"),
]
SEEDS = [1, 2, 3, 4, 5]
SHOTS = [1, 2, 4, 8, 16]
HALVED = ["OxfordPets", "StanfordCars", "OxfordFlowers", "FGVCAircraft", "UCF101"]


def sizes(classes, total, how):
    weights = [100 if how in ("even", "alternating") else 70 + c * 37 % 61 for c in range(classes)]
    given = [total * w // sum(weights) for w in weights]
    for c in range(total - sum(given)):
        given[c] += 1
    return given


def labels(classes, total, how):
    left = sizes(classes, total, how)
    if how == "alternating":
        listed = []
        while len(listed) < total:
            for c in range(classes):
                if left[c] > 0:
                    listed.append(c)
                    left[c] -= 1
        return listed
    order = [(31 * c + 7) % classes for c in range(classes)] if how == "shuffled" else range(classes)
    return [c for c in order for _ in range(left[c])]


def groups(listed):
    """Indices of each label, labels in order of first appearance."""
    found = {}
    for index, label in enumerate(listed):
        found.setdefault(label, []).append(index)
    return found


def draw(of_label, shots):
    drawn = []
    for items in of_label.values():
        drawn += random.sample(items, shots) if len(items) >= shots else items
    return drawn


def digest(words):
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()[:16]


def main():
    for name, classes, train_total, val_total, how in SHAPES:
        train_labels = labels(classes, train_total, how)
        train = groups(train_labels)
        val = groups(labels(classes, val_total, how))
        for seed in SEEDS:
            for shots in SHOTS:
                random.seed(seed)
                drawn = draw(train, shots)
                validated = draw(val, min(shots, 4))
                print(name, seed, shots, "all", digest(drawn + validated))
                if name not in HALVED or shots != 16:
                    continue
                present = sorted({train_labels[index] for index in drawn})
                first = (len(present) + 1) // 2
                for half, kept in (("base", present[:first]), ("new", present[first:])):
                    renamed = {label: at for at, label in enumerate(kept)}
                    words = [f"{i}:{renamed[train_labels[i]]}" for i in drawn if train_labels[i] in renamed]
                    print(name, seed, shots, half, digest(words))


if __name__ == "__main__":
    main()
