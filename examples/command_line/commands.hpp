// SPDX-License-Identifier: MIT
//
// The commands, one function each. They return when all is done and written, and throw otherwise.
#ifndef COOP_COMMAND_LINE_COMMANDS_HPP
#define COOP_COMMAND_LINE_COMMANDS_HPP

#include "options.hpp"

namespace app {

/// Learns a context and writes a run into a directory.
void train(train_options options);
/// How a saved classifier does on a data set.
void evaluate(const evaluate_options& options);
/// How hand-written templates do on a data set.
void zero_shot(const zero_shot_options& options);
/// Names and probabilities of pictures.
void predict(const predict_options& options);
/// A trained model in a form that other programs read.
void export_model(const export_options& options);
/// Features of pictures or texts, before normalisation.
void encode(const encode_options& options);
/// Token ids of the lines of standard input.
void tokens(const tokens_options& options);
/// Pictures as a tower would see them, in bytes.
void preprocess(const preprocess_options& options);
/// What is in a file of weights.
void inspect(const inspect_options& options);
/// Weights of any format as safetensors.
void convert(const convert_options& options);
/// All runs of a plan, in several processes.
void sweep(const sweep_options& options);
/// The pictures of a draw as a list with digests.
void subset(const subset_options& options);
/// What is wrong with a data set on this disk.
void doctor(const doctor_options& options);
/// The words nearest to learnt vectors, beside those nearest to random ones.
void interpret(const interpret_options& options);
/// Tables and a page of a sweep.
void report(const report_options& options);

}  // namespace app

#endif
