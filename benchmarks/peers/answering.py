# SPDX-License-Identifier: MIT
"""A program of coop's that makes what it is asked for by lines on its standard input (coop_benchmark_answer_...)."""

import json
import subprocess
import sys
import tempfile

import numpy as np


class Answering:
    def __init__(self, *words):
        """Starts the program; its first line is JSON, `head`."""
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.head = json.loads(self.answer())

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]}: ended with {self.process.wait()}")
        return line

    def ask(self, *request):
        """The line that answers a request."""
        self.process.stdin.write(" ".join(str(word) for word in request) + "\n")
        return self.answer()

    def floats(self, *request):
        """The float32 numbers that the program writes into a file, whose name ends the request."""
        with tempfile.NamedTemporaryFile() as file:
            self.ask(*request, file.name)
            return np.fromfile(file.name, dtype=np.float32)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class AnsweringSteps(Answering):
    """Training steps (step.hpp)."""

    def timed(self, times=1, recorded=False):
        """The seconds of one of so many steps, and the last one's loss."""
        seconds, loss = self.ask("recorded" if recorded else "steps", times).split()
        return float(seconds), float(loss)

    def gradient(self):
        return self.floats("gradient")


class AnsweringEncodings(Answering):
    """Image towers (towers.hpp)."""

    def seconds(self, *request):
        """By the wall's clock and by the processor's; of `ceiling`, operations a second by both."""
        return [float(word) for word in self.ask(*request).split()]

    def features(self, batch):
        return self.floats("features", batch).reshape(batch, self.head["embed"])
