// SPDX-License-Identifier: MIT
//
// Opening data words, drawing pictures by name, and encoding what was opened.
#include "data.hpp"

#include "digests.hpp"
#include "output.hpp"

#include <coop/data/datasets/all.hpp>
#include <coop/data/decoders.hpp>
#include <coop/data/drawn.hpp>
#include <coop/data/few_shot.hpp>
#include <coop/io/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

namespace app {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view drawn_prefix = "drawn:";
constexpr std::string_view folder_prefix = "folder:";
constexpr std::string_view list_prefix = "list:";
constexpr std::string_view features_prefix = "features:";

// Pictures of each class that a drawn task has here; the generator itself has no end.
constexpr index_t drawn_train = 64;
constexpr index_t drawn_val = 4;
constexpr index_t drawn_test = 50;

std::string known_drawings() {
  std::string known;
  for (const coop::drawn_task& task : coop::drawn_tasks()) known += (known.empty() ? "" : ", ") + task.name;
  for (const std::string& shift : coop::drawn_shifts()) known += ", " + shift;
  return known;
}

bool is_shift(std::string_view word) {
  const auto shifts = coop::drawn_shifts();
  return std::find(shifts.begin(), shifts.end(), word) != shifts.end();
}

void add_drawings(std::vector<coop::sample>& samples, const std::string& task, const char* split,
                  index_t classes, index_t of_each) {
  for (index_t label = 0; label < classes; ++label) {
    for (index_t i = 0; i < of_each; ++i) {
      samples.push_back({std::string(drawn_prefix) + task + "/" + split + "/" + std::to_string(label) + "/" +
                             std::to_string(i),
                         label});
    }
  }
}

/// drawn:TASK, or drawn:SHIFT, which are test pictures of the objects under other conditions.
data_source open_drawn(const std::string& word, const std::string& name) {
  data_source data{.word = word};
  if (is_shift(name)) {
    const coop::drawn_task objects = coop::drawn_task_named("objects");
    data.pictures.class_names = objects.class_names;
    data.prompt = objects.prompt;
    data.rules = objects.mirrors;
    add_drawings(data.pictures.test, name, "test", index_t(objects.class_names.size()), drawn_test);
    return data;
  }
  const auto tasks = coop::drawn_tasks();
  const auto task = std::find_if(tasks.begin(), tasks.end(), [&](const auto& t) { return t.name == name; });
  coop::check<coop::choice_error>(
      task != tasks.end(), [&] { return "unknown drawn task '" + name + "'; known: " + known_drawings(); });
  const auto classes = index_t(task->class_names.size());
  data.pictures.class_names = task->class_names;
  data.prompt = task->prompt;
  data.rules = task->mirrors;
  add_drawings(data.pictures.train, name, "train", classes, drawn_train);
  add_drawings(data.pictures.val, name, "val", classes, drawn_val);
  add_drawings(data.pictures.test, name, "test", classes, drawn_test);
  return data;
}

/// OxfordPets:ROOT, in any case; nothing if the word names no published data set.
std::optional<data_source> open_published(const std::string& word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const coop::published::description* set = coop::published::find(word.substr(0, colon));
  if (set == nullptr) return std::nullopt;
  return data_source{.word = word,
                     .pictures = set->read(word.substr(colon + 1)),
                     .prompt = std::string(set->prompt),
                     .rules = std::string(set->name)};
}

/// "12" as a number.
bool read_index(std::string_view text, index_t& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && problem == std::errc{} && end == text.data() + text.size() && value >= 0;
}

/// The picture called TASK/SPLIT/CLASS/NUMBER.
coop::image draw_named(const std::string& path) {
  const auto refuse = [&] { return path + ": expected drawn:TASK/SPLIT/CLASS/NUMBER"; };
  std::array<std::string, 4> parts;
  std::string_view rest = std::string_view(path).substr(drawn_prefix.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = i + 1 < parts.size() ? rest.find('/') : rest.size();
    coop::check<coop::io_error>(end != std::string_view::npos, refuse);
    parts[i] = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  index_t label = 0;
  index_t number = 0;
  coop::check<coop::io_error>(read_index(parts[2], label) && read_index(parts[3], number), refuse);
  if (is_shift(parts[0])) return coop::draw_shift(parts[0], label, number);
  const coop::drawn_task task = coop::drawn_task_named(parts[0]);
  if (parts[1] == "train") return coop::draw(task, coop::drawn_split::train, label, number);
  if (parts[1] == "val") return coop::draw(task, coop::drawn_split::val, label, number);
  coop::check<coop::io_error>(parts[1] == "test", refuse);
  return coop::draw(task, coop::drawn_split::test, label, number);
}

}  // namespace

coop::image picture_source::operator()(const std::string& path) const {
  if (path.starts_with(drawn_prefix)) return draw_named(path);
  return coop::picture_decoder{}(path);
}

coop::source_picture picture_source::source(const std::string& path) const {
  if (path.starts_with(drawn_prefix)) return coop::source_picture(draw_named(path));
  return coop::picture_decoder{}.source(path);
}

coop::picture_extents picture_source::extents(const std::string& path) const {
  if (!path.starts_with(drawn_prefix)) return coop::picture_decoder{}.extents(path);
  const coop::image drawn = draw_named(path);
  return {drawn.height, drawn.width};
}

data_source open_data(const std::string& word, std::uint64_t seed) {
  const auto rest_after = [&](std::string_view prefix) { return word.substr(prefix.size()); };
  const coop::split_options split{.seed = seed};
  if (word.starts_with(drawn_prefix)) return open_drawn(word, rest_after(drawn_prefix));
  if (word.starts_with(folder_prefix)) {
    return {.word = word, .pictures = coop::folder_dataset(rest_after(folder_prefix), split)};
  }
  if (word.starts_with(list_prefix)) {
    return {.word = word, .pictures = coop::list_dataset(rest_after(list_prefix), split)};
  }
  if (word.starts_with(features_prefix)) {
    data_source data{.word = word, .features = coop::load_feature_set(rest_after(features_prefix))};
    data.pictures.class_names = data.features->class_names;
    return data;
  }
  if (std::optional<data_source> data = open_published(word)) return std::move(*data);
  throw coop::choice_error(
      "unknown data '" + word +
      "'; known: drawn:TASK, folder:DIR, list:FILE, features:FILE.safetensors, and NAME:ROOT for " +
      coop::published::known_names());
}

const std::vector<coop::sample>& split_of(const data_source& data, std::string_view split) {
  const auto& samples = split == "train" ? data.pictures.train
                        : split == "val" ? data.pictures.val
                                         : data.pictures.test;
  coop::check<coop::choice_error>(!samples.empty(), [&] {
    return data.word + ": no pictures in the split '" + std::string(split) + "'";
  });
  return samples;
}

void keep_shots(data_source& data, index_t shots, std::uint64_t seed) {
  if (shots == 0) return;
  const coop::few_shot_options options{.shots = shots, .seed = seed};
  const auto report = data.features ? coop::count_shots(coop::picture_labels(*data.features),
                                                        index_t(data.class_names().size()), shots)
                                    : coop::count_shots(data.pictures, options);
  for (const auto& [label, pictures] : report.scarce) {
    coop::check<coop::choice_error>(pictures > 0, [&, &label = label] {
      return data.word + ": class '" + data.class_names()[std::size_t(label)] +
             "': no training pictures: expected " + std::to_string(shots);
    });
  }
  std::string text = to_text(report, data.class_names());
  if (!text.empty()) {
    text.pop_back();
    remark(text);
  }
  if (data.features) {
    data.features = coop::few_shot(*data.features, options);
  } else {
    data.pictures = coop::few_shot(data.pictures, options);
  }
}

std::vector<coop::sample> listed_pictures(const std::string& path) {
  std::vector<coop::sample> samples;
  if (!coop::detail::is_folder(path)) {
    // A line is a picture's name, or a line of a list with more columns; names are relative to the list.
    const fs::path folder = fs::path(path).parent_path();
    for (const std::string& line : coop::read_lines(path)) {
      const std::string name = line.substr(0, line.find('\t'));
      if (name.empty() || name.front() == '#') continue;
      samples.push_back({name.starts_with(drawn_prefix) ? name : (folder / name).string()});
    }
    coop::check<coop::io_error>(!samples.empty(),
                                [&] { return path + ": expected names of pictures, got none"; });
    return samples;
  }
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(path, failed); !failed && at != fs::recursive_directory_iterator();
       at.increment(failed)) {
    if (coop::detail::named_as_picture(at->path()) && !coop::detail::is_folder(at->path()))
      found.push_back(at->path());
  }
  coop::check<coop::io_error>(!failed,
                              [&] { return path + ": cannot read the folder: " + failed.message(); });
  coop::check<coop::io_error>(!found.empty(),
                              [&] { return path + ": expected jpg, jpeg or png files, got none"; });
  std::sort(found.begin(), found.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  for (const fs::path& file : found) samples.push_back({file.string()});
  return samples;
}

std::string digest_of_training(const data_source& data) {
  return data.features ? digest_of(*data.features) : digest_of(data.pictures.train, data.class_names());
}

std::shared_ptr<encoded_pictures> features_of(const image_tower& tower,
                                              const std::vector<coop::sample>& samples,
                                              const coop::preprocessing& how, const std::string& broken,
                                              int threads, const std::vector<std::string>& class_names) {
  auto all =
      tower.encode(samples, how,
                   {.threads = threads,
                    .broken = broken == "skip" ? coop::broken_picture::skip : coop::broken_picture::error});
  for (const auto& skipped : all->skipped) remark("skipped: " + skipped.reason);
  if (!all->skipped.empty()) {
    remark("skipped " + std::to_string(all->skipped.size()) + " of " + std::to_string(samples.size()) +
           " pictures");
  }
  coop::check<coop::io_error>(all->pictures() > 0 || samples.empty(), [&] {
    return "none of the " + std::to_string(samples.size()) + " pictures can be read";
  });
  all->class_names = class_names;
  return all;
}

std::shared_ptr<encoded_pictures> views_of(const image_tower& tower, const std::vector<coop::sample>& samples,
                                           const coop::preprocessing& how, index_t views, int threads) {
  return tower.encode_views(samples, how, {.views = views, .threads = threads});
}

}  // namespace app
