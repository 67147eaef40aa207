// SPDX-License-Identifier: MIT
//
// Where the two rivers meet: cross entropy on scaled similarities of unit features, its value and its gradient
// to the text features (CoOp, equation 1 and section 3.2).
//   logits = scale F T'       loss = mean over the batch of -log softmax(logits)[label]
//   dT = scale / B (softmax(logits) - onehot)' F
#ifndef COOP_TRAIN_LOSS_HPP
#define COOP_TRAIN_LOSS_HPP

#include <coop/device/staging.hpp>
#include <coop/nn/elementwise.hpp>  // exponential
#include <coop/nn/row.hpp>          // row_sum, row_each
#include <coop/tensor/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

namespace coop {

/// Mean loss of a batch, and how many of its predictions were right, in per cent.
struct loss_result {
  double loss = 0;      ///< mean over the batch, in nats
  double accuracy = 0;  ///< percent
};

/// One row of logits becomes `factor` (softmax - onehot); outcome(row) is set to its loss and whether its prediction,
/// the first of the largest logits, is right: 1 or 0.
template <class T>
struct cross_entropy_row {
  view<T, 2> logits;
  view<const index_t, 1> label;
  T factor;                 ///< of the slopes
  view<double, 2> outcome;  // (B, 2)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* z = logits.row(row);
    const index_t classes = logits.columns();
    const index_t target = label(row);
    T largest = nn::below_all<T>;
    for (index_t c = team.first(); c < classes; c += team.stride()) largest = z[c] > largest ? z[c] : largest;
    largest = team.max(largest);
    const T own = z[target];
    const T beaten_by = nn::row_sum<T>(
        team, classes, [=](index_t c) { return z[c] > own || (z[c] == own && c < target) ? T(1) : T(0); });
    const T total = nn::row_sum<T>(team, classes, [=](index_t c) { return nn::exponential(z[c] - largest); });
    const T weight = factor / total;
    const T share = factor;
    nn::row_each(team, classes, [=](index_t c) {
      z[c] = nn::exponential(z[c] - largest) * weight - (c == target ? share : T(0));
    });
    if (team.first() == 0) {
      outcome(row, 0) = double(largest) - double(own) + std::log(double(total));
      outcome(row, 1) = beaten_by == T(0) ? 1 : 0;
    }
  }
};

/// Memory of the loss, kept from step to step: it grows to the largest batch seen, so that steps allocate
/// nothing.
template <Device D>
struct loss_workspace {
  tensor<typename D::scalar, 2, D> logits;            // (B, C)
  tensor<index_t, 1, D> labels;                       // (B)
  tensor<double, 2, D> outcomes;                      // (B, 2)
  std::optional<staged_download<double, D>> fetched;  ///< outcomes on their way to the host
  index_t fetched_batch = 0;                          ///< B of those

  /// Memory for batches up to this size.
  void reserve(const D& device, index_t batch, index_t classes) {
    if (batch <= logits.extent(0) && classes == logits.extent(1)) return;
    const index_t rows = std::max(batch, logits.extent(0));
    logits = tensor<typename D::scalar, 2, D>(device, shape<2>{rows, classes});
    labels = tensor<index_t, 1, D>(device, shape<1>{rows});
    outcomes = tensor<double, 2, D>(device, shape<2>{rows, 2});
    fetched.emplace(stage_download<double>(device, 2 * std::size_t(rows)));
  }
};

/// Takes the labels of a batch of C classes to the device, and makes room for it. Labels outside the classes are errors.
template <Device D>
void take_labels(const D& device, std::span<const index_t> labels, index_t classes,
                 loss_workspace<D>& workspace) {
  for (const index_t label : labels) {
    check<shape_error>(label >= 0 && label < classes, [&] {
      return "cross entropy: label of a picture: expected one of the " + std::to_string(classes) +
             " classes, got " + std::to_string(label);
    });
  }
  const auto batch = index_t(labels.size());
  workspace.reserve(device, batch, classes);
  device.upload(view<const index_t, 1>{labels.data(), shape<1>{batch}},
                workspace.labels.view().slice(0, batch));
}

