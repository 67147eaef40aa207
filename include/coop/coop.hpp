// SPDX-License-Identifier: MIT
//
// coop: prompt learning for CLIP, from words to a saved classifier, in one include.
//
// K. Zhou, J. Yang, C. C. Loy, Z. Liu. "Learning to Prompt for Vision-Language Models." IJCV 2022.
//
// Left out, to be included by those who want them:
//   coop/data/decoders.hpp            JPEG and PNG files; needs libjpeg-turbo and libpng (target coop::pictures)
//   coop/train/linear_probe.hpp       logistic regression beside CoOp; needs LBFGSpp (target coop::probe)
//   coop/data/datasets/all.hpp        the data sets of the paper in their published layout, Fashion-MNIST, CIFAR-10
//   coop/data/doctor.hpp              what is wrong with a data set on this disk
//   coop/data/subset.hpp              a draw as a list of pictures with digests
//   coop/data/drawn.hpp               the drawn pictures that the built-in miniature is trained and tried on
//   coop/tensor/array.hpp             host arrays as xtensor sees them
//   coop/io/npy.hpp                   arrays as NumPy files
//   coop/io/file_lock.hpp             one process at a time in a directory
//   coop/io/lock_table.hpp            locks by name between processes
//   coop/clip/literal_text.hpp        the text tower without the tree: every position, for comparison
//   coop/model/exchange.hpp           classifiers as .npy and ONNX files
//   coop/model/protocol.hpp           the published protocols by name and version
//   coop/model/published_context.hpp  contexts as CoOp's own code saves them
//   coop/analysis/...                 what results say: intervals over seeds, words near a context, confusions
#ifndef COOP_COOP_HPP
#define COOP_COOP_HPP

#include <coop/config.hpp>
#include <coop/dispatch.hpp>
#include <coop/error.hpp>
#include <coop/type_list.hpp>
#include <coop/version.hpp>

#include <coop/device/devices.hpp>

#include <coop/data/batches.hpp>
#include <coop/data/dataset.hpp>
#include <coop/data/feature_set.hpp>
#include <coop/data/few_shot.hpp>
#include <coop/data/image.hpp>
#include <coop/data/replay.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/data/transform.hpp>

#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>
#include <coop/prompt/templates.hpp>
#include <coop/prompt/tokenizer.hpp>
#include <coop/prompt/tree.hpp>

#include <coop/clip/architecture.hpp>
#include <coop/clip/backbone.hpp>
#include <coop/clip/clip.hpp>
#include <coop/clip/construction.hpp>

#include <coop/train/evaluate.hpp>
#include <coop/train/features.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/observer.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>
#include <coop/train/views.hpp>

#include <coop/model/checkpoint.hpp>
#include <coop/model/classifier.hpp>
#include <coop/model/learner.hpp>
#include <coop/model/nearest_mean.hpp>
#include <coop/model/replay.hpp>
#include <coop/model/zero_shot.hpp>

#endif
