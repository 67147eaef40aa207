// SPDX-License-Identifier: MIT
//
// What the words of the command line come to: one struct a command, defaults from the paper. main.cpp fills them,
// the commands read them.
#ifndef COOP_COMMAND_LINE_OPTIONS_HPP
#define COOP_COMMAND_LINE_OPTIONS_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace app {

using coop::index_t;

/// A command line that makes no sense: exit code 2, where other errors have 1.
struct usage_error : coop::error {
  using coop::error::error;
};

/// How the processor is used, or which device beside it; what a run computes depends on device and precision alone.
struct processor_options {
  std::string device = "cpu";         // that computes towers and learners
  int threads = 0;                    // 0: all
  std::string instructions = "auto";  // a set of vector instructions
  std::string precision = "float32";  // of the products by weights
};

/// coop train.
struct train_options : processor_options {
  // what is learnt from what: a resumed run must agree in these
  std::string data = {};
  std::string weights = {};
  std::string activation = {};  // empty: the file says
  std::string vocabulary = {};
  index_t shots = 0;  // 0: all pictures
  std::uint64_t seed = 1;
  std::string context = "unified";
  std::string placement = "end";
  index_t length = 16;
  std::string init = {};
  index_t epochs = 50;
  index_t batch = 32;
  double rate = 0.002;
  std::string augment = "none";
  std::string order = "shuffled";
  std::string schedule = "paper";
  std::string broken = "error";
  std::string conversion = "dassl";
  std::string replay = "none";
  std::string protocol = {};  // empty: none; else it decides what is not given

  // how it is done
  std::string cache = {};  // directory of features; empty: none
  std::string out = {};
  bool resume = false;
  bool overwrite = false;
  index_t stop_after = 0;  // epochs of this sitting; 0: to the end
  bool quiet = false;
  std::set<std::string> given = {};  // names of the options that were written out
};

/// coop evaluate.
struct evaluate_options : processor_options {
  std::string model = {};
  std::string data = {};
  std::string split = "test";
  std::string weights = {};
  std::string vocabulary = {};  // of a file of context vectors, which has no text features
  std::string placement = {};   // likewise; empty: what the file says, else "end"
  std::string activation = {};  // empty: the file says
  std::string broken = "error";
  std::string conversion = {};  // empty: as the model was made
  std::string cache = {};
  std::uint64_t seed = 1;
  int threads = 0;
};

/// coop zero-shot.
struct zero_shot_options : processor_options {
  std::string data = {};
  std::string split = "test";
  std::string weights = {};
  std::string activation = {};  // empty: the file says
  std::string vocabulary = {};
  std::vector<std::string> templates = {};
  std::string broken = "error";
  std::string conversion = "dassl";
  std::string cache = {};
  std::uint64_t seed = 1;
  std::string out = {};
  int threads = 0;
};

/// coop predict.
struct predict_options : processor_options {
  std::string model = {};
  std::vector<std::string> images = {};
  index_t top = 5;
  std::string weights = {};
  std::string activation = {};  // empty: the file says
  std::string conversion = {};  // empty: as the model was made
  int threads = 0;
};

/// coop export.
struct export_options {
  std::string model = {};
  std::string format = {};  // empty: what the name of `out` says
  std::string dtype = "float32";
  std::string weights = {};
  std::string vocabulary = {};
  std::string out = {};
};

/// coop encode.
struct encode_options : processor_options {
  std::string weights = {};
  std::string activation = {};  // empty: the file says
  std::string images = {};
  std::string data = {};
  std::string split = "train";
  std::string vocabulary = {};
  std::string texts = {};
  std::string out = {};
  std::string broken = "error";
  std::string conversion = "dassl";
  std::uint64_t seed = 1;
  int threads = 0;
};

/// coop tokens.
struct tokens_options {
  std::string vocabulary = {};
};

/// coop preprocess.
struct preprocess_options {
  std::vector<std::string> images = {};
  index_t size = 224;
  std::string conversion = "dassl";
  std::string out = {};
};

/// coop inspect.
struct inspect_options {
  std::string file = {};
};

/// coop convert.
struct convert_options {
  std::string file = {};
  std::string out = {};
  std::string activation = {};
  bool half = false;
};

/// coop sweep.
struct sweep_options {
  std::string plan = {};
  std::string out = {};
  int processes = 0;  // 0: one for each core
  int threads = 0;    // of each process; 0: the cores shared among them
  bool list = false;
  std::string only = {};
  std::string part = {};
  std::string slurm = {};  // file to write
  index_t parts = 100;
};

/// coop subset.
struct subset_options {
  std::string data = {};
  index_t shots = 16;
  std::uint64_t seed = 1;
  std::string out = {};
};

/// coop doctor.
struct doctor_options {
  std::string dataset = {};  // a published one, or "folder"
  std::string root = {};
};

/// coop report.
struct report_options {
  std::string directory = {};
  std::string out = {};      // empty: DIR/report
  std::string compare = {};  // another sweep's directory
};

/// coop interpret.
struct interpret_options {
  std::string model = {};
  index_t top = 1;
  std::vector<std::string> classes = {};  // of a class-specific context; empty: the first few
  std::string weights = {};
  std::string vocabulary = {};
  std::uint64_t seed = 1;  // of the random vectors
};

}  // namespace app

#endif
