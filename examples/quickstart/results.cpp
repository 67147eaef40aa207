// SPDX-License-Identifier: MIT
#include "results.hpp"

#include <algorithm>
#include <cstdio>

void results::add(const std::string& task, const std::string& method, int shots, int seed, double accuracy) {
  if (std::find(tasks_.begin(), tasks_.end(), task) == tasks_.end()) tasks_.push_back(task);
  accuracies_[{task, method, shots, seed}] = accuracy;
}

double results::mean(const std::string& task, const std::string& method, int shots) const {
  double sum = 0;
  int n = 0;
  for (const auto& [key, accuracy] : accuracies_) {
    const auto& [t, m, k, seed] = key;
    if ((task == "average" || t == task) && m == method && k == shots) {
      sum += accuracy;
      ++n;
    }
  }
  return n ? sum / n : 0;
}

std::string results::table() const {
  std::string text;
  char cell[128];
  const auto write = [&](const char* format, auto... values) {
    std::snprintf(cell, sizeof cell, format, values...);
    text += cell;
  };
  write("%-10s | %12s %8s |%34s |%8s |%34s\n", "", "\"a photo of", "hand-", "CoOp, shots", "gain at",
        "linear probe, shots");
  write("%-10s | %12s %8s |", "task", "a {}.\"", "written");
  for (const int k : all_shots) write(" %5d ", k);
  write("| %7s |", "16");
  for (const int k : all_shots) write(" %5d ", k);
  text +=
      "\n-----------+-----------------------+------------------------------------+---------+-----------------"
      "------------------\n";
  auto rows = tasks_;
  rows.push_back("average");
  for (const auto& task : rows) {
    const double written = mean(task, "hand-written", 0);
    write("%-10s | %12.1f %8.1f |", task.c_str(), mean(task, "single prompt", 0), written);
    for (const int k : all_shots) write(" %5.1f ", mean(task, "CoOp", k));
    write("| %+7.1f |", mean(task, "CoOp", 16) - written);
    for (const int k : all_shots) write(" %5.1f ", mean(task, "linear probe", k));
    text += "\n";
  }
  return text;
}

std::string results::csv() const {
  std::string text = "task,method,shots,seed,accuracy\n";
  for (const auto& [key, accuracy] : accuracies_) {
    const auto& [task, method, shots, seed] = key;
    char line[160];
    std::snprintf(line, sizeof line, "%s,%s,%d,%d,%.4f\n", task.c_str(), method.c_str(), shots, seed,
                  accuracy);
    text += line;
  }
  return text;
}

std::string results::draw_curves(const std::string& path) const {
  if (std::system("command -v gnuplot > /dev/null 2>&1") != 0) {
    return "gnuplot is not installed (Debian's package gnuplot-nox draws it)";
  }
  std::FILE* plot = ::popen("gnuplot", "w");
  if (!plot) return "gnuplot did not start";
  auto panels = tasks_;
  panels.insert(panels.begin(), "average");
  const auto columns = int(panels.size() + 1) / 2;
  std::fprintf(plot, "set terminal svg size %d,760 font 'Helvetica,13' background rgb 'white'\n",
               320 * columns);
  std::fprintf(plot, "set output '%s'\nset multiplot layout 2,%d\n", path.c_str(), columns);
  std::fputs(
      "set xtics (0,1,2,4,8,16)\nset xrange [-0.7:16.7]\nset grid lc rgb '#dddddd'\nset ytics format '%.0f'\n"
      "set xlabel 'labelled pictures a class'\nset offsets 0,0,3,3\n",
      plot);
  bool first = true;
  for (const auto& task : panels) {
    const auto line = [&](const char* method) {
      for (const int k : all_shots) std::fprintf(plot, "%d %.3f\n", k, mean(task, method, k));
      std::fputs("e\n", plot);
    };
    std::fprintf(plot, "set title '%s'\n%s", task == "average" ? "Average over all tasks" : task.c_str(),
                 first ? "set key bottom right\nset ylabel 'accuracy (%)'\n" : "unset key\nunset ylabel\n");
    std::fputs(
        "plot '-' with linespoints lw 2 pt 7 ps 0.6 lc rgb '#1f77b4' title 'CoOp',"
        " '-' with linespoints lw 2 dt 3 pt 7 ps 0.5 lc rgb '#9467bd' title 'linear probe',"
        " '-' with points pt 3 ps 1.4 lc rgb '#2ca02c' title 'hand-written',"
        " '-' with points pt 2 ps 1.2 lc rgb '#7f7f7f' title '\"a photo of a {}.\"'\n",
        plot);
    line("CoOp");
    line("linear probe");
    std::fprintf(plot, "0 %.3f\ne\n0 %.3f\ne\n", mean(task, "hand-written", 0),
                 mean(task, "single prompt", 0));
    first = false;
  }
  std::fputs("unset multiplot\n", plot);
  return ::pclose(plot) == 0 ? "" : "gnuplot failed";
}
