// SPDX-License-Identifier: MIT
//
// The errors of the library: what a program cannot know beforehand (files, shapes in files, words,
// devices) is thrown as one of the family below; preconditions between our own functions are
// COOP_ASSERT. Messages read "coop: <file or object>: <what is wrong>: expected X, got Y".
#ifndef COOP_ERROR_HPP
#define COOP_ERROR_HPP

#include <cassert>
#include <stdexcept>
#include <string>

/// Precondition between functions of the library; off with NDEBUG, never used in kernels.
#define COOP_ASSERT(condition) assert(condition)

namespace coop {

/// Base of everything the library throws.
struct error : std::runtime_error {
  /// `message` without the leading "coop: ".
  explicit error(const std::string& message) : std::runtime_error("coop: " + message) {}
};

/// A file that cannot be read, written or understood.
struct io_error : error {
  using error::error;
};

/// Shapes that do not fit, of tensors in files or of arguments.
struct shape_error : error {
  using error::error;
};

/// A device that is absent or failed.
struct device_error : error {
  using error::error;
};

/// A word that names no policy, or a value outside what a choice allows.
struct choice_error : error {
  using error::error;
};

/// Throws `Error(message)` unless `condition`. `message` is a callable that makes the text, so that a check
/// that holds costs a branch and no string.
template <class Error = error, class Message>
void check(bool condition, Message&& message) {
  if (!condition) throw Error(message());
}

}  // namespace coop

#endif
