// SPDX-License-Identifier: MIT
//
// Where the pictures' river ends: pictures become features, and features become batches. The image tower is
// frozen, so pictures that are not augmented are encoded once and kept (encode, cached_features); augmented
// ones are cropped anew and encoded in every epoch (augmented_features). Threads decode and transform ahead
// of the tower, or decode alone where a device elsewhere does the rest (train/prepared_pictures.hpp); the order of an
// epoch, and every crop, is a function of seed, epoch and picture, so threads change nothing. Both can be those of
// the published program instead (data/replay.hpp).
#ifndef COOP_TRAIN_FEATURES_HPP
#define COOP_TRAIN_FEATURES_HPP

#include <coop/data/batches.hpp>  // epoch_order, batches
#include <coop/data/dataset.hpp>  // sample
#include <coop/data/feature_set.hpp>
#include <coop/data/image.hpp>  // Decoder
#include <coop/data/replay.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/data/torch_random.hpp>
#include <coop/data/transform.hpp>
#include <coop/device/detail/thread_team.hpp>  // start_thread
#include <coop/nn/embedding.hpp>               // gather_row
#include <coop/nn/normalize.hpp>               // normalize_row
#include <coop/nn/parameters.hpp>              // upload
#include <coop/tensor/tensor.hpp>
#include <coop/train/prepared_pictures.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop {

namespace detail {

template <class D>
struct probe_visitor {
  bool operator()(view<const typename D::scalar, 2>, std::span<const index_t>) const { return true; }
};

}  // namespace detail

/// How an epoch is cut into batches. Pictures that do not fill the last batch wait for another epoch, unless
/// all together are fewer than a batch.
struct batch_options {
  index_t size = 32;                                   ///< pictures
  std::uint64_t seed = 1;                              ///< of the order
  order_kind order = order_kind::shuffled;             ///< of the pictures within an epoch
  std::optional<loader_replay> replay = std::nullopt;  // its order and crops, not those of seed and order
};

/// Something that yields batches of unit features (B, E) on a device with their labels, in an order that
/// depends on nothing but itself and the epoch. The visitor answers whether to go on.
template <class S, class D>
concept FeatureSource = requires(const S& source, index_t epoch, const detail::probe_visitor<D>& visitor) {
  { source.size() } -> std::convertible_to<index_t>;     // pictures
  { source.batches() } -> std::convertible_to<index_t>;  // in an epoch
  source.for_each(epoch, visitor);
};

/// Something that makes features (B, E), of any length, of normalised pictures (B, S, S, 3); several threads
/// may ask.
template <class T>
concept ImageTower = requires(const T& tower, view<const scalar_of<T>, 4> pictures,
                              view<scalar_of<T>, 2> features) {
  { tower.size() } -> std::convertible_to<index_t>;   // S
  { tower.embed() } -> std::convertible_to<index_t>;  // E
  tower.encode(pictures, features);
};

/// A decoder for data that is in memory: it is never asked.
struct no_decoder {
  /// A path is never a picture here: always an io_error.
  image operator()(const std::string& path) const { return to_rgb(source(path)); }
  /// The same.
  [[nodiscard]] source_picture source(const std::string& path) const {
    throw io_error(path + ": this program was told to decode no files, and the picture is not in memory");
  }
};
static_assert(SourceDecoder<no_decoder>);

/// What to do with a picture that cannot be read.
enum class broken_picture : std::uint8_t { error, skip };

/// How pictures are brought to a tower.
struct encode_options {
  int threads = 0;                                // that decode and transform; 0: as many as the machine has
  index_t batch = 32;                             // pictures that the tower gets at once
  broken_picture broken = broken_picture::error;  ///< what a picture that cannot be read does
};

/// A picture that was left out, and why.
struct skipped_picture {
  std::size_t index = 0;    // among the samples
  std::string reason = {};  ///< the error's text
};

/// Features of pictures, un-normalised, in the order of the samples without the skipped ones.
struct encoding {
  feature_set features = {};                  ///< of the pictures that could be read
  std::vector<skipped_picture> skipped = {};  ///< the others
};

/// The same on the device where a tower left them, for a learner there: they never see the host.
template <Device D>
struct encoded_features {
  tensor<typename D::scalar, 2, D> values = {};  // (at least N, E)
  std::vector<index_t> labels = {};              // (N)
  index_t views = 1;                             // successive rows that show one picture
  std::vector<skipped_picture> skipped = {};     ///< pictures that could not be read

