#include "training/export/verify.h"

#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <span>

#include "training/data/crop.h"
#include "training/data/feature_encoding.h"
#include "training/network/pooling.h"

namespace resonance::training {
namespace {

constexpr std::array<std::string_view, 6> kOutputs{"embedding", "timbre", "harmony",
                                                   "rhythm",    "gates",  "style"};
constexpr std::size_t kGates = 4;

/// Without style, if the model has none.
std::span<const std::string_view> outputs_of(const embedding::OnnxModel& model) {
  const bool style =
      std::any_of(model.outputs().begin(), model.outputs().end(),
                  [](const embedding::TensorInfo& info) { return info.name == kOutputs.back(); });
  return std::span<const std::string_view>(kOutputs).first(kOutputs.size() - (style ? 0 : 1));
}

torch::Tensor as_tensor(const std::vector<float>& values, std::int64_t frames, std::int64_t batch) {
  return torch::tensor(values).view({1, frames, -1}).expand({batch, -1, -1}).contiguous();
}

NetworkInput torch_input(const ModelInputs& input, std::int64_t batch) {
  return {as_tensor(input.log_mel, input.frames, batch), as_tensor(input.chroma, input.frames, batch),
          as_tensor(input.tempogram, input.frames, batch)};
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0;
  double length_a = 0;
  double length_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += double{a[i]} * b[i];
    length_a += double{a[i]} * a[i];
    length_b += double{b[i]} * b[i];
  }
  return product / std::sqrt(std::max(length_a * length_b, 1e-30));
}

template <typename Function>
double median_ms(int runs, const Function& function) {
  constexpr int kWarmUps = 2;
  std::vector<double> times;
  for (int run = -kWarmUps; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    function();
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    if (run >= 0) times.push_back(taken.count());
  }
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[static_cast<std::size_t>(runs / 2)];
}

}  // namespace

std::vector<ModelInputs> stretches_of(const FeatureSet& set, std::size_t count, std::int64_t frames) {
  const auto length = static_cast<std::size_t>(frames);
  const CropShape shape{
      .frames = length, .chroma_frames = length, .rhythm_frames = length, .tempogram_rows = length};
  std::vector<std::size_t> fitting;
  for (std::size_t track = 0; track < set.tracks().size(); ++track) {
    if (set.tracks()[track].excerpts.front().log_mel.frames >= frames) fitting.push_back(track);
  }
  std::vector<ModelInputs> result;
  const std::size_t used = std::min(count, fitting.size());
  for (std::size_t i = 0; i < used; ++i) {
    const std::size_t track = fitting[i * fitting.size() / used];
    const Excerpt excerpt = set.excerpt(track, 0);
    const std::int64_t start = excerpt.log_mel_range.start + (excerpt.log_mel_range.frames - frames) / 2;
    Crop crop = finish_crop(cut_crop(excerpt, start, shape, 1.0), shape, 1.0);
    result.push_back({std::move(crop.log_mel), std::move(crop.chroma), std::move(crop.tempogram), frames});
  }
  return result;
}

Agreement compare(NetworkImpl& network, const embedding::OnnxModel& model,
                  const std::vector<ModelInputs>& inputs) {
  network.eval();
  const torch::NoGradGuard no_grad;
  Agreement result;
  double values = 0;
  for (const ModelInputs& input : inputs) {
    const NetworkOutput expected =
        network.pool(network.trunk(torch_input(input, 1)), segments_of(input.frames), 1);
    const std::vector<embedding::Tensor> found = model.run(input.named(), outputs_of(model));
    std::vector<torch::Tensor> all{expected.embedding, expected.timbre, expected.harmony, expected.rhythm,
                                   expected.gates};
    if (found.size() > all.size()) {
      all.push_back(network.target(expected.embedding).slice(1, 0, embedding::kStyleDimensions));
    }
    for (std::size_t output = 0; output < all.size(); ++output) {
      const torch::Tensor rows = all[output].to(torch::kFloat).contiguous();
      const auto width = static_cast<std::size_t>(rows.size(1));
      for (std::size_t row = 0; row < static_cast<std::size_t>(rows.size(0)); ++row) {
        const std::span<const float> ours(rows.data_ptr<float>() + row * width, width);
        const std::span<const float> theirs =
            std::span<const float>(found[output].values).subspan(row * width, width);
        double largest = 0;
        double sum = 0;
        for (std::size_t i = 0; i < width; ++i) {
          const double difference = std::abs(double{ours[i]} - double{theirs[i]});
          largest = std::max(largest, difference);
          sum += difference;
        }
        const double agreement = cosine(ours, theirs);
        if (output == 0) {
          ++result.segments;
          values += static_cast<double>(width);
          result.mean_absolute_error += sum;
          result.largest_error = std::max(result.largest_error, largest);
          result.mean_cosine += agreement;
          result.least_cosine = std::min(result.least_cosine, agreement);
        } else if (output == kGates) {
          result.largest_gate_error = std::max(result.largest_gate_error, largest);
        } else {
          result.least_part_cosine = std::min(result.least_part_cosine, agreement);
        }
      }
    }
  }
  if (result.segments > 0) {
    result.mean_absolute_error /= values;
    result.mean_cosine /= static_cast<double>(result.segments);
  }
  return result;
}

Timing time_both(NetworkImpl& network, const embedding::OnnxModel& model, const ModelInputs& input, int runs,
                 int batch) {
  network.eval();
  const torch::NoGradGuard no_grad;
  const NetworkInput tensors = torch_input(input, batch);
  std::vector<float> log_mel;
  std::vector<float> chroma;
  std::vector<float> tempogram;
  for (int i = 0; i < batch; ++i) {
    log_mel.insert(log_mel.end(), input.log_mel.begin(), input.log_mel.end());
    chroma.insert(chroma.end(), input.chroma.begin(), input.chroma.end());
    tempogram.insert(tempogram.end(), input.tempogram.begin(), input.tempogram.end());
  }
  std::vector<embedding::NamedInput> named = input.named();
  const std::array<std::vector<float>*, 3> data{&log_mel, &chroma, &tempogram};
  for (std::size_t i = 0; i < named.size(); ++i) {
    named[i].shape[0] = batch;
    named[i].values = *data[i];
  }
  return {.torch_ms = median_ms(runs, [&] { (void)network.forward(tensors); }),
          .onnx_ms = median_ms(runs, [&] { (void)model.run(named, outputs_of(model)); })};
}

}  // namespace resonance::training
