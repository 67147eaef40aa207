#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# benchmarks/peers/install.sh [FOLDER]: a virtual environment with the programs that coop is compared with, from PyPI.
# Several gigabytes; nothing of coop needs it.
set -euo pipefail
folder=${1:-build/peers}
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --upgrade pip
"$folder/bin/pip" install --quiet numpy torch torchvision --index-url https://download.pytorch.org/whl/cpu \
  --extra-index-url https://pypi.org/simple || "$folder/bin/pip" install --quiet numpy torch torchvision
"$folder/bin/pip" install --quiet pillow tokenizers onnx onnxruntime openvino
"$folder/bin/python" -c 'import torch; print("torch", torch.__version__, torch.__config__.parallel_info().splitlines()[0])'
