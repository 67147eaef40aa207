# SPDX-License-Identifier: MIT
"""Byte-pair encoding in CLIP's manner: learning merges, their file in CLIP's format, and encoding.

Texts of the drawn worlds are ASCII, so the Unicode classes of CLIP's pre-tokenisation reduce to ASCII here.
"""

import collections
import re

WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")
END_OF_WORD = "</w>"


def byte_symbols():
    """The 256 byte symbols in the order of their ids, keyed by byte."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    moved = [b for b in range(256) if b not in kept]
    return {**{b: chr(b) for b in kept}, **{b: chr(256 + i) for i, b in enumerate(moved)}}


BYTES = byte_symbols()


def split(text):
    """Pre-tokens of a text, each as a tuple of symbols of which the last carries the end-of-word mark."""
    for word in WORD.findall(text.lower()):
        symbols = [BYTES[b] for b in word.encode()]
        yield tuple(symbols[:-1]) + (symbols[-1] + END_OF_WORD,)


def merge(symbols, pair):
    merged, i = [], 0
    while i < len(symbols):
        if symbols[i : i + 2] == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return tuple(merged)


def learn(texts, merges):
    """The `merges` most frequent pairs, found one after the other; ties go to the pair that sorts first."""
    counts = collections.Counter()
    for text in texts:
        counts.update(split(text))
    words = dict(counts)
    learnt = []
    for _ in range(merges):
        pairs = collections.Counter()
        for symbols, count in words.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        learnt.append(best)
        grown = collections.Counter()
        for symbols, count in words.items():
            grown[merge(symbols, best)] += count
        words = dict(grown)
    return learnt


class Vocabulary:
    """Merges, ids and encoding; reads the format of CLIP's merges file."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as lines:
            merges = [tuple(line.split()) for line in lines.read().splitlines()[1:] if line]
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        symbols = list(BYTES.values())
        symbols += [s + END_OF_WORD for s in symbols] + ["".join(pair) for pair in merges]
        symbols += ["<|startoftext|>", "<|endoftext|>"]
        self.ids = {symbol: i for i, symbol in enumerate(symbols)}
        self.start, self.end = len(symbols) - 2, len(symbols) - 1
        self.known = {}

    def __len__(self):
        return self.end + 1

    def encode(self, text):
        ids = []
        for symbols in split(text):
            if symbols not in self.known:
                self.known[symbols] = self._merged(symbols)
            ids += self.known[symbols]
        return ids

    def _merged(self, symbols):
        while len(symbols) > 1:
            best = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, 1 << 30))
            if best not in self.ranks:
                break
            symbols = merge(symbols, best)
        return [self.ids[s] for s in symbols]


def write(path, merges, comment):
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"#version: {comment}\n")
        for left, right in merges:
            out.write(f"{left} {right}\n")
