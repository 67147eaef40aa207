// SPDX-License-Identifier: MIT
//
// What pictures and features are told by: SHA-256 over names, labels and bytes; and a stamp that changes whenever the
// bytes may have.
#ifndef COOP_COMMAND_LINE_DIGESTS_HPP
#define COOP_COMMAND_LINE_DIGESTS_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/feature_set.hpp>

#include <string>
#include <vector>

namespace app {

/// Over the class names, and of every picture its label and the bytes of its file; of one that is drawn or in memory,
/// its pixels.
std::string digest_of(const std::vector<coop::sample>& pictures, const std::vector<std::string>& class_names);

/// Over the class names, labels and features.
std::string digest_of(const coop::feature_set& features);

/// Over names, labels, and what the file system says of each file: size and time of the last change. Where there is
/// no file, what digest_of takes in, or the version of what draws.
std::string stamp_of(const std::vector<coop::sample>& pictures, const std::vector<std::string>& class_names);

/// What the file system says of one file, in words: size, place on its disk, times of the last change of its bytes and
/// of anything of it. Nobody changes the bytes under the same stamp but on purpose and as the machine's owner.
std::string stamp_of_file(const std::string& path);

}  // namespace app

#endif
