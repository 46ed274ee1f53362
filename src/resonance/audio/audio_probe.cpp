#include "resonance/audio/audio_file.h"
#include "resonance/audio/content_hasher.h"
#include "resonance/audio/demuxer.h"
#include "resonance/audio/ffmpeg.h"
#include "resonance/audio/stream_info.h"
#include "resonance/audio/tag_reader.h"

namespace resonance::audio {

AudioProbe probe(const std::filesystem::path& path, const DecodeLimits& limits) {
  prepare_ffmpeg();
  Demuxer demuxer(path);
  AudioProbe probe;
  probe.info = read_info(demuxer, limits);
  probe.tags = read_tags(demuxer.container(), demuxer.stream());
  ContentHasher hasher(demuxer);
  if (!demuxer.is_module()) {  // its packets cost as much as decoding, and are not hashed
    std::int64_t packets = 0;
    std::int64_t ticks = 0;
    while (const AVPacket* packet = demuxer.next()) {
      hasher.update(*packet);
      ticks += packet->duration;
      ++packets;
    }
    if (packets == 0) throw_no_audio(demuxer.name());
    if (!demuxer.claims_exact_duration() && ticks > 0) {
      probe.info.duration_s = static_cast<double>(ticks) * av_q2d(demuxer.stream().time_base);
    }
  }
  probe.hash = hasher.hash();
  return probe;
}

}  // namespace resonance::audio
