#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/decoding/demuxer.h"
#include "resonance/decoding/ffmpeg.h"

#include <cstddef>
#include <memory>
#include <span>

namespace resonance::decoding {

/// XXH3-128 over what is audio in a file: the codec's name, for uncompressed audio its rate and channels (the
/// same bytes mean another sound at another rate), and the bytes of the packets, wherever one ends and the
/// next begins. Codec headers are left out: some (Vorbis) travel with the comments and are rewritten by
/// taggers. Of a tracker module it is the whole file: its packets are the renderer's, not the file's.
class ContentHasher {
 public:
  explicit ContentHasher(const Demuxer& demuxer);
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  void update(const AVPacket& packet);
  /// Of what was added so far.
  [[nodiscard]] ContentHash hash() const;

 private:
  struct State;

  void add(std::span<const std::byte> bytes);
  void add_whole(const FileInput& file);

  std::unique_ptr<State> state_;
  bool whole_file_ = false;
};

}  // namespace resonance::decoding
