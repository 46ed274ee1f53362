#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/model_contract.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "training/export/network_export.h"
#include "training/export/quantise.h"
#include "training/export/verify.h"
#include "training/trainer/checkpoint.h"
#include "verbs.h"

namespace resonance::training {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kStretchFrames = 1700;  // five segments
constexpr std::size_t kCalibrationTracks = 100;

/// What both verbs look at.
struct Source {
  std::string load = "runs/best";
  std::string set;
};

/// @return the option --set
CLI::Option* add_source_options(CLI::App& verb, Source& source, const std::string& what_the_set_is_for) {
  verb.add_option("--load", source.load, "Folder of a run, or a checkpoint")->capture_default_str();
  return verb.add_option("--set", source.set, what_the_set_is_for);
}

struct ExportArguments {
  Source source;
  std::string out = "export";
  std::vector<std::string> formats = {"onnx"};
  std::string name{kNetworkName};
  bool no_style = false;
  std::string training = "not described";
  std::string licence = "not stated";
};

void write_file(const fs::path& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
  fmt::print("{}  {:.1f} MB\n", path.string(), static_cast<double>(bytes.size()) / 1e6);
}

int run_export(const ExportArguments& arguments) {
  Network network = load_network(arguments.source.load);
  embedding::ModelContract contract = contract_of(
      *network, {.name = arguments.name, .training = arguments.training, .licence = arguments.licence});
  if (arguments.no_style) contract.style_dimensions = 0;
  const onnx::ModelProto model = export_network(*network, contract);
  std::error_code problem;
  fs::create_directories(arguments.out, problem);
  if (problem) throw system_error(problem.value(), "cannot write " + arguments.out);
  const fs::path folder = arguments.out;
  for (const std::string& format : arguments.formats) {
    if (format == "onnx") {
      write_file(folder / "model.onnx", sealed_bytes(model));
      continue;
    }
    if (arguments.source.set.empty()) {
      throw Error(ErrorCode::invalid_argument,
                  "onnx-int8 is calibrated on real features: name a feature set with --set");
    }
    const FeatureSet set(arguments.source.set);
    write_file(folder / "model-int8.onnx",
               sealed_bytes(quantise(model, stretches_of(set, kCalibrationTracks, kStretchFrames))));
  }
  return 0;
}

struct VerifyArguments {
  Source source;
  std::string onnx = "export/model.onnx";
  std::size_t tracks = 40;
  bool time_it = false;
  int runs = 50;
  int batch = 1;
  std::string format = "text";
};

/// Bounds of each precision: fp32 must be the same network, int8 nearly.
bool within_bounds(const Agreement& agreement, const std::string& precision) {
  if (precision == "int8") return agreement.mean_cosine >= 0.995;
  return agreement.mean_absolute_error < 1e-5 && agreement.largest_error < 1e-4 &&
         agreement.least_cosine > 0.9999;
}

int run_verify(const VerifyArguments& arguments) {
  Network network = load_network(arguments.source.load);
  const std::string bytes = embedding::read_model_file(arguments.onnx);
  embedding::require_whole_model(bytes, arguments.onnx);
  const embedding::OnnxModel model(arguments.onnx, bytes);
  const embedding::ModelContract contract = embedding::read_contract(model.metadata(), arguments.onnx);
  if (contract.id != weights_id(*network)) {
    throw Error(ErrorCode::version_mismatch, arguments.onnx + " was exported from other weights (" +
                                                 contract.id + ") than those of " + arguments.source.load +
                                                 " (" + weights_id(*network) + ")");
  }
  const FeatureSet set(arguments.source.set);
  const std::vector<ModelInputs> inputs = stretches_of(set, arguments.tracks, kStretchFrames);
  if (inputs.empty()) {
    throw Error(ErrorCode::invalid_argument,
                arguments.source.set + " has no track of 34 seconds to verify on");
  }
  const Agreement agreement = compare(*network, model, inputs);
  const bool good = within_bounds(agreement, contract.precision);
  std::optional<Timing> timing;
  if (arguments.time_it) {
    torch::set_num_threads(1);
    timing = time_both(*network, model, stretches_of(set, 1, kSegmentFrames).front(), arguments.runs,
                       arguments.batch);
  }
  if (arguments.format == "json") {
    fmt::print(
        "{{\"precision\":\"{}\",\"segments\":{},\"mae\":{:.3g},\"max_abs\":{:.3g},\"mean_cosine\":{:.6f},"
        "\"least_cosine\":{:.6f},\"least_part_cosine\":{:.6f},\"largest_gate_error\":{:.3g},\"within_"
        "bounds\":{}",
        contract.precision, agreement.segments, agreement.mean_absolute_error, agreement.largest_error,
        agreement.mean_cosine, agreement.least_cosine, agreement.least_part_cosine,
        agreement.largest_gate_error, good);
    if (timing) fmt::print(",\"torch_ms\":{:.3f},\"onnx_ms\":{:.3f}", timing->torch_ms, timing->onnx_ms);
    fmt::print("}}\n");
  } else {
    fmt::print(
        "{} segments, {}: mean absolute error {:.2e}, largest {:.2e}, cosine {:.6f} in the mean, {:.6f} at "
        "least\n"
        "parts: cosine {:.6f} at least; gates: largest error {:.2e}\n{}\n",
        agreement.segments, contract.precision, agreement.mean_absolute_error, agreement.largest_error,
        agreement.mean_cosine, agreement.least_cosine, agreement.least_part_cosine,
        agreement.largest_gate_error, good ? "within bounds" : "OUT OF BOUNDS");
    if (timing) {
      fmt::print("one segment x {}, one thread, median of {}: LibTorch {:.2f} ms, ONNX Runtime {:.2f} ms\n",
                 arguments.batch, arguments.runs, timing->torch_ms, timing->onnx_ms);
    }
  }
  return good ? 0 : exit_status_of(ErrorCode::corrupt_data);
}

}  // namespace

