// SPDX-License-Identifier: MIT
//
// How a gradient becomes a step. An optimizer is a value (its constants); what it remembers between steps is its
// state on a device, which can be taken out and put back, so that a resumed run repeats an unbroken one.
//   sgd    g <- grad + decay p;  v <- g on the first step, else momentum v + g;  p <- p - rate v
//   adamw  Loshchilov and Hutter: decay beside the adaptive step, moments corrected for their zero start
#ifndef COOP_TRAIN_OPTIMIZER_HPP
#define COOP_TRAIN_OPTIMIZER_HPP

#include <coop/nn/row.hpp>  // row_each
#include <coop/tensor/tensor.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop {

/// What an optimizer remembers, in host memory: exact for devices that compute in float.
struct optimizer_memory {
  std::int64_t steps = 0;                            ///< taken so far
  std::map<std::string, std::vector<float>> arrays;  // each as large as the parameters

  friend bool operator==(const optimizer_memory&, const optimizer_memory&) = default;
};

/// The running part of an optimizer: takes steps, and gives out and takes back what it remembers.
template <class S, class T>
concept OptimizerState = requires(S& state, const S& kept, view<T, 2> parameters, view<const T, 2> gradient,
                                  const optimizer_memory& memory) {
  state.step(parameters, gradient, double{});
  { kept.save() } -> std::same_as<optimizer_memory>;
  state.restore(memory);
};

/// Constants of an optimizer, with a state<D> made from them for parameters of a given shape.
template <class O, class D>
concept Optimizer = requires {
  { O::name } -> std::convertible_to<const char*>;
  typename O::template state<D>;
}
&&std::constructible_from<typename O::template state<D>, const O&, const D&, shape<2>>&&
    OptimizerState<typename O::template state<D>, typename D::scalar>;

/// p <- p - rate v for one row, v being the velocity after this gradient.
template <class T>
struct sgd_row {
  view<T, 2> parameters;
  view<const T, 2> gradient;
  view<T, 2> velocity;
  T rate;          ///< of this step
  T momentum;      // 0 on the first step, whose velocity is the gradient itself
  T weight_decay;  ///< added to the gradient, times the parameter

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* p = parameters.row(row);
    const T* g = gradient.row(row);
    T* v = velocity.row(row);
    const T step = rate;
    const T keep = momentum;
    const T decay = weight_decay;
    nn::row_each(team, parameters.columns(), [=](index_t i) {
      v[i] = keep * v[i] + (g[i] + decay * p[i]);
      p[i] -= step * v[i];
    });
  }
};

/// One row of AdamW.
template <class T>
struct adamw_row {
  view<T, 2> parameters;
  view<const T, 2> gradient;
  view<T, 2> first;
  view<T, 2> second;
  T shrink;      // 1 - rate * decay
  T step;        // rate / (1 - beta1^t)
  T beta1;       ///< decay of the first moment
  T beta2;       ///< decay of the second moment
  T correction;  // 1 / sqrt(1 - beta2^t)
  T epsilon;     ///< beside the root of the second moment

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* p = parameters.row(row);
    const T* g = gradient.row(row);
    T* m = first.row(row);
    T* v = second.row(row);
    const adamw_row c = *this;
    nn::row_each(team, parameters.columns(), [=](index_t i) {
      m[i] = c.beta1 * m[i] + (T(1) - c.beta1) * g[i];
      v[i] = c.beta2 * v[i] + (T(1) - c.beta2) * g[i] * g[i];
      p[i] = c.shrink * p[i] - c.step * m[i] / (std::sqrt(v[i]) * c.correction + c.epsilon);
    });
  }
};

namespace detail {

template <class D>
std::vector<float> floats_of(const D& device, view<const typename D::scalar, 2> v) {
  const auto host = to_host(device, v);
  return {host.begin(), host.end()};
}

template <class D>
void restore_floats(const D& device, const optimizer_memory& memory, const char* optimizer, const char* array,
                    view<typename D::scalar, 2> to) {
  const auto found = memory.arrays.find(array);
  check<shape_error>(found != memory.arrays.end(), [&] {
    return std::string(optimizer) + ": state to resume from: array '" + array + "' is missing";
  });
  check<shape_error>(found->second.size() == to.size(), [&] {
    return std::string(optimizer) + ": state to resume from: array '" + array + "': expected " +
           std::to_string(to.size()) + " elements, got " + std::to_string(found->second.size());
  });
  const std::vector<typename D::scalar> values(found->second.begin(), found->second.end());
  device.upload(view<const typename D::scalar, 2>{values.data(), to.extents}, to);
  device.synchronize();  // the host copy goes out of scope
}

}  // namespace detail

