// SPDX-License-Identifier: MIT
//
// Those who watch a training: they are told of batches and epochs, and may say one word back, stop. An
// observer is anything callable with a batch_record, an epoch_record, or both; a bool that it returns means
// "go on?". Here: a progress bar, and an early stop. The history itself is what fit returns.
#ifndef COOP_TRAIN_OBSERVER_HPP
#define COOP_TRAIN_OBSERVER_HPP

#include <coop/config.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <unistd.h>  // isatty

namespace coop {

/// One step of training. Epochs and batches count from 0; the loss is the mean of the batch.
struct batch_record {
  index_t epoch = 0;    ///< from 0
  index_t epochs = 0;   ///< in all
  index_t batch = 0;    ///< from 0
  index_t batches = 0;  // in this epoch
  double loss = 0;      ///< of the batch, in nats
  double accuracy = 0;  // per cent
  double rate = 0;      ///< of its step
};

/// One epoch: means over its batches, and its duration.
struct epoch_record {
  index_t epoch = 0;    ///< from 0
  index_t epochs = 0;   ///< in all
  double loss = 0;      ///< mean over its batches, in nats
  double accuracy = 0;  // per cent
  double rate = 0;      ///< of its steps
  double seconds = 0;   ///< that it took
};

/// Why a training ended.
enum class stop_reason : std::uint8_t { all_epochs, observer, not_finite };

/// What happened: the epochs that were finished, why it ended, and where if that was before the end.
struct history {
  std::vector<epoch_record> epochs;                  ///< as far as they came
  stop_reason stopped_by = stop_reason::all_epochs;  ///< why it ended
  index_t stopped_epoch = 0;                         // the place of the stop; meaningless after all_epochs
  index_t stopped_batch = 0;                         ///< where it ended

  /// False when the loss or the parameters became infinite or not a number: the parameters are not to be
  /// used.
  [[nodiscard]] bool finite() const { return stopped_by != stop_reason::not_finite; }
};

/// "loss is infinite or not a number at epoch 3, batch 7", counted from 1; how a stop is put to people.
[[nodiscard]] inline std::string to_text(const history& h) {
  const std::string place =
      "epoch " + std::to_string(h.stopped_epoch + 1) + ", batch " + std::to_string(h.stopped_batch + 1);
  switch (h.stopped_by) {
    case stop_reason::not_finite:
      return "loss is infinite or not a number at " + place;
    case stop_reason::observer:
      return "stopped by an observer at " + place;
    case stop_reason::all_epochs:
      break;
  }
  return "all epochs done";
}

/// Something to be told of batches, of epochs, or of both.
template <class O>
concept Observer = std::invocable < std::remove_reference_t<O>
&, const batch_record& > || std::invocable<std::remove_reference_t<O>&, const epoch_record&>;

namespace detail {

/// Tells one observer; whether to go on.
template <class O, class Record>
bool tell(O& observer, const Record& record) {
  if constexpr (std::invocable<O&, const Record&>) {
    if constexpr (std::convertible_to<std::invoke_result_t<O&, const Record&>, bool>) {
      return static_cast<bool>(observer(record));
    } else {
      observer(record);
    }
  }
  return true;
}

/// Tells all of them, in order; whether all say to go on.
template <class Record, class... Observers>
bool tell_all(const Record& record, Observers&... observers) {
  bool go_on = true;
  ((go_on = tell(observers, record) && go_on), ...);
  return go_on;
}

}  // namespace detail

/// How a progress bar looks.
struct progress_options {
  std::string label = {};       // before the bar
  int width = 20;               // of the bar, in characters
  double redraw_seconds = 0.1;  // least time between two pictures of the bar on a terminal
  double line_seconds = 5.0;    // least time between two lines elsewhere
};

/// A bar and `epoch 12/50 loss 0.123 acc 87.5 eta 0:03`: redrawn in place on a terminal, now and then a
/// line elsewhere, always one at the end. Loss and accuracy are the epoch's means so far. The time left is
/// judged by the steps that this object has seen, so a resumed run starts without a guess. It may serve
/// several runs.
class print_progress {
 public:
  /// To a stream that must outlive it; a terminal's line is drawn again, a file gets lines.
  explicit print_progress(std::FILE* out, progress_options options = {})
      : file_(out), terminal_(::isatty(::fileno(out)) != 0), options_(std::move(options)) {}
  /// A stream does not say what it leads to, so the caller does.
  explicit print_progress(std::ostream& out, progress_options options = {}, bool terminal = false)
      : stream_(&out), terminal_(terminal), options_(std::move(options)) {}

