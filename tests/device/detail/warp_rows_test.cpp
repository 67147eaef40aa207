// SPDX-License-Identifier: MIT
//
// What a GPU's warps do with a row, by 32 threads of the host that step together, against the layers' own functors: the
// kernels' arithmetic is checked where there is no GPU.
#include <coop/device/detail/warp_rows.hpp>

#include <coop/device/cpu.hpp>
#include <coop/nn/ancestor_attention.hpp>
#include <coop/nn/causal_tree.hpp>
#include <coop/nn/layer_norm.hpp>
#include <coop/nn/self_attention.hpp>

#include "../../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(warp_rows)

using namespace coop;
using namespace coop::detail;
using tests::numbers;

namespace {

/// 32 threads that exchange numbers as the lanes of a warp do: all of them take part in every exchange.
class lane_of_threads {
 public:
  struct shared {
    std::barrier<> all{warp_lanes};
    std::array<double, warp_lanes> numbers{};
  };
  lane_of_threads(shared& with, index_t lane) : with_(&with), lane_(lane) {}

  [[nodiscard]] index_t lane() const { return lane_; }
  template <int Width = warp_lanes, class T>
  T sum(T x) const {
    for (int other = Width / 2; other > 0; other /= 2) x += exchanged(x, lane_ ^ other);
    return x;
  }
  template <int Width, class T>
  T sum_across(T x) const {
    for (int other = warp_lanes / 2; other >= Width; other /= 2) x += exchanged(x, lane_ ^ other);
    return x;
  }
  template <class T>
  T max(T x) const {
    for (int other = warp_lanes / 2; other > 0; other /= 2) x = std::max(x, exchanged(x, lane_ ^ other));
    return x;
  }
  template <class T>
  T of_lane(T x, index_t lane) const {
    return exchanged(x, lane);
  }

 private:
  template <class T>
  T exchanged(T x, index_t from) const {
    with_->numbers[std::size_t(lane_)] = double(x);
    with_->all.arrive_and_wait();
    const T result = T(with_->numbers[std::size_t(from)]);
    with_->all.arrive_and_wait();
    return result;
  }

  shared* with_;
  index_t lane_;
};

/// f(warp) by all lanes.
template <class F>
void by_warp(const F& f) {
  lane_of_threads::shared with;
  std::vector<std::thread> lanes;
  for (index_t lane = 0; lane < warp_lanes; ++lane) {
    lanes.emplace_back([&, lane] { f(lane_of_threads(with, lane)); });
  }
  for (auto& lane : lanes) lane.join();
}

/// A dense matrix that begins on 16 bytes.
struct matrix {
  host_buffer<float> memory;
  shape<2> extents;
  matrix(index_t rows, index_t columns, unsigned seed)
      : memory(std::size_t(rows * columns)), extents{rows, columns} {
    const auto some = numbers<float>(extents.size(), seed);
    std::copy(some.begin(), some.end(), memory.data());
  }
  coop::view<float, 2> view() { return {memory.data(), extents}; }
  coop::view<const float, 2> read() { return {memory.data(), extents}; }
  [[nodiscard]] std::vector<double> values() const { return {memory.data(), memory.data() + extents.size()}; }
};

double difference(const matrix& a, const matrix& b) {
  return tests::relative_difference(a.values(), b.values());
}

constexpr double allowed = 2e-6;

/// A chain of `chain` nodes below which `branches` chains of `length` each begin; the first `constants` are constant.
struct small_tree {
  nn::causal_tree tree;
  nn::ancestor_table table;
  std::vector<index_t> queries, first, last, depth;

