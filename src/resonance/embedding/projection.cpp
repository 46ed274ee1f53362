#include "resonance/embedding/projection.h"

#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/bytes.h"
#include "resonance/embedding/statistics_prior.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace resonance::embedding {
namespace {

constexpr std::string_view kMagic = "RPJ1";
constexpr std::uint32_t kVersion = 2;  // 2: other weights of the parts
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxFitted = 20000;  // a larger library is sampled evenly

// Dimensions and weights of the three parts in the fused vector.
constexpr std::array<std::size_t, 3> kDimensions{256, 128, 128};
constexpr std::array<WhiteningConfig, 3> kWhitening{
    WhiteningConfig{.output_dimensions = kDimensions[0], .exponent = 0.6, .floor = 0.5},
    WhiteningConfig{.output_dimensions = kDimensions[1], .exponent = 0.8, .floor = 0.2},
    WhiteningConfig{.output_dimensions = kDimensions[2], .exponent = 0.5, .floor = 0.2}};
constexpr std::array<double, 3> kWeights{0.6875, 0.203125, 0.109375};
static_assert(kDimensions[0] + kDimensions[1] + kDimensions[2] == kEmbeddingDimensions);
static_assert(kWeights[0] + kWeights[1] + kWeights[2] == 1.0);

using Part = std::vector<float> Descriptor::*;
constexpr std::array<Part, 3> kParts{&Descriptor::timbre, &Descriptor::harmony, &Descriptor::rhythm};
constexpr std::array<std::string_view, 3> kPartNames{"timbre", "harmony", "rhythm"};

}  // namespace

Projection Projection::fit(const ModelInfo& model, std::span<const Descriptor> descriptors) {
  if (descriptors.empty()) {
    throw Error(ErrorCode::invalid_argument, "a projection cannot be fitted on no track");
  }
  for (const Descriptor& descriptor : descriptors) {
    for (std::size_t part = 0; part < kParts.size(); ++part) {
      const std::size_t expected = (descriptors.front().*kParts[part]).size();
      const std::size_t found = (descriptor.*kParts[part]).size();
      if (found != expected) {
        throw Error(ErrorCode::invalid_argument, "the " + std::string(kPartNames[part]) +
                                                     " descriptors differ: " + std::to_string(expected) +
                                                     " and " + std::to_string(found) +
                                                     " dimensions; analyse the library anew with one model");
      }
    }
  }
  const std::size_t used = std::min(descriptors.size(), kMaxFitted);
  // The statistics model knows what tracks are like; of any other model nothing is known but the library.
  const std::array<WhiteningPrior, 3> prior =
      model.name == kStatisticsName ? statistics_prior() : std::array<WhiteningPrior, 3>{};
  Projection result;
  result.model_ = model;
  result.fitted_on_ = descriptors.size();
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    const auto row = [&](std::size_t index) {
      return std::span<const float>(descriptors[index * descriptors.size() / used].*kParts[part]);
    };
    result.whitenings_[part] =
        Whitening::fit(used, (descriptors.front().*kParts[part]).size(), kWhitening[part], row, prior[part]);
  }
  return result;
}

std::array<std::size_t, 3> Projection::output_dimensions() { return kDimensions; }

std::array<std::size_t, 3> Projection::input_dimensions() const {
  return {whitenings_[0].input_dimensions(), whitenings_[1].input_dimensions(),
          whitenings_[2].input_dimensions()};
}

PartWeights Projection::weights() {
  return {.timbre = static_cast<float>(kWeights[0]),
          .harmony = static_cast<float>(kWeights[1]),
          .rhythm = static_cast<float>(kWeights[2])};
}

Embedding Projection::project(const Descriptor& descriptor) const {
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    const std::size_t found = (descriptor.*kParts[part]).size();
    const std::size_t expected = whitenings_[part].input_dimensions();
    if (found != expected) {
      throw Error(ErrorCode::invalid_argument,
                  "the " + std::string(kPartNames[part]) + " descriptor has " + std::to_string(found) +
                      " dimensions and the projection expects " + std::to_string(expected));
    }
  }
  Embedding result;
  result.timbre = whitenings_[0].apply(descriptor.timbre);
  result.harmony = whitenings_[1].apply(descriptor.harmony);
  result.rhythm = whitenings_[2].apply(descriptor.rhythm);
  double squares = 0;
  std::size_t part = 0;
  for (const std::vector<float>* values : {&result.timbre, &result.harmony, &result.rhythm}) {
    const auto gain = static_cast<float>(std::sqrt(kWeights[part]));
    for (const float value : *values) {
      result.fused.push_back(gain * value);
      squares += static_cast<double>(result.fused.back()) * result.fused.back();
    }
    ++part;
  }
  if (squares > 0) {
    const double length = std::sqrt(squares);
    for (float& value : result.fused) value = static_cast<float>(value / length);
  }
  return result;
}

std::string Projection::serialize() const {
  ByteWriter out;
  out.text(kMagic);
  out.value(kVersion);
  out.value(static_cast<std::uint32_t>(model_.name.size()));
  out.text(model_.name);
  out.value(static_cast<std::int32_t>(model_.version));
  out.value(static_cast<std::int32_t>(model_.feature_version));
  out.value(static_cast<std::uint64_t>(fitted_on_));
  for (const Whitening& whitening : whitenings_) whitening.write(out);
  out.value(crc32(0, out.bytes()));
  return out.take();
}

Projection Projection::deserialize(std::string_view bytes) {
  ByteReader in(bytes, "the projection");
  if (in.text(kMagic.size()) != kMagic) in.fail("does not begin with " + std::string(kMagic));
  const auto version = in.value<std::uint32_t>();
  if (version != kVersion) {
    throw Error(ErrorCode::version_mismatch, "the projection has format " + std::to_string(version) +
                                                 " and this program reads format " +
                                                 std::to_string(kVersion));
  }
  constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
  if (bytes.size() < kMagic.size() + sizeof version + kChecksumBytes) in.fail("is cut short");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  ByteReader end(bytes.substr(body.size()), "the projection");
  if (end.value<std::uint32_t>() != crc32(0, body)) in.fail("does not match its checksum");

  Projection result;
  const auto name_bytes = in.value<std::uint32_t>();
  if (name_bytes > kMaxNameBytes) in.fail("claims an impossible name");
  result.model_.name = std::string(in.text(name_bytes));
  result.model_.version = in.value<std::int32_t>();
  result.model_.feature_version = in.value<std::int32_t>();
  result.fitted_on_ = in.value<std::uint64_t>();
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    result.whitenings_[part] = Whitening::read(in);
    if (result.whitenings_[part].output_dimensions() != kDimensions[part]) {
      in.fail("has a " + std::string(kPartNames[part]) + " part of impossible dimensions");
    }
  }
  if (in.left() != kChecksumBytes) in.fail("has bytes that are not its own");
  return result;
}

}  // namespace resonance::embedding
