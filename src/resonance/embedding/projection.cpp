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
constexpr std::uint32_t kVersion = 4;  // 4: a network beside `statistics`
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxFitted = 20000;  // a larger library is sampled evenly

// How the three parts make the fused vector.
struct Layout {
  std::array<WhiteningConfig, 3> whitening;
  std::array<double, 3> weights;
  std::size_t style_dimensions;  // they follow the whitened timbre
  double style_share;            // of the timbre part, the rest is the whitened timbre's
};
constexpr Layout kStatisticsAlone{
    .whitening = {WhiteningConfig{.output_dimensions = 256, .exponent = 0.6, .floor = 0.5},
                  WhiteningConfig{.output_dimensions = 128, .exponent = 0.8, .floor = 0.2},
                  WhiteningConfig{.output_dimensions = 128, .exponent = 0.5, .floor = 0.2}},
    .weights = {0.6875, 0.203125, 0.109375},
    .style_dimensions = 0,
    .style_share = 0};
constexpr Layout kNetworkBeside{
    .whitening = {WhiteningConfig{.output_dimensions = 192, .exponent = 0.6, .floor = 0.5},
                  WhiteningConfig{.output_dimensions = 96, .exponent = 0.8, .floor = 0.2},
                  WhiteningConfig{.output_dimensions = 96, .exponent = 0.5, .floor = 0.2}},
    .weights = {0.875, 0.09375, 0.03125},
    .style_dimensions = kStyleDimensions,
    .style_share = 0.34375};

constexpr std::array<std::size_t, 3> dimensions_of(const Layout& layout) {
  return {layout.whitening[0].output_dimensions + layout.style_dimensions,
          layout.whitening[1].output_dimensions, layout.whitening[2].output_dimensions};
}
constexpr bool is_sound(const Layout& layout) {
  const std::array<std::size_t, 3> dimensions = dimensions_of(layout);
  return dimensions[0] + dimensions[1] + dimensions[2] == kEmbeddingDimensions &&
         layout.weights[0] + layout.weights[1] + layout.weights[2] == 1.0;
}
static_assert(is_sound(kStatisticsAlone) && is_sound(kNetworkBeside));

using Part = std::vector<float> Descriptor::*;
constexpr std::array<Part, 4> kParts{&Descriptor::timbre, &Descriptor::harmony, &Descriptor::rhythm,
                                     &Descriptor::fused};
constexpr std::array<std::string_view, 4> kPartNames{"timbre", "harmony", "rhythm", "fused"};
constexpr std::size_t kModalities = 3;

// A library's mean counts as if it had been seen beside this many tracks whose mean is zero.
constexpr double kCentringPrior = 20;
constexpr std::size_t kMaxPartDimensions = 65536;

double squared_length(std::span<const float> values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  return squares;
}

/// In unit length; as it is if its length is zero.
std::vector<float> unit(std::vector<float> values) {
  const double squares = squared_length(values);
  if (squares > 0) {
    const double length = std::sqrt(squares);
    for (float& value : values) value = static_cast<float>(value / length);
  }
  return values;
}

/// Those of a library that a projection is fitted on: all, or evenly spread ones.
std::size_t used_of(std::size_t count) { return std::min(count, kMaxFitted); }

/// Appends `values` times the root of `weight`.
void append(std::vector<float>& out, std::span<const float> values, double weight) {
  const auto gain = static_cast<float>(std::sqrt(weight));
  for (const float value : values) out.push_back(gain * value);
}

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
  Projection result;
  result.model_ = model;
  result.fitted_on_ = descriptors.size();
  if (result.whitens()) {
    result.fit_whitenings(descriptors);
    if (result.beside()) result.fit_mean(descriptors, kModalities);
  } else {
    for (std::size_t part = 0; part < kParts.size(); ++part) result.fit_mean(descriptors, part);
    result.fit_weights(descriptors);
  }
  const bool stray_vector = result.whitens() && !result.beside() && !descriptors.front().fused.empty();
  if (stray_vector || !result.makes_embeddings()) {
    throw Error(ErrorCode::invalid_argument,
                "the descriptors of model " + model.name + " do not have the dimensions of its embeddings");
  }
  return result;
}