  /// Rows.
  [[nodiscard]] index_t size() const { return index_t(labels.size()); }
  /// (N, E).
  [[nodiscard]] view<const typename D::scalar, 2> rows() const { return values.view().slice(0, size()); }
};

/// Features of a device as the host keeps them, such as in a file.
template <Device D>
[[nodiscard]] encoding fetched(const D& device, encoded_features<D> from) {
  encoding all{.skipped = std::move(from.skipped)};
  auto values = to_host(device, from.rows());
  if constexpr (std::is_same_v<typename D::scalar, float>) {
    all.features.values = std::move(values);
  } else {
    all.features.values.assign(values.begin(), values.end());
  }
  all.features.width = from.values.extent(1);
  all.features.labels = std::move(from.labels);
  all.features.views = from.views;
  return all;
}

namespace detail {

/// One batch of prepared pictures; failures[i] is set when picture i could not be had.
template <class Pixels>
struct picture_batch {
  Pixels pixels;
  std::vector<std::exception_ptr> failures;
  index_t ready = 0;

  picture_batch(const typename Pixels::shared& of, index_t pictures)
      : pixels(of), failures(std::size_t(pictures)) {}
};

/// Fills batches on threads while earlier ones are in use. prepare(i, pixels, place) puts in picture i as one of its
/// batch, on any thread; use(begin, end, batch) gets the batches in order, on the caller's thread, and answers
/// whether to go on. At most `ahead` batches are held.
template <class Pixels, class Prepare, class Use>
void prefetch(index_t pictures, index_t batch, const typename Pixels::shared& of, int threads,
              const Prepare& prepare, const Use& use) {
  constexpr index_t ahead = 3;
  const index_t batches = (pictures + batch - 1) / batch;
  std::deque<picture_batch<Pixels>> slots;
  for (index_t b = 0; b < std::min(ahead, batches); ++b) slots.emplace_back(of, batch);
  std::mutex mutex;
  std::condition_variable room;    // a batch was used up
  std::condition_variable filled;  // a batch is ready
  index_t next = 0;                // picture
  index_t used = 0;                // batches
  bool closing = false;

  const auto work = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock,
                [&] { return closing || next >= pictures || next / batch < used + index_t(slots.size()); });
      if (closing || next >= pictures) return;
      const index_t i = next++;
      auto& slot = slots[std::size_t(i / batch) % slots.size()];
      const auto place = std::size_t(i % batch);
      lock.unlock();
      std::exception_ptr failure;
      try {
        prepare(i, slot.pixels, index_t(place));
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      slot.failures[place] = failure;
      ++slot.ready;
      if (slot.ready == std::min(batch, pictures - i / batch * batch)) filled.notify_one();
    }
  };

  struct crew {
    std::vector<std::thread> threads;
    std::function<void()> close;
    ~crew() {
      close();
      for (auto& thread : threads) thread.join();
    }
  } workers{{}, [&] {
              const std::lock_guard lock(mutex);
              closing = true;
              room.notify_all();
            }};
  const index_t allowed = threads > 0 ? threads : index_t(std::max(1u, std::thread::hardware_concurrency()));
  const int wanted = int(std::min(allowed, pictures));
  for (int t = 0; t < wanted; ++t) start_thread(workers.threads, wanted, work);

  for (index_t b = 0; b < batches; ++b) {
    const index_t begin = b * batch;
    const index_t end = std::min(pictures, begin + batch);
    auto& slot = slots[std::size_t(b) % slots.size()];
    {
      std::unique_lock lock(mutex);
      filled.wait(lock, [&] { return slot.ready == end - begin; });
    }
    if (!use(begin, end, slot)) return;
    slot.pixels.recycle();
    const std::lock_guard lock(mutex);
    slot.ready = 0;
    ++used;
    room.notify_all();
  }
}