  /// Says how far a batch has brought the run.
  void operator()(const batch_record& r) {
    const auto now = clock::now();
    if (r.batch == 0) loss_ = accuracy_ = 0;
    if (!running_ || r.epoch < last_epoch_) {
      running_ = true;
      seen_ = 0;
      begin_ = now;
      drawn_ = {};
    }
    last_epoch_ = r.epoch;
    loss_ += (r.loss - loss_) / double(r.batch + 1);
    accuracy_ += (r.accuracy - accuracy_) / double(r.batch + 1);
    ++seen_;
    const bool last = r.epoch + 1 == r.epochs && r.batch + 1 == r.batches;
    const double pause = terminal_ ? options_.redraw_seconds : options_.line_seconds;
    if (!last && drawn_ != clock::time_point{} && seconds(now - drawn_) < pause) return;
    drawn_ = now;
    write(line(r, seconds(now - begin_)), last);
    if (last) running_ = false;
  }

 private:
  using clock = std::chrono::steady_clock;

  static double seconds(clock::duration d) { return std::chrono::duration<double>(d).count(); }

  [[nodiscard]] std::string line(const batch_record& r, double elapsed) const {
    const double total = double(r.epochs) * double(r.batches);
    const double done = double(r.epoch) * double(r.batches) + double(r.batch + 1);
    const int filled = int(double(options_.width) * done / std::max(total, 1.0));
    std::string text = options_.label.empty() ? "" : options_.label + ' ';
    text +=
        '[' + std::string(std::size_t(filled), '#') + std::string(std::size_t(options_.width - filled), '.');
    char rest[160];
    // The first step began before it was told, so the pace is that of the steps after it.
    const double left = seen_ > 1 ? elapsed / double(seen_ - 1) * (total - done) : -1.0;
    const long whole = left < 0 ? 0 : std::lround(std::min(left, 1e8));
    std::snprintf(rest, sizeof rest, "] epoch %d/%d loss %.3f acc %.1f eta ", int(r.epoch) + 1, int(r.epochs),
                  loss_, accuracy_);
    text += rest;
    if (left < 0 && done < total) return text + "-:--";
    if (whole >= 3600) {
      std::snprintf(rest, sizeof rest, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
      std::snprintf(rest, sizeof rest, "%ld:%02ld", whole / 60, whole % 60);
    }
    return text + rest;
  }

  void write(const std::string& text, bool last) const {
    // Return to the line's start, and clear what a longer text before left of it.
    const std::string out = terminal_ ? '\r' + text + "\x1b[K" + (last ? "\n" : "") : text + '\n';
    if (file_) {
      std::fputs(out.c_str(), file_);
      std::fflush(file_);
    } else {
      (*stream_) << out << std::flush;
    }
  }

  std::FILE* file_ = nullptr;
  std::ostream* stream_ = nullptr;
  bool terminal_ = false;
  progress_options options_;
  bool running_ = false;
  index_t last_epoch_ = 0;
  std::int64_t seen_ = 0;
  double loss_ = 0;
  double accuracy_ = 0;
  clock::time_point begin_{};
  clock::time_point drawn_{};
};

/// Stops when the epoch's loss has not fallen by `least_improvement` for `patience` epochs.
class early_stop {
 public:
  /// Both as above; losses in nats.
  explicit early_stop(index_t patience = 10, double least_improvement = 0.0)
      : patience_(patience), least_improvement_(least_improvement) {}

  /// Whether to go on after this epoch.
  bool operator()(const epoch_record& r) {
    if (r.loss < best_ - least_improvement_) {
      best_ = r.loss;
      waited_ = 0;
    } else {
      ++waited_;
    }
    return waited_ < patience_;
  }

 private:
  index_t patience_;
  double least_improvement_;
  double best_ = std::numeric_limits<double>::infinity();
  index_t waited_ = 0;
};

static_assert(Observer<print_progress> && Observer<early_stop>);

}  // namespace coop

#endif
