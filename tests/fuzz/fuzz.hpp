// SPDX-License-Identifier: MIT
//
// What the fuzz targets share. A target is one function, LLVMFuzzerTestOneInput, that gives foreign bytes to a reader
// of the library and, where they were read, asks for everything in them. The only ends that are allowed are these two:
// it was read, or it was a coop::error. Every other exception, every report of a sanitizer, and a message that is much
// longer than the input, is a finding.
#ifndef COOP_TESTS_FUZZ_FUZZ_HPP
#define COOP_TESTS_FUZZ_FUZZ_HPP

#include <coop/error.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace coop::fuzz {

/// Ends the program, as a sanitizer does, where a promise is broken that no sanitizer knows.
[[noreturn]] inline void finding(const std::string& what) {
  std::fprintf(stderr, "finding: %s\n", what.c_str());
  std::abort();
}

inline void expect(bool holds, const char* promise) {
  if (!holds) finding(promise);
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes read as characters
  return {reinterpret_cast<const char*>(data), size};
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// Does `reading`; whether it came to its end and not to a coop::error. `input` is how many bytes it was about.
template <class Reading>
bool is_read(std::size_t input, const Reading& reading) {
  try {
    reading();
    return true;
  } catch (const coop::error& problem) {
    const std::string_view message = problem.what();
    expect(message.starts_with("coop: "), "a message that does not begin with 'coop: '");
    // A byte may be shown as an escape of six, and two values beside each other.
    expect(message.size() <= 16 * input + 4096, "a message that is much longer than its input");
    return false;
  }  // what else comes ends the program
}

/// A file in memory that readers of paths can open.
class memory_file {
 public:
  explicit memory_file(std::string_view bytes) : number_(::memfd_create("input", MFD_CLOEXEC)) {
    expect(number_ >= 0, "no file in memory");
    while (!bytes.empty()) {
      const ::ssize_t written = ::write(number_, bytes.data(), bytes.size());
      expect(written > 0, "no room for a file in memory");
      bytes.remove_prefix(std::size_t(written));
    }
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(number_); }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  int number_;
};

/// A folder of this process for readers that look for names. It stays for all inputs: each puts every file that is
/// read.
class private_folder {
 public:
  private_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "coop_fuzz.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) finding("no temporary folder");
    path_ = pattern;
  }
  private_folder(const private_folder&) = delete;
  private_folder& operator=(const private_folder&) = delete;
  ~private_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  /// Writes a file; its path.
  std::string put(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), std::streamsize(bytes.size()));
    out.close();
    expect(bool(out), "no room for a temporary file");
    return file.string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Takes an input apart: numbers and parts from its front.
class parts {
 public:
  explicit parts(std::string_view input) : rest_(input) {}

  /// A byte, 0 when there is none left.
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// Everything up to a line of `separator` alone, which is taken too; else all.
  std::string_view part(std::string_view separator = "\n----\n") {
    const std::size_t end = rest_.find(separator);
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + separator.size());
    return taken;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace coop::fuzz

#endif