void Projection::fit_whitenings(std::span<const Descriptor> descriptors) {
  const std::size_t used = used_of(descriptors.size());
  const std::array<WhiteningPrior, kModalities> priors = statistics_prior();
  const Layout& layout = beside() ? kNetworkBeside : kStatisticsAlone;
  for (std::size_t part = 0; part < kModalities; ++part) {
    const auto row = [&](std::size_t index) {
      return std::span<const float>(descriptors[index * descriptors.size() / used].*kParts[part]);
    };
    const std::size_t dimensions = (descriptors.front().*kParts[part]).size();
    const bool known = priors[part].mean.size() == dimensions;  // of another definition nothing is known
    whitenings_[part] = Whitening::fit(used, dimensions, layout.whitening[part], row,
                                       known ? priors[part] : WhiteningPrior{});
  }
  weights_ = {.timbre = static_cast<float>(layout.weights[0]),
              .harmony = static_cast<float>(layout.weights[1]),
              .rhythm = static_cast<float>(layout.weights[2])};
}

void Projection::fit_mean(std::span<const Descriptor> descriptors, std::size_t part) {
  const std::size_t used = used_of(descriptors.size());
  std::vector<double> sum((descriptors.front().*kParts[part]).size());
  std::size_t heard = 0;  // silence is no place in the space
  for (std::size_t i = 0; i < used; ++i) {
    const std::vector<float>& values = descriptors[i * descriptors.size() / used].*kParts[part];
    if (says_nothing(values)) continue;
    ++heard;
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += values[d];
  }
  means_[part].resize(sum.size());
  for (std::size_t d = 0; d < sum.size(); ++d) {
    means_[part][d] = static_cast<float>(sum[d] / (static_cast<double>(heard) + kCentringPrior));
  }
}

void Projection::fit_weights(std::span<const Descriptor> descriptors) {
  if (!means_[kModalities].empty()) return;  // the fused vector is not made of parts
  const std::size_t used = used_of(descriptors.size());
  std::array<double, kModalities> squares{};
  for (std::size_t i = 0; i < used; ++i) {
    const Descriptor& descriptor = descriptors[i * descriptors.size() / used];
    for (std::size_t part = 0; part < kModalities; ++part) {
      for (std::size_t d = 0; d < means_[part].size(); ++d) {
        const double difference = double{(descriptor.*kParts[part])[d]} - double{means_[part][d]};
        squares[part] += difference * difference;
      }
    }
  }
  const double total = squares[0] + squares[1] + squares[2];
  // A part that never says anything keeps a share that can be divided by.
  constexpr double kLeastShare = 1e-3;
  std::array<double, kModalities> shares{};
  for (std::size_t part = 0; part < kModalities; ++part) {
    shares[part] = std::max(total > 0 ? squares[part] / total : 1.0 / kModalities, kLeastShare);
  }
  const double sum = shares[0] + shares[1] + shares[2];
  weights_ = {.timbre = static_cast<float>(shares[0] / sum),
              .harmony = static_cast<float>(shares[1] / sum),
              .rhythm = static_cast<float>(shares[2] / sum)};
}

std::array<std::size_t, 3> Projection::output_dimensions() const {
  if (!whitens()) return input_dimensions();
  return dimensions_of(beside() ? kNetworkBeside : kStatisticsAlone);
}

std::array<std::size_t, 3> Projection::input_dimensions() const {
  if (!whitens()) return {means_[0].size(), means_[1].size(), means_[2].size()};
  return {whitenings_[0].input_dimensions(), whitenings_[1].input_dimensions(),
          whitenings_[2].input_dimensions()};
}

bool Projection::makes_embeddings() const {
  const std::array<std::size_t, 4> means{means_[0].size(), means_[1].size(), means_[2].size(),
                                         means_[kModalities].size()};
  if (!whitens()) {
    const std::size_t parts = means[0] + means[1] + means[2];
    return (means[kModalities] > 0 ? means[kModalities] : parts) == kEmbeddingDimensions;
  }
  const Layout& layout = beside() ? kNetworkBeside : kStatisticsAlone;
  for (std::size_t part = 0; part < kModalities; ++part) {
    if (means[part] != 0 ||
        whitenings_[part].output_dimensions() != layout.whitening[part].output_dimensions) {
      return false;
    }
  }
  return means[kModalities] == layout.style_dimensions;
}