/// Stochastic gradient descent with momentum and weight decay, constants of the paper.
struct sgd {
  static constexpr const char* name = "sgd";
  float momentum = 0.9f;       ///< share of the last step that is kept
  float weight_decay = 5e-4f;  ///< added to the gradient, times the parameter

  /// The velocity.
  template <Device D>
  class state;
};

template <Device D>
class sgd::state {
 public:
  using scalar = typename D::scalar;
  /// Nothing remembered yet, for parameters of these extents.
  state(const sgd& constants, const D& device, shape<2> extents)
      : constants_(constants), device_(device), velocity_(device, extents) {
    device_.fill(velocity_.view(), scalar(0));
  }

  void step(view<scalar, 2> parameters, view<const scalar, 2> gradient, double rate) {
    COOP_ASSERT(parameters.extents == velocity_.extents() && gradient.extents == parameters.extents);
    device_.for_each_row(parameters.rows(),
                         sgd_row<scalar>{parameters, gradient, velocity_.view(), scalar(rate),
                                         steps_ == 0 ? scalar(0) : scalar(constants_.momentum),
                                         scalar(constants_.weight_decay)});
    ++steps_;
  }

  [[nodiscard]] optimizer_memory save() const {
    return {steps_, {{"velocity", detail::floats_of(device_, velocity_.view())}}};
  }
  void restore(const optimizer_memory& memory) {
    detail::restore_floats(device_, memory, name, "velocity", velocity_.view());
    steps_ = memory.steps;
  }

 private:
  sgd constants_;
  D device_;
  std::int64_t steps_ = 0;
  tensor<scalar, 2, D> velocity_;
};

/// Adam with decoupled weight decay.
struct adamw {
  static constexpr const char* name = "adamw";
  float beta1 = 0.9f;          ///< decay of the first moment
  float beta2 = 0.999f;        ///< decay of the second moment
  float epsilon = 1e-8f;       ///< beside the root of the second moment
  float weight_decay = 0.01f;  ///< taken off the parameter, times the rate

  /// The two moments.
  template <Device D>
  class state;
};

template <Device D>
class adamw::state {
 public:
  using scalar = typename D::scalar;
  /// Nothing remembered yet, for parameters of these extents.
  state(const adamw& constants, const D& device, shape<2> extents)
      : constants_(constants), device_(device), first_(device, extents), second_(device, extents) {
    device_.fill(first_.view(), scalar(0));
    device_.fill(second_.view(), scalar(0));
  }

  void step(view<scalar, 2> parameters, view<const scalar, 2> gradient, double rate) {
    COOP_ASSERT(parameters.extents == first_.extents() && gradient.extents == parameters.extents);
    ++steps_;
    const double t = double(steps_);
    const double unbiased1 = 1.0 - std::pow(double(constants_.beta1), t);
    const double unbiased2 = 1.0 - std::pow(double(constants_.beta2), t);
    device_.for_each_row(
        parameters.rows(),
        adamw_row<scalar>{parameters, gradient, first_.view(), second_.view(),
                          scalar(1.0 - rate * double(constants_.weight_decay)), scalar(rate / unbiased1),
                          scalar(constants_.beta1), scalar(constants_.beta2),
                          scalar(1.0 / std::sqrt(unbiased2)), scalar(constants_.epsilon)});
  }

  [[nodiscard]] optimizer_memory save() const {
    return {steps_,
            {{"first_moment", detail::floats_of(device_, first_.view())},
             {"second_moment", detail::floats_of(device_, second_.view())}}};
  }
  void restore(const optimizer_memory& memory) {
    detail::restore_floats(device_, memory, name, "first_moment", first_.view());
    detail::restore_floats(device_, memory, name, "second_moment", second_.view());
    steps_ = memory.steps;
  }

 private:
  adamw constants_;
  D device_;
  std::int64_t steps_ = 0;
  tensor<scalar, 2, D> first_;
  tensor<scalar, 2, D> second_;
};

}  // namespace coop

#endif
