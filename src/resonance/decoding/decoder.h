#pragma once

#include "resonance/decoding/ffmpeg.h"

#include <cstdint>
#include <string>

namespace resonance::decoding {

/// Packets of one stream in, PCM frames in the codec's own sample format out. One thread: files are decoded
/// in parallel, not parts of a file. Encoder delay and padding are dropped where the file declares them.
/// Damaged packets are skipped and counted.
class Decoder {
 public:
  /// @throws Error(corrupt_data) if the codec refuses the stream's parameters; `name` is the file's
  Decoder(const AVCodec& codec, const AVStream& stream, const std::string& name);

  /// Call receive() until it returns null before every send() and after finish().
  void send(const AVPacket& packet);
  void finish();
  /// The next frame, valid until the next call; null if another packet is needed or all is done.
  const AVFrame* receive();

  [[nodiscard]] std::int64_t damaged_packets() const noexcept { return damaged_packets_; }

 private:
  void note_damage(int error);

  CodecContext context_;
  Frame frame_;
  std::int64_t damaged_packets_ = 0;
  bool packet_counted_ = false;
};

}  // namespace resonance::decoding