/// Why a picture failed, its name in front when the failure does not say it.
inline std::string reason_of(const std::exception_ptr& failure, const std::string& name) {
  std::string reason = "unknown failure";
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {  // not the picture's fault: nobody skips it for that
    throw;
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {  // a decoder of the user's may throw what it likes
  }
  const std::string prefix = "coop: ";
  if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
  return reason.find(name) == std::string::npos ? name + ": " + reason : reason;
}

/// Refuses CLIP's order of conversion when the decoder or the transform knows nothing but RGB.
template <class Decode, bool TakesSources>
void check_conversion(conversion_order order) {
  check<choice_error>(order == conversion_order::dassl || (SourceDecoder<Decode> && TakesSources), [] {
    return std::string(
        "conversion 'clip': expected a decoder with source(path) and a transform of a source_picture, "
        "got one that knows only RGB");
  });
}

/// f(pixels of a sample), decoded if they are not in memory: RGB, or in the mode of the file where the order of
/// conversion is CLIP's and f takes that.
template <bool TakesSources, class Decode, class F>
void with_pixels(const sample& s, const Decode& decoder, [[maybe_unused]] conversion_order order,
                 const F& f) {
  if (s.pixels) return f(image_view(*s.pixels));
  if constexpr (SourceDecoder<Decode> && TakesSources) {
    if (order == conversion_order::clip) return f(decoder.source(s.path));
  }
  const image decoded = decoder(s.path);
  f(image_view(decoded));
}

/// A Transform as a batch of pictures takes it: the change, and its plan where it is one.
template <class Change>
struct fixed_change {
  const Change& change;

  template <class Picture>
  image operator()(const Picture& picture) const {
    return change(picture);
  }
  [[nodiscard]] resize_plan plan(picture_extents picture) const requires PlannedTransform<Change> {
    return change.plan(picture);
  }
};

/// A RandomTransform with its choices made: those of a replay, or of a generator.
template <class Change>
struct chance {
  static constexpr bool takes_sources = std::invocable<const Change&, const source_picture&, torch_random&> &&
                                        (!CroppingTransform<Change> || requires(const Change& change) {
                                          change.apply(source_picture(), random_crop());
                                        });
  const Change& change;
  torch_random& random;
  const random_crop* crop = nullptr;

  template <class Picture>
  image operator()(const Picture& picture) const {
    if constexpr (CroppingTransform<Change>) {
      if (crop != nullptr) return change.apply(picture, *crop);
    }
    return change(picture, random);
  }
  [[nodiscard]] resize_plan plan(picture_extents picture) const requires PlannedCrop<Change> {
    return change.plan(crop != nullptr ? *crop : change.choose(picture.height, picture.width, random));
  }
};

/// (height, width) of a sample, read if the decoder can, else decoded.
template <class Decode>
picture_extents extents_of(const sample& s, const Decode& decoder) {
  if (s.pixels) return {s.pixels->height, s.pixels->width};
  if constexpr (MeasuringDecoder<Decode>) {
    return decoder.extents(s.path);
  } else {
    const image decoded = decoder(s.path);
    return {decoded.height, decoded.width};
  }
}

inline std::vector<index_t> order_of(const batch_options& options, index_t pictures, index_t epoch) {
  return options.replay ? options.replay->order(pictures, epoch)
                        : epoch_order(options.order, pictures, options.seed, epoch);
}

inline index_t side_of(index_t side, index_t expected) {
  check<shape_error>(side == expected, [&] {
    return "preprocessing: size: expected " + std::to_string(expected) + " as the tower takes, got " +
           std::to_string(side);
  });
  return side;
}

template <class Tower>
using device_pixels = prepared_pixels<device_of<Tower>>;

/// Encodes every sample in as many views as prepare(i, pixels, place) puts in, as the places [place * views, place *
/// views + views), of sample i, on any thread.
template <ImageTower Tower, class Prepare>
encoded_features<device_of<Tower>> encode_prepared(const Tower& tower, std::span<const sample> samples,
                                                   index_t views, const normalization& values,
                                                   const encode_options& options, const Prepare& prepare) {
  using D = device_of<Tower>;
  const D device = tower.device();
  const auto n = index_t(samples.size());
  encoded_features<D> all;
  all.views = views;
  all.values = tensor<typename D::scalar, 2, D>(device, shape<2>{index_t(n * views), index_t(tower.embed())});
  if (n == 0) return all;
  const index_t batch = std::clamp<index_t>(options.batch / views, 1, n);
  all.labels.reserve(std::size_t(n) * std::size_t(views));
  typename device_pixels<Tower>::shared with(device, batch * views, tower.size(), values);
  std::vector<index_t> places;

  prefetch<device_pixels<Tower>>(
      n, batch, with, options.threads, prepare, [&](index_t begin, index_t end, auto& pictures) {
        places.clear();
        const index_t row = all.size();
        for (index_t i = begin; i < end; ++i) {
          if (const auto& failure = pictures.failures[std::size_t(i - begin)]) {
            std::string reason = reason_of(failure, samples[std::size_t(i)].path);
            if (options.broken == broken_picture::error) throw io_error(reason);
            all.skipped.push_back({std::size_t(i), std::move(reason)});
            continue;
          }
          for (index_t v = 0; v < views; ++v) {
            places.push_back((i - begin) * views + v);
            all.labels.push_back(samples[std::size_t(i)].label);
          }
        }
        if (!places.empty()) {
          tower.encode(pictures.pixels.prepare(with, places), all.values.view().slice(row, all.size()));
        }
        return true;
      });
  return all;
}

/// Of `how` the transform does the size.
template <ImageTower Tower, Decoder Decode, Transform Change>
encoded_features<device_of<Tower>> encode_by(const Tower& tower, std::span<const sample> samples,
                                             const Decode& decoder, const Change& change,
                                             const preprocessing& how, const encode_options& options) {
  check_conversion<Decode, SourceTransform<Change>>(how.conversion);
  const auto prepare = [&](index_t i, auto& pixels, index_t place) {
    const sample& s = samples[std::size_t(i)];
    with_pixels<SourceTransform<Change>>(s, decoder, how.conversion, [&](const auto& decoded) {
      pixels.put(place, fixed_change<Change>{change}, decoded, s);
    });
  };
  return encode_prepared(tower, samples, 1, how.normalization, options, prepare);
}

}  // namespace detail

