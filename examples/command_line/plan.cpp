// SPDX-License-Identifier: MIT
//
// Reading plans. TOML becomes JSON at once (toml++), so that there is one reader, one set of messages.
#include "plan.hpp"

#include "names.hpp"

#include <coop/dispatch.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace app {

using coop::check;
using coop::choice_error;
using coop::io_error;
using coop::json;

namespace {

std::string joined(const auto& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

bool needs_pictures(const std::string& method) {
  return method == "coop" || method == "linear-probe" || method == "nearest-mean";
}

/// The place behind a text in quotes that begins at `at`, or the end of the line that a short one does not end in.
std::size_t behind_text(std::string_view toml, std::size_t at) {
  const char quote = toml[at];
  const std::string mark(toml.substr(at).starts_with(std::string(3, quote)) ? 3 : 1, quote);
  for (at += mark.size(); at < toml.size(); ++at) {
    if (toml.substr(at).starts_with(mark)) return at + mark.size();
    if (mark.size() == 1 && toml[at] == '\n') return at;
    if (quote == '"' && toml[at] == '\\' && at + 1 < toml.size() && toml[at + 1] != '\n') ++at;
  }
  return toml.size();
}

/// What toml++ 3.3 takes for granted and does not look at: that outside of texts and remarks all is ASCII, that brackets
/// close what they opened, and that the name of a table begins like one. Else it does what is not defined.
void expect_plain_toml(std::string_view toml, const std::string& path) {
  const auto refuse = [&](std::size_t at, const char* what) {
    const auto line = 1 + std::count(toml.begin(), toml.begin() + std::ptrdiff_t(at), '\n');
    throw io_error(path + ":" + std::to_string(line) + ": " + what);
  };
  std::size_t at = toml.starts_with("\xef\xbb\xbf") ? 3 : 0;
  bool begins = true;  // a line, but for blanks
  std::string open;    // brackets that wait for these
  while (at < toml.size()) {
    const char c = toml[at];
    if (c == '#') {
      at = std::min(toml.find('\n', at), toml.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      at = behind_text(toml, at);
      begins = false;
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) refuse(at, "expected ASCII outside of texts and remarks");
    if (c == '[' && begins && open.empty()) {
      std::size_t name = at + (toml.substr(at).starts_with("[[") ? 2 : 1);
      name = std::min(toml.find_first_not_of(" \t", name), toml.size());
      constexpr std::string_view firsts =
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-\"']";
      if (name == toml.size() || firsts.find(toml[name]) == std::string_view::npos)
        refuse(at, "expected the name of a table behind '['");
    }
    if (c == '[') open += ']';
    if (c == '{') open += '}';
    if (c == ']' || c == '}') {
      if (open.empty() || open.back() != c) refuse(at, "a bracket that closes none of its kind");
      open.pop_back();
    }
    begins = c == '\n' || (begins && (c == ' ' || c == '\t' || c == '\r'));
    ++at;
  }
}

json parse_plan(const std::string& path) {
  const std::string text = coop::read_file(path, 1 << 24);
  if (!path.ends_with(".toml")) return coop::parse_json(text, path);
  expect_plain_toml(text, path);
  try {
    std::ostringstream as_json;
    as_json << toml::json_formatter(toml::parse(text, path));
    return coop::parse_json(as_json.str(), path);
  } catch (const toml::parse_error& problem) {
    throw io_error(path + ":" + std::to_string(problem.source().begin.line) + ": " +
                   std::string(problem.description()));
  }
}

/// A table of a plan, whose entries are taken one by one; what is left at the end is unknown.
class plan_table {
 public:
  plan_table(const json& object, std::string title) : object_(object), title_(std::move(title)) {
    check<io_error>(object_.is_object(), [&] { return title_ + ": expected a table"; });
  }

  [[nodiscard]] const json* find(const std::string& key) {
    known_.insert(key);
    const auto at = object_.find(key);
    return at == object_.end() ? nullptr : &*at;
  }

  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise = {}) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    check<io_error>(value->is_string(), [&] { return entry(key) + ": expected a text"; });
    return value->get<std::string>();
  }

  [[nodiscard]] std::string needed_text(const std::string& key) {
    const std::string value = text(key);
    check<io_error>(!value.empty(), [&] { return entry(key) + ": expected a text, got none"; });
    return value;
  }

  [[nodiscard]] std::vector<index_t> numbers(const std::string& key, std::vector<index_t> otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    std::vector<index_t> all;
    const auto refuse = [&] { return entry(key) + ": expected whole numbers of at least 1, each once"; };
    check<io_error>(value->is_array() && !value->empty(), refuse);
    for (const json& each : *value) {
      check<io_error>(each.is_number_integer() && each.get<std::int64_t>() >= 1 &&
                          each.get<std::int64_t>() < (std::int64_t(1) << 30),
                      refuse);
      all.push_back(each.get<index_t>());
    }
    std::set<index_t> distinct(all.begin(), all.end());
    check<io_error>(distinct.size() == all.size(), refuse);
    return all;
  }

  /// One text or a list of them.
  [[nodiscard]] std::vector<std::string> texts(const std::string& key, std::vector<std::string> otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    const auto refuse = [&] { return entry(key) + ": expected a list of texts"; };
    if (value->is_string()) return {value->get<std::string>()};
    check<io_error>(value->is_array() && !value->empty(), refuse);
    std::vector<std::string> all;
    for (const json& each : *value) {
      check<io_error>(each.is_string(), refuse);
      all.push_back(each.get<std::string>());
    }
    return all;
  }

  /// The same, each of them a word that is known.
  [[nodiscard]] std::vector<std::string> words(const std::string& key, std::vector<std::string> otherwise,
                                               const auto& known) {
    std::vector<std::string> all = texts(key, std::move(otherwise));
    for (const std::string& word : all) {
      check<choice_error>(std::find(known.begin(), known.end(), word) != known.end(),
                          [&] { return entry(key) + ": unknown '" + word + "'; known: " + joined(known); });
    }
    return all;
  }

  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      check<choice_error>(known_.contains(key),
                          [&, &key = key] { return entry(key) + ": unknown; known: " + joined(known_); });
    }
  }

  [[nodiscard]] std::string entry(const std::string& key) const { return title_ + ": " + key; }

 private:
  const json& object_;
  std::string title_;
  std::set<std::string> known_ = {};
};

