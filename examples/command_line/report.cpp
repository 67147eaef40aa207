// SPDX-License-Identifier: MIT
//
// coop report: a sweep's tables on standard output, as CSV, and as a page.
#include "commands.hpp"
#include "output.hpp"
#include "report_html.hpp"
#include "report_tables.hpp"
#include "results.hpp"
#include "summary.hpp"

#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace app {

namespace fs = std::filesystem;

namespace {

/// A table's name as part of a file's: data sets may have any name.
std::string file_name(const std::string& name, std::set<std::string>& taken) {
  std::string plain;
  for (const char c : name) {
    const bool harmless = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    plain += harmless ? c : '-';
  }
  std::string unused = plain;
  for (int i = 2; !taken.insert(unused).second; ++i) unused = plain + "-" + std::to_string(i);
  return unused + ".csv";
}

/// Tables of an earlier report go: one that is left out now must not lie beside the new ones.
void prepare(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  coop::check<coop::io_error>(!failed, [&] { return folder + ": cannot be made: " + failed.message(); });
  const std::string list = folder + "/tables.txt";
  if (!fs::exists(list)) return;
  const std::string names = coop::read_file(list, 1 << 20);
  for (std::size_t from = 0; from < names.size();) {
    const std::size_t end = std::min(names.find('\n', from), names.size());
    const std::string name = names.substr(from, end - from);
    if (name.ends_with(".csv") && name.find('/') == std::string::npos)
      fs::remove(folder + "/" + name, failed);
    from = end + 1;
  }
}

}  // namespace

void report(const report_options& o) {
  const sweep_results sweep = read_sweep(o.directory);
  const summary numbers(sweep);
  report_tables tables = make_tables(sweep, numbers);
  if (!o.compare.empty()) tables.tables.push_back(compare_sweeps(sweep, read_sweep(o.compare)));

  const std::string folder = o.out.empty() ? o.directory + "/report" : o.out;
  prepare(folder);
  std::set<std::string> taken{"runs"};
  std::string written = "runs.csv\n";
  std::string text;
  for (const table& t : tables.tables) {
    const std::string name = file_name(t.name, taken);
    coop::write_file(folder + "/" + name, to_csv(t));
    written += name + "\n";
    text += to_text(t) + "\n";
  }
  coop::write_file(folder + "/runs.csv", runs_csv(sweep));
  coop::write_file(folder + "/report.html", html_page(sweep, numbers, tables));
  coop::write_file(folder + "/tables.txt", written);

  for (const absent_table& absent : tables.absent)
    text += "left out: " + absent.title + ": needs " + absent.needs + "\n";
  print(text);
  remark(folder + ": report.html and " + std::to_string(tables.tables.size() + 1) + " tables of CSV");
  if (!sweep.unfinished.empty())
    remark(std::to_string(sweep.unfinished.size()) + " of " + std::to_string(sweep.planned.size()) +
           " runs are not finished");
}

}  // namespace app
