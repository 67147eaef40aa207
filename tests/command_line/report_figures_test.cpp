// SPDX-License-Identifier: MIT
#include "report_figures.hpp"

#include "support/sweep_files.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(report_figures)

namespace {

using coop::test::coop_run;
using coop::test::sweep_files;
using coop::test::sweep_run;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_CASE(marks_of_html_are_escaped_and_what_is_no_text_is_replaced) {
  BOOST_TEST(app::escaped("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#39;");
  BOOST_TEST(app::escaped("fur\xe9 \xc3") == "fur\uFFFD \uFFFD");
  BOOST_TEST(app::escaped(std::string("a\0b\x1b[1m\x7f", 8)) == "a\uFFFDb\uFFFD[1m\uFFFD");
  BOOST_TEST(app::escaped("é 日本 😀\t\n") == "é 日本 😀\t\n");
  BOOST_TEST(app::escaped("").empty());
}

BOOST_AUTO_TEST_CASE(curves_have_the_papers_colours_ticks_and_star) {
  sweep_files files({"objects"});
  files.add(sweep_run("objects", "zero-shot", 0, 0, 50));
  for (const int shots : {1, 16}) {
    for (const int seed : {1, 2}) {
      files.add(coop_run("objects", shots, seed, 60 + shots + seed));
      files.add(coop_run("objects", shots, seed, 50 + shots + seed, "class-specific", "middle"));
      files.add(sweep_run("objects", "linear-probe", shots, seed, 30 + shots));
    }
  }
  const app::summary numbers(app::read_sweep(files.finish()));
  const app::curve_figure figure = app::curves_of(numbers, "objects");

  BOOST_REQUIRE(figure.curves.size() == 3u);
  BOOST_TEST(figure.curves[0].color == "#1f77b4");
  BOOST_TEST(figure.curves[1].color == "#d62728");
  BOOST_TEST(figure.curves[2].color == "#9467bd");
  BOOST_TEST(!figure.curves[2].dashes.empty());
  BOOST_TEST(*figure.zero_shot == 50.0);
  BOOST_TEST(figure.curves[0].points.size() == 2u);
  BOOST_TEST(*figure.curves[0].points[1].accuracy.mean == 77.5);

  const std::string svg = app::curves_svg(figure, true);
  BOOST_TEST(count(svg, "<polygon") == 2u);  // the star, and that of the legend
  for (const char* part : {">0</text>", ">1</text>", ">16</text>", "fill=\"#ebebeb\"",
                           "zero-shot CLIP: 50.0 %", "Number of labeled training examples per class",
                           "Score (%)", "CoOp unified end, 16 shots: 77.5 ±6.4 %"})
    BOOST_TEST(svg.find(part) != std::string::npos, part);
  BOOST_TEST(svg.find("nan") == std::string::npos);
  BOOST_TEST(count(app::curves_svg(figure, false), "<polygon") == 1u);
}

BOOST_AUTO_TEST_CASE(one_run_alone_still_makes_a_figure) {
  sweep_files files({"objects"});
  files.add(coop_run("objects", 4, 1, 100));
  const app::summary numbers(app::read_sweep(files.finish()));

  const std::string svg = app::curves_svg(app::curves_of(numbers, ""), true);
  BOOST_TEST(count(svg, "<circle") == 2u);
  BOOST_TEST(svg.find("nan") == std::string::npos);
  BOOST_TEST(svg.find("inf") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(bars_tell_names_and_numbers) {
  app::table gains{.name = "gain", .title = "Gain", .kind = app::cell_kind::difference, .columns = {"gain"}};
  gains.blocks = {
      {"", {{"a<b", {{.value = 12.0, .margin = 3.0}}}, {"c", {{.value = -4.0}}}, {"none", {{}}}}}};

  const std::string svg = app::bars_svg(gains);
  for (const char* part : {">a&lt;b</text>", ">+12.0 ±3.0</text>", ">−4.0</text>"})
    BOOST_TEST(svg.find(part) != std::string::npos, part);
  BOOST_TEST(svg.find("none") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_confusion_matrix_shows_what_happened_with_names_escaped) {
  const std::string svg = app::confusion_svg({8, 2, 0, 10}, {"<cat>", "dog & co"});

  BOOST_TEST(count(svg, "<rect") == 4u);  // three cells and the frame
  BOOST_TEST(svg.find("&lt;cat&gt; taken for dog &amp; co: 2 of 10") != std::string::npos);
  BOOST_TEST(svg.find(">80</text>") != std::string::npos);
  BOOST_TEST(svg.find("<cat>") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
