#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Texts to ids: coop beside Hugging Face's tokenizers (Rust), in turns.

    tokenizer.py PROGRAM VOCABULARY [--rounds 15] [--threads 1] [--text FILE ...]

PROGRAM is coop_benchmark_answer_tokenizer. The peer is CLIP's byte-pair encoding as transformers converts it, built
from the merges of the same vocabulary file. Both get a thousand class names in their sentence, and the lines of text
files (the project's own, unless others are said), without those that hold what only coop repairs: references of HTML
and characters beyond ASCII; and a few sentences of other languages. Ids are compared before anything is timed. Its words stay in its cache from round to
round. Of its ways, one text at a time, a batch, and a batch without offsets, the fastest counts.
"""

import argparse
import gzip
import os
import pathlib
import statistics
import sys
import tempfile
import time

from answering import Answering

ROOT = pathlib.Path(__file__).resolve().parents[2]
MERGES = 48894


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("vocabulary")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--text", nargs="+", default=[str(ROOT / "README.md"), str(ROOT / "CONTRIBUTING.md")])
    return parser.parse_args()


def byte_symbols():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(rest))]


def peer(path):
    """CLIP's tokenizer as transformers' convert_slow_tokenizer.CLIPConverter composes it."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    lines = gzip.open(path, "rt", encoding="utf-8").read().split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 1 + MERGES]]
    symbols = byte_symbols()
    symbols += [symbol + "</w>" for symbol in symbols] + ["".join(pair) for pair in merges]
    symbols += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {symbol: i for i, symbol in enumerate(symbols)}
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=merges,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            fuse_unk=False,
            unk_token="<|endoftext|>",
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    pattern = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer


class Ours(Answering):
    def open(self, texts):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("".join(text + "\n" for text in texts))
            file.flush()
            self.ask("open", file.name)

    def ids(self):
        with tempfile.NamedTemporaryFile("r") as file:
            self.ask("ids", file.name)
            return [[int(word) for word in line.split()] for line in open(file.name)]


def plain(text):
    return text.strip() and text.isascii() and "&" not in text and "<" not in text


def main():
    options = arguments()
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)  # before the library starts its threads
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if options.threads > 1 else "false"
    import tokenizers

    theirs = peer(options.vocabulary)
    ours = Ours(options.program, options.vocabulary)
    lines = [line.strip() for path in options.text for line in open(path, encoding="utf-8")]
    languages = [
        "ein foto einer straßenbahn in zürich, größer als früher, für die schüler über der brücke",
        "фотография кошки на крыше дома, который стоит у реки и смотрит на город",
        "一张猫的照片,它坐在屋顶上看着城市。这是一个美丽的早晨。",
        "une photo d'un goéland argenté près de la forêt, l'été dernier",
    ]
    work = {
        "others": 100 * languages,
        "names": [f"a photo of a {name}." for name in ours.head["names"]],
        "text": [line for line in lines if plain(line)],
    }
    ways = {
        "one": lambda texts: [theirs.encode(text, add_special_tokens=False) for text in texts],
        "batch": lambda texts: theirs.encode_batch(texts, add_special_tokens=False),
        "fast": lambda texts: theirs.encode_batch_fast(texts, add_special_tokens=False),
    }
    if options.threads > 1:
        del ways["one"]
    print(f"tokenizers {tokenizers.__version__}, {options.threads} thread(s)")
    print(f"{'work':6} {'strings':>8} {'tokens':>8} {'their way':>9} {'theirs us':>10} {'coop us':>9} {'times':>6} "
          f"{'coop MB/s':>9} {'Mtokens/s':>9}")  # fmt: skip
    for name, texts in work.items():
        ours.open(texts)
        expected = [encoding.ids for encoding in ways["batch"](texts)]
        found = ours.ids()
        for text, one, other in zip(texts, expected, found):
            if one != other:
                sys.exit(f"{text!r}: not the same ids: theirs {one}, coop {other}")
        times = {way: [] for way in [*ways, "coop"]}
        for _ in range(options.rounds):
            for way, encode in ways.items():
                begin = time.perf_counter()
                encode(texts)
                times[way].append(time.perf_counter() - begin)
            times["coop"].append(float(ours.ask("time", 5, options.threads)))
        best = min(ways, key=lambda way: statistics.median(times[way]))
        ratio = statistics.median(t / own for t, own in zip(times[best], times["coop"]))
        own = statistics.median(times["coop"])
        tokens = sum(len(ids) for ids in expected)
        print(f"{name:6} {len(texts):8} {tokens:8} {best:>9} {1e6 * statistics.median(times[best]):10.0f} "
              f"{1e6 * own:9.0f} {ratio:6.2f} {sum(map(len, texts)) / own / 1e6:9.1f} {tokens / own / 1e6:9.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