/// Letters, digits, dot, dash and underscore of the last part of a data word: "drawn:objects" is "objects",
/// "folder:photos/birds/" is "birds", "OxfordPets:/data" is "OxfordPets".
std::string name_of(const std::string& word) {
  const std::size_t colon = word.find(':');
  std::string_view kind = std::string_view(word).substr(0, colon);
  std::string_view rest = colon == std::string::npos ? kind : std::string_view(word).substr(colon + 1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const bool local = kind == "drawn" || kind == "folder" || kind == "list";
  std::string name(local ? rest.substr(rest.rfind('/') + 1) : kind);
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return name;
}

void expect_name(const std::string& name, const std::string& title) {
  check<choice_error>(!name.empty() && name.front() != '.' && name_of("list:" + name) == name, [&] {
    return title + ": name: expected letters, digits, '.', '-' or '_', got '" + name + "'";
  });
}

planned_data read_data(const json& value, const std::string& title) {
  planned_data data;
  if (value.is_string()) {
    data.word = value.get<std::string>();
    data.name = name_of(data.word);
  } else {
    plan_table entries(value, title);
    data.word = entries.needed_text("word");
    data.name = entries.text("name", name_of(data.word));
    data.prompt = entries.text("prompt");
    for (const char* kind : {"shift", "target"}) {
      for (const std::string& word : entries.texts(kind, {}))
        data.others.push_back({kind, name_of(word), word});
    }
    entries.finish();
  }
  expect_name(data.name, title);
  for (const other_data& other : data.others) expect_name(other.name, title);
  return data;
}

/// "unified-end-16", "class-specific-middle-4", "unified-end-a_photo_of_a".
std::string variant_of(const planned_run& run) {
  std::string begins = run.words.empty() ? std::to_string(run.length) : run.words;
  std::replace(begins.begin(), begins.end(), ' ', '_');
  return run.context + "-" + run.placement + "-" + begins;
}

std::string id_of(const plan& p, const planned_run& run) {
  std::string id = p.data[run.data].name + "/" + run.method;
  if (run.method == "coop") id += "/" + variant_of(run);
  if (needs_pictures(run.method)) id += "/" + std::to_string(run.shots) + "/" + std::to_string(run.seed);
  return id;
}

/// What runs of a method are made of, all with all.
struct axes {
  std::vector<std::size_t> data;
  std::vector<index_t> shots;
  std::vector<index_t> seeds;
  std::vector<std::string> contexts;
  std::vector<std::string> placements;
  std::vector<index_t> lengths;
  std::vector<std::string> begins;  // words, or "" for noise
};

void add_run(plan& p, planned_run run) {
  check<choice_error>(p.runs.size() < most_planned_runs, [&] {
    return p.title + ": too many runs: expected at most " + std::to_string(most_planned_runs);
  });
  p.runs.push_back(std::move(run));
}

void add_runs(plan& p, const std::string& method, const axes& a) {
  for (const std::size_t data : a.data) {
    if (!needs_pictures(method)) {
      add_run(p, {.data = data, .method = method});
      continue;
    }
    for (const index_t shots : a.shots) {
      for (const index_t seed : a.seeds) {
        planned_run run{.data = data, .method = method, .shots = shots, .seed = seed};
        if (method != "coop") {
          add_run(p, run);
          continue;
        }
        for (const std::string& context : a.contexts) {
          for (const std::string& placement : a.placements) {
            for (const std::string& words : a.begins) {
              for (const index_t length : words.empty() ? a.lengths : std::vector<index_t>{0}) {
                run.context = context;
                run.placement = placement;
                run.length = length;
                run.words = words;
                if (!words.empty()) run.length = index_t(1 + std::count(words.begin(), words.end(), ' '));
                add_run(p, run);
              }
            }
          }
        }
      }
    }
  }
}

axes read_axes(plan_table& entries, const plan& p, const axes& otherwise) {
  std::vector<std::string> names;
  for (const planned_data& data : p.data) names.push_back(data.name);
  axes a = otherwise;
  if (entries.find("data") != nullptr) {
    a.data.clear();
    for (const std::string& name : entries.words("data", {}, names)) {
      a.data.push_back(std::size_t(std::find(names.begin(), names.end(), name) - names.begin()));
    }
  }
  a.shots = entries.numbers("shots", a.shots);
  a.seeds = entries.numbers("seeds", a.seeds);
  a.contexts = entries.words("contexts", a.contexts, names_of(coop::context::all{}));
  a.placements = entries.words("placements", a.placements, names_of(coop::placement::all{}));
  const bool other_begin = entries.find("words") != nullptr;
  a.begins = entries.texts("words", a.begins);
  if (!other_begin && entries.find("lengths") != nullptr) a.begins = {""};
  a.lengths = entries.numbers("lengths", a.lengths);
  for (const std::string& words : a.begins) {
    check<choice_error>(words.find_first_of("/\n\t") == std::string::npos && !words.starts_with(' '), [&] {
      return entries.entry("words") + ": expected words with single spaces between, got '" + words + "'";
    });
  }
  return a;
}

/// How long a run may take, beside others of its data set.
double work_of(const plan& p, const planned_run& run) {
  if (run.method != "coop") return 0;
  const double nodes = run.context == coop::context::unified::name ? 4.0 : 4.0 + double(run.length);
  return double(p.protocol.epochs(run.shots, "")) * double(run.shots) * nodes;
}

void read_methods(plan_table& entries, plan& p, const axes& all) {
  const json* listed = entries.find("method");
  if (listed == nullptr) {  // all of them
    for (const std::string_view method : methods) add_runs(p, std::string(method), all);
    return;
  }
  check<io_error>(listed->is_array() && !listed->empty(),
                  [&] { return entries.entry("method") + ": expected a list of tables"; });
  for (std::size_t i = 0; i < listed->size(); ++i) {
    const std::string title = entries.entry("method " + std::to_string(i + 1));
    plan_table method((*listed)[i], title);
    const std::vector<std::string> names = method.words("name", {}, methods);
    check<io_error>(!names.empty(),
                    [&] { return title + ": name: expected one of " + joined(methods) + ", got none"; });
    const axes mine = read_axes(method, p, all);
    method.finish();
    for (const std::string& name : names) add_runs(p, name, mine);
  }
}

}  // namespace

