// SPDX-License-Identifier: MIT
//
// What a convolution does to the numbers it writes, whatever way it computes them.
#ifndef COOP_NN_FINISH_HPP
#define COOP_NN_FINISH_HPP

namespace coop::nn {

/// What a convolution does to what it writes: y = conv, relu(conv), or relu(y + conv).
enum class finish { plain, rectified, added_and_rectified };

}  // namespace coop::nn

#endif
