// SPDX-License-Identifier: MIT
//
// coop: the library as one program. It shows how words become types once, at the top (towers_text.hpp, models.cpp),
// and how everything below is compiled once for erased towers (erased.hpp). To make a program of your own, begin
// with train.cpp; to add a placement or a context to the words, see towers.hpp.
//
// Exit codes: 0 all done, 1 an error (one line "coop: ..." on standard error), 2 a command line that makes no sense.
#include "commands.hpp"
#include "names.hpp"
#include "output.hpp"

#include <coop/data/datasets/all.hpp>
#include <coop/dispatch.hpp>
#include <coop/model/protocol.hpp>
#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>
#include <coop/version.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace app {

namespace {

constexpr const char* data_text =
    "drawn:TASK, folder:DIR, list:FILE, features:FILE.safetensors, or a published data set below a root, as "
    "OxfordPets:ROOT (coop doctor --help has the names)";
constexpr const char* weights_text =
    "weights: a file of safetensors, torch.save or TorchScript, mini-vit or mini-rn";
constexpr const char* vocabulary_text =
    "vocabulary: bpe_simple_vocab_16e6.txt(.gz) or merges.txt; built-in weights have one";
constexpr const char* broken_text = "a picture that cannot be read: error or skip";
constexpr const char* seed_text = "seed of every random choice";

/// An option's word must be one of these.
std::function<std::string(std::string&)> one_of(std::string what, std::vector<std::string> words) {
  return [what = std::move(what), words = std::move(words)](std::string& word) {
    std::string known;
    for (const std::string& each : words) {
      if (each == word) return std::string();
      known += (known.empty() ? "" : ", ") + each;
    }
    return "unknown " + what + " '" + word + "'; known: " + known;
  };
}

CLI::Validator words(const std::string& what, std::vector<std::string> known) {
  return CLI::Validator(one_of(what, std::move(known)), "");
}

/// A number of at least `least`.
CLI::Validator at_least(double least) {
  return CLI::Validator(
      [least](std::string& text) {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value);
        const bool enough = number && value >= least && value <= double(std::numeric_limits<index_t>::max());
        return enough ? std::string()
                      : "expected a number of at least " + CLI::detail::to_string(least) + ", got '" + text +
                            "'";
      },
      "");
}

CLI::Validator positive() {
  return CLI::Validator(
      [](std::string& text) {
        double value = 0;
        const bool good = CLI::detail::lexical_cast(text, value) && value > 0 && value < 1e6;
        return good ? std::string() : "expected a positive number, got '" + text + "'";
      },
      "");
}

void add_processor(CLI::App* c, processor_options& o) {
  c->add_option("--threads", o.threads, "threads; 0 takes all")->check(at_least(0));
  c->add_option("--instructions", o.instructions,
                "vector instructions: auto takes the best; or portable, avx2, avx512, avx512_bf16, amx_bf16");
  c->add_option("--device", o.device,
                "that computes towers and learners: cpu, or cuda where the program has it");
  c->add_option(
       "--precision", o.precision,
       "of products by weights: float32, or bfloat16 (of transformers' layers; sums stay float32); on cuda "
       "also tf32 or float16")
      ->check(words("precision", {"float32", "tf32", "bfloat16", "float16"}));
}

void add_broken(CLI::App* command, std::string& word) {
  command->add_option("--broken", word, broken_text)
      ->check(words("treatment of broken pictures", {"error", "skip"}));
}

void add_cache(CLI::App* command, std::string& directory) {
  command->add_option("--cache", directory,
                      "directory that keeps features of pictures under what decides them, for the next time");
}

void add_conversion(CLI::App* command, std::string& word) {
  command
      ->add_option("--conversion", word,
                   std::string("when pictures become RGB: dassl, at loading, or clip, after resizing") +
                       (word.empty() ? "; by default as the model was made" : ""))
      ->check(words("conversion", {"dassl", "clip"}));
}

void add_split(CLI::App* command, std::string& word) {
  command->add_option("--split", word, "train, val or test")->check(words("split", {"train", "val", "test"}));
}

void add_activation(CLI::App* command, std::string& word) {
  command->add_option("--activation", word, "what the weights were trained with, if their file does not say")
      ->check(words("activation", {"quick-gelu", "gelu"}));
}

/// The published protocols by name.
std::vector<std::string> protocol_names() {
  std::vector<std::string> all;
  for (const coop::protocol& p : coop::protocols()) all.push_back(p.name());
  return all;
}