  small_tree(index_t chain, index_t branches, index_t length, index_t constants) {
    const auto add = [&](index_t parent) {
      tree.parent.push_back(parent);
      tree.depth.push_back(parent < 0 ? 0 : tree.depth[std::size_t(parent)] + 1);
      return tree.nodes() - 1;
    };
    tree.constants = constants;
    index_t node = -1;
    for (index_t i = 0; i < chain; ++i) node = add(node);
    for (index_t b = 0; b < branches; ++b) {
      index_t at = node;
      for (index_t i = 0; i < length; ++i) at = add(at);
    }
    table = nn::ancestors(tree);
    const auto ends = nn::ends_below(tree);
    for (index_t live = 0; live < tree.live(); ++live) {
      queries.push_back(live + constants);
      first.push_back(live);
      last.push_back(ends[std::size_t(live)] - constants);
      depth.push_back(tree.depth[std::size_t(live + constants)]);
    }
  }
  static view<const index_t, 1> of(const std::vector<index_t>& v) {
    return {v.data(), shape<1>{index_t(v.size())}};
  }
  [[nodiscard]] nn::ancestor_view ancestors() const { return {of(table.offset), of(table.path)}; }
  [[nodiscard]] nn::askers_view askers() const { return {of(first), of(last), of(depth)}; }
};

template <int Size>
void check_ancestor_attention(const small_tree& t, index_t heads) {
  const index_t rows = t.tree.live();
  const index_t width = heads * Size;
  const index_t paths = index_t(t.table.path.size());
  matrix q(rows, width, 1);
  matrix k(t.tree.nodes(), width, 2);
  matrix v(t.tree.nodes(), width, 3);
  matrix d(rows, width, 4);
  const single_worker alone;

  std::vector<matrix> weights;
  std::vector<matrix> slopes;
  std::vector<matrix> output;
  std::vector<matrix> dq;
  std::vector<matrix> dk;
  std::vector<matrix> dv;
  for (int side = 0; side < 2; ++side) {
    weights.emplace_back(heads, paths, 5);
    slopes.emplace_back(heads, paths, 5);
    output.emplace_back(rows, width, 6);
    dq.emplace_back(rows, width, 6);
    dk.emplace_back(rows, width, 6);
    dv.emplace_back(rows, width, 6);
  }
  const auto queries = small_tree::of(t.queries);
  const auto forward = [&](std::size_t side) {
    return nn::ancestor_attention_row<float>{
        t.ancestors(),      queries, heads, q.read(), k.read(), v.read(), weights[side].view(),
        output[side].view()};
  };
  const auto backward = [&](std::size_t side) {
    return nn::ancestor_attention_backward_row<float>{
        t.ancestors(),       queries,        heads, k.read(), v.read(), weights[side].read(), d.read(),
        slopes[side].view(), dq[side].view()};
  };
  const auto keys = [&](std::size_t side) {
    return nn::ancestor_attention_backward_key<float>{
        t.ancestors(),        t.askers(),          queries,  heads,           q.read(),
        weights[side].read(), slopes[side].read(), d.read(), dk[side].view(), dv[side].view()};
  };
  for (index_t row = 0; row < rows; ++row) forward(0)(alone, row);
  for (index_t row = 0; row < rows; ++row) backward(0)(alone, row);
  for (index_t row = 0; row < rows * heads; ++row) keys(0)(alone, row);

  constexpr index_t parts = 3;  // warps that share a node
  using rows_of = shared_rows<Size>;
  by_warp([&](const lane_of_threads& warp) {
    for (index_t row = 0; row < rows; ++row) {
      for (index_t head = 0; head < heads; ++head) warp_ancestor_attention<Size>(warp, forward(1), row, head);
    }
    for (index_t row = 0; row < rows; ++row) {
      for (index_t head = 0; head < heads; ++head) {
        warp_ancestor_attention_backward<Size>(warp, backward(1), row, head);
      }
    }
    warp.sum(0.0f);  // slopes are read by other lanes now
    for (index_t node = 0; node < rows; ++node) {
      for (index_t head = 0; head < heads; ++head) {
        quad all_dk[rows_of::quads] = {};
        quad all_dv[rows_of::quads] = {};
        for (index_t part = 0; part < parts; ++part) {
          quad some_dk[rows_of::quads] = {};
          quad some_dv[rows_of::quads] = {};
          warp_ancestor_attention_key<Size>(warp, keys(1), node, head, part, parts, some_dk, some_dv);
          for (int i = 0; i < rows_of::quads; ++i) {
            add_times(all_dk[i], 1.0f, some_dk[i]);
            add_times(all_dv[i], 1.0f, some_dv[i]);
          }
        }
        rows_of::write(all_dk, warp.lane(), dk[1].view().row(node) + head * Size);
        rows_of::write(all_dv, warp.lane(), dv[1].view().row(node) + head * Size);
      }
    }
  });
  const auto of_size = " at head size " + std::to_string(Size) + ", " + std::to_string(rows) + " rows";
  BOOST_TEST(difference(weights[1], weights[0]) < allowed, "weights" + of_size);
  BOOST_TEST(difference(output[1], output[0]) < allowed, "output" + of_size);
  BOOST_TEST(difference(slopes[1], slopes[0]) < allowed, "slopes" + of_size);
  BOOST_TEST(difference(dq[1], dq[0]) < allowed, "dq" + of_size);
  BOOST_TEST(difference(dk[1], dk[0]) < allowed, "dk" + of_size);
  BOOST_TEST(difference(dv[1], dv[0]) < allowed, "dv" + of_size);
}

template <int N>
void check_layer_norm() {
  constexpr index_t width = 128 * N;
  constexpr index_t rows = 3;
  matrix x(rows, width, 1);
  matrix d(rows, width, 2);
  matrix parameters(2, width, 3);
  const view<const float, 1> weight{parameters.read().row(0), shape<1>{width}};
  const view<const float, 1> bias{parameters.read().row(1), shape<1>{width}};
  std::vector<matrix> y;
  std::vector<matrix> moments;
  std::vector<matrix> dx;
  for (int side = 0; side < 2; ++side) {
    y.emplace_back(rows, width, 4);
    moments.emplace_back(rows, 2, 4);
    dx.emplace_back(rows, width, 5);
  }
  const auto forward = [&](std::size_t side) {
    return nn::layer_norm_row<float>{x.read(), weight, bias, y[side].view(), moments[side].view()};
  };
  const auto backward = [&](std::size_t side) {
    return nn::layer_norm_row_backward<float>{d.read(), x.read(), moments[0].read(), weight, dx[side].view()};
  };
  for (index_t row = 0; row < rows; ++row) {
    forward(0)(single_worker{}, row);
    backward(0)(single_worker{}, row);
  }
  by_warp([&](const lane_of_threads& warp) {
    for (index_t row = 0; row < rows; ++row) {
      warp_layer_norm<N>(warp, forward(1), row);
      warp_layer_norm_backward<N>(warp, backward(1), row);
    }
  });
  BOOST_TEST(difference(y[1], y[0]) < allowed, width);
  BOOST_TEST(difference(moments[1], moments[0]) < allowed, width);
  BOOST_TEST(difference(dx[1], dx[0]) < allowed, width);
}

}  // namespace