/// Features of pictures through any transform that ends at the tower's size. The first broken picture, in the
/// order of the samples, is an error that names its file, or all of them are left out and listed.
template <ImageTower Tower, Decoder Decode, Transform Change>
[[nodiscard]] encoding encode(const Tower& tower, std::span<const sample> samples, const Decode& decoder,
                              const Change& change, const normalization& values,
                              const encode_options& options = {}) {
  return fetched(tower.device(), detail::encode_by(tower, samples, decoder, change,
                                                   {.size = tower.size(), .normalization = values}, options));
}

/// Features of pictures as test pictures are prepared: shorter side resized, centre cropped, normalised. They stay on
/// the tower's device.
template <ImageTower Tower, Decoder Decode>
[[nodiscard]] encoded_features<device_of<Tower>> encode_on_device(const Tower& tower,
                                                                  std::span<const sample> samples,
                                                                  const Decode& decoder,
                                                                  const preprocessing& how,
                                                                  const encode_options& options = {}) {
  const test_transform change{detail::side_of(how.size, tower.size())};
  return detail::encode_by(tower, samples, decoder, change, how, options);
}

/// The same, brought to the host.
template <ImageTower Tower, Decoder Decode>
[[nodiscard]] encoding encode(const Tower& tower, std::span<const sample> samples, const Decode& decoder,
                              const preprocessing& how, const encode_options& options = {}) {
  return fetched(tower.device(), encode_on_device(tower, samples, decoder, how, options));
}

namespace detail {

/// The rows of a feature set on a device, brought to unit length. Rows for which that cannot be done are an error.
template <Device D>
tensor<typename D::scalar, 2, D> unit_rows(const D& device, const feature_set& features) {
  using T = typename D::scalar;
  tensor<T, 2, D> unit(device, shape<2>{features.size(), features.width});
  COOP_ASSERT(features.values.size() == unit.extents().size());
  for (index_t i = 0; i < features.size(); ++i) {
    double square = 0;
    for (const float x : features.row(i)) square += double(x) * double(x);
    check(std::isfinite(square) && square > 0, [&] {
      return "features: picture " + std::to_string(i) + ": expected finite numbers that are not all zero";
    });
  }
  if (features.size() == 0) return unit;
  const auto raw = nn::upload(device, features.values, unit.extents());
  device.for_each_row(unit.extent(0), nn::normalize_row<T>{raw.view(), unit.view(), {}});
  device.synchronize();  // raw goes out of scope
  return unit;
}

/// The same of features that are there already.
template <Device D>
tensor<typename D::scalar, 2, D> unit_rows(const D& device, const encoded_features<D>& features) {
  using T = typename D::scalar;
  const view<const T, 2> rows = features.rows();
  tensor<T, 2, D> unit(device, rows.extents);
  tensor<T, 1, D> norm(device, shape<1>{rows.rows()});
  device.for_each_row(rows.rows(), nn::normalize_row<T>{rows, unit.view(), norm.view()});
  const std::vector<T> lengths = to_host(device, view<const T, 1>(norm.view()));
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    check(std::isfinite(lengths[i]) && lengths[i] > T(0), [&] {
      return "features: picture " + std::to_string(i) + ": expected finite numbers that are not all zero";
    });
  }
  return unit;
}