/// none, paper, or views:K.
CLI::Validator augmentation() {
  return CLI::Validator(
      [](std::string& word) {
        std::string count = word.starts_with("views:") ? word.substr(6) : "";
        const bool views = !count.empty() && at_least(1)(count).empty();
        return views ? std::string() : words("augmentation", {"none", "paper", "views:K"})(word);
      },
      "");
}

void add_train(CLI::App& program, train_options& o) {
  CLI::App* c = program.add_subcommand("train", "Learn a context from a few pictures of each class");
  c->add_option("--data", o.data, data_text);
  c->add_option("--weights", o.weights, weights_text);
  add_activation(c, o.activation);
  c->add_option("--vocab", o.vocabulary, vocabulary_text);
  c->add_option("--shots", o.shots, "training pictures of each class; 0 takes all")->check(at_least(0));
  c->add_option("--seed", o.seed, seed_text)->check(at_least(0));
  c->add_option("--context", o.context, "whose the vectors are: " + names(coop::context::all{}))
      ->check(words("context", names_of(coop::context::all{})));
  c->add_option("--placement", o.placement, "where the class name stands: " + names(coop::placement::all{}))
      ->check(words("placement", names_of(coop::placement::all{})));
  c->add_option("--length", o.length, "context vectors, when they begin as noise")->check(at_least(1));
  c->add_option("--init", o.init,
                "begin with words (\"a photo of a\") or with the vectors of a FILE.safetensors "
                "or of a checkpoint of CoOp's (model.pth.tar-50)");
  c->add_option("--epochs", o.epochs)->check(at_least(1));
  c->add_option("--batch", o.batch, "pictures in a step")->check(at_least(1));
  c->add_option("--rate", o.rate, "learning rate")->check(positive());
  c->add_option("--augment", o.augment,
                "none; paper: random crops and flips, anew in every epoch; views:K: K of them, encoded once")
      ->check(augmentation());
  c->add_option("--order", o.order, "shuffled or sequential")
      ->check(words("order", {"shuffled", "sequential"}));
  c->add_option("--protocol", o.protocol,
                "a published protocol, which decides what is not written out: coop-fewshot, ...")
      ->check(words("protocol", protocol_names()));
  c->add_option("--replay", o.replay,
                "reference: begin and go through the pictures as the published program does by this seed; "
                "reference-fp16: with its half-precision noise; or none")
      ->check(words("replay", {"none", "reference", "reference-fp16"}));
  c->add_option("--schedule", o.schedule, "paper: warm-up and cosine; or constant")
      ->check(words("schedule", {"paper", "constant"}));
  add_broken(c, o.broken);
  add_cache(c, o.cache);
  add_conversion(c, o.conversion);
  add_processor(c, o);
  c->add_option("--out", o.out, "directory of the run")->required();
  auto* resume =
      c->add_flag("--resume", o.resume, "go on with the run in --out; its options need not be repeated");
  c->add_flag("--overwrite", o.overwrite, "replace the run in --out")->excludes(resume);
  c->add_option("--stop-after", o.stop_after, "epochs until a pause that --resume ends; 0: none")
      ->check(at_least(0));
  c->add_flag("--quiet", o.quiet, "no progress bar");
  c->callback([c, &o] {
    for (const CLI::Option* option : c->get_options()) {
      if (option->count() > 0 && !option->get_lnames().empty()) o.given.insert(option->get_lnames().front());
    }
    if (!o.resume && o.data.empty()) throw CLI::RequiredError("--data");
    if (!o.resume && o.weights.empty()) throw CLI::RequiredError("--weights");
  });
}

void add_evaluate(CLI::App& program, evaluate_options& o) {
  CLI::App* c = program.add_subcommand("evaluate", "Accuracy, macro F1 and a table of the classes");
  c->add_option("--model", o.model,
                "directory of a run, classifier.safetensors, or context vectors for the names of --data: "
                "context.safetensors or a checkpoint of CoOp's (model.pth.tar-50)")
      ->required();
  c->add_option("--data", o.data, data_text)->required();
  add_split(c, o.split);
  c->add_option("--weights", o.weights,
                "the weights it was learnt with, when they have moved or are not known");
  add_activation(c, o.activation);
  c->add_option("--vocab", o.vocabulary, "for context vectors: the vocabulary, likewise");
  c->add_option("--placement", o.placement,
                "for context vectors that do not say where the class name stands (by default at the end): " +
                    names(coop::placement::all{}))
      ->check(words("placement", names_of(coop::placement::all{})));
  c->add_option("--seed", o.seed, "of the split of a folder or list without one")->check(at_least(0));
  add_broken(c, o.broken);
  add_cache(c, o.cache);
  add_conversion(c, o.conversion);
  add_processor(c, o);
}

