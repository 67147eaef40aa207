// SPDX-License-Identifier: MIT
//
// Reading runs. Every field is checked where it is read; every count that another one implies is compared with it.
#include "results.hpp"

#include "names.hpp"

#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>

namespace app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_file = std::size_t(1) << 28;

constexpr std::array<std::string_view, 3> kinds_of_others{"shift", "new", "target"};

/// An object in a file. What is asked for must be there and be what is expected, or an error names file and field.
class fields {
 public:
  fields(const coop::json& object, const std::string& file, std::string name = {})
      : object_(object), file_(file), name_(std::move(name)) {
    expect(object.is_object(), "", "an object", object);
  }

  [[nodiscard]] bool has(const char* key) const {
    return object_.contains(key) && !object_.at(key).is_null();
  }

  [[nodiscard]] const coop::json& at(const char* key) const {
    coop::check<coop::io_error>(object_.contains(key), [&] { return title(key) + ": missing"; });
    return object_.at(key);
  }

  [[nodiscard]] fields object(const char* key) const { return {at(key), file_, path(key)}; }

  [[nodiscard]] const coop::json& list(const char* key) const {
    const coop::json& value = at(key);
    expect(value.is_array(), key, "a list", value);
    return value;
  }

  [[nodiscard]] std::string text(const char* key, bool may_be_empty = false) const {
    const coop::json& value = at(key);
    expect(value.is_string() && (may_be_empty || !value.get_ref<const std::string&>().empty()), key,
           may_be_empty ? "text" : "text that is not empty", value);
    return value.get<std::string>();
  }

  [[nodiscard]] std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> all;
    for (const coop::json& value : list(key)) {
      expect(value.is_string(), key, "a list of texts", value);
      all.push_back(value.get<std::string>());
    }
    return all;
  }

  [[nodiscard]] std::int64_t count(const char* key, std::int64_t least = 0) const {
    return count_in(at(key), key, least);
  }

  [[nodiscard]] index_t index(const char* key, index_t least) const { return index_in(at(key), key, least); }

  /// The same within an index_t.
  [[nodiscard]] index_t index_in(const coop::json& value, const std::string& key, index_t least) const {
    constexpr index_t greatest = std::numeric_limits<index_t>::max();
    const std::int64_t count = count_in(value, key, least);
    expect(count <= greatest, key, "at most " + std::to_string(greatest), value);
    return index_t(count);
  }

  [[nodiscard]] double number(const char* key) const { return number_in(at(key), key); }

  [[nodiscard]] std::int64_t count_in(const coop::json& value, const std::string& key,
                                      std::int64_t least) const {
    constexpr std::int64_t greatest = std::int64_t(1) << 53;
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t(greatest)) &&
        value.get<std::int64_t>() >= least;
    expect(fits, key, "a whole number of at least " + std::to_string(least), value);
    return value.get<std::int64_t>();
  }

  [[nodiscard]] double number_in(const coop::json& value, const std::string& key) const {
    expect(value.is_number() && std::isfinite(value.get<double>()), key, "a number", value);
    return value.get<double>();
  }

  /// The pairs of a text and a number in the list `key`, each number as `read` reads it.
  template <class T, class Read>
  [[nodiscard]] std::vector<std::pair<std::string, T>> pairs(const char* key, const Read& read) const {
    std::vector<std::pair<std::string, T>> all;
    for (const coop::json& pair : list(key)) {
      expect(pair.is_array() && pair.size() == 2 && pair[0].is_string(), key,
             "a list of pairs of a text and a number", pair);
      all.emplace_back(pair[0].get<std::string>(), read(pair[1]));
    }
    return all;
  }

  /// io_error naming the field, unless `holds`.
  void expect(bool holds, const std::string& key, const std::string& expected, const coop::json& got) const {
    coop::check<coop::io_error>(holds, [&] {
      std::string text = got.dump(-1, ' ', true, coop::json::error_handler_t::replace);
      constexpr std::size_t shown = 60;
      if (text.size() > shown) text = text.substr(0, shown) + "...";
      return title(key) + ": expected " + expected + ", got " + text;
    });
  }

 private:
  [[nodiscard]] std::string path(const std::string& key) const {
    return name_.empty() || key.empty() ? name_ + key : name_ + "." + key;
  }
  [[nodiscard]] std::string title(const std::string& key) const {
    const std::string whole = path(key);
    return whole.empty() ? file_ : file_ + ": " + whole;
  }

  const coop::json& object_;
  const std::string& file_;
  std::string name_;
};

