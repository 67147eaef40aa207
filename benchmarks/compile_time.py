#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What coop costs a compiler: seconds of processor time and bytes of object file for the umbrella, for each example and
for each public header alone.

    benchmarks/compile_time.py [--compiler g++] [--rounds 3] [--only TEXT] [--out FILE]
    benchmarks/compile_time.py --record        writes the figures of a release to benchmarks/compile_time.json;
                                               with --only, those figures of it

Machines differ, so every figure is also a ratio to a reference, `#include <Eigen/Core> <string> <vector>`, compiled in
the same round. A figure counts as dearer when its ratio is more than --slack percent above the recorded one; then the
exit status is 1 and each is named. Seconds are user time of the compiler's processes, the median of the rounds. The
reference is compiled again beside each subject, so that a slow minute of the machine touches both. An example that
took more than a minute in the first round is not compiled again.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDED = ROOT / "benchmarks" / "compile_time.json"
REFERENCE = "reference"
REFERENCE_TEXT = "#include <Eigen/Core>\n#include <string>\n#include <vector>\n"
UMBRELLA = "coop.hpp"
# What only some systems have: a header that includes one of these is left out where it is missing.
OPTIONAL = {"data/decoders.hpp": ("jpeglib.h", "png.h"), "train/lbfgs.hpp": ("LBFGS.h",),
            "train/linear_probe.hpp": ("LBFGS.h",)}
MOST_SECONDS = 60.0  # what took longer in the first round is not compiled again
FEWEST_SECONDS = 0.2  # what is cheaper than this is too small to be compared


def fail(text):
    print(f"compile_time: {text}", file=sys.stderr)
    sys.exit(2)


class Compiler:
    """One compiler with the flags of all measurements."""

    def __init__(self, name, level):
        if not shutil.which(name):
            fail(f"{name}: expected a compiler, found none")
        self.command = [name, "-std=c++20", level, "-DNDEBUG", "-I", str(ROOT / "include"),
                        f'-DCOOP_MODELS_DIR="{ROOT / "models"}"']
        for folder in ("/usr/include/eigen3", "/usr/local/include/eigen3"):
            if os.path.isdir(folder):
                self.command += ["-isystem", folder]
        self.name = name
        self.version = subprocess.run([name, "--version"], capture_output=True, text=True,
                                      check=True).stdout.splitlines()[0]

    def has(self, header):
        """Whether the header is there at all."""
        run = subprocess.run(self.command + ["-E", "-o", os.devnull, "-x", "c++", "-"], capture_output=True,
                             text=True, input=f"#include <{header}>\n", check=False)
        return run.returncode == 0

    def measure(self, source, target):
        """User seconds and the bytes of the object file."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        run = subprocess.run(self.command + ["-c", str(source), "-o", str(target)], capture_output=True, text=True,
                             check=False)
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        if run.returncode != 0:
            fail(f"{source}: expected to compile, got:\n{run.stderr[:2000]}")
        return seconds, target.stat().st_size


def subjects(compiler, folder, only):
    """Name -> the sources that belong to it; the reference first."""
    def alone(name, text):
        source = folder / (name.replace("/", "_") + ".cpp")
        source.write_text(text)
        return [source]

    chosen = {}
    for path in sorted((ROOT / "include" / "coop").rglob("*.hpp")):
        name = path.relative_to(ROOT / "include" / "coop").as_posix()
        missing = [header for header in OPTIONAL.get(name, ()) if not compiler.has(header)]
        if missing:
            print(f"compile_time: {name}: left out, {missing[0]} is missing")
        else:
            chosen[name] = lambda name=name: alone(name, f"#include <coop/{name}>\n")
    for path in sorted((ROOT / "examples").glob("*/main.cpp")):
        chosen[f"examples/{path.parent.name}"] = lambda path=path: sorted(path.parent.glob("*.cpp"))
    chosen = {name: make for name, make in chosen.items() if not only or any(text in name for text in only)}
    if not chosen:
        fail(f"--only {' '.join(only)}: expected a part of a name, got one that fits nothing")
    return {REFERENCE: alone(REFERENCE, REFERENCE_TEXT), **{name: make() for name, make in chosen.items()}}


def measured(compiler, rounds, only):
    """Name -> seconds, ratio to the reference of the same round, and bytes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        wanted = subjects(compiler, folder, only)
        seconds = {name: [] for name in wanted}
        ratios = {name: [] for name in wanted}
        sizes = {}
        for number in range(rounds):
            for place, (name, sources) in enumerate(wanted.items()):
                if number > 0 and seconds[name][0] > MOST_SECONDS:
                    continue
                if sys.stderr.isatty():
                    print(f"\r\033[Kround {number + 1} of {rounds}, {place + 1} of {len(wanted)}: {name}", end="",
                          file=sys.stderr)
                parts = [compiler.measure(source, folder / "out.o") for source in sources]
                seconds[name].append(sum(part[0] for part in parts))
                sizes[name] = sum(part[1] for part in parts)
                beside = parts if name == REFERENCE else [compiler.measure(wanted[REFERENCE][0], folder / "out.o")]
                ratios[name].append(seconds[name][-1] / beside[0][0])
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    return {name: {"seconds": round(statistics.median(seconds[name]), 3),
                   "ratio": round(statistics.median(ratios[name]), 3), "bytes": sizes[name]} for name in wanted}


