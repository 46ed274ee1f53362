#include "resonance/embedding/model_contract.h"

#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace resonance::embedding {
namespace {

constexpr std::string_view kFormat = "1";
constexpr std::size_t kMaxDimensions = 65536;
constexpr std::array<std::string_view, 3> kPartKeys{
    "resonance.timbre_dimensions", "resonance.harmony_dimensions", "resonance.rhythm_dimensions"};

constexpr std::string_view kStyleKey = "resonance.style_dimensions";

/// Looks things up in a model's metadata and complains about it by name.
class Reader {
 public:
  Reader(const std::map<std::string, std::string>& metadata, std::string_view file)
      : metadata_(metadata), file_(file) {}

  [[nodiscard]] const std::string& text(std::string_view key) const {
    const auto found = metadata_.find(std::string(key));
    if (found == metadata_.end())
      fail("has no \"" + std::string(key) + "\" in its metadata: it is no model of Resonance");
    return found->second;
  }
  [[nodiscard]] std::size_t number(std::string_view key) const {
    const std::string& value = text(key);
    std::size_t number = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (problem != std::errc() || end != value.data() + value.size() || number == 0 ||
        number > kMaxDimensions) {
      fail("says \"" + std::string(key) + "\" is " + value + ", which is impossible");
    }
    return number;
  }
  [[nodiscard]] std::string one_of(std::string_view key,
                                   std::initializer_list<std::string_view> allowed) const {
    const std::string& value = text(key);
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      fail("says \"" + std::string(key) + "\" is " + value + ", which this program does not know");
    }
    return value;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::corrupt_data, "model " + std::string(file_) + " " + what);
  }

 private:
  const std::map<std::string, std::string>& metadata_;
  std::string_view file_;
};

constexpr std::size_t kChecksumDigits = 8;

/// Where the checksum's digits are: behind the key, as protobuf writes a second string of eight bytes.
std::optional<std::size_t> checksum_position(std::string_view bytes) {
  const std::string marker = std::string(kModelChecksumKey) + "\x12\x08";
  const std::size_t found = bytes.rfind(marker);
  if (found == std::string_view::npos || bytes.size() - found < marker.size() + kChecksumDigits)
    return std::nullopt;
  return found + marker.size();
}

std::string checksum_of(std::string_view bytes, std::size_t position) {
  const std::string zeros(kChecksumDigits, '0');
  std::uint32_t crc = crc32(0, bytes.substr(0, position));
  crc = crc32(crc, zeros);
  crc = crc32(crc, bytes.substr(position + kChecksumDigits));
  std::string digits = zeros;
  for (std::size_t i = 0; i < kChecksumDigits; ++i) {
    digits[kChecksumDigits - 1 - i] = "0123456789abcdef"[(crc >> (4 * i)) & 0xFU];
  }
  return digits;
}

}  // namespace

void seal_model(std::string& bytes) {
  const auto position = checksum_position(bytes);
  if (!position) {
    throw Error(ErrorCode::invalid_argument,
                "a model without \"" + std::string(kModelChecksumKey) + "\" cannot be sealed");
  }
  bytes.replace(*position, kChecksumDigits, checksum_of(bytes, *position));
}

void require_whole_model(std::string_view bytes, std::string_view file) {
  const auto position = checksum_position(bytes);
  if (!position) {
    throw Error(ErrorCode::corrupt_data,
                "model " + std::string(file) +
                    " is no model of Resonance, or only a part of one: it has no \"" +
                    std::string(kModelChecksumKey) + "\"; give a file that resonance export wrote");
  }
  if (bytes.substr(*position, kChecksumDigits) != checksum_of(bytes, *position)) {
    throw Error(ErrorCode::corrupt_data,
                "model " + std::string(file) +
                    " is damaged: it does not match its checksum; copy or export it again");
  }
}

std::map<std::string, std::string> metadata_of(const ModelContract& contract) {
  std::map<std::string, std::string> result{
      {"resonance.contract", std::string(kFormat)},
      {"resonance.name", contract.name},
      {"resonance.id", contract.id},
      {"resonance.precision", contract.precision},
      {"resonance.fusion", contract.fusion},
      {"resonance.feature_version", std::to_string(contract.feature_version)},
      {"resonance.embedding_dimensions", std::to_string(contract.dimensions)},
      {"resonance.training", contract.training},
      {"resonance.licence", contract.licence},
      {std::string(kModelChecksumKey), std::string(kChecksumDigits, '0')},
      // For people who use the file without us; the feature version stands for all of these.
      {"resonance.sample_rate_hz", std::to_string(kSampleRateHz)},
      {"resonance.fft_size", std::to_string(kFftSize)},
      {"resonance.hop_samples", std::to_string(kHopSamples)},
      {"resonance.segment_frames", std::to_string(kSegmentFrames)},
      {"resonance.segment_hop_frames", std::to_string(kSegmentHopFrames)}};
  for (std::size_t part = 0; part < kPartKeys.size(); ++part) {
    result[std::string(kPartKeys[part])] = std::to_string(contract.part_dimensions[part]);
  }
  if (contract.style_dimensions > 0)
    result[std::string(kStyleKey)] = std::to_string(contract.style_dimensions);
  return result;
}

ModelContract read_contract(const std::map<std::string, std::string>& metadata, std::string_view file) {
  const Reader reader(metadata, file);
  if (reader.text("resonance.contract") != kFormat) {
    throw Error(ErrorCode::version_mismatch, "model " + std::string(file) + " has contract " +
                                                 reader.text("resonance.contract") +
                                                 " and this program knows contract " + std::string(kFormat));
  }
  ModelContract contract;
  contract.feature_version = static_cast<int>(reader.number("resonance.feature_version"));
  if (contract.feature_version != kFeatureVersion) {
    throw Error(ErrorCode::version_mismatch,
                "model " + std::string(file) + " was trained on features version " +
                    std::to_string(contract.feature_version) + " and this program computes version " +
                    std::to_string(kFeatureVersion) + "; export it anew from features of this version");
  }
  contract.name = reader.text("resonance.name");
  contract.id = reader.text("resonance.id");
  if (contract.name.empty() || contract.name.size() > 64 || contract.id.size() != 8 ||
      contract.id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    reader.fail("has an impossible name or id in its metadata");
  }
  contract.precision = reader.one_of("resonance.precision", {"fp32", "int8"});
  contract.fusion = reader.one_of("resonance.fusion", {"gated_add", "gated_concat", "cross_attention"});
  contract.dimensions = reader.number("resonance.embedding_dimensions");
  std::size_t sum = 0;
  for (std::size_t part = 0; part < kPartKeys.size(); ++part) {
    contract.part_dimensions[part] = reader.number(kPartKeys[part]);
    sum += contract.part_dimensions[part];
  }
  if (contract.dimensions != kEmbeddingDimensions ||
      (contract.fusion == "gated_concat" && sum != contract.dimensions)) {
    reader.fail("has an embedding of impossible dimensions");
  }
  if (metadata.contains(std::string(kStyleKey))) {
    contract.style_dimensions = reader.number(kStyleKey);
    if (contract.style_dimensions != kStyleDimensions) reader.fail("has a style of impossible dimensions");
  }
  contract.training = reader.text("resonance.training");
  contract.licence = reader.text("resonance.licence");
  return contract;
}

}  // namespace resonance::embedding