void add_zero_shot(CLI::App& program, zero_shot_options& o) {
  CLI::App* c = program.add_subcommand("zero-shot", "The same for hand-written templates, without learning");
  c->add_option("--data", o.data, data_text)->required();
  c->add_option("--weights", o.weights, weights_text)->required();
  add_activation(c, o.activation);
  c->add_option("--vocab", o.vocabulary, vocabulary_text);
  c->add_option("--template", o.templates,
                "prompt with {} for the class name, may be repeated; by default the data set's own, else \"a "
                "photo of a {}.\"")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_split(c, o.split);
  c->add_option("--seed", o.seed, "of the split of a folder or list without one")->check(at_least(0));
  c->add_option("--out", o.out, "save the classifier, for coop predict");
  add_broken(c, o.broken);
  add_cache(c, o.cache);
  add_conversion(c, o.conversion);
  add_processor(c, o);
}

void add_predict(CLI::App& program, predict_options& o) {
  CLI::App* c =
      program.add_subcommand("predict", "Classify pictures: a line of file, rank, name, probability each");
  c->add_option("--model", o.model, "directory of a run, or classifier.safetensors")->required();
  c->add_option("images", o.images, "JPEG or PNG files")->required();
  c->add_option("--top", o.top, "guesses for each picture")->check(at_least(1));
  c->add_option("--weights", o.weights, "the weights it was learnt with, when they have moved");
  add_activation(c, o.activation);
  add_conversion(c, o.conversion);
  add_processor(c, o);
}

void add_export(CLI::App& program, export_options& o) {
  CLI::App* c =
      program.add_subcommand("export", "A trained model for other programs: CoOp's code, NumPy, ONNX");
  c->add_option("--model", o.model, "directory of a run, or its context or classifier.safetensors")
      ->required();
  c->add_option(
       "--format", o.format,
       "pth.tar: context for CoOp's code; npy: text features; onnx: features to logits; by default what "
       "--out ends in")
      ->check(words("format", {"pth.tar", "npy", "onnx"}));
  c->add_option("--out", o.out, "file to write")->required();
  c->add_option("--dtype", o.dtype, "of pth.tar: float32 or float16")
      ->check(words("dtype", {"float32", "float16"}));
  c->add_option("--weights", o.weights, "for pth.tar: the weights it was learnt with, when they have moved");
  c->add_option("--vocab", o.vocabulary, "for pth.tar: the vocabulary, when it has moved");
}

void add_encode(CLI::App& program, encode_options& o) {
  CLI::App* c = program.add_subcommand("encode", "Features of pictures or texts, before normalisation");
  c->add_option("--weights", o.weights, weights_text)->required();
  add_activation(c, o.activation);
  c->add_option("--images", o.images, "directory of pictures, or a file with the name of one on each line");
  c->add_option("--texts", o.texts, "file with a text on each line");
  c->add_option("--data", o.data, "a data set; its features go into a FILE.safetensors for features:");
  add_split(c, o.split);
  c->add_option("--vocab", o.vocabulary, vocabulary_text);
  c->add_option("--out", o.out, "FILE.npy, float32 (N, E); with --data FILE.safetensors")->required();
  c->add_option("--seed", o.seed, "of the split of a folder or list without one")->check(at_least(0));
  add_broken(c, o.broken);
  add_conversion(c, o.conversion);
  add_processor(c, o);
}

void add_tokens(CLI::App& program, tokens_options& o) {
  CLI::App* c =
      program.add_subcommand("tokens", "Token ids of each line of standard input, without the marks");
  c->add_option("--vocab", o.vocabulary, vocabulary_text)->required();
}

void add_preprocess(CLI::App& program, preprocess_options& o) {
  CLI::App* c =
      program.add_subcommand("preprocess", "Pictures after resize and crop, uint8 (N, size, size, 3)");
  c->add_option("images", o.images, "JPEG or PNG files")->required();
  c->add_option("--size", o.size)->check(at_least(1));
  add_conversion(c, o.conversion);
  c->add_option("--out", o.out, "FILE.npy")->required();
}

void add_inspect(CLI::App& program, inspect_options& o) {
  CLI::App* c =
      program.add_subcommand("inspect", "Tensors of a file, and the backbone they form or why none");
  c->add_option("file", o.file, "a file of safetensors, torch.save or TorchScript, mini-vit or mini-rn")
      ->required();
}

