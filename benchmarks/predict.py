#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long somebody waits for `coop predict` of one photograph with ViT-B/16, from the start of the process to the label.

    predict.py COOP LOAD PICTURES VOCABULARY [--folder FOLDER] [--rounds 7] [--threads 0]

COOP is the program coop, LOAD coop_benchmark_load, PICTURES coop_benchmark_answer_pictures; FOLDER gets weights by
formula, three photographs and a run that has learnt two classes for one epoch, unless they are there. In turns: predict
by the run, and by its classifier (run.json beside both knows the weights, which else would be digested); and what
cannot be undercut, a plain read of the file (warm) and the encoding of the picture in a tower that is open. By the
clock, for which the machine must be quiet, and in time of its processors; medians, and ratios round by round.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def seconds(words):
    """By the clock, and of processors."""
    begin = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{words[0]}: ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime


def prepared(options):
    """The run of the model, and a photograph."""
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "vit-b16.safetensors"
    if not weights.exists():
        subprocess.run([options.load, folder, "--benchmark_filter=none"], check=True, stderr=subprocess.DEVNULL)
    photos = sorted(folder.glob("*.jpg"))
    if not photos:
        subprocess.run([options.pictures, folder], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        photos = sorted(folder.glob("*.jpg"))
    run = folder / "run"
    if not (run / "classifier.safetensors").exists():
        with tempfile.TemporaryDirectory() as data:
            for name, photo in zip(("hill", "harbour"), photos):
                (pathlib.Path(data) / "train" / name).mkdir(parents=True)
                (pathlib.Path(data) / "test" / name).mkdir(parents=True)
                shutil.copy(photo, pathlib.Path(data) / "train" / name / "photo.jpg")
                shutil.copy(photo, pathlib.Path(data) / "test" / name / "photo.jpg")
            words = [options.coop, "train", "--data", f"folder:{data}", "--weights", weights]
            words += ["--vocab", options.vocabulary, "--epochs", "1", "--augment", "none", "--out", run]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return weights, run, folder / "500x375.jpg"


def bounds(options, folder):
    """Seconds of a plain read of the weights and of the encoding of a picture."""
    words = [options.load, folder, "--benchmark_filter=(plain_read|one_picture)/ViT", "--benchmark_format=json"]
    found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    return [(1e-3 * one["real_time"], 1e-3 * one["cpu_time"]) for one in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("coop")
    parser.add_argument("load")
    parser.add_argument("pictures")
    parser.add_argument("vocabulary")
    parser.add_argument("--folder", default="build/predict")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    weights, run, photo = prepared(options)
    predict = [options.coop, "predict", "--threads", str(options.threads), photo, "--model"]

    times = {"plain read": [], "one picture": [], "by the run": [], "by the classifier": []}
    commands = [
        ("by the run", [*predict, run]),
        ("by the classifier", [*predict, run / "classifier.safetensors", "--weights", weights]),
    ]
    for _ in range(options.rounds):
        read, encode = bounds(options, weights.parent)
        times["plain read"].append(read)
        times["one picture"].append(encode)
        for name, words in commands:
            times[name].append(seconds(words))
        commands.reverse()  # what comes first gets memory that others have just given back
    print(f"{'':18} {'ms':>7} {'of the bound':>12} {'cpu ms':>7} {'of the bound':>12}")
    for name, measured in times.items():
        print(f"{name:18}", end="")
        for kind in (0, 1):
            bound = [a[kind] + b[kind] for a, b in zip(times["plain read"], times["one picture"])]
            ratio = statistics.median(m[kind] / b for m, b in zip(measured, bound))
            print(f" {1e3 * statistics.median(m[kind] for m in measured):7.1f} {ratio:12.2f}", end="")
        print()


if __name__ == "__main__":
    main()
