#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/quickstart.sh [options of coop_quickstart]
#
# From a fresh clone to the few-shot table: installs what is missing, builds examples/quickstart, runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install_dependencies.sh quickstart
cmake --preset release -DCOOP_BUILD_TESTS=OFF
cmake --build --preset release --target coop_quickstart
exec build/release/bin/coop_quickstart "$@"
