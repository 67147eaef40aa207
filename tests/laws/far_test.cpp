// SPDX-License-Identifier: MIT
//
// The far device notices what a GPU would not forgive: each case makes one mistake. Without this its agreement with the
// CPU would prove little.
#include "support/devices.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(far_device)

using namespace coop;
using tests::far;

namespace {

template <class F>
void refused(const std::vector<std::string>& parts, const F& f) {
  BOOST_CHECK_EXCEPTION(f(), device_error, [&](const device_error& e) {
    const std::string text = e.what();
    for (const auto& part : parts) {
      if (text.find(part) == std::string::npos) {
        BOOST_TEST_MESSAGE("expected '" << part << "' in: " << text);
        return false;
      }
    }
    return true;
  });
}

/// Whether a process dies of a broken access.
template <class F>
bool dies(const F& f) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGBUS, SIG_DFL);
    f();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

/// x(row, w) <- 1, then y(row, w) <- the sum of x(row, :), with or without waiting between.
template <bool Wait>
struct gossip {
  view<float, 2> x, y;
  template <class M>
  void operator()(const M& team, index_t row) const {
    for (index_t i = team.first(); i < x.columns(); i += team.stride()) x(row, i) = 1;
    if (Wait) team.sync();
    for (index_t i = team.first(); i < x.columns(); i += team.stride()) {
      y(row, i) = 0;
      for (index_t j = 0; j < x.columns(); ++j) y(row, i) += x(row, j);
    }
  }
};
/// One worker tells, all listen: right by chance on half of the rows if nobody waits.
struct herald {
  view<float, 2> x, y;
  template <class M>
  void operator()(const M& team, index_t row) const {
    if (team.first() == 0) x(row, 0) = 1;
    y(row, team.first()) = x(row, 0);
  }
};
/// Every worker divides what one should.
struct crowd {
  view<float, 2> x;
  template <class M>
  void operator()(const M&, index_t row) const {
    x(row, 0) /= 2;
  }
};
/// Sums as often as a worker has elements.
struct parting {
  view<float, 2> x;
  template <class M>
  void operator()(const M& team, index_t row) const {
    for (index_t i = team.first(); i < x.columns(); i += team.stride()) x(row, i) = team.sum(x(row, i));
  }
};
/// Different points at the same time.
struct crossing {
  view<float, 2> x;
  template <class M>
  void operator()(const M& team, index_t row) const {
    x(row, team.first()) = team.first() == 0 ? team.sum(1.0f) : team.max(1.0f);
  }
};

