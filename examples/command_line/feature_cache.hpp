// SPDX-License-Identifier: MIT
//
// Features in a directory, each file under a digest of all that decides them: weights, activation, preprocessing,
// views, and names, labels and bytes of the pictures. So what is found is right, whoever made it, and nothing is stale.
#ifndef COOP_COMMAND_LINE_FEATURE_CACHE_HPP
#define COOP_COMMAND_LINE_FEATURE_CACHE_HPP

#include "learning.hpp"
#include "models.hpp"
#include "options.hpp"

#include <coop/data/dataset.hpp>
#include <coop/data/feature_set.hpp>
#include <coop/data/transform.hpp>
#include <coop/io/lock_table.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app {

class feature_cache {
 public:
  /// Makes the directory if it is not there.
  explicit feature_cache(std::string directory);

  /// SHA-256 of names, labels and bytes of pictures. Unchanged files, by what the file system says of them, are
  /// read once. Nothing while another process reads them.
  [[nodiscard]] std::optional<std::string> digest(const std::vector<coop::sample>& pictures,
                                                  const std::vector<std::string>& class_names);

  /// What features are made of.
  struct request {
    std::string title;  // begins the file's name
    const weights& source;
    std::string activation = {};  // as the command line said it
    coop::preprocessing how;
    index_t views = 0;  // 0: as test pictures are prepared
    int threads = 0;
    std::string precision = "float32";
  };
  /// The features of pictures, read, or encoded and kept; `tower` opens the image tower, and what it makes stays with
  /// it beside the copy in the file. A picture that cannot be read is an error. Nothing while another process encodes
  /// them.
  [[nodiscard]] std::shared_ptr<const encoded_pictures> find(
      const request& what, const std::vector<coop::sample>& pictures,
      const std::vector<std::string>& class_names, const std::function<const image_tower&()>& tower);

  /// The same, waiting for the other process.
  [[nodiscard]] std::shared_ptr<const encoded_pictures> wait_for(
      const request& what, const std::vector<coop::sample>& pictures,
      const std::vector<std::string>& class_names, const std::function<const image_tower&()>& tower);

 private:
  /// `make` writes the file, unless it is there; false while another process makes it.
  [[nodiscard]] bool ensure(const std::string& file, const std::function<void()>& make);

  std::string directory_;
  coop::lock_table locks_;
};

/// Features of pictures as a command wants them: through the cache in the directory `cache`, or, when that is empty,
/// encoded; then `broken` may be "skip" (data.hpp, features_of).
std::shared_ptr<const encoded_pictures> features_by(
    const std::string& cache, const weights& source, const std::string& activation,
    const coop::preprocessing& how, const std::string& broken, const processor_options& processor,
    const std::vector<coop::sample>& pictures, const std::vector<std::string>& class_names,
    const std::function<const image_tower&()>& tower, index_t views = 0);

}  // namespace app

#endif
