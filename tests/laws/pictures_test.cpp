// SPDX-License-Identifier: MIT
//
// What a device makes of pictures beside what the host's transforms make of them: the same bits, whatever the sizes, the
// modes, the order of conversion and the room.
#include <coop/train/prepared_pictures.hpp>

#include "support/devices.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <random>

BOOST_AUTO_TEST_SUITE(laws_of_pictures)

namespace {

using namespace coop;
using coop::detail::staged_pixels;

constexpr index_t side = 9;
const preprocessing how{.size = side};

/// Black, white, and what lies between; no picture has rows of whole words.
source_picture busy(picture_mode mode, index_t height, index_t width) {
  std::mt19937 random(std::uint32_t(height * 31 + width + int(mode) * 7));
  source_picture picture(mode, height, width);
  const auto number = [&] {
    const auto draw = random() % 4;
    return draw == 0 ? std::uint8_t(0) : draw == 1 ? std::uint8_t(255) : static_cast<std::uint8_t>(random());
  };
  for (auto& sample : picture.samples) {
    sample = mode == picture_mode::bilevel ? std::uint8_t(random() % 2 ? 255 : 0) : number();
  }
  for (auto& colour : picture.colours) colour = {number(), number(), number()};
  return picture;
}
image busy(index_t height, index_t width) { return to_rgb(busy(picture_mode::rgb, height, width)); }

/// A plan and nothing else: what a device may be asked.
struct planned {
  resize_plan how;
  [[nodiscard]] resize_plan plan(picture_extents) const { return how; }
  template <class Picture>
  image operator()(const Picture&) const {
    throw std::logic_error("a plan that is carried out by the host");
  }
};

struct job {
  source_picture picture;
  bool in_mode;  // else it is RGB before
  resize_plan plan;
};

/// Bits of what the host makes of a job.
std::vector<float> by_the_host(const job& j) {
  const image ready = j.in_mode ? carry_out(j.plan, j.picture) : carry_out(j.plan, to_rgb(j.picture));
  std::vector<float> out(ready.pixels.size());
  how.normalization(ready, out.data());
  return out;
}

bool same_bits(const std::vector<float>& a, const float* b) {
  return std::memcmp(a.data(), b, a.size() * sizeof(float)) == 0;
}

/// All jobs as one batch, against the host, one by one.
template <class D>
void agree(const std::vector<job>& jobs, std::size_t room) {
  const D device = tests::opened<D>();
  const auto count = index_t(jobs.size());
  typename staged_pixels<D>::shared with(device, count, side, how.normalization, room);
  staged_pixels<D> batch(with);
  const sample s{"drawn"};
  for (int round = 0; round < 2; ++round) {  // what is used again is as good as new
    std::vector<index_t> places;
    for (index_t i = 0; i < count; ++i) {
      const job& j = jobs[std::size_t(round == 0 ? i : count - 1 - i)];
      if (j.in_mode) {
        batch.put(i, planned{j.plan}, j.picture, s);
      } else {
        batch.put(i, planned{j.plan}, image_view(to_rgb(j.picture)), s);
      }
      places.push_back(i);
    }
    const auto found = to_host(device, batch.prepare(with, places));
    for (index_t i = 0; i < count; ++i) {
      const job& j = jobs[std::size_t(round == 0 ? i : count - 1 - i)];
      BOOST_TEST(same_bits(by_the_host(j), &found[std::size_t(i * side * side * 3)]),
                 D::name << ": mode " << int(j.picture.mode) << (j.in_mode ? " in its mode" : " as RGB")
                         << ", " << j.picture.height << " x " << j.picture.width << " of batch " << count);
    }
    batch.recycle();
  }
}

const std::pair<index_t, index_t> sizes[] = {{1, 1},   {1, 40},  {40, 1},  {2, 3},    {9, 9},   {9, 30},
                                             {30, 9},  {9, 8},   {8, 9},   {17, 23},  {24, 24}, {5, 4},
                                             {61, 40}, {40, 61}, {150, 7}, {97, 131}, {18, 18}, {33, 200}};
const picture_mode modes[] = {picture_mode::bilevel, picture_mode::grey, picture_mode::grey_alpha,
                              picture_mode::palette, picture_mode::rgb,  picture_mode::rgb_alpha,
                              picture_mode::inks};
constexpr std::size_t plenty = std::size_t(1) << 20;

/// The centre of the picture as test pictures have it.
resize_plan centre(const source_picture& p) { return test_transform{side}.plan({p.height, p.width}); }

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_device_makes_the_hosts_bits_of_pictures_of_every_size_and_mode, D,
                              tests::devices) {
  if (!tests::available<D>()) return;

  std::vector<job> jobs;
  for (const auto& [height, width] : sizes) {
    for (const picture_mode mode : modes) {
      auto picture = busy(mode, height, width);
      const auto plan = centre(picture);
      jobs.push_back({picture, true, plan});
      jobs.push_back({std::move(picture), false, plan});
    }
  }
  agree<D>(jobs, plenty);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(crops_windows_and_mirrors_are_the_hosts, D, tests::devices) {
  if (!tests::available<D>()) return;

  std::vector<job> jobs;
  torch_random random(3);
  for (const auto& [height, width] : sizes) {
    for (const picture_mode mode : modes) {
      const auto picture = busy(mode, height, width);
      for (int draw = 0; draw < 2; ++draw) {
        random_crop crop = train_transform{.size = side}.choose(height, width, random);
        crop.mirrored = draw == 1;
        jobs.push_back({picture, true, train_transform{.size = side}.plan(crop)});
      }
      auto plan = centre(picture);
      plan.mirrored = true;
      jobs.push_back({picture, true, plan});
    }
  }
  agree<D>(jobs, plenty);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_picture_for_which_there_is_no_room_is_resized_by_the_host, D,
                              tests::devices) {
  if (!tests::available<D>()) return;

  std::vector<job> jobs;
  for (const auto& [height, width] : sizes) {
    auto picture = busy(picture_mode::rgb_alpha, height, width);
    const auto plan = centre(picture);
    jobs.push_back({std::move(picture), true, plan});
  }
  for (const std::size_t room : {0u, 500u, 2000u, 20000u}) agree<D>(jobs, room);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(places_that_are_left_out_leave_no_trace, D, tests::devices) {
  if (!tests::available<D>()) return;

  const D device = tests::opened<D>();
  typename staged_pixels<D>::shared with(device, 5, side, how.normalization);
  staged_pixels<D> batch(with);
  const sample s{"drawn"};
  std::vector<job> jobs;
  for (index_t i = 0; i < 5; ++i) {
    auto picture = busy(picture_mode::rgb, 20 + i, 31 - i);
    const auto plan = centre(picture);
    jobs.push_back({std::move(picture), true, plan});
    if (i != 2) batch.put(i, planned{plan}, jobs.back().picture, s);
  }
  const std::vector<index_t> places{0, 3, 4};
  const auto found = to_host(device, batch.prepare(with, places));
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(same_bits(by_the_host(jobs[std::size_t(places[i])]), &found[i * side * side * 3]));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_only_the_host_can_do_it_does, D, tests::devices) {
  if (!tests::available<D>()) return;

  const D device = tests::opened<D>();
  typename staged_pixels<D>::shared with(device, 2, side, how.normalization);
  staged_pixels<D> batch(with);
  const auto corner = [](image_view p) { return copy(crop(p, 1, 2, side, side)); };
  const image picture = busy(20, 30);
  batch.put(0, corner, image_view(picture), sample{"drawn"});
  const std::vector<index_t> places{0};
  const auto found = to_host(device, batch.prepare(with, places));
  std::vector<float> expected(side * side * 3);
  how.normalization(corner(picture), expected.data());
  BOOST_TEST(same_bits(expected, found.data()));
}

BOOST_AUTO_TEST_SUITE_END()
