// SPDX-License-Identifier: MIT
//
// The directory that a training writes into. It is made only when training begins, and is left only when there is
// something in it to go on from; each file in it is replaced as a whole or, the log, grows by whole lines. One process
// at a time has it. Whenever a process ends, by whatever, the directory holds a whole run or one to go on with: the files
// of an earlier run stay in `earlier` until the new one has an epoch, and who comes next puts them back if it never had.
#ifndef COOP_COMMAND_LINE_RUN_DIRECTORY_HPP
#define COOP_COMMAND_LINE_RUN_DIRECTORY_HPP

#include <coop/io/file_lock.hpp>
#include <coop/io/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace app {

/// What to do with a run that is already there.
enum class earlier_run { refuse, resume, overwrite };

class run_directory {
 public:
  /// Locks a directory that is there, and puts back what an interrupted overwriting left aside. A run that is there
  /// without leave, none to resume, and a directory that another process has are choice_errors.
  run_directory(std::string path, earlier_run then);
  run_directory(const run_directory&) = delete;
  run_directory& operator=(const run_directory&) = delete;
  /// After begin() and before keep(): an error has ended the run before there was anything to go on from, and
  /// all is put back as it was.
  ~run_directory();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }
  /// Whether the run to resume has an epoch to go on from; without, it begins anew.
  [[nodiscard]] bool has_state() const;
  /// run.json of the run to resume.
  [[nodiscard]] const coop::json& recorded() const { return recorded_; }

  /// Makes the directory and its run.json; an earlier run's files are put aside.
  void begin(const coop::json& description);
  /// There is an epoch to go on from: the earlier run goes for good.
  void keep();
  /// Replaces run.json.
  void describe(const coop::json& description) const;

 private:
  [[nodiscard]] std::string aside() const { return file("earlier"); }
  [[nodiscard]] bool holds_run() const;
  void lock();
  void expect_none() const;
  void put_aside();
  void put_back() const;

  std::string path_;
  earlier_run then_;
  coop::json recorded_;
  bool temporary_ = false;
  bool made_ = false;  // the directory itself
  std::optional<coop::file_lock> lock_;
};

/// Takes from a log the lines of epochs after `epochs`: steps that will be made again.
void cut_log(const std::string& path, std::int64_t epochs);

}  // namespace app

#endif
