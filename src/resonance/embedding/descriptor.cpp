#include "resonance/embedding/descriptor.h"

#include "resonance/core/error.h"
#include "resonance/embedding/bytes.h"
#include "resonance/embedding/float16.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace resonance::embedding {
namespace {

constexpr std::string_view kMagic = "RDS1";
constexpr std::string_view kFusedMagic = "RDS2";
constexpr std::uint32_t kMaxDimensions = 1U << 16;

void write_part(ByteWriter& out, const std::vector<float>& part) {
  if (part.size() > kMaxDimensions) {
    throw Error(ErrorCode::limit_exceeded, "a descriptor part has " + std::to_string(part.size()) +
                                               " dimensions; at most " + std::to_string(kMaxDimensions) +
                                               " are kept");
  }
  out.value(static_cast<std::uint32_t>(part.size()));
  for (const float value : part) out.value(to_float16(value));
}

std::vector<float> read_part(ByteReader& in) {
  const auto count = in.value<std::uint32_t>();
  if (count > kMaxDimensions) in.fail("claims too many dimensions");
  const std::vector<std::uint16_t> bits = in.values<std::uint16_t>(count);
  std::vector<float> part(count);
  std::transform(bits.begin(), bits.end(), part.begin(), from_float16);
  if (!std::all_of(part.begin(), part.end(), [](float value) { return std::isfinite(value); })) {
    in.fail("holds a value that is not finite");
  }
  return part;
}

}  // namespace

Descriptor rounded(Descriptor descriptor) {
  for (std::vector<float>* part :
       {&descriptor.timbre, &descriptor.harmony, &descriptor.rhythm, &descriptor.fused}) {
    for (float& value : *part) value = from_float16(to_float16(value));
  }
  return descriptor;
}

std::string encode(const Descriptor& descriptor) {
  ByteWriter out;
  out.text(descriptor.fused.empty() ? kMagic : kFusedMagic);
  write_part(out, descriptor.timbre);
  write_part(out, descriptor.harmony);
  write_part(out, descriptor.rhythm);
  if (!descriptor.fused.empty()) write_part(out, descriptor.fused);
  return out.take();
}

Descriptor decode_descriptor(std::string_view bytes) {
  ByteReader in(bytes, "the descriptor");
  const std::string_view magic = in.text(kMagic.size());
  if (magic != kMagic && magic != kFusedMagic) in.fail("does not begin with " + std::string(kMagic));
  Descriptor descriptor;
  descriptor.timbre = read_part(in);
  descriptor.harmony = read_part(in);
  descriptor.rhythm = read_part(in);
  if (magic == kFusedMagic) descriptor.fused = read_part(in);
  if (in.left() != 0) in.fail("is followed by " + std::to_string(in.left()) + " bytes that are not its own");
  return descriptor;
}

}  // namespace resonance::embedding
