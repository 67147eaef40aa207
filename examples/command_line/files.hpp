// SPDX-License-Identifier: MIT
//
// What every part that looks for files asks.
#ifndef COOP_COMMAND_LINE_FILES_HPP
#define COOP_COMMAND_LINE_FILES_HPP

#include <filesystem>
#include <system_error>

namespace app {

/// Whether a file, or a directory, can be seen under this path; what cannot be asked for is not there.
inline bool there(const std::filesystem::path& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed);
}

}  // namespace app

#endif
