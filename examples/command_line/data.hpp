// SPDX-License-Identifier: MIT
//
// Data sets by the words of the command line: drawn:TASK, folder:DIR, list:FILE, features:FILE, and the
// published ones, as OxfordPets:ROOT.
#ifndef COOP_COMMAND_LINE_DATA_HPP
#define COOP_COMMAND_LINE_DATA_HPP

#include "learning.hpp"

#include <coop/data/dataset.hpp>
#include <coop/data/feature_set.hpp>
#include <coop/data/image.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/train/features.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {

/// Decodes JPEG and PNG files, and draws what is called drawn:TASK/SPLIT/CLASS/NUMBER.
struct picture_source {
  coop::image operator()(const std::string& path) const;
  [[nodiscard]] coop::source_picture source(const std::string& path) const;
  [[nodiscard]] coop::picture_extents extents(const std::string& path) const;
};
static_assert(coop::SourceDecoder<picture_source> && coop::MeasuringDecoder<picture_source>);

/// What a data word opens to: pictures in splits, or features that somebody has computed.
struct data_source {
  std::string word = {};
  coop::dataset pictures = {};                               // class_names are filled in either way
  std::optional<coop::feature_set> features = std::nullopt;  // of features:FILE, which has no splits
  std::string prompt = {};  // the hand-written one of a drawn task or a published data set
  std::string rules = {};   // the published data set whose epochs and ensemble it has; empty: the usual ones

  [[nodiscard]] const std::vector<std::string>& class_names() const { return pictures.class_names; }
};

/// `seed` splits a folder of one level.
data_source open_data(const std::string& word, std::uint64_t seed);

/// The samples of the split called "train", "val" or "test"; none there is an error.
const std::vector<coop::sample>& split_of(const data_source& data, std::string_view split);

/// `shots` training pictures of each class, drawn by seed; classes with fewer give all and are remarked upon.
void keep_shots(data_source& data, index_t shots, std::uint64_t seed);

/// The pictures of a directory (with those below it, sorted) or of a list file, one name a line, in listed order.
std::vector<coop::sample> listed_pictures(const std::string& path);

/// SHA-256 over class names, labels, and the bytes of every training picture or feature.
std::string digest_of_training(const data_source& data);

/// Features of samples; `broken` is "error" or "skip". What is skipped is counted and named on standard error.
std::shared_ptr<encoded_pictures> features_of(const image_tower& tower,
                                              const std::vector<coop::sample>& samples,
                                              const coop::preprocessing& how, const std::string& broken,
                                              int threads, const std::vector<std::string>& class_names = {});

/// Features of `views` of each sample, cut and mirrored as the paper's training pictures are; one that cannot be
/// read is an error.
std::shared_ptr<encoded_pictures> views_of(const image_tower& tower, const std::vector<coop::sample>& samples,
                                           const coop::preprocessing& how, index_t views, int threads);

}  // namespace app

#endif
