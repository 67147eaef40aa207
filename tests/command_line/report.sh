#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The report of a sweep: what it prints, which files it leaves, what it refuses. Its numbers are in report_tables_test.cpp.
source "$(dirname "$0")/support.sh" "$@"

# run FILE ID PROTOCOL METHOD SHOTS SEED CORRECT REST: a run on 20 pictures of two classes.
run() {
  local second=$(($7 - 10))
  printf '{"id":"%s","protocol":"%s","program":"coop","version":"0.1.0","data":{"word":"drawn:boats","name":"boats",
    "digest":"89ab","classes":2,"class_names":["sloop","<b>cog</b>"]},
    "weights":{"word":"mini-rn","sha256":"0123","backbone":"mini-rn"},"method":"%s","shots":%s,"seed":%s,
    "total":20,"correct":%s,"accuracy":%s,"macro_f1":50,"confusion":[[10,0],[%s,%s]],"others":[],"scarce":[],
    "seconds":1%s}' "$2" "$3" "$4" "$5" "$6" "$7" $(($7 * 5)) $((10 - second)) $second "$8" >"$1"
}
coop=',"context":"unified","placement":"end","length":16,"init":"","loss":1'

mkdir -p sweep/runs other/runs
printf '{"title":"Boats","data":["boats"],"runs":["zero","a","b","c","later"]}' >sweep/plan.json
run sweep/runs/zero.json zero coop-fewshot/1 zero-shot 0 0 12 ""
run sweep/runs/a.json a coop-fewshot/1 coop 16 1 16 "$coop"
run sweep/runs/b.json b coop-fewshot/1 coop 16 2 17 "$coop"
run sweep/runs/c.json c coop-fewshot/1 coop 16 3 18 "$coop"

expect_success "$program" report sweep
expect_text "CoOp unified end       85.0 ±12.4" out
expect_text "left out: Domain shift: needs runs that were tested on shifted pictures" out
expect_text "1 of 5 runs are not finished" err
expect_text "16 shots a class,CoOp unified end,85.0000,12.4207,3" sweep/report/few-shot.csv
expect_text "boats,25.0000,12.4207,3" sweep/report/gain.csv
expect_text "<h1>Boats</h1>" sweep/report/report.html
expect_text "&lt;b&gt;cog&lt;/b&gt;" sweep/report/report.html
expect_text "a,boats,coop,unified,end,16,,16,1,test,20,16,80.0000," sweep/report/runs.csv
expect_absent sweep/report/domain-shift-boats.csv

printf '{"title":"Boats again","data":["boats"],"runs":["a","b"]}' >other/plan.json
run other/runs/a.json a coop-fewshot/1 coop 16 1 15 "$coop"
run other/runs/b.json b coop-fewshot/1 coop 16 2 16 "$coop"
expect_success "$program" report sweep --compare other --out compared
expect_text "16 shots        +5.0 ±0.0" out
expect_text "2 pairs of runs, of which 0 with the same number of correct answers" out
expect_text '"CoOp unified end, M = 16",16 shots,5.0000,0.0000,2' compared/comparison.csv

# A table of the report before that is not one of this is gone; files of others stay.
echo mine >compared/mine.csv
expect_success "$program" report sweep --out compared
expect_absent compared/comparison.csv
expect_text mine compared/mine.csv

run other/runs/a.json a coop-fewshot/2 coop 16 1 15 "$coop"
run other/runs/b.json b coop-fewshot/2 coop 16 2 16 "$coop"
expect_error 1 "never to be compared: expected 'coop-fewshot/1', got 'coop-fewshot/2'" "$program" report sweep --compare other
run other/runs/b.json b coop-fewshot/1 coop 16 2 16 "$coop"
expect_error 1 "other/runs/b.json: another protocol than other/runs/a.json, never to be averaged" "$program" report other
expect_absent other/report
run other/runs/b.json b coop-fewshot/2 coop 16 2 21 "$coop"
expect_error 1 "other/runs/b.json: correct: expected at most 20, the total, got 21" "$program" report other
head -c 100 other/runs/a.json >other/runs/b.json
expect_error 1 "other/runs/b.json: not valid JSON" "$program" report other
expect_error 1 "nowhere: no such directory" "$program" report nowhere
expect_error 1 "compared: no plan.json: expected the directory of a sweep" "$program" report compared
touch blocked
expect_error 1 "blocked/report: cannot be made" "$program" report sweep --out blocked/report

need_weights
expect_success "$program" train --data drawn:boats --weights "$weights" --shots 1 --epochs 2 --length 4 --out run --quiet
expect_success "$program" interpret run --top 2
[[ $(head -n 1 out) == $'vector\trank\tword\tdistance\trandom' && $(wc -l <out) == 9 ]] || fail "interpret: expected 8 words"
expect_text "random vector of the same norm" err
cp out words
expect_success "$program" interpret run/context.safetensors --top 2 --weights "$weights"
expect_same out words
expect_success "$program" export --model run --out model.pth.tar-2
expect_error 1 "model.pth.tar-2: which weights?" "$program" interpret model.pth.tar-2
expect_success "$program" interpret model.pth.tar-2 --top 2 --weights "$weights"
expect_same out words
expect_error 2 "--class belongs to a class-specific context" "$program" interpret run --class sloop
expect_error 1 "no tensor 'ctx'" "$program" interpret run/classifier.safetensors
expect_success "$program" train --data drawn:boats --weights "$weights" --shots 1 --epochs 2 --length 4 \
  --context class-specific --out own --quiet
expect_success "$program" interpret own
expect_text "the first 3 of 12 classes" err
[[ $(wc -l <out) == 13 ]] || fail "interpret: expected 3 classes of 4 words"
expect_success "$program" interpret own --class brig
[[ $(cut -f 1 out | sort -u | tr '\n' ' ') == "brig class " ]] || fail "interpret: expected the brig alone"
expect_error 1 "no class 'boat'; known: sloop" "$program" interpret own --class boat
finish
