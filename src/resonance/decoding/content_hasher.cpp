#include "resonance/decoding/content_hasher.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace resonance::decoding {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;

}  // namespace

struct ContentHasher::State {
  XXH3_state_t xxh3;
};

ContentHasher::ContentHasher(const Demuxer& demuxer)
    : state_(std::make_unique<State>()), whole_file_(demuxer.is_module()) {
  XXH3_128bits_reset(&state_->xxh3);
  if (whole_file_) {
    add_whole(demuxer.file());
    return;
  }
  const AVCodecParameters& parameters = *demuxer.stream().codecpar;
  std::string facts = avcodec_get_name(parameters.codec_id);
  if (av_get_exact_bits_per_sample(parameters.codec_id) > 0) {
    facts +=
        ' ' + std::to_string(parameters.sample_rate) + ' ' + std::to_string(parameters.ch_layout.nb_channels);
  }
  facts += '\n';
  add(std::as_bytes(std::span(facts)));
}

ContentHasher::~ContentHasher() = default;

void ContentHasher::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

void ContentHasher::add_whole(const FileInput& file) {
  std::vector<std::byte> piece(kPieceBytes);
  for (std::int64_t offset = 0; offset < file.size();) {
    const std::size_t count = file.read_at(offset, piece);
    if (count == 0) break;
    add(std::span(piece).first(count));
    offset += static_cast<std::int64_t>(count);
  }
}

void ContentHasher::update(const AVPacket& packet) {
  if (!whole_file_) add(std::as_bytes(std::span(packet.data, static_cast<std::size_t>(packet.size))));
}

ContentHash ContentHasher::hash() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh3));
  ContentHash hash;
  static_assert(sizeof canonical.digest == sizeof hash.bytes);
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.bytes.begin());
  return hash;
}

}  // namespace resonance::decoding
