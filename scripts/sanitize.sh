#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/sanitize.sh address|address-gcc|thread|valgrind [test...]
#
#   address      everything by clang++ under AddressSanitizer and UndefinedBehaviorSanitizer: all rooms, the program `coop`
#                under its shell tests, and the quickstart
#   address-gcc  the same by g++
#   thread       what has threads under ThreadSanitizer, by clang++
#   valgrind     the smallest example (one image, a few words, one classifier) under memcheck: no error, nothing lost
#
# With names, only those: rooms as in tests/, `command_line` for the program's scripts, `quickstart`. Everything takes
# an hour or more of two cores for address, CI runs a part of it; what fails is printed and its name is in the last line.
# COOP_JOBS is the number of compilers at a time (all cores); slow cases are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=${1:-}
case $kind in
  address | address-gcc | thread | valgrind) shift ;;
  *)
    sed -n '4,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2 ;;
esac
jobs=${COOP_JOBS:-$(nproc)}

# The allocator's own checks cost little beside the instrumentation; a leak, a race and an overflow end the program.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}

if [[ $kind == valgrind ]]; then
  scripts/install_dependencies.sh valgrind
  # Valgrind knows no AVX-512, and a program must be told so: it asks the processor, which valgrind answers for.
  cmake --preset release -DCOOP_BUILD_TESTS=ON
  cmake --build --preset release -j "$jobs" --target repeatability
  valgrind --error-exitcode=1 --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
    build/release/bin/repeatability /dev/null 2 avx2
  echo "coop: sanitize.sh: valgrind: no error, nothing lost"
  exit
fi

scripts/install_dependencies.sh ci
case $kind in
  address) preset=debug ;;
  address-gcc) preset=debug-gcc ;;
  thread) preset=thread ;;
esac
all=(tensor device io data nn prompt clip train model analysis roof concurrency laws command_line parity quickstart)
if [[ $kind == thread ]]; then all=(concurrency device clip train prompt io); fi
if (($#)); then all=("$@"); fi

cmake --preset "$preset" -DCOOP_BUILD_TESTS=ON -DCOOP_BUILD_EXAMPLES=ON
failed=()
for name in "${all[@]}"; do
  targets=("test_$name") pattern="^$name\$"
  case $name in
    command_line) targets+=(coop_program) pattern="^command_line(/|\$)" ;;
    quickstart) targets=(coop_quickstart) pattern="^example/quickstart\$" ;;
  esac
  began=$SECONDS
  if cmake --build --preset "$preset" -j "$jobs" --target "${targets[@]}" &&
    ctest --preset "$preset" --no-tests=error --tests-regex "$pattern"; then
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
