// SPDX-License-Identifier: MIT
//
// Standard output and standard error. A result that could not be printed is an error like a file that could not be
// written: `coop predict ... > /dev/full` must not look like success.
#ifndef COOP_COMMAND_LINE_OUTPUT_HPP
#define COOP_COMMAND_LINE_OUTPUT_HPP

#include <coop/error.hpp>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace app {

namespace detail {

inline void expect_written(bool written) {
  if (written) return;
  const int code = errno;
  throw coop::io_error("standard output: cannot write: " + std::generic_category().message(code));
}

}  // namespace detail

/// Writes to standard output.
inline void print(std::string_view text) {
  detail::expect_written(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

/// Everything printed has left the program, or an error says why not. Called once, at the end.
inline void finish_output() { detail::expect_written(std::fflush(stdout) == 0 && std::ferror(stdout) == 0); }

/// A remark beside the result, on standard error. Asks for no memory: it may be the remark that there is none.
inline void remark(std::string_view text) {
  std::fprintf(stderr, "%.*s\n", int(text.size()), text.data());  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

/// What an exception says, in our words where memory has run out.
inline const char* message_of(const std::exception& problem) {
  return dynamic_cast<const std::bad_alloc*>(&problem) != nullptr ? "out of memory" : problem.what();
}

/// A field of a table with tabs: what would break the table becomes a space.
inline std::string field(std::string text) {
  for (char& c : text) c = c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
  return text;
}

}  // namespace app

#endif
