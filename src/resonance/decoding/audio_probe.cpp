#include "resonance/decoding/content_hasher.h"
#include "resonance/decoding/decoded_file.h"
#include "resonance/decoding/demuxer.h"
#include "resonance/decoding/stream_info.h"
#include "resonance/decoding/tag_reader.h"

namespace resonance::decoding {

audio::AudioProbe probe(const std::filesystem::path& path, const audio::DecodeLimits& limits) {
  Demuxer demuxer(path);
  audio::AudioProbe probe;
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

}  // namespace resonance::decoding