plan read_plan(const std::string& path) {
  const json whole = parse_plan(path);
  plan_table entries(whole, path);
  plan p{.title = entries.text("title", "Sweep of " + path),
         .protocol = coop::protocol_named(entries.needed_text("protocol")),
         .weights = entries.needed_text("weights"),
         .activation = entries.text("activation"),
         .vocabulary = entries.text("vocabulary")};
  if (const json* changes = entries.find("change")) {
    check<io_error>(changes->is_object(), [&] { return entries.entry("change") + ": expected a table"; });
    for (const auto& [what, word] : changes->items()) {
      p.protocol = p.protocol.with(what, word.is_string() ? word.get<std::string>() : word.dump());
    }
  }

  const json* data = entries.find("data");
  check<io_error>(data != nullptr && data->is_array() && !data->empty(),
                  [&] { return entries.entry("data") + ": expected a list of data sets, got none"; });
  std::set<std::string> names;
  for (const json& value : *data) {
    const std::string title = entries.entry("data " + std::to_string(p.data.size() + 1));
    p.data.push_back(read_data(value, title));
    check<choice_error>(names.insert(p.data.back().name).second, [&] {
      return title + ": name: '" + p.data.back().name + "' is taken: give one of them another name";
    });
  }

  const coop::protocol_axes& published = p.protocol.axes();
  axes all{.data = {},
           .shots = entries.numbers("shots", published.shots),
           .seeds = entries.numbers("seeds", published.seeds),
           .contexts = published.contexts,
           .placements = published.placements,
           .lengths = published.lengths,
           .begins = {published.words}};
  for (std::size_t i = 0; i < p.data.size(); ++i) all.data.push_back(i);
  read_methods(entries, p, all);
  entries.finish();

  std::set<std::string> ids;
  for (planned_run& run : p.runs) run.id = id_of(p, run);
  std::erase_if(p.runs, [&](const planned_run& run) { return !ids.insert(run.id).second; });
  std::stable_sort(p.runs.begin(), p.runs.end(), [&](const planned_run& a, const planned_run& b) {
    return a.data != b.data ? a.data < b.data : work_of(p, a) > work_of(p, b);
  });
  return p;
}