/// The loss's gradient to unit text features (C, E) in `d_text` (C, E), for unit features (B, E) whose labels were
/// taken. It asks the device for work and for nothing else: no memory, no number back. Features of another width are
/// errors.
template <Device D>
void begin_cross_entropy(const D& device, view<const typename D::scalar, 2> features,
                         view<const typename D::scalar, 2> text,
                         std::type_identity_t<typename D::scalar> scale, view<typename D::scalar, 2> d_text,
                         loss_workspace<D>& workspace) {
  using T = typename D::scalar;
  const index_t batch = features.rows();
  COOP_ASSERT(batch > 0 && batch <= workspace.labels.extent(0) && d_text.extents == text.extents);
  COOP_ASSERT(workspace.logits.extent(1) == text.rows());
  check<shape_error>(features.columns() == text.columns(), [&] {
    return "cross entropy: width of the picture features: expected " + std::to_string(text.columns()) +
           " as the text features have, got " + std::to_string(features.columns());
  });
  const auto logits = workspace.logits.view().slice(0, batch);  // (B, C)
  const auto labels = workspace.labels.view().slice(0, batch);  // (B)
  const auto outcomes = workspace.outcomes.view().slice(0, batch);

  device.gemm(op::as_is, op::transposed, scale, features, text, T(0), logits);  // (B, C)
  device.for_each_row(batch, cross_entropy_row<T>{logits, labels, scale / T(batch), outcomes});
  device.gemm(op::transposed, op::as_is, T(1), logits, features, T(0), d_text);  // (C, E)
}

/// Asks for the loss and accuracy of the batch that was begun last. They come when the device has made them; host and
/// device go on meanwhile.
template <Device D>
void fetch_cross_entropy(index_t batch, loss_workspace<D>& workspace) {
  COOP_ASSERT(batch > 0 && batch <= workspace.outcomes.extent(0));
  workspace.fetched_batch = batch;
  workspace.fetched->fetch(view<const double, 1>{workspace.outcomes.view().data, shape<1>{2 * batch}});
}

/// Waits for what was asked for, and for nothing that was asked of the device later.
template <Device D>
loss_result fetched_cross_entropy(loss_workspace<D>& workspace) {
  const index_t batch = workspace.fetched_batch;
  const view<const double, 2> outcomes{workspace.fetched->wait(), shape<2>{batch, 2}};
  double loss = 0;
  double hits = 0;
  for (index_t i = 0; i < batch; ++i) {
    loss += outcomes(i, 0);
    hits += outcomes(i, 1);
  }
  return {loss / double(batch), 100.0 * hits / double(batch)};
}

/// Waits for the device and reads the loss and accuracy of the batch that was begun last.
template <Device D>
loss_result end_cross_entropy(const D&, index_t batch, loss_workspace<D>& workspace) {
  fetch_cross_entropy(batch, workspace);
  return fetched_cross_entropy(workspace);
}

/// Loss and accuracy of unit features (B, E) against unit text features (C, E), and the loss's gradient to
/// the latter in `d_text` (C, E). Labels outside the classes and features of another width are errors.
template <Device D>
loss_result cross_entropy(const D& device, view<const typename D::scalar, 2> features,
                          view<const typename D::scalar, 2> text, std::span<const index_t> labels,
                          std::type_identity_t<typename D::scalar> scale, view<typename D::scalar, 2> d_text,
                          loss_workspace<D>& workspace) {
  COOP_ASSERT(labels.size() == std::size_t(features.rows()));
  take_labels(device, labels, text.rows(), workspace);
  begin_cross_entropy(device, features, text, scale, d_text, workspace);
  return end_cross_entropy(device, features.rows(), workspace);
}

}  // namespace coop

#endif
