#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# benchmarks/cuda/check.sh BIN [SECONDS]: compute-sanitizer over the tests of a GPU in the folder BIN. memcheck looks for
# addresses outside of buffers, racecheck for workers of a block that read what others still write, initcheck for memory
# that nobody wrote, synccheck for workers that part. Each tool has SECONDS (120) for the quick cases of test_cuda and for
# the layers of test_cuda_laws. The exit status is 0 where nothing was found, 1 where something was, 3 without a GPU or
# without compute-sanitizer, which comes with the toolkit and with PyPI's nvidia-cuda-sanitizer-api ($COMPUTE_SANITIZER names
# another place).
set -uo pipefail
if (($# < 1)); then
  echo "usage: $0 BIN [SECONDS]" >&2
  exit 2
fi
bin=$1
limit=${2:-120}
tool=${COMPUTE_SANITIZER:-$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)}
if [[ ! -x $tool ]]; then
  echo "check.sh: no compute-sanitizer on this machine: neither on PATH nor $tool" >&2
  exit 3
fi
if ! nvidia-smi > /dev/null 2>&1; then
  echo "check.sh: no GPU on this machine: nvidia-smi does not answer" >&2
  exit 3
fi

found=0
for kind in memcheck racecheck initcheck synccheck; do
  for run in "test_cuda --run_test=@gpu" "test_cuda_laws --run_test=laws_of_layers/*basic_cuda*"; do
    read -r program cases <<< "$run"
    log=$(mktemp)
    status=0
    timeout "$limit" "$tool" --tool "$kind" --error-exitcode 9 --print-limit 5 "$bin/$program" --color_output=no "$cases" \
      > "$log" 2>&1 || status=$?
    case $status in
      0) echo "== $kind, $program: nothing found" ;;
      124) echo "== $kind, $program: not done in $limit s: $(grep -c '=========' "$log") lines of the tool" ;;
      *)
        echo "== $kind, $program: status $status"
        grep '=========' "$log" | head -n 40
        tail -n 5 "$log"
        found=1
        ;;
    esac
    rm -f "$log"
  done
done
exit $found
