// SPDX-License-Identifier: MIT
//
// Drawing. All coordinates are in the units of a figure's own box, which the page stretches to its width.
#include "report_figures.hpp"

#include <coop/prompt/unicode.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace app {

namespace {

std::string number(double x) { return fixed(x, 1); }

/// name="value" of a number.
std::string attribute(const char* name, double x) {
  return std::string(" ") + name + "=\"" + number(x) + "\"";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& style) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) +
         " " + style + "/>";
}

std::string rectangle(double x, double y, double width, double height, const std::string& style) {
  return "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
         attribute("height", height) + " " + style + "/>";
}

std::string label(double x, double y, const std::string& text, const std::string& style) {
  return "<text" + attribute("x", x) + attribute("y", y) + " " + style + ">" + escaped(text) + "</text>";
}

std::string open_svg(double width, double height, const std::string& title) {
  return "<svg viewBox=\"0 0 " + number(width) + " " + number(height) + "\" role=\"img\" aria-label=\"" +
         escaped(title) + "\" font-size=\"12\">";
}

/// A star of five points, as zero-shot is drawn.
std::string star(double x, double y, double radius, const std::string& color) {
  std::string points;
  for (int i = 0; i < 10; ++i) {
    const double angle = 3.14159265358979323846 * (double(i) / 5 - 0.5);
    const double r = i % 2 == 0 ? radius : radius * 0.42;
    points += (i == 0 ? "" : " ") + number(x + r * std::cos(angle)) + "," + number(y + r * std::sin(angle));
  }
  return "<polygon points=\"" + points + "\" fill=\"" + color + "\"/>";
}

constexpr const char* purple = "#9467bd";

/// The paper's colours, and further ones of the same cycle for what its figures do not have.
void dress(curve& of, const variant& v) {
  if (v.method == "linear-probe") {
    of.color = purple;
    of.dashes = "2 3";
  } else if (v.method == "nearest-mean") {
    of.color = "#8c564b";
    of.dashes = "5 3";
  } else if (v.context == "unified") {
    of.color = v.placement == "end" ? "#1f77b4" : v.placement == "middle" ? "#2ca02c" : "#e377c2";
  } else {
    of.color = v.placement == "end" ? "#ff7f0e" : v.placement == "middle" ? "#d62728" : "#17becf";
  }
}