json to_json(const plan& p) {
  json runs = json::array();
  for (const planned_run& run : p.runs) runs.push_back(run.id);
  json names = json::array();
  json words = json::object();
  for (const planned_data& data : p.data) {
    names.push_back(data.name);
    words[data.name] = data.word;
  }
  return {{"title", p.title},     {"protocol", p.protocol.identity()},
          {"weights", p.weights}, {"data", names},
          {"words", words},       {"runs", runs}};
}

void expect_same_experiment(const json& theirs, const json& mine, const std::string& path) {
  const auto is_text = [&](const char* key) { return theirs.contains(key) && theirs[key].is_string(); };
  check<io_error>(theirs.is_object() && is_text("protocol") && is_text("weights") &&
                      theirs.contains("words") && theirs["words"].is_object(),
                  [&] { return path + ": expected the plan of a sweep: its protocol, weights and words"; });
  for (const char* key : {"protocol", "weights"}) {
    check<choice_error>(theirs[key] == mine[key], [&] {
      return path + ": " + key + ": this directory has '" + theirs[key].get<std::string>() +
             "', the plan has '" + mine[key].get<std::string>() + "': expected another --out";
    });
  }
  const json& words = theirs["words"];
  for (const auto& [name, word] : mine["words"].items()) {
    check<choice_error>(!words.contains(name) || words[name] == word, [&, &name = name, &word = word] {
      return path + ": data '" + name + "': this directory has " + coop::json_text(words[name], path) +
             ", the plan has " + coop::json_text(word, path) + ": expected another name or another --out";
    });
  }
}

json decisions_of(const plan& p, const planned_run& run, const std::string& weights_sha256) {
  const planned_data& data = p.data[run.data];
  json others = json::array();
  for (const other_data& other : data.others) others.push_back({other.kind, other.name, other.word});
  json all = {{"protocol", p.protocol.identity()},
              {"weights", weights_sha256},
              {"activation", p.activation},
              {"vocabulary", p.vocabulary},
              {"data", data.word},
              {"prompt", data.prompt},
              {"others", others},
              {"method", run.method},
              {"shots", run.shots},
              {"seed", run.seed}};
  if (run.method == "coop") {
    all["context"] = run.context;
    all["placement"] = run.placement;
    all["length"] = run.length;
    all["init"] = run.words;
  }
  return all;
}

}  // namespace app
