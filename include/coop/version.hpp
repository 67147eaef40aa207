// SPDX-License-Identifier: MIT
//
// The version, in one place: CMake reads it from here. Two versions in one translation unit are
// refused, because their inline functions would share names and differ in bodies.
#ifndef COOP_VERSION_HPP
#define COOP_VERSION_HPP

#if defined(COOP_VERSION_MAJOR) && \
    (COOP_VERSION_MAJOR != 0 || COOP_VERSION_MINOR != 1 || COOP_VERSION_PATCH != 0)
#error "coop: two versions of the library meet in one translation unit"
#endif

/// The version's three numbers; CMake reads them here.
#define COOP_VERSION_MAJOR 0
#define COOP_VERSION_MINOR 1
#define COOP_VERSION_PATCH 0

namespace coop {

/// The version as text, "major.minor.patch".
inline constexpr const char* version = "0.1.0";

}  // namespace coop

#endif