/// visitor(features (B, E), labels) for each batch of an epoch that shows these rows, until it says no.
template <Device D, class Visitor>
void visit_rows(const D& device, view<const typename D::scalar, 2> features, std::span<const index_t> labels,
                const std::vector<index_t>& rows, index_t batch, const Visitor& visitor) {
  using T = typename D::scalar;
  const auto n = index_t(rows.size());
  const auto rows_on_device = to_device(device, view<const index_t, 1>{rows.data(), shape<1>{n}});
  tensor<T, 2, D> gathered(device, shape<2>{std::min(batch, n), features.columns()});
  std::vector<index_t> some;
  for (const auto [begin, end] : coop::batches(n, batch)) {
    some.clear();
    for (index_t i = begin; i < end; ++i) some.push_back(labels[std::size_t(rows[std::size_t(i)])]);
    const auto part = gathered.view().slice(0, end - begin);
    device.for_each_row(end - begin,
                        nn::gather_row<T>{rows_on_device.view().slice(begin, end), features, part});
    if (!visitor(view<const T, 2>(part), std::span<const index_t>(some))) return;
  }
}

}  // namespace detail

/// Features that were computed once, normalised, in batches.
template <Device D>
class cached_features {
 public:
  using scalar = typename D::scalar;

  /// Features that are zero, infinite or not numbers cannot be brought to unit length and are an error.
  cached_features(const D& device, const feature_set& features, batch_options options = {})
      : device_(device),
        options_(options),
        labels_(features.labels),
        unit_(detail::unit_rows(device, features)) {}
  /// Features that are on the device already.
  cached_features(const D& device, const encoded_features<D>& features, batch_options options = {})
      : device_(device),
        options_(std::move(options)),
        labels_(features.labels),
        unit_(detail::unit_rows(device, features)) {}

  /// Pictures, and batches of an epoch: the last one is dropped where it is not full.
  [[nodiscard]] index_t size() const { return index_t(labels_.size()); }
  [[nodiscard]] index_t batches() const { return batch_count(size(), options_.size, last_batch::dropped); }

  /// The batches of an epoch; visitor(unit features (B, E), labels) answers whether to go on.
  template <class Visitor>
  void for_each(index_t epoch, const Visitor& visitor) const {
    detail::visit_rows(device_, unit_.view(), labels_, detail::order_of(options_, size(), epoch),
                       options_.size, visitor);
  }

 private:
  D device_;
  batch_options options_;
  std::vector<index_t> labels_;
  tensor<scalar, 2, D> unit_;  // (N, E)
};

/// Pictures that are cropped and mirrored anew in every epoch, and encoded as they come. Crops depend on
/// seed, epoch and picture only. A replay needs a CroppingTransform and the sizes of all pictures, which are
/// read when this is made. The tower must outlive this; a broken picture is an error that names its file.
template <ImageTower Tower, Decoder Decode, RandomTransform Change = train_transform>
class augmented_features {
  using D = std::remove_cvref_t<decltype(std::declval<const Tower&>().device())>;
  using T = typename D::scalar;

 public:
  /// Of `how` the transform does the size.
  augmented_features(const Tower& tower, std::vector<sample> samples, Decode decoder, Change change,
                     const preprocessing& how, batch_options options = {}, int threads = 0)
      : tower_(&tower),
        samples_(std::move(samples)),
        decoder_(std::move(decoder)),
        change_(std::move(change)),
        how_(how),
        options_(std::move(options)),
        threads_(threads) {
    detail::check_conversion<Decode, takes_sources>(how.conversion);
    if (!options_.replay) return;
    check<choice_error>(CroppingTransform<Change>, [] {
      return std::string("replay: expected a transform with choose and apply, got one that only acts");
    });
    for (const sample& s : samples_) extents_.push_back(detail::extents_of(s, decoder_));
  }
  /// Pictures that are read, changed and encoded anew in every epoch; the tower must outlive it.
  augmented_features(const Tower& tower, std::vector<sample> samples, Decode decoder, Change change,
                     const normalization& values, batch_options options = {}, int threads = 0)
      : augmented_features(tower, std::move(samples), std::move(decoder), std::move(change),
                           preprocessing{.size = tower.size(), .normalization = values}, std::move(options),
                           threads) {}
  augmented_features(const Tower&&, std::vector<sample>, Decode, Change, const preprocessing&,
                     batch_options = {}, int = 0) = delete;
  augmented_features(const Tower&&, std::vector<sample>, Decode, Change, const normalization&,
                     batch_options = {}, int = 0) = delete;