def recorded_for(path, compiler, level):
    """The recorded figures of this compiler and level, or none."""
    if not path.exists():
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file).get(f"{os.path.basename(compiler)} {level}", {}).get("figures", {})


def print_table(figures, before):
    """The dearest first."""
    print(f"{'':<36}{'seconds':>9}{'ratio':>8}{'recorded':>10}{'KiB':>9}")
    order = sorted(figures.items(), key=lambda item: -item[1]["ratio"])
    for name, figure in order:
        old = before.get(name)
        print(f"{name:<36}{figure['seconds']:>9.2f}{figure['ratio']:>8.2f}"
              f"{(format(old['ratio'], '.2f') if old else '-'):>10}{figure['bytes'] / 1024:>9.1f}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--compiler", default="g++")
    options.add_argument("--level", default="-O2", help="optimisation (-O2); write --level=-O0")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="+", default=[], metavar="TEXT", help="what has TEXT in its name")
    options.add_argument("--slack", type=float, default=25.0, help="percent that a ratio may rise (25)")
    options.add_argument("--against", type=pathlib.Path, default=RECORDED, help="figures to compare with")
    options.add_argument("--out", type=pathlib.Path, help="write this run's figures here, as JSON")
    options.add_argument("--record", action="store_true", help=f"write them to {RECORDED.relative_to(ROOT)}")
    given = options.parse_args()
    if given.rounds < 1:
        fail(f"--rounds: expected at least 1, got {given.rounds}")

    compiler = Compiler(given.compiler, given.level)
    before = recorded_for(given.against, given.compiler, given.level)
    figures = measured(compiler, given.rounds, given.only)
    print(f"{compiler.version}, {given.level}, median of {given.rounds}")
    print_table(figures, before)

    for path in [given.out] + [RECORDED] * given.record:
        if path is None:
            continue
        runs = json.loads(path.read_text()) if path == RECORDED and path.exists() else {}
        key = f"{os.path.basename(given.compiler)} {given.level}"
        # A part of a record replaces that part; a whole one replaces all, so what is gone leaves the record.
        kept = runs.get(key, {}).get("figures", {}) if given.only else {}
        runs[key] = {"version": compiler.version, "figures": {**kept, **figures}}
        path.write_text(json.dumps(runs, indent=1, sort_keys=True) + "\n")

    if given.record:
        return 0
    if not before:
        print(f"compile_time: {given.against}: no figures of {given.compiler} {given.level}: nothing compared")
        return 0
    dearer = [(name, figure, before[name]) for name, figure in figures.items()
              if name in before and name != REFERENCE and figure["seconds"] >= FEWEST_SECONDS and
              figure["ratio"] > before[name]["ratio"] * (1 + given.slack / 100)]
    for name, figure, old in dearer:
        rise = 100 * (figure["ratio"] / old["ratio"] - 1)
        print(f"compile_time: {name}: expected at most {given.slack:g} % above {old['ratio']:.2f} times the reference, "
              f"got {figure['ratio']:.2f} ({rise:+.0f} %)")
    gone = [name for name in before if not given.only and name not in figures]
    if gone:
        print(f"compile_time: recorded and no longer there: {' '.join(gone)}")
    return 1 if dearer else 0


if __name__ == "__main__":
    sys.exit(main())
