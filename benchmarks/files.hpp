// SPDX-License-Identifier: MIT
//
// From picture files to a trained classifier on any device, and where the time goes: opening the towers, decoding and
// cropping, the image tower, training, saving. Decoding and the tower are timed alone too, because together they run side
// by side.
#ifndef COOP_BENCHMARKS_FILES_HPP
#define COOP_BENCHMARKS_FILES_HPP

#include <coop/clip/clip.hpp>
#include <coop/data/decoders.hpp>
#include <coop/data/transform.hpp>
#include <coop/device/cpu.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/views.hpp>

#include "../tests/support/formula_weights.hpp"
#include "class_names.hpp"
#include "measure.hpp"
#include "photo.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace coop::benchmarks {

/// What is done.
struct files_to_classifier {
  std::string folder;  // gets the pictures, and the classifier
  index_t classes = 1000;
  int shots = 16;
  index_t views = 2;
  index_t epochs = 50;
  int threads = 0;  // that decode
  index_t batch = 256;
  index_t height = 200;
  index_t width = 300;
};

/// An image tower that does nothing, on the processor: what is left is the host's part.
struct idle_tower {
  index_t side;
  [[nodiscard]] coop::device::cpu device() const { return coop::device::cpu(1); }
  [[nodiscard]] index_t size() const { return side; }
  [[nodiscard]] index_t embed() const { return 1; }
  void encode(view<const float, 4>, view<float, 2> features) const {
    for (index_t i = 0; i < features.rows(); ++i) features(i, 0) = 1;
  }
};

/// Picture files by formula, so many of every class; a few pictures stand for all.
inline std::vector<sample> written_pictures(const files_to_classifier& what) {
  constexpr std::uint32_t different = 32;
  std::vector<std::vector<std::byte>> bytes;
  for (std::uint32_t i = 0; i < different; ++i)
    bytes.push_back(jpeg_of(photo(what.height, what.width, i + 1), photo_quality));
  std::vector<sample> samples;
  std::filesystem::create_directories(what.folder);
  for (index_t c = 0; c < what.classes; ++c) {
    for (int i = 0; i < what.shots; ++i) {
      const std::string path = what.folder + "/" + std::to_string(c) + "_" + std::to_string(i) + ".jpg";
      // What is read next and then thrown away: forced to the disk one by one it would take minutes.
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes[samples.size() % different].data()),
                 std::streamsize(bytes[samples.size() % different].size()));
      samples.push_back({path, c, nullptr});
    }
  }
  return samples;
}

/// The seconds of every part. `archive` holds B's weights.
template <Backbone B, Device D, class Archive>
json measured_files(const D& device, const Archive& archive, const tokenizer& words,
                    const files_to_classifier& what) {
  using image_tower = typename B::template image_tower<D>;
  using T = typename D::scalar;
  const auto samples = written_pictures(what);
  const std::span<const sample> all(samples);
  const auto how = preprocessing_of<B>();
  const train_transform crop{.size = B::image_size};
  const view_options views{.views = what.views, .threads = what.threads, .batch = what.batch};

  const memory_meter meter(device);
  const auto begin = std::chrono::steady_clock::now();
  const image_tower sees(device, archive);
  const text_tower<typename B::text, D> reads(device, archive);
  device.synchronize();
  const auto since = [](auto moment) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - moment).count();
  };
  const double opening = since(begin);

  encoding encoded;
  const double encoding_seconds =
      seconds([&] { encoded = encode_views(sees, all, picture_decoder{}, crop, how, views); });
  encoded.features.class_names = class_names(words, what.classes);
  double training = 0;
  double saving = 0;
  double last_loss = 0;
  index_t steps = 0;
  const double learning = seconds([&] {
    prompt_learner learner(reads, words, encoded.features.class_names, unified_end{.length = 16},
                           {.memory_limit = 0});
    const fixed_views<D> source(device, encoded.features, {.size = 32});
    training = seconds([&] {
      const auto past = fit(learner, source, sgd{}, warmup<cosine>{.then = {.epochs = what.epochs}});
      check(past.finite(), [&] { return "files: " + to_text(past); });
      last_loss = past.epochs.back().loss;
      device.synchronize();
    });
    steps = what.epochs * source.batches();
    saving = seconds([&] { learner.classifier().save(what.folder + "/classifier.safetensors"); });
  });
  const double total = since(begin);

  // The parts of the encoding, each alone.
  const double host = seconds([&] {
    static_cast<void>(
        encode_views(idle_tower{index_t(B::image_size)}, all, picture_decoder{}, crop, how, views));
  });
  const std::int64_t pictures = std::int64_t(samples.size()) * what.views;
  const index_t side = B::image_size;
  tensor<T, 4, D> pixels(device, shape<4>{what.batch, side, side, 3});
  tensor<T, 2, D> features(device, shape<2>{what.batch, index_t(B::embed)});
  device.fill(pixels.view(), T(0.5));
  const std::int64_t calls = (pictures + what.batch - 1) / what.batch;
  const double tower = time_on(device, [&] {
                         for (std::int64_t i = 0; i < calls; ++i)
                           sees.encode(std::as_const(pixels).view(), features.view());
                       }).wall;
  return {{"device", device.description()},
          {"backbone", B::name},
          {"classes", what.classes},
          {"pictures", samples.size()},
          {"views", what.views},
          {"epochs", what.epochs},
          {"steps", steps},
          {"total", total},
          {"open_towers", opening},
          {"encode_views", encoding_seconds},
          {"decode_and_crop_alone", host},
          {"image_tower_alone", tower},
          {"prepare_learner", learning - training - saving},
          {"train", training},
          {"save", saving},
          {"last_loss", last_loss},
          {"used_bytes", meter.most()}};
}

inline void print_files(const json& r) {
  std::printf("%s, %s: %d pictures of %d classes, %d views, %d epochs (%d steps)\n",
              r["device"].get<std::string>().c_str(), r["backbone"].get<std::string>().c_str(),
              r["pictures"].get<int>(), r["classes"].get<int>(), r["views"].get<int>(),
              r["epochs"].get<int>(), r["steps"].get<int>());
  for (const char* part : {"open_towers", "encode_views", "prepare_learner", "train", "save", "total",
                           "decode_and_crop_alone", "image_tower_alone"}) {
    std::printf("  %-24s %9.3f s %5.1f %%\n", part, r[part].get<double>(),
                100 * r[part].get<double>() / r["total"].get<double>());
  }
  std::fflush(stdout);
}

}  // namespace coop::benchmarks

#endif
