// SPDX-License-Identifier: MIT
#include "feature_cache.hpp"

#include "data.hpp"
#include "digests.hpp"
#include "options.hpp"

#include <coop/data/few_shot.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/sha256.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <thread>
#include <utility>

namespace app {

namespace fs = std::filesystem;

namespace {

std::string made(const std::string& directory) {
  static_cast<void>(coop::make_directories(directory));
  return directory;
}

}  // namespace

feature_cache::feature_cache(std::string directory)
    : directory_(made(directory)), locks_(directory_ + "/locks") {}

bool feature_cache::ensure(const std::string& file, const std::function<void()>& make) {
  if (fs::exists(file)) return true;
  const std::string name = fs::path(file).filename().string();  // however others spell the directory
  if (!locks_.try_lock(name)) return false;
  try {
    if (!fs::exists(file)) make();
  } catch (...) {
    locks_.unlock(name);
    throw;
  }
  locks_.unlock(name);
  return true;
}

std::optional<std::string> feature_cache::digest(const std::vector<coop::sample>& pictures,
                                                 const std::vector<std::string>& class_names) {
  const std::string file = directory_ + "/" + stamp_of(pictures, class_names) + ".digest";
  if (!ensure(file, [&] { coop::write_file(file, digest_of(pictures, class_names)); })) return std::nullopt;
  return coop::read_file(file, 1000);
}

std::shared_ptr<const encoded_pictures> feature_cache::find(
    const request& what, const std::vector<coop::sample>& pictures,
    const std::vector<std::string>& class_names, const std::function<const image_tower&()>& tower) {
  const auto content = digest(pictures, class_names);
  if (!content) return nullptr;
  const std::string decisions = what.source.sha256() + "\n" + what.activation + "\n" + what.how.to_text() +
                                "\nviews " + std::to_string(what.views) + "\n" + what.precision + "\n" +
                                *content;
  const std::string key = coop::sha256_hex(std::as_bytes(std::span(decisions.data(), decisions.size())));
  const std::string file = directory_ + "/" + what.title + "-" + key.substr(0, 32) + ".safetensors";
  const coop::feature_origin origin{what.source.sha256(), what.how.to_text()};
  std::shared_ptr<encoded_pictures> made;
  const bool there = ensure(file, [&] {
    const std::string before = stamp_of(pictures, class_names);
    made = what.views == 0 ? features_of(tower(), pictures, what.how, "error", what.threads)
                           : views_of(tower(), pictures, what.how, what.views, what.threads);
    made->class_names = class_names;
    made->origin = origin;
    const bool unchanged =
        stamp_of(pictures, class_names) == before && digest(pictures, class_names) == content;
    coop::check<coop::io_error>(unchanged,
                                [&] { return what.title + ": pictures have changed while they were read"; });
    coop::save_feature_set(made->fetched(), file);
  });
  if (!there) return nullptr;
  if (made) return made;
  coop::feature_set all = coop::load_feature_set(file);
  coop::check<coop::io_error>(coop::picture_labels(all) == coop::detail::labels_of(pictures) &&
                                  all.class_names == class_names && all.origin == origin &&
                                  all.views == std::max(what.views, index_t(1)),
                              [&] { return file + ": not the features that its name says: remove it"; });
  return std::make_shared<const read_features>(std::move(all));
}

std::shared_ptr<const encoded_pictures> feature_cache::wait_for(
    const request& what, const std::vector<coop::sample>& pictures,
    const std::vector<std::string>& class_names, const std::function<const image_tower&()>& tower) {
  for (;;) {
    if (auto found = find(what, pictures, class_names, tower)) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

std::shared_ptr<const encoded_pictures> features_by(
    const std::string& cache, const weights& source, const std::string& activation,
    const coop::preprocessing& how, const std::string& broken, const processor_options& processor,
    const std::vector<coop::sample>& pictures, const std::vector<std::string>& class_names,
    const std::function<const image_tower&()>& tower, index_t views) {
  if (cache.empty()) {
    return views > 0 ? views_of(tower(), pictures, how, views, processor.threads)
                     : features_of(tower(), pictures, how, broken, processor.threads);
  }
  if (broken == "skip")
    throw usage_error("--cache: keeps the features of all pictures: not with --broken skip");
  return feature_cache(cache).wait_for(
      {.title = "features",
       .source = source,
       .activation = activation,
       .how = how,
       .views = views,
       .threads = processor.threads,
       .precision = processor.device == device::name ? processor.precision
                                                     : processor.device + " " + processor.precision},
      pictures, class_names, tower);
}

}  // namespace app
