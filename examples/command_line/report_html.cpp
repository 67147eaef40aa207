// SPDX-License-Identifier: MIT
//
// The page: what it is about, the curves, the tables, and who is taken for whom.
#include "report_html.hpp"

#include "report_figures.hpp"

#include <coop/analysis/confusion.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

namespace {

constexpr std::string_view style = R"(
:root{--ink:#1c2128;--soft:#5b6470;--line:#d5d9df;--pale:#f4f6f8;--accent:#1f77b4}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.2rem 1.4rem 4rem;max-width:1240px;color:var(--ink);background:#fff;
 font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:2rem;line-height:1.2;margin:0 0 .4rem;letter-spacing:-.01em}
h2{font-size:1.3rem;margin:3rem 0 .5rem;padding-top:.7rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:.2rem 0 .4rem}
p{margin:.4rem 0 .8rem;max-width:76ch}
.lead{font-size:1.12rem;color:#333b46}
.note{color:var(--soft);font-size:.88rem;max-width:110ch}
nav{font-size:.88rem;margin:1rem 0 0}
nav a{color:var(--accent);text-decoration:none;margin-right:1.1em;white-space:nowrap}
nav a:hover{text-decoration:underline}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.28rem 1.2rem;margin:1.3rem 0;padding:.9rem 1.1rem;
 background:var(--pale);border-left:4px solid var(--accent);border-radius:3px;font-size:.9rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
code,.digest{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em}
svg{display:block;width:100%;height:auto;font-family:inherit}
figure{margin:0;break-inside:avoid}
.large{max-width:960px}
.bars{max-width:680px}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(260px,1fr));gap:1.1rem 1.2rem;margin-top:.8rem}
.matrices{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(460px,100%),1fr));gap:2rem 2.2rem}
.matrices svg{max-width:600px}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem;font-size:.88rem;max-width:none}
.legend span{display:inline-flex;align-items:center;gap:.45em}
.legend svg{width:auto;height:auto}
.legend svg[width="26"]{width:26px}
.legend svg[width="16"]{width:16px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;margin:.5rem 0 .4rem;
 border-top:2px solid var(--ink);border-bottom:2px solid var(--ink)}