BOOST_AUTO_TEST_CASE(norms_are_the_layer_s_at_every_width_of_a_warp) {
  check_layer_norm<2>();
  check_layer_norm<4>();
  check_layer_norm<5>();
  check_layer_norm<8>();
}

BOOST_AUTO_TEST_CASE(softmax_is_the_layer_s_wherever_a_row_ends) {
  for (const index_t width : {1, 31, 32, 33, 50, 197, 224}) {
    matrix one(2, width, 1);
    matrix other(2, width, 1);
    const nn::softmax_row<float> wanted{one.view(), 3.0f};
    for (index_t row = 0; row < 2; ++row) wanted(single_worker{}, row);
    by_warp([&](const lane_of_threads& warp) {
      for (index_t row = 0; row < 2; ++row) {
        warp_softmax<7>(warp, nn::softmax_row<float>{other.view(), 3.0f}, row);
      }
    });
    BOOST_TEST(difference(other, one) < allowed, width);
  }
}

BOOST_AUTO_TEST_CASE(attention_to_ancestors_is_the_layer_s_both_ways) {
  check_ancestor_attention<32>(small_tree(3, 2, 2, 0), 2);
  check_ancestor_attention<64>(small_tree(17, 3, 4, 1), 2);
}

BOOST_AUTO_TEST_CASE(paths_longer_than_a_warp_are_walked_in_pieces) {
  check_ancestor_attention<32>(small_tree(30, 1, 47, 2), 1);
  check_ancestor_attention<64>(small_tree(30, 2, 4, 29), 1);
}

BOOST_AUTO_TEST_CASE(attention_of_few_queries_is_the_layer_s) {
  for (const index_t positions : {5, 32, 50}) {
    constexpr index_t heads = 2;
    constexpr index_t pictures = 2;
    matrix q(pictures, heads * 64, 1);
    matrix k(pictures * positions, heads * 64, 2);
    matrix v(pictures * positions, heads * 64, 3);
    matrix scores(pictures * heads, positions, 4);
    matrix one(pictures, heads * 64, 5);
    matrix other(pictures, heads * 64, 5);
    const auto row_of = [&](matrix& output) {
      return nn::self_attention_row<float>{q.read(),  k.read(), v.read(),      1,
                                           positions, heads,    scores.view(), output.view()};
    };
    for (index_t row = 0; row < pictures * heads; ++row) row_of(one)(single_worker{}, row);
    by_warp([&](const lane_of_threads& warp) {
      for (index_t row = 0; row < pictures * heads; ++row) warp_self_attention<64>(warp, row_of(other), row);
    });
    BOOST_TEST(difference(other, one) < allowed, positions);
  }
}

BOOST_AUTO_TEST_SUITE_END()
