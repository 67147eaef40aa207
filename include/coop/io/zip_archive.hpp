// SPDX-License-Identifier: MIT
//
// A zip file, read by its central directory and never by the local headers, which writers of streams leave
// without sizes (PKWARE's APPNOTE, with zip64). Nothing is unpacked to disk. What a careful reader must refuse is
// refused on opening: encryption, parts on other disks, methods other than none and deflate, members that lie
// outside the file, overlap, occur twice, or are called otherwise in their local header.
#ifndef COOP_IO_ZIP_ARCHIVE_HPP
#define COOP_IO_ZIP_ARCHIVE_HPP

#include <coop/io/deflate.hpp>
#include <coop/io/lazy_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// One member of a zip file.
struct zip_entry {
  std::string name;         ///< its path within the archive
  bool deflated = false;    ///< else stored as it is
  std::uint32_t crc32 = 0;  // of its bytes when unfolded
  std::size_t begin = 0;    // of its data in the file
  std::size_t stored = 0;   // bytes in the file
  std::size_t size = 0;     // bytes when unfolded
};

/// A zip file, opened, its directory read and checked. Moves, never copies; const and safe to read from
/// several threads.
class zip_archive {
 public:
  /// Bytes of a member that read() makes, unless it is told otherwise.
  static constexpr std::size_t greatest_member = std::size_t(64) << 20;

  /// Opens the file and checks its directory; a file that lies about itself is an io_error.
  explicit zip_archive(const std::string& path) : zip_archive(path, lazy_file(path)) {}
  /// Of a file that is open already; `path` is what errors call it.
  zip_archive(std::string path, lazy_file file) : path_(std::move(path)), file_(std::move(file)) {
    read_directory();
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  /// All members, sorted by name.
  [[nodiscard]] const std::vector<zip_entry>& entries() const { return entries_; }
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

  [[nodiscard]] const zip_entry& entry(std::string_view name) const {
    const zip_entry* found = find(name);
    check<io_error>(found != nullptr, [&] {
      return title(name) + ": not among the " + std::to_string(entries_.size()) + " of this zip file";
    });
    return *found;
  }

  /// The one folder that all members lie in, without its slash; members elsewhere are an io_error.
  [[nodiscard]] std::string folder() const {
    check<io_error>(!entries_.empty(), [&] { return path_ + ": an empty zip file"; });
    const std::string& first = entries_.front().name;
    std::string folder = first.substr(0, first.find('/'));
    for (const zip_entry& e : entries_) {
      check<io_error>(e.name.size() > folder.size() && e.name.starts_with(folder) &&
                          e.name[folder.size()] == '/' && !folder.empty(),
                      [&] { return title(e.name) + ": expected all members in one folder"; });
    }
    return folder;
  }

  /// The bytes of a member that is not compressed, not copied; valid while this object lives.
  [[nodiscard]] std::span<const std::byte> raw(const zip_entry& e) const {
    check<io_error>(!e.deflated,
                    [&] { return title(e.name) + ": compressed: expected a member that is only stored"; });
    return file_.bytes(file_.place(e.begin, e.stored));
  }

  /// Where they are, to be read from file(); see lazy_file.
  [[nodiscard]] std::span<const std::byte> place(const zip_entry& e) const {
    check<io_error>(!e.deflated,
                    [&] { return title(e.name) + ": compressed: expected a member that is only stored"; });
    return file_.place(e.begin, e.stored);
  }
  /// The whole file.
  [[nodiscard]] const lazy_file& file() const { return file_; }

  /// A member's bytes, decompressed if need be; beyond `limit` of them, or not of its CRC-32, is an io_error.
  [[nodiscard]] std::string read(const zip_entry& e, std::size_t limit = greatest_member) const {
    check<io_error>(e.size <= limit, [&] {
      return title(e.name) + ": too long: expected at most " + std::to_string(limit) + " bytes, got " +
             std::to_string(e.size);
    });
    // deflate makes what it cannot fold longer by five bytes in 16 KiB at most, as zlib's authors say.
    const std::size_t most = limit + limit / 1024 + 64;
    check<io_error>(e.stored <= most, [&] {
      return title(e.name) + ": too long: expected at most " + std::to_string(most) +
             " compressed bytes, got " + std::to_string(e.stored);
    });
    const auto stored = file_.bytes(file_.place(e.begin, e.stored));
    std::string text;
    if (e.deflated) {
      text = inflated(stored, e.size, title(e.name));
    } else {
      text.resize(stored.size());
      if (!stored.empty()) std::memcpy(text.data(), stored.data(), stored.size());
    }
    check_crc(e, crc32_of(std::as_bytes(std::span(text.data(), text.size()))));
    return text;
  }

  /// Compares every member with its CRC-32; reads the whole file, and keeps nothing of it.
  void verify() const {
    constexpr std::size_t longest = std::size_t(1) << 17;
    const auto part = std::make_unique_for_overwrite<std::byte[]>(longest);
    for (const zip_entry& e : entries_) {
      std::size_t done = 0;  // of what is stored
      const auto next = [&]() -> std::span<const std::byte> {
        const std::span<std::byte> some(part.get(), std::min(longest, e.stored - done));
        file_.read(file_.place(e.begin + done, some.size()), some);
        done += some.size();
        return some;
      };
      std::uint32_t sum = 0;
      const auto add = [&](std::span<const std::byte> bytes) { sum = crc32_of(bytes, sum); };
      if (e.deflated) {
        inflate_parts(e.stored, next, e.size, title(e.name), add);
      } else {
        while (done < e.stored) add(next());
      }
      check_crc(e, sum);
    }
  }

 private:
  [[nodiscard]] std::string title(std::string_view name) const {
    return path_ + ": member '" + std::string(name) + "'";
  }
  void check_crc(const zip_entry& e, std::uint32_t sum) const {
    check<io_error>(sum == e.crc32,
                    [&] { return title(e.name) + ": damaged: its CRC-32 is not the directory's"; });
  }
  [[nodiscard]] const zip_entry* find(std::string_view name) const {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), name,
                                     [](const zip_entry& e, std::string_view n) { return e.name < n; });
    return at != entries_.end() && at->name == name ? &*at : nullptr;
  }

  /// The number at a place that is known to be inside the file.
  template <class T>
  [[nodiscard]] T number(std::size_t at) const {
    T value;
    std::memcpy(&value, file_.bytes(file_.place(at, sizeof value)).data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::string_view text(std::size_t at, std::size_t size) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes read as characters
    return {reinterpret_cast<const char*>(file_.bytes(file_.place(at, size)).data()), size};
  }

  /// Where the central directory is, and of how many members.
  struct directory {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t members = 0;
  };
  /// A member's local header and its data: [header, end).
  struct extent {
    std::size_t header = 0;
    std::size_t end = 0;
    std::size_t member = 0;
  };
  [[nodiscard]] directory find_directory() const;
  void read_directory();
  std::size_t read_member(std::size_t at, const directory& all, std::vector<extent>& extents);
  void locate(zip_entry& e, std::uint64_t header, std::uint16_t flags, std::uint16_t method,
              const directory& all) const;

  std::string path_;
  lazy_file file_;
  std::vector<zip_entry> entries_;
};

