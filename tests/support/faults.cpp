// SPDX-License-Identifier: MIT
//
// What disks do, on demand: a library for LD_PRELOAD that stands between a program and the system's calls on files below
// one directory. Two words of the environment say what happens:
//   COOP_FAULTS=CALL:WHEN:WHAT[,...]   CALL: open, read, write, sync, rename; WHEN: a number from 1, every, or even;
//                                      WHAT: kill, kill-after, short, shrink, touch, or the name of an error
//   COOP_FAULTS_UNDER=DIR              an absolute path without links; calls on other files are not counted
// "short" does half of what was asked for. "shrink" cuts the file to half its size first, "touch" writes its last byte
// once more. COOP_FAULTS_COUNTS=FILE gets a line "CALL COUNT" each when the program ends by itself.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum call { open_call, read_call, write_call, sync_call, rename_call, calls };
constexpr std::array<std::string_view, calls> call_names{"open", "read", "write", "sync", "rename"};

/// The system's own function of that name.
template <class F>
F* real(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  F* function = nullptr;
  std::memcpy(&function, &found, sizeof function);
  return function;
}

struct fault {
  call of = calls;
  std::string when;
  std::string what;

  [[nodiscard]] bool meets(long count) const {
    if (when == "every") return true;
    if (when == "even") return count % 2 == 0;
    return std::to_string(count) == when;
  }
};

int error_called(std::string_view name) {
  if (name == "ENOSPC") return ENOSPC;
  if (name == "EIO") return EIO;
  if (name == "EINTR") return EINTR;
  if (name == "EDQUOT") return EDQUOT;
  std::fprintf(stderr, "faults: no error '%s'\n", std::string(name).c_str());
  std::abort();
}

/// What the environment asks for; lives as long as the process.
class plan {
 public:
  plan() {
    const char* under = std::getenv("COOP_FAULTS_UNDER");
    const char* counts = std::getenv("COOP_FAULTS_COUNTS");
    under_ = under != nullptr ? under : "/nowhere";
    counts_ = counts != nullptr ? counts : "";
    const char* words = std::getenv("COOP_FAULTS");
    std::string_view rest = words != nullptr ? words : "";
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const std::size_t first = word.find(':');
      const std::size_t second = word.find(':', first + 1);
      const auto* found = std::find(call_names.begin(), call_names.end(), word.substr(0, first));
      if (second == std::string_view::npos || found == call_names.end()) {
        std::fprintf(stderr, "faults: cannot read '%s'\n", std::string(word).c_str());
        std::abort();
      }
      faults_.push_back({call(found - call_names.begin()),
                         std::string(word.substr(first + 1, second - first - 1)),
                         std::string(word.substr(second + 1))});
    }
  }

  [[nodiscard]] bool concerns(std::string_view path) const {
    return path.starts_with(under_) && (path.size() == under_.size() || path[under_.size()] == '/');
  }
  /// What is to happen to this call; empty: nothing.
  std::string next(call of) {
    const long count = ++seen_[of];
    for (const fault& each : faults_) {
      if (each.of == of && each.meets(count)) return each.what;
    }
    return {};
  }
  void report() const {
    if (counts_.empty()) return;
    if (std::FILE* file = std::fopen(counts_.c_str(), "w")) {
      for (int of = 0; of < calls; ++of)
        std::fprintf(file, "%s %ld\n", call_names[std::size_t(of)].data(), seen_[std::size_t(of)].load());
      std::fclose(file);
    }
  }

 private:
  std::string under_;
  std::string counts_;
  std::vector<fault> faults_;
  std::array<std::atomic<long>, calls> seen_{};
};

plan& the_plan() {
  static plan* const one = new plan;
  return *one;
}

/// Reports when the program ends.
struct reporter {
  ~reporter() { the_plan().report(); }
} at_the_end;

std::string absolute(const char* path) {
  if (path[0] == '/') return path;
  char folder[PATH_MAX];
  return ::getcwd(folder, sizeof folder) != nullptr ? std::string(folder) + "/" + path : std::string(path);
}

std::string path_of(int number) {
  char path[PATH_MAX] = {};
  const ::ssize_t size =
      ::readlink(("/proc/self/fd/" + std::to_string(number)).c_str(), path, sizeof path - 1);
  return size > 0 ? std::string(path, std::size_t(size)) : std::string();
}

void change(const std::string& path, bool shrink) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0 || status.st_size == 0) return;
  if (shrink) {
    if (::truncate(path.c_str(), status.st_size / 2) != 0) std::abort();
    return;
  }
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  if (file == nullptr) std::abort();
  std::fseek(file, -1, SEEK_END);
  const int last = std::fgetc(file);
  std::fseek(file, -1, SEEK_END);
  std::fputc(last, file);
  std::fclose(file);
}

/// The call, or what happens instead; `shorter` is the same for half of the bytes.
template <class Result, class Call, class Shorter>
Result subjected(call of, const std::string& path, const Call& whole, const Shorter& shorter) {
  if (!the_plan().concerns(path)) return whole();
  const std::string what = the_plan().next(of);
  if (what.empty()) return whole();
  if (what == "kill") ::kill(::getpid(), SIGKILL);
  if (what == "kill-after") {
    static_cast<void>(whole());
    ::kill(::getpid(), SIGKILL);
  }
  if (what == "short") return shorter();
  if (what == "shrink" || what == "touch") {
    change(path, what == "shrink");
    return whole();
  }
  errno = error_called(what);
  return Result(-1);
}

int open_by(const char* name, const char* path, int flags, ::mode_t mode) {
  auto* const function = real<int(const char*, int, ...)>(name);
  const auto whole = [&] { return function(path, flags, mode); };
  return subjected<int>(open_call, absolute(path), whole, whole);
}

::mode_t mode_of(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, ::mode_t) : 0;
}

constexpr std::size_t half(std::size_t count) { return count > 1 ? count / 2 : count; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const ::mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_by("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const ::mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_by("open64", path, flags, mode);
}

::ssize_t read(int number, void* to, std::size_t count) {
  static auto* const function = real<::ssize_t(int, void*, std::size_t)>("read");
  return subjected<::ssize_t>(
      read_call, path_of(number), [&] { return function(number, to, count); },
      [&] { return function(number, to, half(count)); });
}

::ssize_t pread(int number, void* to, std::size_t count, ::off_t at) {
  static auto* const function = real<::ssize_t(int, void*, std::size_t, ::off_t)>("pread");
  return subjected<::ssize_t>(
      read_call, path_of(number), [&] { return function(number, to, count, at); },
      [&] { return function(number, to, half(count), at); });
}

::ssize_t write(int number, const void* from, std::size_t count) {
  static auto* const function = real<::ssize_t(int, const void*, std::size_t)>("write");
  return subjected<::ssize_t>(
      write_call, path_of(number), [&] { return function(number, from, count); },
      [&] { return function(number, from, half(count)); });
}

int fsync(int number) {
  static auto* const function = real<int(int)>("fsync");
  const auto whole = [&] { return function(number); };
  return subjected<int>(sync_call, path_of(number), whole, whole);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const function = real<int(const char*, const char*)>("rename");
  const auto whole = [&] { return function(from, to); };
  return subjected<int>(rename_call, absolute(to), whole, whole);
}

}  // extern "C"
