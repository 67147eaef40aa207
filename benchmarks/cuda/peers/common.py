# SPDX-License-Identifier: MIT
"""What both comparisons on a GPU share: the way to benchmarks/peers, the machine in words, and rounds in turns."""

import json
import pathlib
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "peers"))


def add_arguments(parser, precisions):
    parser.add_argument("program", help="coop_benchmark_cuda")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="of both sides")
    parser.add_argument("--precisions", nargs="+", default=precisions, choices=precisions)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="on the processor; 0: all")
    parser.add_argument("--calls", type=int, default=5, help="that follow each other in a round")
    parser.add_argument("--until", type=float, default=1e9, help="seconds after which no new comparison begins")
    parser.add_argument("--json", type=pathlib.Path)


def machine(options):
    if options.threads:
        torch.set_num_threads(options.threads)
    known = {"torch": torch.__version__, "device": options.device}
    if options.device == "cuda":
        if not torch.cuda.is_available():
            sys.exit("no GPU that PyTorch can use on this machine; --device cpu compares on the processor")
        known |= {"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
    else:
        known |= {"threads": torch.get_num_threads()}
    return known


def in_turns(calls, rounds):
    """Seconds of every call in every round; a call answers its own seconds."""
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(call())
    return times


def ratios(times, own):
    """How many times the seconds of `own` the others take: medians over the rounds."""
    return {
        name: statistics.median(t / o for t, o in zip(of, times[own])) for name, of in times.items() if name != own
    }


def time_beside(row, name, turns, rounds, facts, own_times):
    """Times a peer and ours in turns: the peer's seconds go to `row` with its `facts`, ours to `own_times`."""
    times = in_turns(turns, rounds)
    row["peers"][name] = {"seconds": statistics.median(times[name]), **facts,
                          "of_coop": {own: 1 / ratio for own, ratio in ratios(times, name).items()}}  # fmt: skip
    for own, seconds in times.items():
        if own != name:
            own_times.setdefault(own, []).extend(seconds)


def forget(device):
    """Memory of PyTorch's that nobody uses goes back to the GPU, which two programs share."""
    if device == "cuda":
        torch.cuda.empty_cache()


class Rows:
    """Comparisons as they come: printed, and written after each, so that a run that is cut off keeps them."""

    def __init__(self, options):
        self.options, self.begin = options, time.monotonic()
        self.document = {"machine": machine(options), "rows": []}

    def time_is_up(self, what):
        if time.monotonic() - self.begin < self.options.until:
            return False
        self.add({"left_out": what, "why": f"more than {self.options.until:.0f} s had passed"})
        print(f"left out: {what}: more than {self.options.until:.0f} s had passed", flush=True)
        return True

    def add(self, row):
        self.document["rows"].append(row)
        if self.options.json:
            self.options.json.write_text(json.dumps(self.document, indent=1) + "\n")