inline zip_archive::directory zip_archive::find_directory() const {
  constexpr std::size_t end_size = 22;
  constexpr std::size_t longest_comment = 0xffff;
  const std::size_t size = file_.size();
  check<io_error>(size >= end_size, [&] { return path_ + ": not a zip file: it is too short"; });
  std::size_t at = size - end_size;
  const std::size_t first = at > longest_comment ? at - longest_comment : 0;
  while (number<std::uint32_t>(at) != 0x06054b50u || number<std::uint16_t>(at + 20) != size - at - end_size) {
    check<io_error>(at > first, [&] {
      return path_ + ": not a zip file, or truncated: expected a central directory at its end, got none";
    });
    --at;
  }
  directory found{.begin = number<std::uint32_t>(at + 16),
                  .size = number<std::uint32_t>(at + 12),
                  .members = number<std::uint16_t>(at + 10)};
  std::uint64_t members_here = number<std::uint16_t>(at + 8);
  std::uint32_t disk = number<std::uint16_t>(at + 4);
  std::uint32_t directory_disk = number<std::uint16_t>(at + 6);
  std::uint64_t limit = at;  // where the directory must have ended

  constexpr std::size_t locator_size = 20;
  constexpr std::size_t end64_size = 56;
  if (at >= locator_size && number<std::uint32_t>(at - locator_size) == 0x07064b50u) {
    const std::size_t locator = at - locator_size;
    const auto place = number<std::uint64_t>(locator + 8);
    check<io_error>(place <= locator && locator - place >= end64_size &&
                        number<std::uint32_t>(std::size_t(place)) == 0x06064b50u,
                    [&] { return path_ + ": zip64 end of the central directory: not where it should be"; });
    check<io_error>(number<std::uint32_t>(locator + 4) == 0 && number<std::uint32_t>(locator + 16) <= 1,
                    [&] { return path_ + ": a part of a zip file on several disks: expected a whole one"; });
    const auto end64 = std::size_t(place);
    const directory larger{.begin = number<std::uint64_t>(end64 + 48),
                           .size = number<std::uint64_t>(end64 + 40),
                           .members = number<std::uint64_t>(end64 + 32)};
    const auto agrees = [](std::uint64_t small, std::uint64_t large, std::uint64_t unsaid) {
      return small == large || small == unsaid;
    };
    check<io_error>(agrees(found.begin, larger.begin, 0xffffffffu) &&
                        agrees(found.size, larger.size, 0xffffffffu) &&
                        agrees(found.members, larger.members, 0xffffu),
                    [&] { return path_ + ": its two ends of the central directory contradict each other"; });
    found = larger;
    members_here = number<std::uint64_t>(end64 + 24);
    disk = number<std::uint32_t>(end64 + 16);
    directory_disk = number<std::uint32_t>(end64 + 20);
    limit = place;
  }
  check<io_error>(disk == 0 && directory_disk == 0 && members_here == found.members,
                  [&] { return path_ + ": a part of a zip file on several disks: expected a whole one"; });
  check<io_error>(found.begin <= limit && found.size <= limit - found.begin, [&] {
    return path_ + ": central directory: expected it within the " + std::to_string(size) +
           " bytes of the file, got " + std::to_string(found.size) + " bytes at " +
           std::to_string(found.begin);
  });
  return found;
}

