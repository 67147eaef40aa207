// SPDX-License-Identifier: MIT
//
// Making, refusing, continuing and taking away the directory of a run.
#include "run_directory.hpp"

#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>

#include <unistd.h>  // access, getpid

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace app {

namespace fs = std::filesystem;

namespace {

constexpr const char* description_name = "run.json";
constexpr std::array<const char*, 5> run_names{"run.json", "context.safetensors", "classifier.safetensors",
                                               "log.jsonl", "state.safetensors"};

bool there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

}  // namespace

run_directory::run_directory(std::string path, earlier_run then) : path_(std::move(path)), then_(then) {
  fs::path place = fs::absolute(path_);
  while (!there(place) && place.has_relative_path()) place = place.parent_path();
  // What can be known now is said now, and not after the pictures have been encoded.
  coop::check<coop::io_error>(fs::is_directory(place) && ::access(place.c_str(), W_OK) == 0, [&] {
    return path_ + ": cannot be written: expected a directory that may be written to, got " + place.string();
  });
  bool holds = false;
  for (const char* name : run_names) holds = holds || there(file(name));
  coop::check<coop::choice_error>(then_ != earlier_run::refuse || !holds, [&] {
    return path_ + ": holds another run: expected an empty or new directory, or --resume, or --overwrite";
  });
  if (then_ != earlier_run::resume) return;
  for (const char* name : {description_name, "state.safetensors"}) {
    coop::check<coop::choice_error>(there(file(name)),
                                    [&] { return path_ + ": nothing to resume: " + name + " is missing"; });
  }
  recorded_ = coop::parse_json(coop::read_file(file(description_name), 1 << 24), file(description_name));
  coop::check<coop::io_error>(recorded_.is_object() && recorded_.contains("options") &&
                                  recorded_["options"].is_object() && recorded_.contains("data") &&
                                  recorded_["data"].is_object() && recorded_.contains("weights") &&
                                  recorded_["weights"].is_object(),
                              [&] { return file(description_name) + ": not a description of a run"; });
}

run_directory::~run_directory() {
  if (!temporary_) return;
  std::error_code ignored;  // an error is on its way already
  for (const char* name : run_names) {
    fs::remove(file(name), ignored);
    if (!aside_.empty()) fs::rename(aside_ + "/" + name, file(name), ignored);
  }
  if (!aside_.empty()) fs::remove(aside_, ignored);
  if (made_) fs::remove(path_, ignored);  // fails, rightly, when somebody has put something there
}

void run_directory::begin(const coop::json& description) {
  if (then_ == earlier_run::resume) return;
  std::error_code failed;
  const auto expect = [&](const char* what) {
    coop::check<coop::io_error>(!failed, [&] { return path_ + ": " + what + ": " + failed.message(); });
  };
  made_ = fs::create_directories(path_, failed);
  expect("cannot make the directory");
  temporary_ = true;
  for (const char* name : run_names) {
    if (!there(file(name))) continue;
    if (aside_.empty()) {
      const std::string place = path_ + "/earlier." + std::to_string(::getpid());
      fs::create_directory(place, failed);
      expect("cannot put the earlier run aside");
      aside_ = place;
    }
    fs::rename(file(name), aside_ + "/" + name, failed);
    expect("cannot put the earlier run aside");
  }
  describe(description);
}

void run_directory::keep() {
  temporary_ = false;
  if (aside_.empty()) return;
  std::error_code failed;
  fs::remove_all(aside_, failed);
  coop::check<coop::io_error>(!failed, [&] { return aside_ + ": cannot be removed: " + failed.message(); });
  aside_.clear();
}

void run_directory::describe(const coop::json& description) const {
  coop::write_file(file(description_name), coop::json_text(description, file(description_name), 2) + "\n");
}

void cut_log(const std::string& path, std::int64_t epochs) {
  if (!there(path)) return;
  const std::string text = coop::read_file(path, std::size_t(1) << 32);
  std::string kept;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // cut short by a crash
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const coop::json step = coop::json::parse(line, nullptr, false);
    if (step.is_object() && step.contains("epoch") && step["epoch"].is_number_integer() &&
        step["epoch"] <= epochs) {
      kept.append(line).append("\n");
    }
  }
  if (kept.size() != text.size()) coop::write_file(path, kept);
}

}  // namespace app
