// SPDX-License-Identifier: MIT
//
// Files in tests/data/exports that other programs have read (tests/io/check_exports.py), beside what is written
// today.
#ifndef COOP_TESTS_SUPPORT_GOLDEN_EXPORT_HPP
#define COOP_TESTS_SUPPORT_GOLDEN_EXPORT_HPP

#include <coop/io/atomic_file.hpp>

#include <cstdlib>
#include <string>

/// The bytes of tests/data/exports/NAME. With COOP_WRITE_EXPORTS in the environment it is replaced by `today`
/// first: then run check_exports.py before you commit it.
inline std::string golden_export(const std::string& name, const std::string& today) {
  const std::string path = "tests/data/exports/" + name;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
  if (std::getenv("COOP_WRITE_EXPORTS") != nullptr) coop::write_file(path, today);
  return coop::read_file(path);
}

#endif
