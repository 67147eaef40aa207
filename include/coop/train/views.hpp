// SPDX-License-Identifier: MIT
//
// Between pictures that are encoded once and pictures that are cut anew in every epoch: each picture is cut and
// mirrored K times, drawn once by a seed, all of it is encoded before training, and an epoch takes one view of each
// picture. The tower's work no longer grows with the epochs, and the features can be kept in a file
// (data/feature_set.hpp). An approximation: with fewer views than epochs they come again.
#ifndef COOP_TRAIN_VIEWS_HPP
#define COOP_TRAIN_VIEWS_HPP

#include <coop/train/features.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// How many views of each picture, by which seed, and how they are brought to the tower.
struct view_options {
  index_t views = 8;       ///< of each picture
  std::uint64_t seed = 1;  ///< of their draws
  int threads = 0;         // that decode and transform; 0: as many as the machine has
  index_t batch = 32;      // views that the tower gets at once; at least those of a picture
  broken_picture broken = broken_picture::error;  ///< what a picture that cannot be read does
};

/// K views of each picture, K successive rows in the order of the samples. A view depends on the seed, its number and
/// the picture's place among the samples: view v is what augmented_features shows in epoch v under the same seed. Of
/// `how` the transform does the size. They stay on the tower's device.
template <ImageTower Tower, Decoder Decode, RandomTransform Change>
[[nodiscard]] encoded_features<device_of<Tower>> encode_views_on_device(
    const Tower& tower, std::span<const sample> samples, const Decode& decoder, const Change& change,
    const preprocessing& how, const view_options& options = {}) {
  constexpr bool takes_sources = detail::chance<Change>::takes_sources;
  detail::check_conversion<Decode, takes_sources>(how.conversion);
  constexpr auto most = std::size_t(std::numeric_limits<index_t>::max());
  check<choice_error>(options.views >= 1 && samples.size() <= most / std::size_t(options.views), [&] {
    return "views: expected at least 1 and at most " + std::to_string(most) +
           " of all pictures together, got " + std::to_string(options.views) + " of each of " +
           std::to_string(samples.size());
  });
  const auto prepare = [&](index_t i, auto& pixels, index_t place) {
    const sample& s = samples[std::size_t(i)];
    detail::with_pixels<takes_sources>(s, decoder, how.conversion, [&](const auto& decoded) {
      for (index_t v = 0; v < options.views; ++v) {  // all from pixels that are decoded once
        torch_random random(mixed_seed(mixed_seed(options.seed, std::uint64_t(v)), std::uint64_t(i)));
        pixels.put(place * options.views + v, detail::chance<Change>{change, random}, decoded, s);
      }
    });
  };
  return detail::encode_prepared(
      tower, samples, options.views, how.normalization,
      {.threads = options.threads, .batch = options.batch, .broken = options.broken}, prepare);
}

/// The same, brought to the host.
template <ImageTower Tower, Decoder Decode, RandomTransform Change>
[[nodiscard]] encoding encode_views(const Tower& tower, std::span<const sample> samples,
                                    const Decode& decoder, const Change& change, const preprocessing& how,
                                    const view_options& options = {}) {
  return fetched(tower.device(), encode_views_on_device(tower, samples, decoder, change, how, options));
}

/// Features of K views of each picture, normalised, in batches of pictures. Over K epochs every view of a picture comes
/// once: in their order at first, so that with as many views as epochs this is augmented_features, then in orders drawn
/// for each picture from the seed. A replay, whose crops are others, is refused.
template <Device D>
class fixed_views {
 public:
  using scalar = typename D::scalar;

  /// Features in host memory; they go to the device once, normalised.
  fixed_views(const D& device, const feature_set& features, batch_options options = {})
      : device_(device), options_(std::move(options)), labels_(features.labels), views_(features.views) {
    detail::check_views(features, "features");
    check_replay();
    unit_ = detail::unit_rows(device_, features);
  }
  /// Features that are on the device already.
  fixed_views(const D& device, const encoded_features<D>& features, batch_options options = {})
      : device_(device), options_(std::move(options)), labels_(features.labels), views_(features.views) {
    check_replay();
    unit_ = detail::unit_rows(device_, features);
  }

  /// Pictures.
  [[nodiscard]] index_t size() const { return index_t(labels_.size()) / views_; }
  [[nodiscard]] index_t views() const { return views_; }
  [[nodiscard]] index_t batches() const { return batch_count(size(), options_.size, last_batch::dropped); }

  /// Which view of a picture an epoch shows.
  [[nodiscard]] index_t view_of(index_t picture, index_t epoch) const {
    const index_t round = epoch / views_;
    const index_t turn = epoch % views_;
    if (round == 0 || views_ == 1) return turn;
    // Counted from the other end than the views, whose crops have the streams from 0 on.
    const std::uint64_t stream = ~std::uint64_t(round);
    torch_random random(mixed_seed(mixed_seed(options_.seed, stream), std::uint64_t(picture)));
    return random.randperm(views_)[std::size_t(turn)];
  }

  /// The batches of an epoch; visitor(unit features (B, E), labels) answers whether to go on.
  template <class Visitor>
  void for_each(index_t epoch, const Visitor& visitor) const {
    std::vector<index_t> rows = detail::order_of(options_, size(), epoch);
    for (index_t& picture : rows) picture = picture * views_ + view_of(picture, epoch);
    detail::visit_rows(device_, unit_.view(), labels_, rows, options_.size, visitor);
  }

 private:
  void check_replay() const {
    check<choice_error>(!options_.replay || views_ == 1, [] {
      return std::string("replay: expected its own crops in every epoch, got views that were drawn before");
    });
  }

  D device_;
  batch_options options_;
  std::vector<index_t> labels_;  // of the rows
  index_t views_;
  tensor<scalar, 2, D> unit_;  // (pictures views, E)
};

}  // namespace coop

#endif
