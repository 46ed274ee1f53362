#include "resonance/cache/feature_chunk.h"

#include "resonance/cache/half_planes.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include <zstd.h>

namespace resonance::cache {
namespace {

constexpr std::string_view kMagic = "RFC1";
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kFrameBytes = std::size_t{2} * (kMelBands + kChromaBins + 1) + sizeof(float);
constexpr std::size_t kPitchPeaks = std::size_t{kPitchPeakHistograms} * kPitchPeakBins;
constexpr std::size_t kChunkBytes = kPitchPeaks * sizeof(float);  // beside those of its frames
// On 33 minutes of real music level 1 keeps 14.6 kB a second, level 3 14.3 in twice the time, level 6 14.1 in
// six times the time.
constexpr int kZstdLevel = 1;

static_assert(kHeaderBytes + ZSTD_COMPRESSBOUND(kChunkFrames * kFrameBytes + kChunkBytes) <= kMaxChunkBytes);

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

void append_little_endian(std::string& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8U) | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

bool split_floats(std::span<const float> values, std::span<std::uint8_t> planes) {
  const std::size_t count = values.size();
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    finite = finite && std::isfinite(values[i]);
    for (std::size_t plane = 0; plane < 4; ++plane) {
      planes[plane * count + i] = static_cast<std::uint8_t>(bits >> (8 * plane));
    }
  }
  return finite;
}

bool join_floats(std::span<const std::uint8_t> planes, std::span<float> values) {
  const std::size_t count = values.size();
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    for (std::size_t plane = 4; plane-- > 0;) bits = (bits << 8U) | planes[plane * count + i];
    values[i] = std::bit_cast<float>(bits);
    finite = finite && std::isfinite(values[i]);
  }
  return finite;
}

// The planes' places in a chunk of `frames` frames.
template <typename Byte>
struct Planes {
  Planes(std::span<Byte> bytes, std::size_t frames)
      : log_mel(bytes.subspan(0, 2 * frames * kMelBands)),
        chroma(bytes.subspan(log_mel.size(), 2 * frames * kChromaBins)),
        onset(bytes.subspan(log_mel.size() + chroma.size(), 2 * frames)),
        loudness(bytes.subspan(2 * frames * (kMelBands + kChromaBins + 1), frames * sizeof(float))),
        pitch_peaks(bytes.last(kChunkBytes)) {}

  std::span<Byte> log_mel;
  std::span<Byte> chroma;
  std::span<Byte> onset;
  std::span<Byte> loudness;
  std::span<Byte> pitch_peaks;
};

void require_shapes(const FeatureBlock& block) {
  const std::size_t frames = block.frames();
  const bool agree = block.log_mel.rows() == frames && block.log_mel.cols() == kMelBands &&
                     block.chroma.rows() == frames && block.chroma.cols() == kChromaBins &&
                     block.loudness.size() == frames && block.pitch_peaks.size() == kPitchPeaks;
  if (agree && frames >= 1 && frames <= kChunkFrames && block.first_frame >= 0) return;
  throw Error(ErrorCode::invalid_argument, "a block of features whose parts do not agree cannot be kept");
}

std::string compress(std::span<const std::uint8_t> raw, std::string bytes) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const std::size_t start = bytes.size();
  bytes.resize(start + ZSTD_compressBound(raw.size()));
  const std::size_t size =
      ZSTD_compress2(context.get(), bytes.data() + start, bytes.size() - start, raw.data(), raw.size());
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // the only failure when the output is large enough
  bytes.resize(start + size);
  bytes.shrink_to_fit();
  return bytes;
}

[[noreturn]] void corrupt(const std::string& what) { throw Error(ErrorCode::corrupt_data, what); }

}  // namespace

std::string encode_chunk(const FeatureBlock& block) {
  require_shapes(block);
  const std::size_t frames = block.frames();
  std::vector<std::uint8_t> raw(frames * kFrameBytes + kChunkBytes);
  const Planes<std::uint8_t> planes(raw, frames);
  const bool finite =
      split_halves(block.log_mel.values(), planes.log_mel) &&
      split_halves(block.chroma.values(), planes.chroma) && split_halves(block.onset, planes.onset) &&
      split_floats(block.loudness, planes.loudness) && split_floats(block.pitch_peaks, planes.pitch_peaks);
  if (!finite)
    throw Error(ErrorCode::invalid_argument, "features that are infinite or no numbers cannot be kept");
  std::string header(kMagic);
  append_little_endian(header, frames, 4);
  append_little_endian(header, static_cast<std::uint64_t>(block.first_frame), 8);
  return compress(raw, std::move(header));
}

FeatureBlock decode_chunk(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic)
    corrupt("it is no chunk of features");
  const std::uint64_t frames = little_endian(bytes.substr(4, 4));
  const std::uint64_t first_frame = little_endian(bytes.substr(8, 8));
  if (frames < 1 || frames > kChunkFrames || first_frame > (std::uint64_t{1} << 62U)) {
    corrupt("the frames of a chunk are not counted right");
  }
  const std::string_view packed = bytes.substr(kHeaderBytes);
  std::vector<std::uint8_t> raw(frames * kFrameBytes + kChunkBytes);
  // zstd's error codes and its "unknown" are larger than any chunk.
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != raw.size())
    corrupt("a chunk has the wrong size");
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0)
    corrupt(std::string("a chunk does not decompress: ") + ZSTD_getErrorName(size));
  if (size != raw.size()) corrupt("a chunk is cut short");

  FeatureBlock block;
  block.first_frame = static_cast<std::int64_t>(first_frame);
  block.log_mel = Matrix(frames, kMelBands);
  block.chroma = Matrix(frames, kChromaBins);
  block.onset.resize(frames);
  block.loudness.resize(frames);
  block.pitch_peaks.resize(kPitchPeaks);
  const Planes<const std::uint8_t> planes(raw, frames);
  const bool finite =
      join_halves(planes.log_mel, block.log_mel.values()) &&
      join_halves(planes.chroma, block.chroma.values()) && join_halves(planes.onset, block.onset) &&
      join_floats(planes.loudness, block.loudness) && join_floats(planes.pitch_peaks, block.pitch_peaks);
  if (!finite) corrupt("a chunk has values that are no numbers");
  return block;
}

}  // namespace resonance::cache
