// SPDX-License-Identifier: MIT
//
// What a device computes beside the truth: the same numbers in double on the CPU, under the same names.
#ifndef COOP_TESTS_AGREEMENT_HPP
#define COOP_TESTS_AGREEMENT_HPP

#include "devices.hpp"
#include "numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace coop::tests {

/// The processor in double.
using truth = device::basic_cpu<double>;

/// Numbers of one device under names.
class results {
 public:
  template <class D, class T, int Rank>
  void add(const std::string& name, const D& device, view<T, Rank> v) {
    const auto numbers = off(device, v);
    all_.push_back({name, {numbers.begin(), numbers.end()}});
  }
  template <class D, class T, int Rank>
  void add(const std::string& name, const D& device, const tensor<T, Rank, D>& t) {
    add(name, device, t.view());
  }
  void add(const std::string& name, std::vector<double> numbers) {
    all_.push_back({name, std::move(numbers)});
  }

  /// One assertion a name.
  void agree(const results& with, double tolerance) const {
    BOOST_TEST_REQUIRE(all_.size() == with.all_.size());
    BOOST_TEST(!all_.empty());
    for (std::size_t i = 0; i < all_.size(); ++i) {
      BOOST_TEST_REQUIRE(all_[i].first == with.all_[i].first);
      const double apart = relative_difference(all_[i].second, with.all_[i].second);
      BOOST_TEST(apart < tolerance, all_[i].first << ": expected at most " << tolerance << ", got " << apart);
    }
  }

 private:
  std::vector<std::pair<std::string, std::vector<double>>> all_;
};

}  // namespace coop::tests

#endif