inline void zip_archive::read_directory() {
  const directory all = find_directory();
  constexpr std::size_t least_member = 46;
  check<io_error>(all.members <= all.size / least_member, [&] {
    return path_ + ": central directory: " + std::to_string(all.size) + " bytes do not hold " +
           std::to_string(all.members) + " members";
  });
  std::vector<extent> extents;
  auto at = std::size_t(all.begin);
  for (std::uint64_t i = 0; i < all.members; ++i) at = read_member(at, all, extents);
  check<io_error>(at == all.begin + all.size, [&] {
    return path_ + ": central directory: expected " + std::to_string(all.size) + " bytes, got " +
           std::to_string(at - std::size_t(all.begin));
  });

  std::sort(extents.begin(), extents.end(),
            [](const extent& a, const extent& b) { return a.header < b.header; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    check<io_error>(extents[i - 1].end <= extents[i].header, [&] {
      return title(entries_[extents[i].member].name) + ": overlaps member '" +
             entries_[extents[i - 1].member].name + "'";
    });
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const zip_entry& a, const zip_entry& b) { return a.name < b.name; });
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    check<io_error>(entries_[i - 1].name != entries_[i].name,
                    [&] { return title(entries_[i].name) + ": there twice"; });
  }
}

/// Reads the directory's record at `at`; where the next one begins.
inline std::size_t zip_archive::read_member(std::size_t at, const directory& all,
                                            std::vector<extent>& extents) {
  const auto end = std::size_t(all.begin + all.size);
  const auto expect = [&](bool holds, const char* what) {
    check<io_error>(holds,
                    [&] { return path_ + ": central directory: byte " + std::to_string(at) + ": " + what; });
  };
  expect(end - at >= 46 && number<std::uint32_t>(at) == 0x02014b50u, "expected the record of a member");
  const std::size_t name_size = number<std::uint16_t>(at + 28);
  const std::size_t extra_size = number<std::uint16_t>(at + 30);
  const std::size_t next = at + 46 + name_size + extra_size + number<std::uint16_t>(at + 32);
  expect(next <= end, "a record longer than the directory");

  zip_entry e;
  e.name = text(at + 46, name_size);
  expect(!e.name.empty() && e.name.find('\0') == std::string::npos,
         "a member without a name, or with a zero byte in it");
  const auto flags = number<std::uint16_t>(at + 8);
  const auto method = number<std::uint16_t>(at + 10);
  constexpr unsigned secret = 1u << 0 | 1u << 6 | 1u << 13;  // encrypted, strongly encrypted, masked headers
  check<io_error>((flags & secret) == 0,
                  [&] { return title(e.name) + ": encrypted: expected a member in the clear"; });
  check<io_error>(method == 0 || method == 8, [&] {
    return title(e.name) + ": method: expected 0 (stored) or 8 (deflated), got " + std::to_string(method);
  });
  e.deflated = method == 8;
  e.crc32 = number<std::uint32_t>(at + 16);

  // What does not fit in 32 bits is in the zip64 field, in this order.
  std::uint64_t stored = number<std::uint32_t>(at + 20);
  std::uint64_t size = number<std::uint32_t>(at + 24);
  std::uint64_t header = number<std::uint32_t>(at + 42);
  std::uint32_t disk = number<std::uint16_t>(at + 34);
  std::size_t extra = at + 46 + name_size;
  const std::size_t extra_end = extra + extra_size;
  while (extra_end - extra >= 4) {
    const auto id = number<std::uint16_t>(extra);
    const std::size_t length = number<std::uint16_t>(extra + 2);
    extra += 4;
    check<io_error>(length <= extra_end - extra,
                    [&] { return title(e.name) + ": an extra field longer than its record"; });
    if (id == 1) {
      std::size_t from = extra;
      const auto take = [&](std::uint64_t unsaid, auto& value, auto kind) {
        using T = decltype(kind);
        if (value != unsaid) return;
        check<io_error>(extra + length - from >= sizeof(T),
                        [&] { return title(e.name) + ": its zip64 field is too short"; });
        value = number<T>(from);
        from += sizeof(T);
      };
      take(0xffffffffu, size, std::uint64_t());
      take(0xffffffffu, stored, std::uint64_t());
      take(0xffffffffu, header, std::uint64_t());
      take(0xffffu, disk, std::uint32_t());
    }
    extra += length;
  }
  check<io_error>(disk == 0, [&] { return title(e.name) + ": on another disk: expected a whole zip file"; });
  check<io_error>(e.deflated || stored == size, [&] {
    return title(e.name) + ": size: expected " + std::to_string(stored) + " bytes as stored, got " +
           std::to_string(size);
  });
  check<io_error>(header <= all.begin && stored <= all.begin - header, [&] {
    return title(e.name) + ": outside the file: expected its " + std::to_string(stored) +
           " bytes before the central directory at " + std::to_string(all.begin) + ", got a header at " +
           std::to_string(header);
  });
  e.stored = std::size_t(stored);
  e.size = std::size_t(size);
  locate(e, header, flags, method, all);
  extents.push_back({std::size_t(header), e.begin + e.stored, entries_.size()});
  entries_.push_back(std::move(e));
  return next;
}

