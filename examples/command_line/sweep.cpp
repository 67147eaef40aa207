// SPDX-License-Identifier: MIT
//
// coop sweep: all runs of a plan, on as many processes as asked. A finished run is a file that appears whole; a run
// that is being made is a lock that goes with its process. So nothing needs to be tidied after a kill: the same command
// goes on, and the processes may be on different machines of one file system.
#include "commands.hpp"
#include "laboratory.hpp"
#include "output.hpp"
#include "plan.hpp"
#include "stopwatch.hpp"

#include <coop/io/atomic_file.hpp>
#include <coop/io/lock_table.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace app {

using coop::check;
using coop::json;

namespace fs = std::filesystem;

namespace {

/// runs/objects+coop+unified-end-16+16+1.json
std::string file_of(const std::string& directory, const planned_run& run) {
  std::string name = run.id;
  std::replace(name.begin(), name.end(), '/', '+');
  return directory + "/runs/" + name + ".json";
}

/// A word for a shell.
std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                                          "WXYZ0123456789_./:+-") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::string command_of(const sweep_options& o) {
  std::string command = "coop sweep " + quoted(o.plan) + " --out " + quoted(o.out);
  if (o.threads > 0) command += " --threads " + std::to_string(o.threads);
  return command;
}

/// A Slurm array: task i makes the i-th part of the runs; a task that is given again goes on where it was.
std::string slurm_script(const sweep_options& o, const plan& p, index_t parts) {
  std::string title = p.title;
  std::replace_if(
      title.begin(), title.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return "#!/bin/bash\n#SBATCH --job-name=coop\n#SBATCH --array=0-" + std::to_string(parts - 1) +
         "\n#SBATCH --ntasks=1\n#SBATCH --cpus-per-task=" + std::to_string(std::max(o.threads, 1)) +
         "\n#SBATCH --output=coop-%A-%a.log\n#SBATCH --requeue\n#\n# " + title + ": " +
         std::to_string(p.runs.size()) + " runs in " + std::to_string(parts) + " parts. Protocol " +
         p.protocol.identity() + ".\nset -euo pipefail\n" + command_of(o) + " --processes 1 --part \"" +
         "${SLURM_ARRAY_TASK_ID:?}/" + std::to_string(parts) + "\"\n";
}

/// The runs of "--part 3/100", every hundredth from the fourth, or of "--only ID".
std::vector<planned_run> chosen(const sweep_options& o, const plan& p) {
  std::vector<planned_run> some;
  if (!o.only.empty()) {
    const auto found =
        std::find_if(p.runs.begin(), p.runs.end(), [&](const planned_run& run) { return run.id == o.only; });
    check<coop::choice_error>(found != p.runs.end(), [&] {
      return o.plan + ": no run '" + o.only + "'; coop sweep --list prints all " +
             std::to_string(p.runs.size());
    });
    return {*found};
  }
  if (o.part.empty()) return p.runs;
  std::size_t part = 0;
  std::size_t parts = 0;
  const char* const end = o.part.data() + o.part.size();
  const auto first = std::from_chars(o.part.data(), end, part);
  const bool slash = first.ec == std::errc{} && first.ptr != end && *first.ptr == '/';
  const bool good = slash && std::from_chars(first.ptr + 1, end, parts).ptr == end && part < parts;
  if (!good) throw usage_error("sweep: --part: expected I/N with I from 0 to N - 1, got '" + o.part + "'");
  for (std::size_t i = part; i < p.runs.size(); i += parts) some.push_back(p.runs[i]);
  return some;
}

/// Waits for the processes that look at or write the plan of a directory at the same time.
void lock_plan(coop::lock_table& locks) {
  while (!locks.try_lock("plan.json")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

/// plan.json, which the report reads. A directory holds one experiment: other protocols, weights or pictures under
/// the same names are refused; more runs are welcome.
void keep_plan(const std::string& directory, const plan& p) {
  const std::string path = directory + "/plan.json";
  const json mine = to_json(p);
  coop::lock_table locks(directory + "/locks");
  lock_plan(locks);
  if (fs::exists(path)) {
    expect_same_experiment(coop::parse_json(coop::read_file(path, std::size_t(1) << 28), path), mine, path);
  }
  coop::write_file(path, coop::json_text(mine, path));
}

/// Whether a run is done; one of that name which was decided otherwise is an error.
bool is_finished(const std::string& directory, const plan& p, const planned_run& run,
                 const std::string& weights_sha256) {
  const std::string path = file_of(directory, run);
  if (!fs::exists(path)) return false;
  const json result = coop::parse_json(coop::read_file(path, 1 << 28), path);
  const json expected = decisions_of(p, run, weights_sha256);
  const json found = result.is_object() && result.contains("decisions") ? result["decisions"] : json();
  if (found == expected) return true;
  std::string difference = "another run";
  for (const auto& [key, value] : expected.items()) {
    if (!found.is_object() || !found.contains(key) || found[key] != value) {
      difference = key + ": expected " + value.dump() + ", got " +
                   (found.is_object() && found.contains(key) ? found[key].dump() : "nothing");
      break;
    }
  }
  throw coop::choice_error(path + ": not the run of the plan: " + difference);
}

std::string line_of(const json& result) {
  char text[64];
  std::snprintf(text, sizeof text, "  %5.1f %%  %6.1f s", result["accuracy"].get<double>(),
                result["seconds"].get<double>());
  return result["id"].get<std::string>() + text;
}

/// Makes runs until none is left that nobody else is making; how many failed.
int work(const std::string& directory, const plan& p, std::vector<planned_run> runs, int threads,
         ::pid_t parent) {
  coop::lock_table locks(directory + "/locks");
  laboratory where(p, directory, threads);
  int failed = 0;
  while (!runs.empty()) {
    bool moved = false;
    std::set<std::size_t> busy;  // data sets that another process is encoding
    std::vector<planned_run> left;
    for (planned_run& run : runs) {
      if (parent != 0 && ::getppid() != parent) return failed;  // who asked for this has been killed
      const std::string path = file_of(directory, run);
      if (fs::exists(path)) continue;
      if (busy.contains(run.data) || !locks.try_lock(run.id)) {
        left.push_back(std::move(run));
        continue;
      }
      if (!fs::exists(path)) {
        try {
          if (const auto result = where.perform(run)) {
            coop::write_file(path, coop::json_text(*result, path));
            remark(line_of(*result));
            moved = true;
          } else {
            busy.insert(run.data);
            left.push_back(run);
          }
        } catch (const std::exception& problem) {
          ++failed;
          remark(run.id + ": failed: " + message_of(problem));
        }
      }
      locks.unlock(run.id);
    }
    runs = std::move(left);
    if (!moved && !runs.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return failed;
}

/// The same in several processes. What one of them throws is told by it, and what is missing afterwards by who looks.
void work_in_processes(const std::string& directory, const plan& p, const std::vector<planned_run>& runs,
                       int processes, int threads) {
  const ::pid_t parent = ::getpid();
  std::fflush(stdout);
  std::fflush(stderr);
  std::vector<::pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const ::pid_t child = ::fork();
    check<coop::error>(child >= 0, [] {
      return "sweep: cannot start a process: " + std::generic_category().message(errno);
    });
    if (child > 0) {
      children.push_back(child);
      continue;
    }
    int code = 1;
    try {
      code = work(directory, p, runs, threads, parent) == 0 ? 0 : 1;
    } catch (const std::exception& problem) {
      remark(message_of(problem));
    }
    ::_exit(code);
  }
  for (const ::pid_t child : children) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
      remark("sweep: a process was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
             ::strsignal(WTERMSIG(status)) + ")");
    }
  }
}

}  // namespace

void sweep(const sweep_options& o) {
  const plan p = read_plan(o.plan);
  if (o.list) {
    for (const planned_run& run : chosen(o, p))
      print(command_of(o) + " --processes 1 --only " + quoted(run.id) + "\n");
    return;
  }
  if (!o.slurm.empty()) {
    const auto parts = std::min(o.parts, index_t(p.runs.size()));
    coop::write_file(o.slurm, slurm_script(o, p, parts));
    print(o.slurm + ": " + std::to_string(p.runs.size()) + " runs in " + std::to_string(parts) + " parts\n");
    return;
  }

  std::vector<planned_run> runs = chosen(o, p);
  const std::string weights_sha256 = weights(p.weights, p.activation).sha256();
  static_cast<void>(coop::make_directories(o.out + "/runs"));
  keep_plan(o.out, p);
  const std::size_t asked = runs.size();
  std::erase_if(runs, [&](const planned_run& run) { return is_finished(o.out, p, run, weights_sha256); });
  remark(describe(p.protocol) + std::to_string(asked) + " runs, " + std::to_string(asked - runs.size()) +
         " of them done before");

  const stopwatch watch;
  const int cores = int(std::max(1u, std::thread::hardware_concurrency()));
  const int processes =
      std::min(o.processes > 0 ? o.processes : cores, int(std::max<std::size_t>(runs.size(), 1)));
  const int threads = o.threads > 0 ? o.threads : std::max(1, cores / processes);
  if (processes == 1) {
    static_cast<void>(work(o.out, p, runs, threads, 0));
  } else {
    work_in_processes(o.out, p, runs, processes, threads);
  }
  const auto missing = std::count_if(
      runs.begin(), runs.end(), [&](const planned_run& run) { return !fs::exists(file_of(o.out, run)); });
  char text[96];
  std::snprintf(text, sizeof text, "%zu runs done, %.1f s", runs.size() - std::size_t(missing),
                watch.seconds());
  check<coop::error>(missing == 0, [&] {
    return o.out + ": " + std::to_string(missing) + " of " + std::to_string(asked) +
           " runs have no result; the same command makes them anew";
  });
  print(o.out + ": " + text + "; coop report " + o.out + " makes the tables\n");
}

}  // namespace app
