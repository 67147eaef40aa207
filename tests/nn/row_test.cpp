// SPDX-License-Identifier: MIT
//
// Sums over a row and passes along it: lengths around a strip of lanes, for one worker and for a team of
// several.
#include <coop/nn/row.hpp>

#include <coop/device/cpu.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(row)

using namespace coop;

namespace {

/// One of `workers` workers, as a device with teams would run it; its sum is its own share only.
struct one_of_many {
  static constexpr index_t lanes = 4;
  index_t me = 0;
  index_t workers = 1;
  [[nodiscard]] index_t first() const { return me; }
  [[nodiscard]] index_t stride() const { return workers; }
  static float sum(float x) { return x; }
  static float max(float x) { return x; }
  static void sync() {}
};
static_assert(Team<one_of_many> && Team<single_worker>);

const std::vector<index_t> lengths{0, 1, 15, 16, 17, 31, 32, 33, 257};

}  // namespace

BOOST_AUTO_TEST_CASE(a_sum_takes_every_element_once) {
  for (const index_t n : lengths) {
    const auto sum = nn::row_sum<double>(single_worker{}, n, [](index_t i) { return double(i) + 1; });
    BOOST_TEST(sum == double(n) * (double(n) + 1) / 2, "length " << n);
  }
}

BOOST_AUTO_TEST_CASE(a_pass_visits_every_element_once) {
  for (const index_t n : lengths) {
    std::vector<int> visits(std::size_t(n) + 1);
    nn::row_each(single_worker{}, n, [&](index_t i) { ++visits[std::size_t(i)]; });
    visits.pop_back();
    BOOST_TEST(visits == std::vector<int>(std::size_t(n), 1));
  }
}

BOOST_AUTO_TEST_CASE(the_workers_of_a_team_share_every_element_without_overlap) {
  for (const index_t n : lengths) {
    for (const index_t workers : {1, 2, 3, 8}) {
      std::vector<int> visits(std::size_t(n) + 1);
      double sum = 0;
      for (index_t me = 0; me < workers; ++me) {
        const one_of_many worker{me, workers};
        nn::row_each(worker, n, [&](index_t i) { ++visits[std::size_t(i)]; });
        nn::few_each(worker, n, [&](index_t i) { ++visits[std::size_t(i)]; });
        sum += nn::row_sum<float>(worker, n, [](index_t i) { return float(i); });
      }
      BOOST_TEST(visits.back() == 0);
      visits.pop_back();
      BOOST_TEST(visits == std::vector<int>(std::size_t(n), 2), n << " elements, " << workers << " workers");
      BOOST_TEST(sum == double(n) * (double(n) - 1) / 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sum_alone_is_whole_for_each_worker_of_a_team) {
  for (const index_t n : lengths) {
    for (index_t me = 0; me < 3; ++me) {
      const auto sum = nn::sum_alone<double>(one_of_many{me, 3}, n, [](index_t i) { return double(i) + 1; });
      BOOST_TEST(sum == double(n) * (double(n) + 1) / 2, "length " << n);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sum_of_rows_is_stored_once_an_element) {
  for (const index_t n : {1, 15, 31, 32, 33, 64, 97}) {
    std::vector<double> sums(std::size_t(n), -1);
    std::vector<int> stores(std::size_t(n), 0);
    nn::sum_of_rows<double>(
        single_worker{}, n, 5, [](index_t j) { return [j](index_t i) { return double(i) * (j + 1); }; },
        [&](index_t i, double sum) {
          sums[std::size_t(i)] = sum;
          ++stores[std::size_t(i)];
        });
    for (index_t i = 0; i < n; ++i) {
      BOOST_TEST(sums[std::size_t(i)] == 15.0 * i);
      BOOST_TEST(stores[std::size_t(i)] == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sum_of_floats_errs_less_than_one_running_total) {
  const index_t n = 1 << 20;
  const float sum = nn::row_sum<float>(single_worker{}, n, [](index_t) { return 0.1f; });

  BOOST_TEST(std::abs(double(sum) / (double(n) * double(0.1f)) - 1) < 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()