  /// Pictures, and batches of an epoch: the last one is dropped where it is not full.
  [[nodiscard]] index_t size() const { return index_t(samples_.size()); }
  [[nodiscard]] index_t batches() const { return batch_count(size(), options_.size, last_batch::dropped); }

  /// The batches of an epoch; visitor(unit features (B, E), labels) answers whether to go on.
  template <class Visitor>
  void for_each(index_t epoch, const Visitor& visitor) const {
    if (samples_.empty()) return;
    const D device = tower_->device();
    const std::vector<index_t> order = detail::order_of(options_, size(), epoch);
    const index_t batch = std::min(options_.size, size());
    typename detail::device_pixels<Tower>::shared with(device, batch, tower_->size(), how_.normalization);
    const shape<2> extents{batch, index_t(tower_->embed())};
    tensor<T, 2, D> features(device, extents);
    tensor<T, 2, D> unit(device, extents);
    std::vector<index_t> labels;
    std::vector<index_t> places;
    const std::uint64_t epoch_seed = mixed_seed(options_.seed, std::uint64_t(epoch));
    const index_t count = std::min(size(), batches() * batch);
    const std::vector<random_crop> replayed = replayed_crops(order, count, batch, epoch);

    const auto prepare = [&](index_t i, auto& pixels, index_t place) {
      const index_t which = order[std::size_t(i)];
      const sample& s = samples_[std::size_t(which)];
      torch_random random(mixed_seed(epoch_seed, std::uint64_t(which)));
      const random_crop* crop = replayed.empty() ? nullptr : &replayed[std::size_t(i)];
      detail::with_pixels<takes_sources>(s, decoder_, how_.conversion, [&](const auto& decoded) {
        pixels.put(place, detail::chance<Change>{change_, random, crop}, decoded, s);
      });
    };
    detail::prefetch<detail::device_pixels<Tower>>(
        count, batch, with, threads_, prepare, [&](index_t begin, index_t end, auto& pictures) {
          labels.clear();
          places.clear();
          for (index_t i = begin; i < end; ++i) {
            const sample& s = samples_[std::size_t(order[std::size_t(i)])];
            const auto& failure = pictures.failures[std::size_t(i - begin)];
            if (failure) throw io_error(detail::reason_of(failure, s.path));
            labels.push_back(s.label);
            places.push_back(i - begin);
          }
          const auto raw = features.view().slice(0, end - begin);
          const auto part = unit.view().slice(0, end - begin);
          tower_->encode(pictures.pixels.prepare(with, places), raw);
          device.for_each_row(end - begin, nn::normalize_row<T>{raw, part, {}});
          return static_cast<bool>(visitor(view<const T, 2>(part), std::span<const index_t>(labels)));
        });
  }

 private:
  static constexpr bool takes_sources = detail::chance<Change>::takes_sources;

  /// For the first `count` places of an order; none without a replay.
  std::vector<random_crop> replayed_crops(const std::vector<index_t>& order, index_t count, index_t batch,
                                          index_t epoch) const {
    if constexpr (CroppingTransform<Change>) {
      if (options_.replay) {
        std::vector<picture_extents> extents;
        for (index_t i = 0; i < count; ++i) extents.push_back(extents_[std::size_t(order[std::size_t(i)])]);
        return options_.replay->crops(change_, extents, batch, epoch);
      }
    }
    return {};
  }

  const Tower* tower_;
  std::vector<sample> samples_;
  Decode decoder_;
  Change change_;
  preprocessing how_;
  batch_options options_;
  int threads_;
  std::vector<picture_extents> extents_ = {};  // of the samples, for a replay
};

}  // namespace coop

#endif