/// Writes one number behind six.
struct beyond {
  float* six;
  void operator()(index_t) const { six[6] = 1; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_host_dies_where_it_reads_or_writes_a_device_number) {
  const far device;
  auto x = tests::on(device, std::vector<float>{1, 2, 3}, shape<1>{3});

  BOOST_TEST(dies([&] { std::printf("%f", double(x.view()(1))); }));
  BOOST_TEST(dies([&] { x.view()(1) = 5; }));
  BOOST_TEST(!dies([&] { (void)tests::off(device, x); }));
  BOOST_TEST(tests::off(device, x) == (std::vector<float>{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(fresh_memory_holds_no_numbers) {
  const far device;
  { const auto used = tests::on(device, std::vector<float>(100, 1.0f), shape<1>{100}); }

  for (const float value : tests::off(device, tests::room_on(device, shape<1>{100})))
    BOOST_TEST(std::isnan(value));
  const tensor<double, 1, far> wide(device, shape<1>{9});
  for (const double value : tests::off(device, wide)) BOOST_TEST(std::isnan(value));
  const tensor<index_t, 1, far> table(device, shape<1>{9});
  for (const index_t value : tests::off(device, table)) BOOST_TEST(value > 1'000'000'000);
}

BOOST_AUTO_TEST_CASE(a_verb_refuses_the_other_memory) {
  const far device;
  const auto x = tests::on(device, std::vector<float>(6, 1.0f), shape<2>{2, 3});
  auto y = tests::room_on(device, shape<2>{2, 3});
  std::vector<float> host(6);
  const view<float, 2> h{host.data(), shape<2>{2, 3}};
  const view<const float, 2> ch = h;

  refused({"upload: from", "the host's memory"}, [&] { device.upload(x.view(), y.view()); });
  refused({"upload: to", "the device's memory"}, [&] { device.upload(ch, h); });
  refused({"download: to", "the host's memory"}, [&] { device.download(x.view(), y.view()); });
  refused({"copy: from", "the device's memory"}, [&] { device.copy(ch, y.view()); });
  refused({"fill", "the device's memory"}, [&] { device.fill(h, 0.0f); });
  refused({"gemm", "the device's memory"}, [&] {
    device.gemm(op::as_is, op::transposed, 1.0f, ch, x.view(), 0.0f, y.view().slice_columns(0, 2));
  });
  refused({"freeze_from_host", "the host's memory"},
          [&] { (void)device.freeze_from_host(x.view(), op::as_is); });
}

BOOST_AUTO_TEST_CASE(a_view_beyond_its_buffer_is_refused_with_both_sizes) {
  const far device;
  auto x = tests::room_on(device, shape<2>{2, 3});
  const view<float, 2> longer{x.view().data, shape<2>{3, 3}};

  refused({"fill: to", "at least 36 bytes", "24"}, [&] { device.fill(longer, 0.0f); });
}

BOOST_AUTO_TEST_CASE(a_functor_with_an_address_of_the_host_is_refused_by_name) {
  if (!far::checks_functors) return;
  const far device;
  auto x = tests::on(device, std::vector<float>(3, 1.0f), shape<2>{3, 1});
  std::vector<float> host(3);
  const view<float, 2> h{host.data(), shape<2>{3, 1}};
  float on_the_stack[3];
  const view<float, 2> s{on_the_stack, shape<2>{3, 1}};

  refused({"for_each_row", "crowd", "the host's"}, [&] { device.for_each_row(3, crowd{h}); });
  refused({"for_each_row", "crowd", "the host's"}, [&] { device.for_each_row(3, crowd{s}); });
  BOOST_CHECK_NO_THROW(device.for_each_row(3, crowd{x.view()}));
}

BOOST_AUTO_TEST_CASE(a_functor_with_an_address_of_memory_that_was_given_back_is_refused) {
  if (!far::checks_functors) return;
  const far device;
  auto x = std::make_unique<tensor<float, 2, far>>(device, shape<2>{3, 1});
  const auto kept = x->view();
  x.reset();

  refused({"crowd", "given back"}, [&] { device.for_each_row(3, crowd{kept}); });
}

BOOST_AUTO_TEST_CASE(workers_that_read_each_other_too_early_read_something_else) {
  const far device;
  for (const index_t rows : {1, 2, 7}) {
    auto x = tests::room_on(device, shape<2>{rows, 5});
    auto y = tests::room_on(device, shape<2>{rows, 5});
    const std::vector<float> right(std::size_t(rows * 5), 5.0f);

    device.for_each_row(rows, gossip<false>{x.view(), y.view()});
    BOOST_TEST((tests::off(device, y) != right));

    device.for_each_row(rows, gossip<true>{x.view(), y.view()});
    BOOST_TEST((tests::off(device, y) == right));
  }
}

BOOST_AUTO_TEST_CASE(a_teller_is_not_always_before_the_listeners) {
  const far device;
  auto x = tests::room_on(device, shape<2>{4, 1});
  auto y = tests::room_on(device, shape<2>{4, 3});

  device.for_each_row(4, herald{x.view(), y.view()});

  BOOST_TEST((tests::off(device, y) != std::vector<float>(12, 1.0f)));
}

BOOST_AUTO_TEST_CASE(what_every_worker_does_is_done_by_every_worker) {
  const far device;
  auto x = tests::on(device, std::vector<float>(2, 8.0f), shape<2>{2, 1});

  device.for_each_row(2, crowd{x.view()});

  BOOST_TEST(tests::off(device, x) == (std::vector<float>{1, 1}));  // three workers halve it
}

BOOST_AUTO_TEST_CASE(workers_that_part_are_an_error_with_their_places) {
  const far device;
  auto x = tests::on(device, std::vector<float>(10, 1.0f), shape<2>{2, 5});

  refused({"parting", "worker 0 at sum of row", "worker 2"},
          [&] { device.for_each_row(2, parting{x.view()}); });
  refused({"crossing", "worker 0 at sum", "worker 1 at max"},
          [&] { device.for_each_row(2, crossing{x.view()}); });
  BOOST_CHECK_NO_THROW(device.for_each_row(2, crowd{x.view()}));  // and the device goes on
}

BOOST_AUTO_TEST_CASE(a_write_behind_a_buffer_is_noticed_when_it_is_given_back) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    std::fclose(stderr);
    {
      const far device;
      auto x = tests::room_on(device, shape<2>{2, 3});
      device.for_each(1, beyond{x.view().data});
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
}

BOOST_AUTO_TEST_SUITE_END()