/// Finds the data behind the local header, whose lengths are its own, and compares what both headers say.
inline void zip_archive::locate(zip_entry& e, std::uint64_t header, std::uint16_t flags, std::uint16_t method,
                                const directory& all) const {
  constexpr std::size_t local_size = 30;
  const auto at = std::size_t(header);
  const auto room = std::size_t(all.begin) - at;
  check<io_error>(room >= local_size && number<std::uint32_t>(at) == 0x04034b50u,
                  [&] { return title(e.name) + ": no local header at byte " + std::to_string(at); });
  const std::size_t name_size = number<std::uint16_t>(at + 26);
  const std::size_t skipped = local_size + name_size + number<std::uint16_t>(at + 28);
  check<io_error>(skipped <= room && e.stored <= room - skipped, [&] {
    return title(e.name) + ": outside the file: expected its " + std::to_string(e.stored) +
           " bytes before the central directory at " + std::to_string(all.begin) + ", got a header at " +
           std::to_string(at);
  });
  check<io_error>(text(at + local_size, name_size) == e.name, [&] {
    return title(e.name) + ": called '" + std::string(text(at + local_size, name_size)) +
           "' in its local header";
  });
  bool same = number<std::uint16_t>(at + 8) == method && ((number<std::uint16_t>(at + 6) ^ flags) & 1u) == 0;
  if ((flags & 8u) == 0) {  // else the local header was written before the sizes were known
    const auto agrees = [](std::uint32_t local, std::size_t central) {
      return local == central || local == 0xffffffffu;
    };
    same = same && number<std::uint32_t>(at + 14) == e.crc32 &&
           agrees(number<std::uint32_t>(at + 18), e.stored) && agrees(number<std::uint32_t>(at + 22), e.size);
  }
  check<io_error>(same, [&] { return title(e.name) + ": its local header contradicts the directory"; });
  e.begin = at + skipped;
}

}  // namespace coop

#endif
