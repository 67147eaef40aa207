// SPDX-License-Identifier: MIT
//
// Figures of a report as SVG that stands inside a page: curves over the number of shots in the paper's colours, bars of
// the gain, and confusion matrices. Beside them the escaping of foreign text, which names of classes are.
#ifndef COOP_COMMAND_LINE_REPORT_FIGURES_HPP
#define COOP_COMMAND_LINE_REPORT_FIGURES_HPP

#include "report_tables.hpp"
#include "summary.hpp"

#include <coop/analysis/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app {

/// Text as it stands in HTML and SVG, also in attributes: marks are escaped, what is no UTF-8 and control characters
/// become U+FFFD.
std::string escaped(const std::string& text);

/// The beginning of a text of more than `most` characters, and an ellipsis.
std::string shortened(const std::string& text, std::size_t most);

/// A number with the minus sign of print.
std::string with_minus(const std::string& text);

/// A method's curve over the number of shots.
struct curve {
  std::string label;
  std::string color;
  std::string dashes;  // of the line; empty: solid
  struct point {
    index_t shots;
    coop::spread accuracy;
  };
  std::vector<point> points;
};

/// What a figure over shots shows.
struct curve_figure {
  std::string title;
  std::vector<index_t> shots;            // ticks beside 0
  std::optional<double> zero_shot = {};  // the star
  std::vector<curve> curves;
};

/// The figure of one data set; or, of an empty name, of the average over all data sets.
curve_figure curves_of(const summary& numbers, const std::string& data);

/// Drawn large with a legend, or small for a row of several.
std::string curves_svg(const curve_figure& figure, bool large);

/// The legend of small figures, as HTML.
std::string legend_html(const curve_figure& figure);

/// The rows of a table of differences as horizontal bars.
std::string bars_svg(const table& gains);

/// A confusion matrix of a few classes as a heat map, each row by its share.
std::string confusion_svg(const std::vector<std::int64_t>& confusion, const std::vector<std::string>& names);

}  // namespace app

#endif