th,td{padding:.24rem .7rem;text-align:right;white-space:nowrap;font-weight:400}
thead th{border-bottom:1px solid var(--ink);font-weight:600;vertical-align:bottom}
th:first-child{text-align:left;padding-left:.3rem}
tbody tr:hover td,tbody tr:hover th[scope=row]{background:#f0f5fa}
tbody th[colspan]{padding-top:.6rem;color:var(--soft);font-style:italic}
tbody+tbody tr:first-child>*{border-top:1px solid var(--line)}
td.last,th.last{border-left:1px solid var(--line);padding-left:1rem}
.best{font-weight:700}
.m{color:var(--soft);font-size:.86em;font-weight:400}
.up{color:#16567f;font-weight:600}
.down{color:#a31f20;font-weight:600}
table.words td,table.text td,table.words th,table.text th{text-align:left}
table.text td{white-space:normal;overflow-wrap:anywhere}
table.text{table-layout:fixed;width:100%}
table.text th{width:16rem;white-space:normal;vertical-align:top;color:var(--soft)}
ul,ol{margin:.3rem 0;padding-left:1.3rem;font-size:.88rem}
@media (max-width:640px){body{padding:1.2rem .8rem}h1{font-size:1.5rem}dl{grid-template-columns:1fr;gap:0}
 dd{margin-bottom:.5rem}table.text th{width:8rem}}
@media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}h2{break-after:avoid}
 table,.small figure,.matrices figure{break-inside:avoid}.scroll{overflow:visible}th,td{padding:.1rem .35rem}
 *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

constexpr std::size_t most_classes_drawn = 60;

/// A part of the page with a heading that can be gone to.
struct page {
  std::string links;
  std::string body;

  void section(const std::string& id, const std::string& title, const std::string& content) {
    links += "<a href=\"#" + id + "\">" + escaped(title) + "</a> ";
    body += "<section><h2 id=\"" + id + "\">" + escaped(title) + "</h2>\n" + content + "</section>\n";
  }
};

std::string paragraph(const std::string& text, const char* kind) {
  return text.empty() ? "" : "<p class=\"" + std::string(kind) + "\">" + escaped(text) + "</p>\n";
}

/// A cell of numbers or words; a difference has a colour when its interval leaves out 0.
std::string cell_html(const table_cell& cell, cell_kind kind, bool last) {
  std::string classes = last ? "last" : "";
  if (cell.best) classes += " best";
  std::string content;
  const bool is_number = kind == cell_kind::percent || kind == cell_kind::difference;
  if (is_number && cell.value) {
    table_cell bare = cell;
    bare.margin.reset();
    bare.fewer = false;
    const bool sure = kind == cell_kind::difference && cell.margin && std::abs(*cell.value) > *cell.margin;
    if (sure) classes += *cell.value > 0 ? " up" : " down";
    content = with_minus(cell_text(bare, kind));
    if (cell.margin) content += " <span class=\"m\">±" + fixed(*cell.margin, 1) + "</span>";
    if (cell.fewer) content += "†";
  } else if (kind == cell_kind::word && cell.value) {
    content = escaped(cell.text) + " <span class=\"m\">(" + fixed(*cell.value, 4) + ")</span>";
  } else {
    content = escaped(cell_text(cell, kind));
  }
  return (classes.empty() ? "<td>" : "<td class=\"" + classes + "\">") + content + "</td>";
}

std::string table_html(const table& t) {
  const bool has_average = !t.columns.empty() && t.columns.back().starts_with("average");
  const char* kind = t.kind == cell_kind::word   ? " class=\"words\""
                     : t.kind == cell_kind::text ? " class=\"text\""
                                                 : "";
  std::string html = "<div class=\"scroll\"><table" + std::string(kind) + ">";
  bool fewer = false;
  if (t.kind != cell_kind::text) {
    html += "<thead><tr><th scope=\"col\">" + escaped(t.corner) + "</th>";
    for (std::size_t c = 0; c < t.columns.size(); ++c) {
      const bool last = has_average && c + 1 == t.columns.size();
      html += std::string("<th scope=\"col\"") + (last ? " class=\"last\"" : "") + ">" +
              escaped(t.columns[c]) + "</th>";
    }
    html += "</tr></thead>\n";
  }
  for (const table_block& block : t.blocks) {
    html += "<tbody>";
    if (!block.title.empty())
      html += "<tr><th scope=\"rowgroup\" colspan=\"" + std::to_string(t.columns.size() + 1) + "\">" +
              escaped(block.title) + "</th></tr>\n";
    for (const table_row& row : block.rows) {
      html += "<tr><th scope=\"row\">" + escaped(row.label) + "</th>";
      for (std::size_t c = 0; c < row.cells.size(); ++c) {
        html += cell_html(row.cells[c], t.kind, has_average && c + 1 == t.columns.size());
        fewer = fewer || row.cells[c].fewer;
      }
      html += "</tr>\n";
    }
    html += "</tbody>\n";
  }
  std::string note = t.note;
  if (t.kind == cell_kind::difference) note += " Coloured where the interval leaves out 0.";
  if (fewer) note += " † Of fewer seeds than the others.";
  return html + "</table></div>\n" + paragraph(note, "note");
}

/// What the sweep comes to in one sentence.
std::string lead(const summary& numbers) {
  const variant paper = numbers.paper();
  std::vector<coop::seed_values> gains;
  for (const std::string& data : numbers.data())
    gains.push_back(numbers.gain(data, paper, numbers.most_shots()));
  const coop::spread accuracy =
      coop::spread_of(coop::values_of(average(numbers.of(numbers.data(), paper, numbers.most_shots()))));
  const coop::spread gain = coop::spread_of(coop::values_of(average(gains)));
  if (!accuracy.mean || !gain.mean) return "";
  const bool has_new_classes =
      std::any_of(numbers.data().begin(), numbers.data().end(),
                  [&](const std::string& data) { return !numbers.other_names(data, "new").empty(); });
  const table_cell reached{.value = accuracy.mean, .margin = accuracy.margin};
  const table_cell gained{.value = gain.mean, .margin = gain.margin};
  const std::string sets = numbers.data().size() == 1
                               ? numbers.data().front()
                               : "average over " + std::to_string(numbers.data().size()) + " data sets";
  return paper.full_name() + ", with " + std::to_string(numbers.most_shots()) + " pictures a class reaches " +
         cell_text(reached, cell_kind::percent) + " % on " + sets +
         (has_new_classes ? ", base classes alone" : "") + ": " +
         with_minus(cell_text(gained, cell_kind::difference)) + " points against the hand-written prompt.";
}

/// The protocol's table as a box: digests of data and the ends of long lists stay for the end of the page.
std::string protocol_box(const report_tables& tables) {
  constexpr std::size_t longest = 240;
  std::string html;
  for (const table& t : tables.tables) {
    if (t.name != "protocol") continue;
    for (const table_row& row : t.blocks.front().rows) {
      if (row.label == "data" || row.label == "published") continue;
      const bool is_code = row.label == "protocol" || row.label == "weights";
      html += "<dt>" + escaped(row.label) + "</dt><dd" + (is_code ? " class=\"digest\"" : "") + ">" +
              escaped(shortened(row.cells.front().text, longest)) + "</dd>\n";
    }
  }
  return "<dl>" + html + "</dl>\n";
}

/// The confusions of one experiment, summed over its seeds.
std::map<std::string, std::vector<std::int64_t>> summed_confusions(const sweep_results& sweep,
                                                                   const summary& numbers) {
  std::map<std::string, std::vector<std::int64_t>> sums;
  for (const run_result& run : sweep.runs) {
    if (run.what != numbers.paper().on(run.data.name, numbers.most_shots())) continue;
    if (run.confusion.empty()) continue;
    auto& sum = sums[run.data.name];
    sum.resize(run.confusion.size());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += run.confusion[i];
  }
  return sums;
}

std::string confused_list(const std::vector<std::int64_t>& confusion, const std::vector<std::string>& names,
                          std::size_t most) {
  std::string html = "<ol>";
  for (const coop::confused_pair& pair : coop::most_confused(confusion, index_t(names.size()), most)) {
    const auto row = confusion.begin() + std::ptrdiff_t(pair.label) * std::ptrdiff_t(names.size());
    std::int64_t total = 0;
    for (std::size_t i = 0; i < names.size(); ++i) total += row[std::ptrdiff_t(i)];
    html += "<li><b>" + escaped(names[std::size_t(pair.label)]) + "</b> taken for <b>" +
            escaped(names[std::size_t(pair.prediction)]) + "</b>: " + std::to_string(pair.count) + " of " +
            std::to_string(total) + "</li>";
  }
  return html + "</ol>";
}

std::string confusion_section(const sweep_results& sweep, const summary& numbers) {
  const auto sums = summed_confusions(sweep, numbers);
  if (sums.empty()) return "";
  std::string html = paragraph(
      numbers.paper().full_name() + ", " + std::to_string(numbers.most_shots()) +
          " pictures a class, summed over the seeds. Rows are labels, columns predictions; a row is shaded "
          "by its shares. Of more than " +
          std::to_string(most_classes_drawn) + " classes only the pairs confused most often; of more than " +
          std::to_string(most_classes_confused) + " none are kept.",
      "note");
  html += "<div class=\"matrices\">";
  for (const std::string& data : numbers.data()) {
    const auto sum = sums.find(data);
    if (sum == sums.end()) continue;
    const auto run = std::find_if(sweep.runs.begin(), sweep.runs.end(),
                                  [&](const run_result& r) { return r.data.name == data; });
    const std::vector<std::string>& names = run->data.class_names;
    const bool drawn = names.size() <= most_classes_drawn;
    html += "<figure><h3>" + escaped(data) + "</h3>" + (drawn ? confusion_svg(sum->second, names) : "") +
            confused_list(sum->second, names, drawn ? 3 : 20) + "</figure>\n";
  }
  return html + "</div>\n";
}

}  // namespace

std::string html_page(const sweep_results& sweep, const summary& numbers, const report_tables& tables) {
  page out;
  const bool has_curves =
      numbers.shots().size() > 1;  // of one number a curve is a point, and tables tell more
  if (has_curves) {
    const curve_figure whole =
        curves_of(numbers, numbers.data().size() > 1 ? std::string() : numbers.data().front());
    out.section(
        "curves", "Few-shot curves",
        "<h3>" + escaped(whole.title) + "</h3><figure class=\"large\">" + curves_svg(whole, true) +
            "</figure>\n" +
            paragraph("Error bars are 95 % intervals of the mean over the seeds (Student's t); methods stand "
                      "side by side for the eye. CoOp with " +
                          numbers.main_beginning().name() + ".",
                      "note"));
  }
  for (const table& t : tables.tables)
    if (t.name == "gain")
      out.section("gain", t.title,
                  "<figure class=\"bars\">" + bars_svg(t) + "</figure>\n" + paragraph(t.note, "note"));
  if (has_curves && numbers.data().size() > 1) {
    std::string figures;
    for (const std::string& data : numbers.data())
      figures += "<figure>" + curves_svg(curves_of(numbers, data), false) + "</figure>\n";
    curve_figure legend = curves_of(numbers, numbers.data().front());
    for (const std::string& data : numbers.data()) {
      const curve_figure other = curves_of(numbers, data);
      if (other.curves.size() > legend.curves.size()) legend = other;
    }
    out.section("data", "Each data set",
                legend_html(legend) + "<div class=\"small\">" + figures + "</div>\n");
  }
  std::size_t count = 0;
  for (const table& t : tables.tables) {
    if (t.name == "gain" || t.name == "protocol") continue;
    out.section("table-" + std::to_string(++count), t.title, table_html(t));
  }
  const std::string confusion = confusion_section(sweep, numbers);
  if (!confusion.empty()) out.section("confusion", "Who is taken for whom", confusion);
  for (const table& t : tables.tables)
    if (t.name == "protocol") out.section("protocol", t.title, table_html(t));
  if (!tables.absent.empty()) {
    std::string list;
    for (const absent_table& absent : tables.absent)
      list += "<li>" + escaped(absent.title) + ": needs " + escaped(absent.needs) + "</li>";
    out.section("absent", "Left out", "<ul>" + list + "</ul>\n");
  }

  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
         escaped(sweep.title) + "</title>\n<style>" + std::string(style) +
         "</style></head>\n<body>\n<header><h1>" + escaped(sweep.title) + "</h1>\n" +
         paragraph(lead(numbers), "lead") + protocol_box(tables) + "<nav>" + out.links +
         "</nav></header>\n<main>\n" + out.body + "</main>\n</body></html>\n";
}

}  // namespace app
