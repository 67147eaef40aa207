// SPDX-License-Identifier: MIT
//
// The directory that a training writes into. It is made only when training begins, and is left only when there is
// something in it to go on from; each file in it is replaced as a whole or, the log, grows by whole lines.
#ifndef COOP_COMMAND_LINE_RUN_DIRECTORY_HPP
#define COOP_COMMAND_LINE_RUN_DIRECTORY_HPP

#include <coop/io/json.hpp>

#include <cstdint>
#include <string>

namespace app {

/// What to do with a run that is already there.
enum class earlier_run { refuse, resume, overwrite };

class run_directory {
 public:
  /// Looks, and writes nothing. A run that is there without leave, or none to resume, is a choice_error.
  run_directory(std::string path, earlier_run then);
  run_directory(const run_directory&) = delete;
  run_directory& operator=(const run_directory&) = delete;
  /// After begin() and before keep(): an error has ended the run before there was anything to go on from, and
  /// all is put back as it was.
  ~run_directory();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }
  /// run.json of the run to resume.
  [[nodiscard]] const coop::json& recorded() const { return recorded_; }

  /// Makes the directory and its run.json; an earlier run's files are put aside.
  void begin(const coop::json& description);
  /// There is an epoch to go on from: the earlier run goes for good.
  void keep();
  /// Replaces run.json.
  void describe(const coop::json& description) const;

 private:
  std::string path_;
  std::string aside_;  // where the files of an earlier run are until keep(); empty when there are none
  earlier_run then_;
  coop::json recorded_;
  bool temporary_ = false;
  bool made_ = false;  // the directory itself
};

/// Takes from a log the lines of epochs after `epochs`: steps that will be made again.
void cut_log(const std::string& path, std::int64_t epochs);

}  // namespace app

#endif
