#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/fuzz.sh [-j N] [-s SEED] [seconds for each target] [targets...]
#
# Builds libFuzzer's programs of tests/fuzz (by clang++, with sanitizers) and runs each for so many seconds (60), N at
# once (as many as processors). Prints a line for each: executions, executions a second, seconds, edges of the program's
# graph that seeds reached and that are new, findings. A crash, a hang (10 s), more than 1 GiB of memory or 256 MiB at
# once is a finding: its input is kept in build/fuzz/findings/<target>, the command that repeats it is printed, and the
# exit is 1. With -s all chance comes from that number, so that two runs begin alike. What was learnt stays in
# build/fuzz/corpus and is where the next run begins; `rm -r` forgets it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '4,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }

jobs=$(nproc) chance=0
while getopts "j:s:h" option; do
  case $option in
    j) jobs=$OPTARG ;;
    s) chance=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
[[ $jobs =~ ^[1-9][0-9]*$ && $chance =~ ^[0-9]+$ ]] || usage

list=tests/fuzz/targets.txt
mapfile -t known < <(sed -n 's/^\([a-z_]*\).*/\1/p' "$list" | sed '/^$/d')
targets=("$@")
if ((${#targets[@]} == 0)); then targets=("${known[@]}"); fi
for target in "${targets[@]}"; do
  if [[ " ${known[*]} " != *" $target "* ]]; then
    echo "coop: fuzz.sh: unknown target '$target'; known: ${known[*]}" >&2
    exit 2
  fi
done
scripts/install_dependencies.sh fuzz

begun=$SECONDS
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --parallel "$jobs" --target "${targets[@]/#/fuzz_}"
echo "coop: built in $((SECONDS - begun)) s"

# Files of a target's own go to memory where there is a file system of it.
if [[ -z ${TMPDIR:-} && -d /dev/shm && -w /dev/shm ]]; then export TMPDIR=/dev/shm; fi

line="%-16s %12s %9s %8s %11s %9s  %s\n"
run() {  # run <target>: its log, and a line of the table
  local target=$1 root=build/fuzz status=0 word file
  local corpus=$root/corpus/$target findings=$root/findings/$target log=$root/logs/$target.log
  local -a inputs=() options=()
  mkdir -p "$corpus" "$findings" "$root/logs"
  for word in "seeds/$target" "regressions/$target"; do
    if [[ -d tests/fuzz/$word ]]; then inputs+=("tests/fuzz/$word"); fi
  done
  # Fixtures are copied: libFuzzer takes folders, and theirs hold more than this target's.
  for word in $(sed -n "s/^$target //p" "$list"); do
    for file in tests/$word; do cp -n "$file" "$corpus/"; done
  done
  if [[ -f tests/fuzz/dictionaries/$target ]]; then options+=(-dict="tests/fuzz/dictionaries/$target"); fi
  "$root/bin/fuzz_$target" -seed="$chance" -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=1024 \
    -malloc_limit_mb=256 -print_final_stats=1 -artifact_prefix="$findings/" ${options[@]+"${options[@]}"} \
    "$corpus" "${inputs[@]}" >"$log" 2>&1 || status=$?
  local executions took before after
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  took=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
  before=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log" | head -n 1)
  after=$(sed -n 's/.*[[:space:]]cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  # shellcheck disable=SC2059
  printf "$line" "$target" "${executions:-?}" "$((${executions:-0} / (${took:-0} > 0 ? ${took:-0} : 1)))" \
    "${took:-?}" "${before:-?}" "+$((${after:-0} - ${before:-0}))" \
    "$(if ((status == 0)); then echo none; else echo "exit $status"; fi)"
  if ((status != 0)); then
    {
      echo "---- $target: $(grep -m 1 -E '^finding:|runtime error:|ERROR:|what\(\)' "$log" || echo "exit $status")"
      file=$(sed -n 's/.*Test unit written to \(.*\)/\1/p' "$log" | tail -n 1)
      if [[ -n $file ]]; then
        echo "     kept: $file"
        echo "     again: $root/bin/fuzz_$target $file"
      else
        echo "     log: $log"
      fi
    } >"$root/logs/$target.finding"
  else
    rm -f "$root/logs/$target.finding"
  fi
}

# shellcheck disable=SC2059
printf "$line" target executions "a second" seconds "seeds reach" new findings
for target in "${targets[@]}"; do
  while (($(jobs -pr | wc -l) >= jobs)); do wait -n || true; done
  run "$target" &
done
wait

failed=0
for target in "${targets[@]}"; do
  if [[ -f build/fuzz/logs/$target.finding ]]; then
    cat "build/fuzz/logs/$target.finding" >&2
    failed=$((failed + 1))
  fi
done
echo "coop: ${#targets[@]} targets, $failed with a finding, $((SECONDS - begun)) s"
((failed == 0))