template <class Words>
void expect_known(const std::string& file, const char* field, const std::string& word, const Words& known) {
  coop::check<coop::choice_error>(std::find(known.begin(), known.end(), word) != known.end(), [&] {
    std::string list;
    for (const auto& each : known) list += (list.empty() ? "" : ", ") + std::string(each);
    return file + ": " + field + ": unknown '" + word + "'; known: " + list;
  });
}

/// Absent, null, empty and 0 all say that a method has no such thing.
template <class Read, class T>
T when_present(const fields& run, const char* key, const Read& read, const T& otherwise) {
  return run.has(key) ? read() : otherwise;
}

experiment parse_experiment(const fields& run, const std::string& file, const std::string& data) {
  experiment what;
  what.data = data;
  what.method = run.text("method");
  expect_known(file, "method", what.method, methods);
  const bool learnt = what.method == "coop";
  const bool sampled = learnt || what.method == "linear-probe" || what.method == "nearest-mean";
  what.shots = run.index("shots", sampled ? 1 : 0);
  run.expect(sampled || what.shots == 0, "shots", "0 of what is not learnt", run.at("shots"));
  if (learnt) {
    what.context = run.text("context");
    expect_known(file, "context", what.context, names_of(coop::context::all{}));
    what.placement = run.text("placement");
    expect_known(file, "placement", what.placement, names_of(coop::placement::all{}));
    what.length = run.index("length", 1);
    what.init = run.text("init", true);
    return what;
  }
  for (const char* key : {"context", "placement", "init"}) {
    const auto word = when_present(
        run, key, [&] { return run.text(key, true); }, std::string());
    run.expect(word.empty(), key, "nothing of a method without a context", coop::json(word));
  }
  const auto length = when_present(
      run, "length", [&] { return run.count("length"); }, std::int64_t(0));
  run.expect(length == 0, "length", "0 of a method without a context", coop::json(length));
  return what;
}

/// total and correct, and that the rate beside them is theirs.
std::pair<std::int64_t, std::int64_t> parse_counts(const fields& of) {
  const std::int64_t total = of.count("total", 1);
  const std::int64_t correct = of.count("correct");
  of.expect(correct <= total, "correct", "at most " + std::to_string(total) + ", the total",
            of.at("correct"));
  const double rate = 100.0 * double(correct) / double(total);
  constexpr double rounding = 0.051;  // of a rate with one decimal
  of.expect(std::abs(of.number("accuracy") - rate) <= rounding, "accuracy",
            std::to_string(rate) + " as the counts say", of.at("accuracy"));
  return {total, correct};
}

std::vector<std::int64_t> parse_confusion(const fields& run, std::size_t classes, std::int64_t total,
                                          std::int64_t correct) {
  if (classes > most_classes_confused && !run.has("confusion")) return {};
  const coop::json& rows = run.list("confusion");
  const std::string size = std::to_string(classes) + " rows of " + std::to_string(classes) + " counts";
  run.expect(rows.size() == classes, "confusion", size, coop::json(rows.size()));
  std::vector<std::int64_t> counts;
  std::int64_t sum = 0;
  for (const coop::json& row : rows) {
    run.expect(row.is_array() && row.size() == classes, "confusion", size, row);
    for (const coop::json& value : row) {
      const std::int64_t n = run.count_in(value, "confusion", 0);
      run.expect(n <= total - sum, "confusion", "a sum of " + std::to_string(total) + ", the total",
                 coop::json(sum + n));
      counts.push_back(n);
      sum += n;
    }
  }
  std::int64_t diagonal = 0;
  for (std::size_t c = 0; c < classes; ++c) diagonal += counts[c * classes + c];
  run.expect(sum == total, "confusion", "a sum of " + std::to_string(total) + ", the total", coop::json(sum));
  run.expect(diagonal == correct, "confusion", "a diagonal of " + std::to_string(correct) + ", the correct",
             coop::json(diagonal));
  return counts;
}