void add_convert(CLI::App& program, convert_options& o) {
  CLI::App* c = program.add_subcommand("convert", "Weights of any format as safetensors with OpenAI's names");
  c->add_option("file", o.file, "a file of safetensors, torch.save or TorchScript")->required();
  c->add_option("out", o.out, "FILE.safetensors")->required();
  c->add_flag("--half", o.half, "all numbers in half precision");
  add_activation(c, o.activation);
}

void add_sweep(CLI::App& program, sweep_options& o) {
  CLI::App* c =
      program.add_subcommand("sweep", "All runs of a plan; a killed sweep goes on by the same command");
  c->add_option("plan", o.plan, "PLAN.toml or PLAN.json: protocol, weights, data sets, methods")->required();
  c->add_option("--out", o.out, "directory of the results")->required();
  c->add_option("--processes", o.processes, "processes; 0 takes one for each core")->check(at_least(0));
  c->add_option("--threads", o.threads, "threads of each process; 0 shares the cores")->check(at_least(0));
  auto* list = c->add_flag("--list", o.list, "print a command for each run, and make none");
  auto* only = c->add_option("--only", o.only, "one run by its name");
  c->add_option("--part", o.part, "I/N: every N-th run from the I-th, counted from 0")->excludes(only);
  c->add_option("--slurm", o.slurm, "write a job script for a Slurm array, and make no run")->excludes(list);
  c->add_option("--parts", o.parts, "tasks of the Slurm array")->check(at_least(1));
}

void add_subset(CLI::App& program, subset_options& o) {
  CLI::App* c = program.add_subcommand("subset", "The pictures that a draw takes, as a list for list:FILE");
  c->add_option("--data", o.data, data_text)->required();
  c->add_option("--shots", o.shots, "training pictures of each class, and at most 4 to validate; 0 takes all")
      ->check(at_least(0));
  c->add_option("--seed", o.seed, seed_text)->check(at_least(0));
  c->add_option("--out", o.out, "file to write: path, label, name, split, sha256 in each line")->required();
}

void add_doctor(CLI::App& program, doctor_options& o) {
  CLI::App* c =
      program.add_subcommand("doctor", "What is wrong with a data set on this disk, and how to mend it");
  c->add_option("dataset", o.dataset, "folder, " + coop::published::known_names())->required();
  c->add_option(
       "root", o.root,
       "the directory that holds the folders of the published data sets; of folder: that folder itself")
      ->required();
}

void add_interpret(CLI::App& program, interpret_options& o) {
  CLI::App* c =
      program.add_subcommand("interpret", "The words nearest to each learnt vector, and to random ones");
  c->add_option("model", o.model,
                "directory of a run, its context.safetensors, or a checkpoint of CoOp's code")
      ->required();
  c->add_option("--top", o.top, "words for each vector")->check(at_least(1));
  c->add_option("--class", o.classes, "of a class-specific context: names of classes; else the first few");
  c->add_option("--weights", o.weights,
                "the weights it was learnt with: needed of a checkpoint, else when they have moved");
  c->add_option("--vocab", o.vocabulary,
                "the vocabulary: needed of other than built-in weights, unless the run says");
  c->add_option("--seed", o.seed, "of the random vectors")->check(at_least(0));
}

void add_report(CLI::App& program, report_options& o) {
  CLI::App* c = program.add_subcommand("report", "Tables and a page of the runs of a sweep");
  c->add_option("directory", o.directory, "what coop sweep wrote: plan.json and runs/")->required();
  c->add_option("--out", o.out, "directory of tables and page; by default DIRECTORY/report");
  c->add_option("--compare", o.compare,
                "another sweep of the same protocol, weights and data: paired differences");
}

std::string command_names(const CLI::App& program) {
  std::string known;
  for (const CLI::App* command : program.get_subcommands({}))
    known += (known.empty() ? "" : ", ") + command->get_name();
  return known;
}

/// What was wrong with the words, and which there are.
std::string explain(const CLI::App& program, const CLI::ParseError& problem, std::string_view first) {
  const auto chosen = program.get_subcommands();
  std::string text = problem.what();
  if (chosen.empty()) {
    if (!first.empty() && first.front() != '-') text = "unknown command '" + std::string(first) + "'";
    return text + "; known: " + command_names(program);
  }
  const CLI::App* command = chosen.front();
  if (problem.get_exit_code() != int(CLI::ExitCodes::ExtrasError)) return command->get_name() + ": " + text;
  std::string known;
  for (const CLI::Option* option : command->get_options())
    known += (known.empty() ? "" : ", ") + option->get_name();
  return command->get_name() + ": " + text + "; known: " + known;
}

