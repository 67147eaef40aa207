// SPDX-License-Identifier: MIT
//
// What a test case costs in memory, by Linux's own account: the most pages that this process held since, and a bound on
// what it may ask for. Large files are holes: `hollow` makes one of any size in no time.
#ifndef COOP_TESTS_SUPPORT_MEMORY_HPP
#define COOP_TESTS_SUPPORT_MEMORY_HPP

#include "support/sanitizer.hpp"

#include <boost/test/unit_test.hpp>

#include <malloc.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace coop::tests {

inline constexpr std::size_t mebibyte = std::size_t(1) << 20;

/// A precondition of cases that measure memory or let it end: without it they are skipped and say so.
inline boost::test_tools::assertion_result memory_is_ours(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result ours(!memory_is_watched);
  ours.message() << "a sanitizer keeps what is freed, and ends the program where memory ends";
  return ours;
}

/// A number of /proc/self/status in bytes: VmHWM, VmRSS, VmSize.
inline std::size_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1)) * 1024;
  }
  throw std::runtime_error("/proc/self/status: no " + key);
}

/// The greatest number of bytes that came into use since it was made. Where the system does not let the peak begin anew,
/// the peak of the whole process is what there is, and the answer is too small if an earlier case took more.
class peak_memory {
 public:
  peak_memory() {
    // By itself malloc keeps larger and larger blocks that were freed, which would make a case depend on those before it.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 17);
    std::ofstream("/proc/self/clear_refs") << 5 << std::flush;
    before_ = status_bytes("VmRSS");
    peak_ = status_bytes("VmHWM");
  }
  [[nodiscard]] std::size_t grown() const {
    const std::size_t peak = status_bytes("VmHWM");
    return peak == peak_ ? 0 : peak - before_;
  }

 private:
  std::size_t before_ = 0;
  std::size_t peak_ = 0;
};

/// While it lives, this process may ask for so many bytes more than it has.
class memory_limit {
 public:
  explicit memory_limit(std::size_t more) {
    if (::getrlimit(RLIMIT_AS, &before_) != 0) throw std::runtime_error("no limits");
    struct ::rlimit now = before_;
    now.rlim_cur = status_bytes("VmSize") + more;
    if (::setrlimit(RLIMIT_AS, &now) != 0) throw std::runtime_error("no limit on memory");
  }
  memory_limit(const memory_limit&) = delete;
  memory_limit& operator=(const memory_limit&) = delete;
  ~memory_limit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  struct ::rlimit before_ {};
};

/// A file of `size` bytes that begins with `head`; the rest is a hole, which reads as zeros and takes no disk.
inline void hollow(const std::string& path, const std::string& head, std::uintmax_t size) {
  std::ofstream(path, std::ios::binary).write(head.data(), std::streamsize(head.size()));
  std::filesystem::resize_file(path, size);
}

}  // namespace coop::tests

#endif