/// A distance between ticks of 1, 2 or 5 times a power of ten, for some `count` of them.
double tick_distance(double range, int count) {
  const double rough = range / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

/// From values to places in a figure of curves.
struct plot_area {
  double left, top, right, bottom;
  double low, high;  // of the values
  double most_shots;

  [[nodiscard]] double x(double shots) const {
    constexpr double room = 0.035;  // of the width, on both sides
    return left + (right - left) * (room + (1 - 2 * room) * shots / most_shots);
  }
  [[nodiscard]] double y(double value) const {
    return bottom - (bottom - top) * (value - low) / (high - low);
  }
};

/// Least and greatest value shown, with 5 % of their distance on both sides, as published.
std::pair<double, double> limits_of(const curve_figure& figure) {
  double low = 101;
  double high = -1;
  const auto show = [&](double value) {
    low = std::min(low, std::clamp(value, 0.0, 100.0));
    high = std::max(high, std::clamp(value, 0.0, 100.0));
  };
  if (figure.zero_shot) show(*figure.zero_shot);
  for (const curve& c : figure.curves) {
    for (const curve::point& p : c.points) {
      show(*p.accuracy.mean - p.accuracy.margin.value_or(0));
      show(*p.accuracy.mean + p.accuracy.margin.value_or(0));
    }
  }
  if (high < low) return {0, 100};
  const double room = std::max(0.05 * (high - low), 0.5);
  return {low - room, high + room};
}

std::string draw_curve(const curve& c, const plot_area& area, double shift, bool large) {
  std::string bars;
  std::string path;
  std::string markers;
  const std::string color = "\"" + c.color + "\"";
  const double radius = large ? 3.6 : 2.4;
  for (const curve::point& p : c.points) {
    const double x = area.x(double(p.shots)) + shift;
    const double y = area.y(*p.accuracy.mean);
    path += (path.empty() ? "M" : " L") + number(x) + " " + number(y);
    markers += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
               " fill=" + color + "><title>" + escaped(c.label) + ", " + std::to_string(p.shots) +
               (p.shots == 1 ? " shot: " : " shots: ") + fixed(*p.accuracy.mean, 1) +
               (p.accuracy.margin ? " ±" + fixed(*p.accuracy.margin, 1) : std::string()) +
               " %</title></circle>";
    if (!p.accuracy.margin) continue;
    const double low = area.y(std::max(*p.accuracy.mean - *p.accuracy.margin, area.low));
    const double high = area.y(std::min(*p.accuracy.mean + *p.accuracy.margin, area.high));
    const double cap = large ? 3 : 1.5;
    const std::string style =
        "stroke=" + color + " stroke-opacity=\"0.5\" stroke-width=\"" + (large ? "1.4" : "0.9") + "\"";
    bars += line(x, low, x, high, style) + line(x - cap, low, x + cap, low, style) +
            line(x - cap, high, x + cap, high, style);
  }
  return bars + "<path d=\"" + path + "\" fill=\"none\" stroke=" + color + " stroke-width=\"" +
         (large ? "2" : "1.5") + "\"" + (c.dashes.empty() ? "" : " stroke-dasharray=\"" + c.dashes + "\"") +
         "/>" + markers;
}

std::string legend_svg(const curve_figure& figure, const plot_area& area) {
  constexpr double step = 19;
  std::size_t longest = 14;
  for (const curve& c : figure.curves) longest = std::max(longest, c.label.size());
  const double width = 52 + 6.6 * double(longest);
  const double height = step * double(figure.curves.size() + (figure.zero_shot ? 1 : 0)) + 10;
  const double left = area.right - width - 12;
  double y = area.bottom - height - 12;
  std::string svg = rectangle(left, y, width, height, "fill=\"#fff\" fill-opacity=\"0.85\" rx=\"3\"");
  y += 5 + step / 2;
  const auto add = [&](const std::string& sign, const std::string& text) {
    svg += sign + label(left + 42, y + 4, text, "fill=\"#222\"");
    y += step;
  };
  for (const curve& c : figure.curves) {
    const std::string dashes = c.dashes.empty() ? "" : " stroke-dasharray=\"" + c.dashes + "\"";
    add(line(left + 10, y, left + 34, y, "stroke=\"" + c.color + "\" stroke-width=\"2\"" + dashes) +
            "<circle" + attribute("cx", left + 22) + attribute("cy", y) + " r=\"3.6\" fill=\"" + c.color +
            "\"/>",
        c.label);
  }
  if (figure.zero_shot) add(star(left + 22, y, 7, purple), "zero-shot CLIP");
  return svg;
}

/// White to the blue of the figures, by a share from 0 to 1; the root shows rare confusions too.
std::string shade(double share) {
  const double depth = std::sqrt(share);
  const std::array<double, 3> full{8, 69, 126};
  std::string color = "rgb(";
  for (std::size_t i = 0; i < 3; ++i)
    color += (i == 0 ? "" : ",") + std::to_string(int(std::lround(255 + (full[i] - 255) * depth)));
  return color + ")";
}

std::size_t characters(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) coop::unicode::next_code_point(text, at);
  return count;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = coop::unicode::next_code_point(text, at);
    const bool is_control =
        (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) || c == 0xfffe || c == 0xffff;
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default: {
        const char32_t shown = is_control ? U'\ufffd' : c;
        safe += coop::unicode::encode({&shown, 1});
      }
    }
  }
  return safe;
}

std::string shortened(const std::string& name, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < name.size(); ++count) {
    if (count == most) return name.substr(0, at) + "…";
    coop::unicode::next_code_point(name, at);
  }
  return name;
}

std::string with_minus(const std::string& text) {
  return text.starts_with('-') ? "−" + text.substr(1) : text;
}

curve_figure curves_of(const summary& numbers, const std::string& data) {
  const auto values_of = [&](const variant& v, index_t shots) {
    return data.empty() ? average(numbers.of(numbers.data(), v, shots)) : numbers.of(data, v, shots);
  };
  curve_figure figure{.title = data, .shots = numbers.shots(), .curves = {}};
  if (data.empty()) figure.title = "Average over " + std::to_string(numbers.data().size()) + " data sets";
  figure.zero_shot = coop::mean(coop::values_of(values_of({"zero-shot"}, 0)));
  std::vector<variant> shown = numbers.main_coop();
  for (const variant& v : numbers.variants())
    if (v.is_few_shot() && !v.learns_context()) shown.push_back(v);
  for (const variant& v : shown) {
    curve c{v.name(), {}, {}, {}};
    dress(c, v);
    for (const index_t shots : numbers.shots()) {
      const coop::seed_values values = values_of(v, shots);
      if (!values.empty()) c.points.push_back({shots, coop::spread_of(coop::values_of(values))});
    }
    if (!c.points.empty()) figure.curves.push_back(std::move(c));
  }
  return figure;
}