int run(int argc, char** argv) {
  CLI::App program("coop: prompt learning for CLIP", "coop");
  program.set_version_flag("--version", std::string("coop ") + coop::version);
  program.require_subcommand(1);
  program.get_formatter()->column_width(24);
  program.option_defaults()->always_capture_default();

  train_options training;
  evaluate_options evaluation;
  zero_shot_options wording;
  predict_options prediction;
  export_options exporting;
  encode_options encoding;
  tokens_options tokenizing;
  preprocess_options preparing;
  inspect_options inspection;
  convert_options conversion;
  sweep_options sweeping;
  subset_options drawing;
  doctor_options examination;
  interpret_options interpretation;
  report_options reporting;
  add_train(program, training);
  add_evaluate(program, evaluation);
  add_zero_shot(program, wording);
  add_predict(program, prediction);
  add_export(program, exporting);
  add_encode(program, encoding);
  add_tokens(program, tokenizing);
  add_preprocess(program, preparing);
  add_inspect(program, inspection);
  add_convert(program, conversion);
  add_sweep(program, sweeping);
  add_report(program, reporting);
  add_interpret(program, interpretation);
  add_subset(program, drawing);
  add_doctor(program, examination);

  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    program.exit(asked);
    std::cout.flush();
    coop::check<coop::io_error>(bool(std::cout), [] { return std::string("standard output: cannot write"); });
    return 0;
  } catch (const CLI::ParseError& problem) {
    throw usage_error(explain(program, problem, argc > 1 ? argv[1] : ""));
  }

  const std::string command = program.get_subcommands().front()->get_name();
  if (command == "train") train(training);
  if (command == "evaluate") evaluate(evaluation);
  if (command == "zero-shot") zero_shot(wording);
  if (command == "predict") predict(prediction);
  if (command == "export") export_model(exporting);
  if (command == "encode") encode(encoding);
  if (command == "tokens") tokens(tokenizing);
  if (command == "preprocess") preprocess(preparing);
  if (command == "inspect") inspect(inspection);
  if (command == "convert") convert(conversion);
  if (command == "sweep") sweep(sweeping);
  if (command == "subset") subset(drawing);
  if (command == "doctor") doctor(examination);
  if (command == "interpret") interpret(interpretation);
  if (command == "report") report(reporting);
  finish_output();
  return 0;
}

/// The command, for the last words of a program that has no memory to make any.
const char* running = "";

void remark_no_memory() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  std::fprintf(stderr, "coop: %s%sout of memory\n", running, *running != '\0' ? ": " : "");
}

std::terminate_handler otherwise = std::abort;

/// Whether operator new has failed: an exception that is ended where nothing may be thrown is not always there to be asked.
std::atomic<bool> ran_out = false;

[[noreturn]] void note_no_memory() {
  ran_out = true;
  throw std::bad_alloc();
}

/// Memory that runs out where nothing may be thrown, such as in a library's destructor or libstdc++'s directories, ends
/// the program as it does elsewhere: files that are being written are whole or not there at any moment, so there is
/// nothing to tidy up.
[[noreturn]] void end_without_memory() {
  bool memory = ran_out && !std::current_exception();
  try {
    if (std::current_exception()) throw;
  } catch (const std::bad_alloc&) {
    memory = true;
  } catch (...) {  // a fault of ours, which the system's own handler describes
  }
  if (memory) {
    remark_no_memory();
    std::_Exit(1);
  }
  otherwise();
  std::abort();
}

}  // namespace

}  // namespace app

int main(int argc, char** argv) try {
  if (argc > 1 && argv[1][0] != '-') app::running = argv[1];
  std::set_new_handler(app::note_no_memory);
  app::otherwise = std::set_terminate(app::end_without_memory);
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is then an error like a full disk, not the end
#endif
  return app::run(argc, argv);
} catch (const app::usage_error& problem) {
  app::remark(problem.what());
  return 2;
} catch (const coop::error& problem) {
  app::remark(problem.what());
  return 1;
} catch (const std::bad_alloc&) {
  app::remark_no_memory();
  return 1;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "coop: %s\n", problem.what());  // NOLINT(cppcoreguidelines-pro-type-vararg)
  return 1;
}
