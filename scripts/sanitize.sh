#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/sanitize.sh address|address-gcc|thread|valgrind [test...]
#
#   address      everything by clang++ under AddressSanitizer and UndefinedBehaviorSanitizer: all rooms, and the program
#                `coop` under its shell tests
#   address-gcc  the same by g++
#   thread       what has threads under ThreadSanitizer, by clang++
#   valgrind     tests/repeatability, which computes a little of everything, under memcheck: no error, nothing lost
#
# With names, only those: rooms as in tests/, `command_line` for the program's scripts, and `quickstart`, which is left out
# otherwise because it learns for long. What fails stands in the last line. COOP_JOBS is the number of compilers at a time
# (all cores); slow cases are left out. The towers are compiled for long under sanitizers: reckon with an hour for address.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=${1:-}
case $kind in
  address | address-gcc | thread | valgrind) shift ;;
  *)
    sed -n '4,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2 ;;
esac
jobs=${COOP_JOBS:-$(nproc)}

# The allocator's own checks cost little beside the instrumentation; a leak, a race and an overflow end the program. What
# stands between the program and the system in tests/command_line is loaded before g++'s runtime, which is a library.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:verify_asan_link_order=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}

if [[ $kind == valgrind ]]; then
  scripts/install_dependencies.sh valgrind
  # Valgrind knows no AVX-512, and answers so when the program asks the processor: it takes AVX2 by itself.
  cmake --preset release -B build/valgrind -DCOOP_BUILD_TESTS=ON -DCOOP_BUILD_EXAMPLES=OFF -DCOOP_BUILD_BENCHMARKS=OFF \
    -DCMAKE_CXX_FLAGS_RELEASE="-O2 -g1 -DNDEBUG"
  cmake --build build/valgrind -j "$jobs" --target repeatability
  valgrind --error-exitcode=1 --leak-check=full --show-leak-kinds=definite,indirect \
    --errors-for-leak-kinds=definite,indirect build/valgrind/bin/repeatability /dev/null 2
  echo "coop: sanitize.sh: valgrind: no error, nothing lost"
  exit
fi

scripts/install_dependencies.sh ci
case $kind in
  address) preset=debug ;;
  address-gcc) preset=debug-gcc ;;
  thread) preset=thread ;;
esac
all=(tensor device io data nn prompt clip train model analysis roof concurrency laws command_line parity)
if [[ $kind == thread ]]; then all=(concurrency device clip train prompt io); fi
if (($#)); then all=("$@"); fi

run() {  # run NAME: builds and runs one of them
  case $1 in
    quickstart)
      cmake --build --preset "$preset" -j "$jobs" --target coop_quickstart &&
        "build/$preset/bin/coop_quickstart" --seeds 1 --out "build/$preset/quickstart-results" ;;
    command_line)
      cmake --build --preset "$preset" -j "$jobs" --target coop_command_line_tests &&
        ctest --preset "$preset" --no-tests=error --tests-regex "^command_line(/|\$)" ;;
    *)
      cmake --build --preset "$preset" -j "$jobs" --target "test_$1" &&
        ctest --preset "$preset" --no-tests=error --tests-regex "^$1\$" ;;
  esac
}

cmake --preset "$preset" -DCOOP_BUILD_TESTS=ON -DCOOP_BUILD_EXAMPLES=ON
failed=()
for name in "${all[@]}"; do
  began=$SECONDS
  if run "$name"; then
    echo "coop: sanitize.sh: $kind: $name: nothing found ($((SECONDS - began)) s)"
  else
    failed+=("$name")
    echo "coop: sanitize.sh: $kind: $name: FAILED ($((SECONDS - began)) s)" >&2
  fi
done
if ((${#failed[@]})); then
  echo "coop: sanitize.sh: $kind: failed: ${failed[*]}" >&2
  exit 1
fi
echo "coop: sanitize.sh: $kind: nothing found in ${all[*]}"
