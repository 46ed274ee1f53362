#include "resonance/embedding/audio_model.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/embedding/log_mel_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace resonance::embedding {
namespace {

std::string sidecar_of(const std::filesystem::path& file) {
  constexpr std::size_t kMaxBytes = 1 << 20;
  std::filesystem::path sidecar = file;
  sidecar += ".json";
  std::error_code problem;
  return std::filesystem::exists(sidecar, problem) ? read_file(sidecar, kMaxBytes) : std::string();
}

}  // namespace

std::vector<float> mean_of(const PatchEmbeddings& patches) {
  return mean_within(patches, 0, 0, std::numeric_limits<double>::infinity());
}

std::vector<float> mean_within(const PatchEmbeddings& patches, double patch_s, double start_s,
                               double length_s) {
  if (patches.start_s.empty())
    throw Error(ErrorCode::invalid_argument, "there is no patch to take the mean of");
  constexpr double kRounding = 1e-6;
  std::vector<double> sum(patches.vectors.cols());
  std::size_t count = 0;
  const auto add = [&](std::size_t patch) {
    const auto row = patches.vectors.row(patch);
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += row[d];
    ++count;
  };
  std::size_t nearest = 0;
  const auto distance = [&](std::size_t patch) {
    return std::abs(patches.start_s[patch] + patch_s / 2 - (start_s + length_s / 2));
  };
  for (std::size_t patch = 0; patch < patches.start_s.size(); ++patch) {
    const double start = patches.start_s[patch];
    if (start >= start_s - kRounding && start + patch_s <= start_s + length_s + kRounding) add(patch);
    if (distance(patch) < distance(nearest)) nearest = patch;
  }
  if (count == 0) add(nearest);
  std::vector<float> mean(sum.size());
  for (std::size_t d = 0; d < sum.size(); ++d)
    mean[d] = static_cast<float>(sum[d] / static_cast<double>(count));
  return mean;
}

struct PatchListener::State {
  explicit State(const AudioModel& heard_by) : model(heard_by), contract(heard_by.contract()) {
    if (contract.input == AudioContract::Input::mel) mel.emplace(contract);
  }

  [[nodiscard]] std::size_t patch_values() const {
    return mel ? contract.frames * contract.bands : contract.samples;
  }
  [[nodiscard]] std::size_t hop_values() const {
    return mel ? contract.hop_frames * contract.bands : contract.hop_samples;
  }

  void take(std::span<const float> values) {
    // A hop may be longer than a patch: what lies between two patches is not heard.
    const std::size_t skipped = std::min(values.size(), to_skip);
    to_skip -= skipped;
    values = values.subspan(skipped);
    pending.insert(pending.end(), values.begin(), values.end());
    while (pending.size() >= patch_values()) {
      hear();
      const std::size_t hop = hop_values();
      to_skip = hop > pending.size() ? hop - pending.size() : 0;
      pending.erase(pending.begin(),
                    pending.begin() + static_cast<std::ptrdiff_t>(std::min(hop, pending.size())));
    }
  }

  /// The patch at the head of what is pending.
  void hear() {
    std::vector<std::int64_t> shape{1};
    if (mel) shape.push_back(static_cast<std::int64_t>(contract.frames));
    shape.push_back(static_cast<std::int64_t>(mel ? contract.bands : contract.samples));
    const std::array<NamedInput, 1> input{
        NamedInput{contract.input_name, shape, std::span<const float>(pending).first(patch_values())}};
    const std::array<std::string_view, 1> output{contract.output_name};
    const std::vector<Tensor> said = model.model().run(input, output);
    const std::vector<float>& vector = said.front().values;
    if (vector.empty() || (!answers.empty() && vector.size() != answers.front().size()) ||
        !std::all_of(vector.begin(), vector.end(), [](float value) { return std::isfinite(value); })) {
      throw Error(ErrorCode::corrupt_data, "model " + model.model().file().string() +
                                               " gives an output that is no vector of finite numbers");
    }
    answers.push_back(vector);
  }

  const AudioModel& model;
  AudioContract contract;
  std::optional<LogMelFrames> mel;
  std::vector<float> pending;  // samples, or rows of mel
  std::size_t to_skip = 0;
  std::vector<std::vector<float>> answers;
};

PatchListener::PatchListener(const AudioModel& model) : state_(std::make_unique<State>(model)) {}
PatchListener::~PatchListener() = default;
PatchListener::PatchListener(PatchListener&&) noexcept = default;
PatchListener& PatchListener::operator=(PatchListener&&) noexcept = default;

void PatchListener::push(std::span<const float> samples) {
  if (state_->mel) {
    state_->take(state_->mel->push(samples));
  } else {
    state_->take(samples);
  }
}

PatchEmbeddings PatchListener::finish() {
  State& state = *state_;
  if (state.mel) state.take(state.mel->finish());
  if (state.answers.empty()) {
    if (state.mel) {
      // Silence behind the end as the model hears silence.
      LogMelFrames silence(state.contract);
      const std::vector<float> frame = silence.push(std::vector<float>(state.contract.fft));
      while (state.pending.size() < state.patch_values()) {
        state.pending.insert(state.pending.end(), frame.begin(),
                             frame.begin() + static_cast<std::ptrdiff_t>(state.contract.bands));
      }
    }
    state.pending.resize(state.patch_values());
    state.hear();
  }
  PatchEmbeddings patches{.vectors = Matrix(state.answers.size(), state.answers.front().size()),
                          .start_s = {}};
  for (std::size_t patch = 0; patch < state.answers.size(); ++patch) {
    std::copy(state.answers[patch].begin(), state.answers[patch].end(), patches.vectors.row(patch).begin());
    patches.start_s.push_back(static_cast<double>(patch) * state.contract.hop_s());
  }
  return patches;
}

AudioModel::AudioModel(const std::filesystem::path& file)
    : model_(file, read_model_file(file)),
      contract_(read_audio_contract(model_, sidecar_of(file))),
      name_(file.stem().string()) {}

bool claims_contract(std::string_view bytes) {
  return bytes.find("resonance.contract") != std::string_view::npos;
}

}  // namespace resonance::embedding