std::vector<other_result> parse_others(const fields& run, const std::string& file) {
  std::vector<other_result> all;
  if (!run.has("others")) return all;
  std::set<std::pair<std::string, std::string>> known;
  for (const coop::json& value : run.list("others")) {
    const fields of(value, file, "others");
    other_result other;
    other.kind = of.text("kind");
    expect_known(file, "others.kind", other.kind, kinds_of_others);
    other.name = of.text("name");
    std::tie(other.total, other.correct) = parse_counts(of);
    other.macro_f1 = of.number("macro_f1");
    of.expect(known.emplace(other.kind, other.name).second, "name", "each once", coop::json(other.name));
    all.push_back(std::move(other));
  }
  return all;
}

void parse_words(const fields& run, run_result& result) {
  if (!run.has("words")) return;
  const fields words = run.object("words");
  words.expect(result.what.method == "coop" && result.what.context == coop::context::unified::name, "",
               "nothing but of a unified context", run.at("words"));
  result.nearest = words.pairs<double>(
      "nearest", [&](const coop::json& value) { return words.number_in(value, "nearest"); });
  words.expect(result.nearest.size() == std::size_t(result.what.length), "nearest",
               std::to_string(result.what.length) + " words, one for each vector",
               coop::json(result.nearest.size()));
  for (const coop::json& value : words.list("random"))
    result.random.push_back(words.number_in(value, "random"));
  words.expect(!result.random.empty(), "random", "at least one distance", words.at("random"));
}

/// "protocol", "weights" or "data 'objects'", and the two that differ.
[[noreturn]] void refuse(const run_result& first, const run_result& other, const std::string& kind,
                         const std::string& thing, const std::string& ours, const std::string& theirs) {
  throw coop::choice_error(other.file + ": another " + thing + " than " + first.file + ", never to be " +
                           kind + ": expected " + ours + ", got " + theirs);
}

std::vector<std::string> json_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().extension() == ".json") files.push_back(at->path().string());
  }
  coop::check<coop::io_error>(!failed, [&] {
    return folder + ": cannot be listed: expected the runs of a sweep: " + failed.message();
  });
  std::sort(files.begin(), files.end());
  return files;
}

void read_plan(sweep_results& sweep) {
  const std::string file = sweep.directory + "/plan.json";
  coop::check<coop::io_error>(fs::exists(file), [&] {
    return sweep.directory + ": no plan.json: expected the directory of a sweep";
  });
  const coop::json plan = coop::parse_json(coop::read_file(file, longest_file), file);
  const fields of(plan, file);
  sweep.title = of.text("title");
  sweep.planned = of.texts("runs");
  sweep.data = of.texts("data");
  if (of.has("published")) {
    const coop::json& value = of.at("published");
    sweep.published = value.is_string() ? value.get<std::string>() : coop::json_text(value, file);
  }
  const auto expect_each_once = [&](const char* key, const std::vector<std::string>& list) {
    std::set<std::string> seen;
    for (const std::string& each : list)
      of.expect(seen.insert(each).second, key, "each once", coop::json(each));
  };
  expect_each_once("runs", sweep.planned);
  expect_each_once("data", sweep.data);
}

}  // namespace

run_result parse_run(const std::string& text, const std::string& file) {
  const coop::json value = coop::parse_json(text, file);
  const fields run(value, file);
  run_result result;
  result.file = file;
  result.id = run.text("id");
  result.protocol = run.text("protocol");
  result.program = run.text("program") + " " + run.text("version");

  const fields data = run.object("data");
  result.data = {data.text("word"), data.text("name"), data.text("digest"), data.texts("class_names")};
  const auto classes = std::size_t(data.count("classes", 1));
  data.expect(result.data.class_names.size() == classes, "class_names", std::to_string(classes) + " names",
              coop::json(result.data.class_names.size()));
  const fields weights = run.object("weights");
  result.weights = weights.text("word");
  result.weights_sha256 = weights.text("sha256");
  result.backbone = weights.text("backbone");

  result.what = parse_experiment(run, file, result.data.name);
  result.seed = std::uint64_t(run.count("seed"));
  std::tie(result.total, result.correct) = parse_counts(run);
  result.macro_f1 = run.number("macro_f1");
  result.confusion = parse_confusion(run, classes, result.total, result.correct);
  result.others = parse_others(run, file);
  parse_words(run, result);
  if (run.has("loss")) result.loss = run.number("loss");
  if (run.has("scarce"))
    result.scarce = run.pairs<index_t>(
        "scarce", [&](const coop::json& count) { return run.index_in(count, "scarce", 0); });
  result.seconds = run.number("seconds");
  run.expect(result.seconds >= 0, "seconds", "a time", run.at("seconds"));
  return result;
}

