// SPDX-License-Identifier: MIT
#include "report_html.hpp"

#include "support/sweep_files.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

BOOST_AUTO_TEST_SUITE(report_html)

namespace {

using coop::json;
using coop::test::coop_run;
using coop::test::sweep_files;
using coop::test::sweep_run;

std::string page_of(const sweep_files& files) {
  const app::sweep_results sweep = app::read_sweep(files.finish());
  const app::summary numbers(sweep);
  return app::html_page(sweep, numbers, app::make_tables(sweep, numbers));
}

bool holds(const std::string& page, const std::string& part) { return page.find(part) != std::string::npos; }

/// Whether every tag that is opened is closed in order; what is wrong, or nothing.
std::string broken_nesting(std::string_view page) {
  static const std::vector<std::string_view> empty{"!DOCTYPE", "meta", "br"};
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    if (end == std::string_view::npos) return "a tag that does not end";
    const std::string_view tag = page.substr(at + 1, end - at - 1);
    const std::string name(tag.substr(0, tag.find_first_of(" /\n", 1)));
    if (tag.front() == '/') {
      if (open.empty() || "/" + open.back() != tag)
        return std::string(tag) + " closes " + (open.empty() ? "" : open.back());
      open.pop_back();
    } else if (!tag.ends_with('/') && std::find(empty.begin(), empty.end(), name) == empty.end()) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : open.back() + " stays open";
}

sweep_files odd_sweep() {
  sweep_files files({"<script>alert('x')</script>", "b & \"c\""});
  files.plan["title"] = "Title <i>&</i>";
  for (const std::string data : {"<script>alert('x')</script>", "b & \"c\""}) {
    json zero = sweep_run(data, "zero-shot", 0, 0, 50);
    zero["data"]["class_names"] = {"<img src=x>", "dog's"};
    files.add(zero);
    for (const int shots : {1, 16}) {
      json run = coop_run(data, shots, 1, 60 + shots);
      run["data"]["class_names"] = {"<img src=x>", "dog's"};
      run["words"] = {{"nearest", json::array()}, {"random", {0.5}}};
      for (int i = 0; i < 16; ++i) run["words"]["nearest"].push_back({"</td><w>", 0.25});
      files.add(run);
    }
  }
  return files;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_page_is_one_file_without_network_or_scripts) {
  const std::string page = page_of(odd_sweep());

  for (const char* part : {"http:", "https:", "<script", "<link", "<img", "url(", "@import"})
    BOOST_TEST(!holds(page, part), part);
  BOOST_TEST(holds(page, "<meta charset=\"utf-8\">"));
  BOOST_TEST(holds(page, "<style>"));
  BOOST_TEST(holds(page, "<svg"));
}

BOOST_AUTO_TEST_CASE(names_of_any_kind_stay_text) {
  const std::string page = page_of(odd_sweep());

  BOOST_TEST(broken_nesting(page) == "");
  BOOST_TEST(holds(page, "<h1>Title &lt;i&gt;&amp;&lt;/i&gt;</h1>"));
  BOOST_TEST(holds(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
  BOOST_TEST(holds(page, "b &amp; &quot;c&quot;"));
  BOOST_TEST(holds(page, "&lt;img src=x&gt;"));
  BOOST_TEST(holds(page, "&lt;/td&gt;&lt;w&gt;"));
}

BOOST_AUTO_TEST_CASE(a_page_says_what_it_rests_on_what_came_out_and_what_is_missing) {
  sweep_files files({"objects"});
  files.add(sweep_run("objects", "zero-shot", 0, 0, 50));
  for (const int seed : {1, 2, 3}) files.add(coop_run("objects", 16, seed, 70 + seed));
  files.plan["runs"].push_back("objects/later");
  const std::string page = page_of(files);

  BOOST_TEST(broken_nesting(page) == "");
  BOOST_TEST(holds(page,
                   "CoOp unified end, M = 16, with 16 pictures a class reaches 72.0 ±2.5 % on objects: "
                   "+22.0 ±2.5 points against the hand-written prompt."));
  BOOST_TEST(holds(page, "coop-fewshot/1"));
  BOOST_TEST(holds(page, "4 of 5 planned"));
  BOOST_TEST(holds(page, "1: objects/later"));
  BOOST_TEST(holds(page, "<td>72.0 <span class=\"m\">±2.5</span></td>"));
  BOOST_TEST(holds(page, "<li>Domain shift: needs runs that were tested on shifted pictures</li>"));
  // Of the 50 dogs 21, 22 and 23 were found: 66 of 150 over the seeds.
  BOOST_TEST(holds(page, "<b>dog</b> taken for <b>cat</b>: 84 of 150"));
}

BOOST_AUTO_TEST_CASE(of_many_classes_only_the_confused_pairs_are_listed) {
  sweep_files files({"objects"});
  json run = coop_run("objects", 16, 1, 95);
  json rows = json::array();
  json names = json::array();
  for (int i = 0; i < 61; ++i) {
    names.push_back("class " + std::to_string(i));
    json row(std::vector<int>(61, 0));
    row[std::size_t(i)] = i == 0 ? 35 : 1;
    if (i == 3) row[7] = 5;
    rows.push_back(row);
  }
  run["data"]["classes"] = 61;
  run["data"]["class_names"] = names;
  run["confusion"] = rows;
  files.add(run);
  const std::string page = page_of(files);

  BOOST_TEST(holds(page, "<b>class 3</b> taken for <b>class 7</b>: 5 of 6"));
  BOOST_TEST(!holds(page, "Confusion matrix:"));
}

BOOST_AUTO_TEST_CASE(a_run_of_more_classes_than_a_matrix_is_kept_for_needs_none) {
  sweep_files files({"objects"});
  json run = coop_run("objects", 16, 1, 95);
  json names = json::array();
  for (std::size_t i = 0; i <= app::most_classes_confused; ++i) names.push_back("class " + std::to_string(i));
  run["data"]["classes"] = names.size();
  run["data"]["class_names"] = names;
  run.erase("confusion");
  files.add(run);
  const std::string page = page_of(files);

  BOOST_TEST(holds(page, "<td>95.0"));
  BOOST_TEST(!holds(page, "taken for"));
}

BOOST_AUTO_TEST_CASE(a_sweep_of_hand_written_prompts_alone_has_a_page) {
  sweep_files files({"objects"});
  files.add(sweep_run("objects", "zero-shot", 0, 0, 50));
  const std::string page = page_of(files);

  BOOST_TEST(broken_nesting(page) == "");
  BOOST_TEST(holds(page, "zero-shot, one prompt"));
  BOOST_TEST(!holds(page, "<svg"));
}

BOOST_AUTO_TEST_SUITE_END()
