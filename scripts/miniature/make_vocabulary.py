# SPDX-License-Identifier: MIT
"""Learns the miniature's byte-pair merges from the captions of the corpus and the words of the tasks."""

import argparse
import json
import subprocess

import vocabulary


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renderer", required=True, help="the render_corpus program")
    parser.add_argument("--captions", required=True, help="captions.txt of a rendered corpus")
    parser.add_argument("--merges", type=int, default=1000)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    with open(options.captions, encoding="ascii") as lines:
        texts = [text for line in lines for text in line.rstrip("\n").split("\t")]
    for task in json.loads(subprocess.check_output([options.renderer, "tasks"])):
        texts += [task["prompt"].replace("{}", name) for name in task["classes"]]
    merges = vocabulary.learn(texts, options.merges)
    comment = f"miniature, {len(merges)} merges learnt from {len(texts)} captions"
    vocabulary.write(options.out, merges, comment)


if __name__ == "__main__":
    main()