std::string curves_svg(const curve_figure& figure, bool large) {
  const double width = large ? 900 : 340;
  const double height = large ? 520 : 250;
  const auto [low, high] = limits_of(figure);
  const double top = large ? 14 : 26;
  const plot_area area{large ? 62.0 : 40.0,
                       top,
                       width - 12,
                       height - (large ? 52 : 28),
                       low,
                       high,
                       double(figure.shots.empty() ? 1 : figure.shots.back())};
  std::string svg = open_svg(width, height, "Accuracy over the number of shots: " + figure.title);
  svg += rectangle(area.left, area.top, area.right - area.left, area.bottom - area.top, "fill=\"#ebebeb\"");
  if (!large)
    svg += label((area.left + area.right) / 2, 17, figure.title,
                 "text-anchor=\"middle\" font-size=\"14\" fill=\"#111\"");

  std::vector<index_t> ticks{0};
  ticks.insert(ticks.end(), figure.shots.begin(), figure.shots.end());
  for (const index_t shots : ticks) {
    const double x = area.x(double(shots));
    svg += line(x, area.top, x, area.bottom, "stroke=\"#fff\" stroke-width=\"1.2\"");
    svg += label(x, area.bottom + 16, std::to_string(shots), "text-anchor=\"middle\" fill=\"#444\"");
  }
  const double distance = tick_distance(high - low, large ? 8 : 5);
  for (double value = std::ceil(low / distance) * distance; value <= high; value += distance) {
    const double y = area.y(value);
    svg += line(area.left - 4, y, area.left, y, "stroke=\"#888\"");
    svg +=
        label(area.left - 7, y + 4, fixed(value, distance < 1 ? 1 : 0), "text-anchor=\"end\" fill=\"#444\"");
  }
  if (large) {
    svg += label((area.left + area.right) / 2, height - 8, "Number of labeled training examples per class",
                 "text-anchor=\"middle\" font-size=\"14\" fill=\"#222\"");
    const std::string middle = number((area.top + area.bottom) / 2);
    svg += "<text transform=\"translate(17 " + middle +
           ") rotate(-90)\" text-anchor=\"middle\" font-size=\"14\" fill=\"#222\">Score (%)</text>";
  }

  if (figure.zero_shot) {
    const double y = area.y(*figure.zero_shot);
    svg += line(area.left, y, area.right, y, "stroke=\"#fff\" stroke-width=\"2\"");
  }
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const double shift = (double(i) - double(figure.curves.size() - 1) / 2) * (large ? 2.6 : 0.9);
    svg += draw_curve(figure.curves[i], area, shift, large);
  }
  if (figure.zero_shot)
    svg += "<g>" + star(area.x(0), area.y(*figure.zero_shot), large ? 9 : 6, purple) +
           "<title>zero-shot CLIP: " + fixed(*figure.zero_shot, 1) + " %</title></g>";
  if (large) svg += legend_svg(figure, area);
  return svg + "</svg>";
}

std::string legend_html(const curve_figure& figure) {
  std::string html = "<p class=\"legend\">";
  for (const curve& c : figure.curves) {
    const std::string dashes = c.dashes.empty() ? "" : " stroke-dasharray=\"" + c.dashes + "\"";
    html += "<span><svg viewBox=\"0 0 26 12\" width=\"26\" height=\"12\" aria-hidden=\"true\">" +
            line(0, 6, 26, 6, "stroke=\"" + c.color + "\" stroke-width=\"2\"" + dashes) +
            "<circle cx=\"13\" cy=\"6\" r=\"3.2\" fill=\"" + c.color + "\"/></svg> " + escaped(c.label) +
            "</span>";
  }
  if (figure.zero_shot)
    html += "<span><svg viewBox=\"0 0 16 14\" width=\"16\" height=\"14\" aria-hidden=\"true\">" +
            star(8, 7.5, 7, purple) + "</svg> zero-shot CLIP</span>";
  return html + "</p>";
}

