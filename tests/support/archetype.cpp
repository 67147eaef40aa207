// SPDX-License-Identifier: MIT
//
// Nothing above floor 2 asks for more than a device promises: towers, learner, loss and optimizer are
// instantiated with the archetype, and every row functor with a team that can do no more than a team must. It
// is compiled and never linked, since none of the archetype's verbs has a body.
#include <coop/clip/literal_text.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/archetype.hpp>
#include <coop/model/classifier.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/picture_rows.hpp>
#include <coop/train/prepared_pictures.hpp>

#include "seeded_archive.hpp"

using coop::index_t;
using coop::device::archetype;

namespace coop::tests {

/// The least team.
struct least_team {
  static constexpr index_t lanes = 1;
  [[nodiscard]] index_t first() const;
  [[nodiscard]] index_t stride() const;
  [[nodiscard]] float sum(float x) const;
  [[nodiscard]] float max(float x) const;
  void sync() const;
};
static_assert(Team<least_team>);

template <class... Functors>
void run_rows(const least_team& team, const Functors&... functors) {
  (functors(team, index_t(0)), ...);
}

using archetype_text = text_shape<64, 1, 2, 8>;
using archetype_tower = text_tower<archetype_text, archetype>;
using archetype_vit = vit_shape<8, 4, 64, 2, 8>;
using archetype_resnet = resnet_shape<32, 2, 8, 1, 1, 1, 1>;

}  // namespace coop::tests

using coop::tests::archetype_text;
using coop::tests::archetype_tower;
using coop::tests::least_team;

template class coop::tensor<float, 2, archetype>;
template class coop::nn::linear<archetype>;
template class coop::nn::layer_norm<archetype>;
template class coop::text_plan<archetype>;
template class coop::text_workspace<archetype>;
template class coop::text_tower<archetype_text, archetype>;
template class coop::text_tower<archetype_text, archetype, coop::nn::gelu>;
template coop::text_tower<archetype_text, archetype>::text_tower(const archetype&,
                                                                 const coop::tests::seeded_archive&,
                                                                 coop::nn::direction);
template class coop::nn::convolution<archetype>;
template class coop::nn::winograd<archetype>;
template class coop::vit_tower<coop::tests::archetype_vit, archetype, coop::nn::quick_gelu>;
template class coop::resnet_tower<coop::tests::archetype_resnet, archetype>;
template class coop::literal_text<archetype_tower>;
template class coop::prompt_assembly<archetype>;
template class coop::prompt_learner<coop::context::unified, coop::placement::end, archetype_tower>;
template class coop::prompt_learner<coop::context::class_specific, coop::placement::front, archetype_tower>;
template class coop::classifier<archetype>;
template class coop::sgd::state<archetype>;
template class coop::cached_features<archetype>;
template class coop::detail::staged_pixels<archetype>;

/// Functions that are templates of the device alone, and the functors of all layers.
coop::loss_result ask_for_everything(const archetype& device, const least_team& team,
                                     coop::loss_workspace<archetype>& space, coop::view<float, 2> m,
                                     coop::view<const index_t, 1> table, coop::view<float, 1> v,
                                     coop::view<float, 4> p) {
  using namespace coop::nn;
  using coop::view;
  const ancestor_view ancestors{table, table};
  const view<const float, 2> c = m;
  const view<const float, 1> cv = v;
  const view<const float, 4> cp = p;
  coop::tests::run_rows(
      team, layer_norm_row<float>{c, cv, cv, m, m}, layer_norm_row_backward<float>{c, c, c, cv, m},
      gather_row<float>{table, c, m}, scatter_row<float>{table, c, m}, move_row<float>{table, table, c, m},
      gather_sum_row<float>{table, table, c, m, false}, normalize_row<float>{c, m, v},
      normalize_row_backward<float>{c, cv, c, m}, activate_row<quick_gelu, float>{m},
      activate_row_with_slope<gelu, float>{m, m}, multiply_row<float>{m, c}, add_row<float>{m, c},
      scale_row<float>{m, 1.0f}, coop::resample_columns_row{{}, {}},
      coop::finish_picture_row<float>{{}, {}, c, m}, relu_row<float>{m}, softmax_row<float>{m, 1.0f},
      patch_row<float>{cp, {}, 1, 1, 0, m}, average_pool_row<float>{cp, p, 2},
      self_attention_row<float>{c, c, c, 1, 1, 1, m, m},
      winograd_into_row<2, float>{cp, 1, 1, 0, nullptr, nullptr, 0},
      winograd_into_row<4, float>{cp, 1, 1, 0, nullptr, nullptr, 0},
      winograd_back_row<2, float>{nullptr, 0, 1, 1, 0, nullptr, finish::plain, p},
      winograd_back_row<4, float>{nullptr, 0, 1, 1, 0, nullptr, finish::plain, p},
      ancestor_attention_row<float>{ancestors, table, 1, c, c, c, m, m},
      ancestor_attention_backward_row<float>{ancestors, table, 1, c, c, c, c, m, m},
      ancestor_attention_backward_key<float>{ancestors, {table, table, table}, table, 1, c, c, c, c, m, m});
  return coop::cross_entropy(device, c, c, {}, 1.0f, m, space);
}
