// SPDX-License-Identifier: MIT
//
// Directories as `coop sweep` leaves them, small enough to be followed by hand: runs on 100 pictures of two classes.
#ifndef COOP_TESTS_SUPPORT_SWEEP_FILES_HPP
#define COOP_TESTS_SUPPORT_SWEEP_FILES_HPP

#include "temporary_folder.hpp"

#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace coop::test {

/// A run on 50 pictures of each of two classes, of which so many were found.
inline json sweep_run(const std::string& data, const std::string& method, int shots, int seed,
                      std::int64_t correct) {
  const std::int64_t first = std::min<std::int64_t>(correct, 50);
  const std::int64_t second = correct - first;
  json run = {{"id", data + "/" + method + "/" + std::to_string(shots) + "/" + std::to_string(seed)},
              {"protocol", "coop-fewshot/1"},
              {"program", "coop"},
              {"version", "0.1.0"},
              {"data",
               {{"word", "drawn:" + data},
                {"name", data},
                {"digest", "digest of " + data},
                {"classes", 2},
                {"class_names", {"cat", "dog"}}}},
              {"weights", {{"word", "mini-rn"}, {"sha256", "0123"}, {"backbone", "mini-rn"}}},
              {"method", method},
              {"shots", shots},
              {"seed", seed},
              {"total", 100},
              {"correct", correct},
              {"accuracy", double(correct)},
              {"macro_f1", double(correct) - 0.5},
              {"confusion", {{first, 50 - first}, {50 - second, second}}},
              {"others", json::array()},
              {"scarce", json::array()},
              {"seconds", 0.5}};
  return run;
}

/// A run of CoOp: "unified-end-16" or with what the vectors began as.
inline json coop_run(const std::string& data, int shots, int seed, std::int64_t correct,
                     const std::string& context = "unified", const std::string& placement = "end",
                     int length = 16, const std::string& init = "") {
  json run = sweep_run(data, "coop", shots, seed, correct);
  run["context"] = context;
  run["placement"] = placement;
  run["length"] = length;
  run["init"] = init;
  run["loss"] = 0.25;
  run["id"] = data + "/coop/" + context + "-" + placement + "-" + std::to_string(length) + "-" + init + "/" +
              std::to_string(shots) + "/" + std::to_string(seed);
  return run;
}

/// A directory with a plan of the runs that are added, and their files.
class sweep_files {
 public:
  explicit sweep_files(std::vector<std::string> data) {
    plan = {{"title", "A sweep"}, {"runs", json::array()}, {"data", data}};
    std::filesystem::create_directory(*folder_ / "runs");
  }

  /// In the plan and finished.
  void add(const json& run) {
    plan["runs"].push_back(run.at("id"));
    write("runs/" + std::to_string(++count_) + ".json", run.dump());
  }

  /// Puts plan.json there; the directory.
  std::string finish() const {
    write("plan.json", plan.dump());
    return folder_->path();
  }

  void write(const std::string& name, const std::string& text) const { write_file(*folder_ / name, text); }

  json plan;

 private:
  std::unique_ptr<temporary_folder> folder_ = std::make_unique<temporary_folder>();
  int count_ = 0;
};

}  // namespace coop::test

#endif