Embedding Projection::project(const Descriptor& descriptor) const {
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    const std::size_t found = (descriptor.*kParts[part]).size();
    const bool whitened_part = whitens() && part < kModalities;
    const std::size_t expected = whitened_part ? whitenings_[part].input_dimensions() : means_[part].size();
    if (found != expected) {
      throw Error(ErrorCode::invalid_argument,
                  "the " + std::string(kPartNames[part]) + " descriptor has " + std::to_string(found) +
                      " dimensions and the projection expects " + std::to_string(expected));
    }
  }
  return whitens() ? whitened(descriptor) : centred(descriptor);
}

Embedding Projection::whitened(const Descriptor& descriptor) const {
  Embedding result;
  result.timbre = whitenings_[0].apply(descriptor.timbre);
  result.harmony = whitenings_[1].apply(descriptor.harmony);
  result.rhythm = whitenings_[2].apply(descriptor.rhythm);
  if (beside()) {
    std::vector<float> both;
    append(both, result.timbre, 1 - kNetworkBeside.style_share);
    append(both, unit(less_mean(descriptor, kModalities)), kNetworkBeside.style_share);
    result.timbre = unit(std::move(both));
  }
  append(result.fused, result.timbre, weights_.timbre);
  append(result.fused, result.harmony, weights_.harmony);
  append(result.fused, result.rhythm, weights_.rhythm);
  result.fused = unit(std::move(result.fused));
  return result;
}

std::vector<float> Projection::less_mean(const Descriptor& descriptor, std::size_t part) const {
  std::vector<float> values = descriptor.*kParts[part];
  if (says_nothing(values)) return values;
  for (std::size_t d = 0; d < values.size(); ++d) values[d] -= means_[part][d];
  return values;
}

Embedding Projection::centred(const Descriptor& descriptor) const {
  std::array<std::vector<float>, kModalities> parts{less_mean(descriptor, 0), less_mean(descriptor, 1),
                                                    less_mean(descriptor, 2)};
  Embedding result;
  if (descriptor.fused.empty()) {
    for (const std::vector<float>& part : parts) {
      result.fused.insert(result.fused.end(), part.begin(), part.end());
    }
    result.fused = unit(std::move(result.fused));
  } else {
    result.fused = unit(less_mean(descriptor, kModalities));
  }
  result.timbre = unit(std::move(parts[0]));
  result.harmony = unit(std::move(parts[1]));
  result.rhythm = unit(std::move(parts[2]));
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
  for (const float weight : {weights_.timbre, weights_.harmony, weights_.rhythm}) out.value(weight);
  if (whitens()) {
    for (const Whitening& whitening : whitenings_) whitening.write(out);
  }
  for (const std::vector<float>& mean : means_) {
    out.value(static_cast<std::uint32_t>(mean.size()));
    out.values(std::span<const float>(mean));
  }
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
  for (float* weight : {&result.weights_.timbre, &result.weights_.harmony, &result.weights_.rhythm}) {
    *weight = in.value<float>();
    if (!(*weight >= 0 && *weight <= 1)) in.fail("has an impossible weight of a part");
  }
  if (result.whitens()) {
    for (Whitening& whitening : result.whitenings_) whitening = Whitening::read(in);
  }
  for (std::vector<float>& mean : result.means_) {
    const auto dimensions = in.value<std::uint32_t>();
    if (dimensions > kMaxPartDimensions) in.fail("claims impossible dimensions");
    mean = in.values<float>(dimensions);
    if (!std::all_of(mean.begin(), mean.end(), [](float value) { return std::isfinite(value); })) {
      in.fail("holds a value that is not finite");
    }
  }
  if (!result.makes_embeddings()) in.fail("makes embeddings of impossible dimensions");
  if (in.left() != kChecksumBytes) in.fail("has bytes that are not its own");
  return result;
}

}  // namespace resonance::embedding
