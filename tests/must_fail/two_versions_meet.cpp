// SPDX-License-Identifier: MIT
// expect: coop: two versions of the library meet in one translation unit
#ifdef COOP_MUST_FAIL  // as another copy's version.hpp leaves them
#define COOP_VERSION_MAJOR 0
#define COOP_VERSION_MINOR 0
#define COOP_VERSION_PATCH 9
#endif
#include <coop/version.hpp>

int main() { return 0; }