std::string bars_svg(const table& gains) {
  std::vector<const table_row*> rows;
  double least = 0;
  double greatest = 0;
  std::size_t longest = 0;
  for (const table_block& block : gains.blocks) {
    for (const table_row& row : block.rows) {
      const table_cell& cell = row.cells.front();
      if (!cell.value) continue;
      rows.push_back(&row);
      longest = std::max(longest, std::min<std::size_t>(characters(row.label), 24));
      least = std::min(least, *cell.value - cell.margin.value_or(0));
      greatest = std::max(greatest, *cell.value + cell.margin.value_or(0));
    }
  }
  constexpr double width = 640;
  constexpr double step = 30;
  constexpr double for_numbers = 96;
  const double height = step * double(rows.size()) + 8;
  const double left = 16 + 7.2 * double(longest);
  const double right = width - for_numbers;
  const auto x = [&](double value) {
    return left + (right - left) * (value - least) / std::max(greatest - least, 1e-9);
  };
  std::string svg = open_svg(width, height, gains.title);
  double y = 4;
  for (const table_row* row : rows) {
    const table_cell& cell = row->cells.front();
    const bool gain = *cell.value >= 0;
    const bool sure = !cell.margin || std::abs(*cell.value) > *cell.margin;
    const std::string color = gain ? "#1f77b4" : "#d62728";
    svg += label(left - 10, y + 19, shortened(row->label, 24),
                 "text-anchor=\"end\" font-size=\"13\" fill=\"#222\"");
    svg += rectangle(std::min(x(0), x(*cell.value)), y + 5, std::abs(x(*cell.value) - x(0)), step - 10,
                     "fill=\"" + color + "\" fill-opacity=\"0.85\"");
    if (cell.margin) {
      const double low = x(*cell.value - *cell.margin);
      const double high = x(*cell.value + *cell.margin);
      const double center = y + step / 2;
      const std::string style = "stroke=\"#222\" stroke-width=\"1.2\"";
      svg += line(low, center, high, center, style) + line(low, center - 4, low, center + 4, style) +
             line(high, center - 4, high, center + 4, style);
    }
    svg += label(right + 10, y + 19, with_minus(cell_text(cell, cell_kind::difference)),
                 "font-size=\"13\" font-weight=\"600\" fill=\"" +
                     std::string(!sure  ? "#555"
                                 : gain ? "#16567f"
                                        : "#a31f20") +
                     "\"");
    y += step;
  }
  svg += line(x(0), 2, x(0), height - 2, "stroke=\"#555\"");
  return svg + "</svg>";
}

std::string confusion_svg(const std::vector<std::int64_t>& confusion, const std::vector<std::string>& names) {
  const std::size_t classes = names.size();
  constexpr std::size_t most_characters = 22;
  std::size_t longest = 0;
  for (const std::string& name : names)
    longest = std::max(longest, std::min(characters(name), most_characters));
  const double size = std::clamp(480.0 / double(classes), 9.0, 34.0);  // of a cell
  const double font = std::clamp(size * 0.72, 7.0, 11.0);
  const double margin = 10 + 0.56 * font * double(longest + 1);
  const double slanted = margin * 0.72 + font;  // names at an angle below
  const double side = size * double(classes);
  const double width = margin + side + 0.45 * margin + 6;
  const double height = side + slanted + 8;
  std::string svg = open_svg(width, height, "Confusion matrix: rows are labels, columns predictions");
  const double left = margin;
  const double top = 4;
  const std::string font_size = "font-size=\"" + number(font) + "\" fill=\"#222\"";
  for (std::size_t row = 0; row < classes; ++row) {
    std::int64_t total = 0;
    for (std::size_t column = 0; column < classes; ++column) total += confusion[row * classes + column];
    const double y = top + size * double(row);
    svg += label(left - 5, y + size / 2 + 0.35 * font, shortened(names[row], most_characters),
                 "text-anchor=\"end\" " + font_size);
    for (std::size_t column = 0; column < classes; ++column) {
      const std::int64_t count = confusion[row * classes + column];
      if (count == 0) continue;
      const double share = double(count) / double(total);
      const double x = left + size * double(column);
      svg += "<g>" + rectangle(x, y, size, size, "fill=\"" + shade(share) + "\"") + "<title>" +
             escaped(names[row]) +
             (row == column ? " found: " : " taken for " + escaped(names[column]) + ": ") +
             std::to_string(count) + " of " + std::to_string(total) + "</title>";
      constexpr double room_for_numbers = 20;
      if (size >= room_for_numbers && share >= 0.005)
        svg += label(x + size / 2, y + size / 2 + 3.5, fixed(100 * share, 0),
                     "text-anchor=\"middle\" font-size=\"10\" fill=\"" +
                         std::string(share > 0.3 ? "#fff" : "#234") + "\"");
      svg += "</g>";
    }
  }
  for (std::size_t column = 0; column < classes; ++column) {
    const std::string place =
        number(left + size * (double(column) + 0.5)) + " " + number(top + side + 0.9 * font + 2);
    svg += "<text transform=\"translate(" + place + ") rotate(50)\" " + font_size + ">" +
           escaped(shortened(names[column], most_characters)) + "</text>";
  }
  svg += rectangle(left, top, side, side, "fill=\"none\" stroke=\"#999\" stroke-width=\"0.7\"");
  return svg + "</svg>";
}

}  // namespace app