void add_export_verbs(CLI::App& app, Command& command) {
  CLI::App* write = app.add_subcommand("export", "Write a trained model as ONNX");
  const auto arguments = std::make_shared<ExportArguments>();
  add_source_options(*write, arguments->source, "Feature set to calibrate int8 on");
  write->add_option("--out", arguments->out, "Folder for model.onnx and model-int8.onnx")
      ->capture_default_str();
  write->add_option("--formats", arguments->formats, "onnx, onnx-int8")
      ->delimiter(',')
      ->check(CLI::IsMember({"onnx", "onnx-int8"}))
      ->capture_default_str();
  write->add_option("--name", arguments->name, "Name in the model's contract")->capture_default_str();
  write->add_flag(
      "--no-style,--no_style", arguments->no_style,
      "Leave out what the network learned from teachers, which is used beside the model statistics");
  write->add_option("--training", arguments->training, "What it was trained on, for the contract");
  write->add_option("--licence", arguments->licence, "For the contract");
  write->callback([arguments, &command] {
    command = [arguments](const std::stop_token&) { return run_export(*arguments); };
  });

  CLI::App* verify =
      app.add_subcommand("verify-onnx", "Hold an exported model against the network it came from");
  const auto checks = std::make_shared<VerifyArguments>();
  add_source_options(*verify, checks->source, "Feature set whose tracks it is verified on")->required();
  verify->add_option("--onnx", checks->onnx, "The exported model")->capture_default_str();
  verify->add_option("--tracks", checks->tracks, "How many of them")->capture_default_str();
  verify->add_flag("--timeit", checks->time_it, "Time both on one segment");
  verify->add_option("--runs", checks->runs, "Forward passes timed")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verify->add_option("--batch", checks->batch, "Segments in a pass")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  verify->add_option("--format", checks->format)
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verify->callback(
      [checks, &command] { command = [checks](const std::stop_token&) { return run_verify(*checks); }; });
}

}  // namespace resonance::training
