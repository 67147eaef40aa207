// SPDX-License-Identifier: MIT
//
// Making, refusing, continuing and taking away the directory of a run.
#include "run_directory.hpp"

#include "files.hpp"
#include "output.hpp"

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
constexpr const char* state_name = "state.safetensors";
/// The state is put aside first and comes back last: where it is, a run is whole.
constexpr std::array<const char*, 5> run_names{"state.safetensors", "context.safetensors",
                                               "classifier.safetensors", "log.jsonl", "run.json"};
constexpr const char* complete_name = "complete";  // in `earlier`, once all is there

}  // namespace

run_directory::run_directory(std::string path, earlier_run then) : path_(std::move(path)), then_(then) {
  std::error_code failed;
  fs::path place = fs::absolute(path_, failed);
  coop::check<coop::io_error>(!failed, [&] {
    return path_ + ": cannot be found: expected a current directory, got none: " + failed.message();
  });
  while (!there(place) && place.has_relative_path()) place = place.parent_path();
  // What can be known now is said now, and not after the pictures have been encoded.
  coop::check<coop::io_error>(
      fs::is_directory(place, failed) && ::access(place.c_str(), W_OK | X_OK) == 0, [&] {
        return path_ + ": cannot be written: expected a directory that may be written to, got " +
               place.string();
      });
  if (there(path_)) lock();
  if (then_ == earlier_run::refuse) expect_none();
  if (then_ != earlier_run::resume) return;
  const auto missing = [&](const char* name) {
    return [this, name] { return path_ + ": nothing to resume: " + name + " is missing"; };
  };
  coop::check<coop::choice_error>(there(file(description_name)), missing(description_name));
  recorded_ = coop::parse_json(coop::read_file(file(description_name), 1 << 24), file(description_name));
  coop::check<coop::io_error>(recorded_.is_object() && recorded_.contains("options") &&
                                  recorded_["options"].is_object() && recorded_.contains("data") &&
                                  recorded_["data"].is_object() && recorded_.contains("weights") &&
                                  recorded_["weights"].is_object(),
                              [&] { return file(description_name) + ": not a description of a run"; });
  // A run that was ended in its first epoch begins again; one that is done has lost something.
  const bool begun = !recorded_.contains("finished") && !there(file("context.safetensors"));
  coop::check<coop::choice_error>(has_state() || begun, missing(state_name));
}

run_directory::~run_directory() {
  if (!temporary_) return;
  try {
    put_back();
  } catch (const coop::error&) {  // an error is on its way already, and who comes next tries again
  }
  lock_.reset();
  std::error_code ignored;
  if (made_) fs::remove(path_, ignored);  // fails, rightly, when somebody has put something there
}

bool run_directory::has_state() const { return there(file(state_name)); }

bool run_directory::holds_run() const {
  for (const char* name : run_names) {
    if (there(file(name))) return true;
  }
  return false;
}

void run_directory::expect_none() const {
  coop::check<coop::choice_error>(!holds_run(), [&] {
    return path_ + ": holds another run: expected an empty or new directory, or --resume, or --overwrite";
  });
}

void run_directory::lock() {
  lock_.emplace(file("lock"), path_);
  // Half-written files of a killed process: nobody else has any here.
  for (const char* name : run_names) {
    std::error_code none;
    fs::remove(file(name) + ".partial.0", none);
  }
  if (!there(aside())) return;
  if (has_state()) return keep();  // a new run's, or nothing was put aside yet
  put_back();
  remark(path_ + ": the run that was to be overwritten is back: the new one had no epoch yet");
}

void run_directory::begin(const coop::json& description) {
  if (then_ == earlier_run::resume) return;
  if (!lock_) {
    made_ = coop::make_directories(path_);
    lock();
    if (then_ == earlier_run::refuse) expect_none();  // another process may have come and gone
  }
  temporary_ = true;
  if (holds_run()) put_aside();
  describe(description);
}

void run_directory::put_aside() {
  std::error_code failed;
  fs::create_directory(aside(), failed);
  for (const char* name : run_names) {
    if (!failed && there(file(name))) fs::rename(file(name), aside() + "/" + name, failed);
  }
  coop::check<coop::io_error>(
      !failed, [&] { return path_ + ": cannot put the earlier run aside: " + failed.message(); });
  coop::write_file(aside() + "/" + complete_name, "");
}

void run_directory::put_back() const {
  std::error_code failed;
  const std::string complete = aside() + "/" + complete_name;
  if (!there(aside()) || there(complete)) {  // what is in the directory is the new run's
    for (const char* name : run_names) {
      if (!failed) fs::remove(file(name), failed);
    }
    if (!failed) fs::remove(complete, failed);
  }
  for (auto name = run_names.rbegin(); name != run_names.rend(); ++name) {
    const std::string kept = aside() + "/" + *name;
    if (!failed && there(kept)) fs::rename(kept, file(*name), failed);
  }
  if (!failed) fs::remove_all(aside(), failed);
  coop::check<coop::io_error>(
      !failed, [&] { return path_ + ": cannot put the earlier run back: " + failed.message(); });
}

void run_directory::keep() {
  temporary_ = false;
  if (!there(aside())) return;
  std::error_code failed;
  fs::remove_all(aside(), failed);
  coop::check<coop::io_error>(!failed, [&] { return aside() + ": cannot be removed: " + failed.message(); });
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
