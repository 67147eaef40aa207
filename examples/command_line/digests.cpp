// SPDX-License-Identifier: MIT
#include "digests.hpp"

#include "data.hpp"

#include <coop/data/decoders.hpp>
#include <coop/data/drawn.hpp>
#include <coop/io/lazy_file.hpp>
#include <coop/io/sha256.hpp>
#include <coop/version.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>

namespace app {

namespace {

/// A number in front of what it counts, so that no two contents give the same bytes.
void add(coop::sha256& digest, std::span<const std::byte> bytes) {
  const std::uint64_t size = bytes.size();
  digest.update(std::as_bytes(std::span(&size, 1)));
  digest.update(bytes);
}

void add(coop::sha256& digest, const std::string& text) {
  add(digest, std::as_bytes(std::span(text.data(), text.size())));
}

struct ::stat status_of(const std::string& path) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw coop::io_error(path + ": cannot be found: " + std::generic_category().message(errno));
  }
  return status;
}

bool is_drawn(const coop::sample& s) { return s.path.starts_with("drawn:"); }

}  // namespace

std::string digest_of(const std::vector<coop::sample>& pictures,
                      const std::vector<std::string>& class_names) {
  coop::sha256 digest;
  for (const std::string& name : class_names) add(digest, name);
  for (const coop::sample& s : pictures) {
    add(digest, std::as_bytes(std::span(&s.label, 1)));
    if (s.pixels) {
      add(digest, std::as_bytes(std::span(s.pixels->pixels)));
    } else if (is_drawn(s)) {
      const coop::image drawn = picture_source{}(s.path);
      add(digest, std::as_bytes(std::span(drawn.pixels)));
    } else {
      add(digest, coop::lazy_file(s.path, coop::picture_decoder::greatest_file).bytes());
    }
  }
  return digest.hex();
}

std::string digest_of(const coop::feature_set& features) {
  coop::sha256 digest;
  for (const std::string& name : features.class_names) add(digest, name);
  add(digest, std::as_bytes(std::span(features.labels)));
  add(digest, std::as_bytes(std::span(features.values)));
  return digest.hex();
}

std::string stamp_of(const std::vector<coop::sample>& pictures, const std::vector<std::string>& class_names) {
  coop::sha256 stamp;
  for (const std::string& name : class_names) add(stamp, name);
  for (const coop::sample& s : pictures) {
    add(stamp, s.path);
    add(stamp, std::as_bytes(std::span(&s.label, 1)));
    if (s.pixels) {
      add(stamp, std::as_bytes(std::span(s.pixels->pixels)));
    } else if (is_drawn(s)) {
      add(stamp, std::string(coop::version) + " edition " + std::to_string(coop::drawn_edition));
    } else {
      const struct ::stat status = status_of(s.path);
      const std::int64_t facts[] = {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
      add(stamp, std::as_bytes(std::span(facts)));
    }
  }
  return stamp.hex();
}

std::string stamp_of_file(const std::string& path) {
  const struct ::stat status = status_of(path);
  const auto time = [](const ::timespec& t) {
    return std::to_string(t.tv_sec) + "." + std::to_string(t.tv_nsec);
  };
  return std::to_string(status.st_size) + " bytes, device " + std::to_string(status.st_dev) + " file " +
         std::to_string(status.st_ino) + ", modified " + time(status.st_mtim) + ", changed " +
         time(status.st_ctim);
}

}  // namespace app
