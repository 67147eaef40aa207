#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A sweep makes each run of its plan once: in one process or several, in parts, and after it was killed.
source "$(dirname "$0")/support.sh" "$@"
need_weights

cat >plan.toml <<'TOML'
title = "Small"
protocol = "coop-fewshot"
weights = "mini-rn"
shots = [1, 2]
seeds = [1, 2]
change = { augment = "none", epochs = 2 }
data = [
  { word = "drawn:objects", shift = ["drawn:sketch"] },
  { word = "drawn:actions", prompt = "a drawing of {}." },
]

[[method]]
name = ["zero-shot", "ensemble-7", "ensemble-80", "nearest-mean", "linear-probe"]

[[method]]
name = "coop"
contexts = ["unified", "class-specific"]
placements = "end"
lengths = [4]
words = ["", "a photo of a"]
seeds = [1]
shots = [2]
TOML
identity='coop-fewshot/1{augment=none,epochs=2}'

# Results beside what a clock says, run by run.
sums() {
  local file
  for file in "$1"/runs/*.json; do
    printf '%s ' "${file##*/}"
    sed -E 's/"seconds": *[0-9.e+-]+//' "$file" | sha256sum
  done
}

# The list has a command for each run, and a part of the runs is what it says.
expect_success "$program" sweep plan.toml --out listed --list
expect_absent listed
cp out list
[[ $(wc -l <list) == 30 ]] || fail "expected 30 runs, got $(wc -l <list)"
expect_text "coop sweep plan.toml --out listed --processes 1 --only objects/coop/unified-end-4/2/1" list
expect_text "--only objects/coop/class-specific-end-a_photo_of_a/2/1" list
expect_text "--only actions/zero-shot" list
expect_success "$program" sweep plan.toml --out listed --list --part 2/4
[[ $(wc -l <out) == 7 ]] || fail "expected 7 of 30 runs in part 2 of 4, got $(wc -l <out)"

# In one process; every run is there, says its protocol, and is not made again.
expect_success "$program" sweep plan.toml --out one --processes 1
expect_text "$identity" err
[[ $(ls one/runs | wc -l) == 30 ]] || fail "expected 30 results, got $(ls one/runs | wc -l)"
for file in one/runs/*.json; do grep -qF "$identity" "$file" || fail "$file: no protocol"; done
expect_text '"kind":"shift"' one/runs/objects+coop+unified-end-4+2+1.json
sums one >one.sums
touch -d '2001-01-01' one/runs/*.json
expect_success "$program" sweep plan.toml --out one --processes 2
expect_text "30 runs, 30 of them done before" err
[[ -z $(find one/runs -newermt '2002-01-01' -name '*.json') ]] || fail "a finished run was made again"

# In three processes, killed as soon as there is something; what the kill left is finished by the same command.
"$program" sweep plan.toml --out killed --processes 3 >out 2>err &
victim=$!
for ((i = 0; i < 6000; ++i)); do
  compgen -G "killed/runs/*.json" >/dev/null && break
  sleep 0.01
done
kill -KILL $victim 2>/dev/null
wait $victim 2>/dev/null
expect_success "$program" sweep plan.toml --out killed --processes 3
[[ $(sed -n 's/.*30 runs, \([0-9]*\) of them done before/\1/p' err) -lt 30 ]] || fail "the kill came too late"
sums killed >killed.sums
expect_same one.sums killed.sums

# Features are found again by what decides them, not by who asks.
mkdir parts single && cp -r one/features parts && cp -r one/features single

# In parts, as tasks of a job scheduler, by the script that is written for it.
expect_success "$program" sweep plan.toml --out parts --slurm job.sbatch --parts 3
expect_success bash -n job.sbatch
expect_text "#SBATCH --array=0-2" job.sbatch
mkdir bin && ln -s "$program" bin/coop
for part in 0 1 2; do expect_success env PATH="$PWD/bin:$PATH" SLURM_ARRAY_TASK_ID=$part bash job.sbatch; done
sums parts >parts.sums
expect_same one.sums parts.sums
expect_success "$program" sweep plan.toml --out single --only actions/zero-shot
[[ $(ls single/runs) == actions+zero-shot.json ]] || fail "expected one run, got $(ls single/runs)"

# Another experiment does not go into the same directory; more of the same does.
sed 's/epochs = 2/epochs = 3/' plan.toml >other.toml
expect_error 1 "protocol: this directory has '$identity', the plan has" "$program" sweep other.toml --out one
sed 's/drawn:actions/drawn:flowers/; s/word = "drawn:flowers"/word = "drawn:flowers", name = "actions"/' plan.toml >other.toml
expect_error 1 "data 'actions': this directory has" "$program" sweep other.toml --out one
sed 's/a drawing of/a picture of/' plan.toml >other.toml
expect_error 1 "not the run of the plan: prompt: expected" "$program" sweep other.toml --out one
sed 's/ "ensemble-7",//' plan.toml >other.toml
expect_success "$program" sweep other.toml --out one

# A plan that is wrong is refused before anything is made, and says where.
refuse() { # SED TEXT
  sed "$1" plan.toml >wrong.toml
  expect_error 1 "$2" "$program" sweep wrong.toml --out refused
  expect_absent refused
}
refuse 's/^shots/shot/' "shot: unknown; known: "
refuse 's/coop-fewshot/coop/' "unknown protocol 'coop'; known: coop-fewshot"
refuse 's/"none"/"many"/' "augment: unknown 'many'; known: paper, none, views:K"
refuse 's/\[1, 2\]/[1, 0]/' "expected whole numbers of at least 1"
refuse 's/"linear-probe"/"probe"/' "name: unknown 'probe'; known: coop, zero-shot"
refuse 's/"class-specific"/"own"/' "contexts: unknown 'own'; known: "
refuse 's/drawn:actions/drawn:objects/' "name: 'objects' is taken"
refuse 's/mini-rn/mini-xx/' "mini-xx: no such file"
refuse '4s/=//' "wrong.toml:4:"
expect_error 1 "no run 'actions/magic'" "$program" sweep plan.toml --out refused --only actions/magic
expect_error 2 "expected I/N with I from 0 to N - 1, got '4/4'" "$program" sweep plan.toml --out refused --part 4/4

# A data set that does not open: its runs fail by name, the others are made.
sed 's/drawn:actions/drawn:nothing/' plan.toml >broken.toml
expect_error 1 "15 of 30 runs have no result" "$program" sweep broken.toml --out broken --processes 1
[[ $(ls broken/runs | wc -l) == 15 ]] || fail "expected the 15 runs of the objects, got $(ls broken/runs | wc -l)"
finish
