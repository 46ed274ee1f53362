#include "resonance/embedding/audio_contract.h"

#include "resonance/core/error.h"
#include "resonance/core/nearest_name.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace resonance::embedding {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 10> kKeys{"input",       "output", "sample_rate_hz", "samples",
                                                 "hop_samples", "fft",    "fft_hop",        "bands",
                                                 "hop_frames",  "frames"};
constexpr std::string_view kLogKey = "log";
constexpr std::array<std::string_view, 4> kLogs{"log10(10000x+1)", "ln(x+1e-6)", "10log10(max(x,1e-10))",
                                                "none"};

/// The text of a contract, which complains by the model's name.
class ContractReader {
 public:
  ContractReader(const OnnxModel& model, std::string_view text) : file_(model.file().string()) {
    if (text.empty()) return;
    document_ = json::parse(text, nullptr, false);
    if (!document_.is_object()) fail("is no JSON object");
    std::vector<std::string_view> keys(kKeys.begin(), kKeys.end());
    keys.push_back(kLogKey);
    for (const auto& [key, value] : document_.items()) {
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      const std::string_view nearest = nearest_name(key, keys);
      fail("has an unknown key \"" + key + "\"" +
           (nearest.empty() ? "" : "; is \"" + std::string(nearest) + "\" meant?"));
    }
  }

  [[nodiscard]] bool has(std::string_view key) const { return document_.contains(key); }
  [[nodiscard]] std::string text(std::string_view key, const std::string& otherwise) const {
    const auto found = document_.find(key);
    if (found == document_.end()) return otherwise;
    if (!found->is_string() || found->get<std::string>().empty())
      fail("says no text for \"" + std::string(key) + "\"");
    return found->get<std::string>();
  }
  template <typename Integer>
  [[nodiscard]] Integer number(std::string_view key, Integer otherwise, std::int64_t least,
                               std::int64_t most) const {
    const auto found = document_.find(key);
    if (found == document_.end()) return otherwise;
    if (!found->is_number_integer() || found->get<std::int64_t>() < least ||
        found->get<std::int64_t>() > most) {
      fail("says \"" + std::string(key) + "\" is " + found->dump() + "; possible are " +
           std::to_string(least) + " to " + std::to_string(most));
    }
    return static_cast<Integer>(found->get<std::int64_t>());
  }
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::corrupt_data, "the audio contract of model " + file_ + " " + problem);
  }

 private:
  std::string file_;
  json document_ = json::object();
};

const TensorInfo* tensor(const std::vector<TensorInfo>& tensors, std::string_view name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const TensorInfo& info) { return info.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

/// The last dimension but `back` of a shape, if it is fixed.
std::size_t fixed_dimension(const TensorInfo& info, std::size_t back, std::size_t otherwise) {
  if (info.shape.size() <= back) return otherwise;
  const std::int64_t size = info.shape[info.shape.size() - 1 - back];
  return size > 0 ? static_cast<std::size_t>(size) : otherwise;
}

AudioContract::Log log_of(const ContractReader& reader, AudioContract::Log otherwise) {
  const std::string name = reader.text(kLogKey, std::string(kLogs.at(static_cast<std::size_t>(otherwise))));
  const auto found = std::find(kLogs.begin(), kLogs.end(), name);
  if (found == kLogs.end()) {
    std::string known;
    for (const std::string_view log : kLogs) known += " \"" + std::string(log) + "\"";
    reader.fail("has the logarithm \"" + name + "\"; known are" + known);
  }
  return static_cast<AudioContract::Log>(found - kLogs.begin());
}

std::string contract_text(const OnnxModel& model, std::string_view sidecar) {
  if (!sidecar.empty()) return std::string(sidecar);
  const auto found = model.metadata().find("audio_contract");
  return found == model.metadata().end() ? std::string() : found->second;
}

}  // namespace

double AudioContract::patch_s() const {
  const std::size_t length = input == Input::waveform ? samples : frames * fft_hop;
  return static_cast<double>(length) / sample_rate_hz;
}

double AudioContract::hop_s() const {
  const std::size_t length = input == Input::waveform ? hop_samples : hop_frames * fft_hop;
  return static_cast<double>(length) / sample_rate_hz;
}

AudioContract read_audio_contract(const OnnxModel& model, std::string_view sidecar) {
  const ContractReader reader(model, contract_text(model, sidecar));
  AudioContract contract;
  const bool by_name_mel =
      tensor(model.inputs(), "waveform") == nullptr && tensor(model.inputs(), "mel") != nullptr;
  const std::string input = reader.text("input", by_name_mel ? "mel" : "waveform");
  if (input != "waveform" && input != "mel")
    reader.fail("has the input \"" + input + "\"; known are waveform and mel");
  contract.input = input == "mel" ? AudioContract::Input::mel : AudioContract::Input::waveform;
  contract.input_name = input;
  contract.output_name = reader.text("output", contract.output_name);
  const TensorInfo* in = tensor(model.inputs(), contract.input_name);
  if (in == nullptr) {
    throw Error(ErrorCode::corrupt_data,
                "model " + model.file().string() +
                    " has no input \"waveform\" or \"mel\": it "
                    "is neither a model of Resonance nor an audio model that can be used");
  }
  if (model.inputs().size() != 1) reader.fail("leaves inputs besides \"" + input + "\" open");
  if (tensor(model.outputs(), contract.output_name) == nullptr) {
    std::string known;
    for (const TensorInfo& info : model.outputs()) known += " " + info.name;
    reader.fail("asks for the output \"" + contract.output_name + "\"; the model has" + known);
  }
  contract.sample_rate_hz = reader.number("sample_rate_hz", contract.sample_rate_hz, 1000, 192000);
  if (contract.input == AudioContract::Input::waveform) {
    constexpr std::int64_t kMaxSamples = 12'000'000;
    contract.samples = reader.number("samples", fixed_dimension(*in, 0, contract.samples), 16, kMaxSamples);
    // Half of YAMNet's patch is usual; of others nothing is known.
    const std::size_t usual_hop =
        contract.samples == AudioContract{}.samples ? contract.hop_samples : contract.samples;
    contract.hop_samples = reader.number("hop_samples", usual_hop, 1, kMaxSamples);
  } else {
    constexpr std::int64_t kMaxFrames = 10000;
    contract.fft = reader.number("fft", contract.fft, 16, 65536);
    contract.fft_hop = reader.number("fft_hop", contract.fft_hop, 1, 65536);
    contract.bands = reader.number("bands", fixed_dimension(*in, 0, contract.bands), 1, 1024);
    contract.frames = reader.number("frames", fixed_dimension(*in, 1, contract.frames), 1, kMaxFrames);
    contract.hop_frames = reader.number("hop_frames", contract.frames, 1, kMaxFrames);
    contract.log = log_of(reader, contract.log);
    if ((contract.fft & (contract.fft - 1)) != 0) reader.fail("has an \"fft\" that is no power of two");
  }
  return contract;
}

}  // namespace resonance::embedding
