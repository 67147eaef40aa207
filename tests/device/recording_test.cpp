// SPDX-License-Identifier: MIT
#include <coop/device/recording.hpp>

#include <coop/device/cpu.hpp>

#include <boost/test/unit_test.hpp>

#include <concepts>

BOOST_AUTO_TEST_SUITE(recordings)

using namespace coop;

namespace {

struct count_up {
  int* calls;
  void operator()() const { ++*calls; }
};

/// A device that keeps steps.
struct keeping : device::cpu {
  keeping() : device::cpu(1) {}
  struct kept {
    int starts = 0;
    void operator()() { ++starts; }
  };
  template <class F>
  [[nodiscard]] kept record(F) const {
    return {};
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(on_a_device_that_keeps_none_a_recording_is_the_function) {
  int calls = 0;
  auto step = record(device::cpu(1), count_up{&calls});
  static_assert(std::same_as<decltype(step), recording<device::cpu, count_up>>);
  BOOST_TEST(calls == 0);
  for (int i = 0; i < 3; ++i) step();
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(a_device_that_keeps_steps_is_asked_to) {
  int calls = 0;
  auto step = record(keeping{}, count_up{&calls});
  step();
  BOOST_TEST(step.starts == 1);
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_SUITE_END()
