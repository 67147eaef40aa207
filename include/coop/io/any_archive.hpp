// SPDX-License-Identifier: MIT
//
// An archive in whatever format its bytes are: safetensors, or one of PyTorch's. The name of the file does not
// matter. What cannot be read here is refused with what it is.
#ifndef COOP_IO_ANY_ARCHIVE_HPP
#define COOP_IO_ANY_ARCHIVE_HPP

#include <coop/io/archive.hpp>
#include <coop/io/descriptor.hpp>
#include <coop/io/torch_archive.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace coop {

/// A file of weights of any format that is read here; see open_archive. Moves, never copies.
class any_archive {
 public:
  /// An archive that is open already.
  explicit any_archive(safetensors file) : file_(std::move(file)) {}
  explicit any_archive(torch_archive file) : file_(std::move(file)) {}

  [[nodiscard]] const std::string& path() const {
    return std::visit([](const auto& f) -> const std::string& { return f.path(); }, file_);
  }
  [[nodiscard]] const std::vector<archive_entry>& entries() const {
    return std::visit([](const auto& f) -> const std::vector<archive_entry>& { return f.entries(); }, file_);
  }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const {
    using result = std::map<std::string, std::string>;
    return std::visit([](const auto& f) -> const result& { return f.metadata(); }, file_);
  }
  [[nodiscard]] bool contains(std::string_view name) const {
    return std::visit([&](const auto& f) { return f.contains(name); }, file_);
  }
  [[nodiscard]] const archive_entry& entry(std::string_view name) const {
    return std::visit([&](const auto& f) -> const archive_entry& { return f.entry(name); }, file_);
  }
  /// The numbers of an entry as float32, row-major; other extents than these are an io_error.
  [[nodiscard]] std::vector<float> read(std::string_view name,
                                        const std::vector<std::int64_t>& extents) const {
    return std::visit([&](const auto& f) { return f.read(name, extents); }, file_);
  }
  /// The same into memory of the caller's, of exactly as many numbers.
  void read_into(std::string_view name, const std::vector<std::int64_t>& extents, std::span<float> to) const {
    std::visit([&](const auto& f) { f.read_into(name, extents, to); }, file_);
  }
  /// The same of whatever extents.
  [[nodiscard]] std::vector<float> read(std::string_view name) const {
    return std::visit([&](const auto& f) { return f.read(name); }, file_);
  }
  /// The numbers of an entry of integers.
  [[nodiscard]] std::vector<std::int64_t> read_integers(std::string_view name) const {
    return std::visit([&](const auto& f) { return f.read_integers(name); }, file_);
  }

  /// "safetensors", "torch.save", "TorchScript" or "torch.save before PyTorch 1.6".
  [[nodiscard]] std::string_view format() const {
    const torch_archive* file = torch();
    return file != nullptr ? name(file->layout()) : "safetensors";
  }
  /// The PyTorch file, or null if it is none.
  [[nodiscard]] const torch_archive* torch() const { return std::get_if<torch_archive>(&file_); }

 private:
  std::variant<safetensors, torch_archive> file_;
};

static_assert(Archive<any_archive>);

namespace detail {

/// The first bytes of a file, fewer if it has fewer.
inline std::string first_bytes(const std::string& path, std::size_t size) {
  const descriptor file = open_for_reading(path);
  check<io_error>(S_ISREG(status_of(file, path).st_mode), [&] { return path + ": not a regular file"; });
  std::string head(size, '\0');
  std::size_t count = 0;
  while (count < size) {
    const std::size_t got = read_some(file, std::as_writable_bytes(std::span(head)).subspan(count), path);
    if (got == 0) break;
    count += got;
  }
  head.resize(count);
  return head;
}

/// What a file that is no archive is, from its first bytes; null when it could be anything.
inline const char* stranger(std::string_view head) {
  struct mark {
    std::size_t at;
    std::string_view bytes;
    const char* meaning;
  };
  static constexpr std::array<mark, 12> marks{{
      {0, "PYTORCH1", "PyTorch's files for phones"},
      {257, "ustar", "a tar file, as PyTorch wrote before version 0.1.11"},
      {0, "version https://git-lfs", "a pointer of Git LFS and not the file it stands for"},
      {0, "GGUF", "a GGUF file"},
      {0, "\x89HDF", "an HDF5 file"},
      {0, "\x93NUMPY", "a NumPy array"},
      {0, "\x1f\x8b", "compressed by gzip"},
      {0, "PK\x05\x06", "an empty zip file"},
      {0, "\x80\x03", "a pickle of protocol 3, which torch.save does not write"},
      {0, "\x80\x04", "a pickle of protocol 4, which torch.save does not write"},
      {0, "\x80\x05", "a pickle of protocol 5, which torch.save does not write"},
      {0, "<", "a page of the web, or other text"},
  }};
  for (const mark& m : marks) {
    if (head.size() > m.at && head.substr(m.at).starts_with(m.bytes)) return m.meaning;
  }
  return nullptr;
}

}  // namespace detail

/// Opens a file of weights: safetensors, torch.save (zip or older) or TorchScript, told by its bytes.
inline any_archive open_archive(const std::string& path) {
  constexpr std::string_view expected = "expected safetensors or a file of PyTorch, got ";
  const std::string head = detail::first_bytes(path, 512);
  const char* what = detail::stranger(head);
  if (head.starts_with("PK\x03\x04") || head.starts_with("\x80\x02")) return any_archive(torch_archive(path));
  if (head.size() > 8 && head[8] == '{') return any_archive(safetensors(path));
  check<io_error>(what == nullptr, [&] { return path + ": " + std::string(expected) + what; });
  throw io_error(path + ": " + std::string(expected) +
                 (head.empty() ? "an empty file" : "neither: its first bytes are those of no known format"));
}

}  // namespace coop

#endif