void expect_same_identity(const run_result& first, const run_result& other, const std::string& kind) {
  if (first.protocol != other.protocol)
    refuse(first, other, kind, "protocol", "'" + first.protocol + "'", "'" + other.protocol + "'");
  const auto weights = [](const run_result& of) {
    return of.weights + " (" + of.backbone + ") of SHA-256 " + of.weights_sha256;
  };
  if (first.weights_sha256 != other.weights_sha256)
    refuse(first, other, kind, "set of weights", weights(first), weights(other));
  if (first.data.name != other.data.name) return;
  const auto data = [](const run_result& of) { return of.data.word + " of digest " + of.data.digest; };
  if (first.data.digest != other.data.digest || first.data.class_names != other.data.class_names)
    refuse(first, other, kind, "set of data '" + first.data.name + "'", data(first), data(other));
}

sweep_results read_sweep(const std::string& directory) {
  coop::check<coop::io_error>(fs::is_directory(directory), [&] {
    return directory + ": no such directory: expected the directory of a sweep";
  });
  sweep_results sweep;
  sweep.directory = directory;
  read_plan(sweep);
  const std::set<std::string> planned(sweep.planned.begin(), sweep.planned.end());
  std::map<std::string, std::string> file_of;  // of ids
  std::map<std::pair<experiment, std::uint64_t>, std::string> file_of_experiment;
  std::map<std::string, std::size_t> first_of_data;
  for (const std::string& file : json_files(directory + "/runs")) {
    run_result run = parse_run(coop::read_file(file, longest_file), file);
    const auto earlier = file_of.emplace(run.id, file);
    coop::check<coop::choice_error>(earlier.second, [&] {
      return file + ": id: '" + run.id + "' is that of " + earlier.first->second + ": expected each run once";
    });
    if (planned.count(run.id) == 0) {
      sweep.unplanned.push_back(run.id);
      continue;
    }
    const auto same = file_of_experiment.emplace(std::pair(run.what, run.seed), file);
    coop::check<coop::choice_error>(same.second, [&] {
      return file + ": the experiment and seed of " + same.first->second + ": expected each once";
    });
    coop::check<coop::choice_error>(
        std::find(sweep.data.begin(), sweep.data.end(), run.data.name) != sweep.data.end(), [&] {
          return file + ": data.name: expected one of the data of " + directory + "/plan.json, got '" +
                 run.data.name + "'";
        });
    if (!sweep.runs.empty()) expect_same_identity(sweep.runs.front(), run, "averaged");
    const auto [first, is_first] = first_of_data.emplace(run.data.name, sweep.runs.size());
    if (!is_first) expect_same_identity(sweep.runs[first->second], run, "averaged");
    sweep.runs.push_back(std::move(run));
  }
  for (const std::string& id : sweep.planned)
    if (file_of.count(id) == 0) sweep.unfinished.push_back(id);
  coop::check<coop::io_error>(!sweep.runs.empty(), [&] {
    return directory + ": no finished run: expected some of the " + std::to_string(sweep.planned.size()) +
           " of plan.json in runs/";
  });
  std::sort(sweep.runs.begin(), sweep.runs.end(),
            [](const run_result& a, const run_result& b) { return a.id < b.id; });
  return sweep;
}

std::map<experiment, coop::seed_values> accuracies_of(const sweep_results& sweep) {
  std::map<experiment, coop::seed_values> all;
  for (const run_result& run : sweep.runs) all[run.what].emplace(run.seed, run.accuracy());
  return all;
}

}  // namespace app
