#include "resonance/audio/audio_file.h"

#include "resonance/audio/content_hasher.h"
#include "resonance/audio/decoder.h"
#include "resonance/audio/demuxer.h"
#include "resonance/audio/downmixer.h"
#include "resonance/audio/ffmpeg.h"
#include "resonance/audio/resampler.h"
#include "resonance/audio/stream_info.h"
#include "resonance/audio/tag_reader.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace resonance::audio {
namespace {

// Long enough that a call costs nothing per sample, short enough for the second-level cache.
constexpr std::int64_t kBlockFrames = 8192;

// A container's length is rounded by more than this in no format; what misses more was cut off.
constexpr double kLengthTolerance = 0.005;
constexpr double kLengthToleranceSeconds = 0.25;

}  // namespace

// Demuxer -> Decoder -> Downmixer -> Resampler (where the rate differs) -> block, one step at a time.
struct AudioFile::State {
  State(const std::filesystem::path& path, ChannelLayout layout, const DecodeLimits& decode_limits)
      : limits(decode_limits),
        channels(layout == ChannelLayout::mono ? 1 : 2),
        demuxer(path),
        tags(read_tags(demuxer.container(), demuxer.stream())),
        info(read_info(demuxer, limits)),
        decoder(demuxer.decoder(), demuxer.stream(), demuxer.name()),
        hasher(demuxer),
        downmixer(layout) {
    block.reserve(static_cast<std::size_t>(2 * kBlockFrames * channels));
  }

  void step();
  void read_packet();
  void begin_frame();
  void mix_part_of_frame();
  void append(std::span<const float> samples);
  void finish();

  DecodeLimits limits;
  int channels;
  Demuxer demuxer;
  Tags tags;
  AudioInfo info;
  DecodeReport report;
  Decoder decoder;
  ContentHasher hasher;
  Downmixer downmixer;
  std::unique_ptr<Resampler> resampler;

  std::vector<float> block;
  const AVFrame* frame = nullptr;  // being mixed
  int frame_position = 0;
  int frame_rate_hz = 0;
  int frame_channels = 0;
  std::int64_t samples_decoded = 0;  // of all channels
  std::int64_t frames_delivered = 0;
  bool draining = false;  // no packets left
  bool finished = false;
};

void AudioFile::State::step() {
  if (frame != nullptr) {
    mix_part_of_frame();
  } else if ((frame = decoder.receive()) != nullptr) {
    begin_frame();
  } else if (!draining) {
    read_packet();
  } else {
    if (resampler) append(resampler->flush());
    finished = true;
  }
}

void AudioFile::State::read_packet() {
  const AVPacket* packet = demuxer.next();
  if (packet == nullptr) {
    draining = true;
    decoder.finish();
    return;
  }
  ++report.packets;
  hasher.update(*packet);
  decoder.send(*packet);
}

void AudioFile::State::begin_frame() {
  frame_position = 0;
  samples_decoded += static_cast<std::int64_t>(frame->nb_samples) * frame->ch_layout.nb_channels;
  if (samples_decoded > limits.max_decoded_samples) {
    throw Error(ErrorCode::limit_exceeded, demuxer.name() + " holds at least " +
                                               std::to_string(samples_decoded) + " samples; the limit is " +
                                               std::to_string(limits.max_decoded_samples));
  }
  if (frame->sample_rate == frame_rate_hz && frame->ch_layout.nb_channels == frame_channels) return;

  check_format(demuxer.name(), frame->sample_rate, frame->ch_layout.nb_channels, limits);
  if (frame_rate_hz == 0) {
    info.sample_rate_hz = frame->sample_rate;
    info.channels = frame->ch_layout.nb_channels;
  }
  if (frame->sample_rate != frame_rate_hz) {
    if (resampler) append(resampler->flush());
    resampler = frame->sample_rate == kSampleRateHz
                    ? nullptr
                    : std::make_unique<Resampler>(frame->sample_rate, kSampleRateHz, channels);
  }
  frame_rate_hz = frame->sample_rate;
  frame_channels = frame->ch_layout.nb_channels;
}

void AudioFile::State::mix_part_of_frame() {
  const auto most = static_cast<int>(std::max<std::int64_t>(1, kBlockFrames * frame_rate_hz / kSampleRateHz));
  const int count = std::min(frame->nb_samples - frame_position, most);
  const std::span<const float> mixed = downmixer.mix(*frame, frame_position, count);
  append(resampler ? resampler->resample(mixed) : mixed);
  frame_position += count;
  if (frame_position >= frame->nb_samples) frame = nullptr;
}

void AudioFile::State::append(std::span<const float> samples) {
  block.insert(block.end(), samples.begin(), samples.end());
  frames_delivered += static_cast<std::int64_t>(samples.size()) / channels;
  if (static_cast<double>(frames_delivered) > limits.max_duration_s * kSampleRateHz) {
    throw Error(ErrorCode::limit_exceeded,
                demuxer.name() + " lasts longer than the limit of " +
                    std::to_string(static_cast<std::int64_t>(limits.max_duration_s)) + " s (it claims " +
                    std::to_string(info.duration_s) + " s)");
  }
}

void AudioFile::State::finish() {
  if (frames_delivered == 0) {
    if (report.damaged_packets == 0) throw_no_audio(demuxer.name());
    throw Error(ErrorCode::corrupt_data, demuxer.name() + " is damaged: none of its " +
                                             std::to_string(report.packets) +
                                             " audio packets could be decoded");
  }
  const double missing_s =
      demuxer.claimed_duration_s() - static_cast<double>(frames_delivered) / kSampleRateHz;
  const double tolerance_s = kLengthToleranceSeconds + kLengthTolerance * demuxer.claimed_duration_s();
  report.truncated = demuxer.ended_early() || (demuxer.claims_exact_duration() && missing_s > tolerance_s);
  info.duration_s = static_cast<double>(frames_delivered) / kSampleRateHz;
}

AudioFile::AudioFile(const std::filesystem::path& path, ChannelLayout layout, const DecodeLimits& limits) {
  prepare_ffmpeg();
  state_ = std::make_unique<State>(path, layout, limits);
}

AudioFile::~AudioFile() = default;
AudioFile::AudioFile(AudioFile&&) noexcept = default;
AudioFile& AudioFile::operator=(AudioFile&&) noexcept = default;

const Tags& AudioFile::tags() const { return state_->tags; }
const AudioInfo& AudioFile::info() const { return state_->info; }
ContentHash AudioFile::content_hash() const { return state_->hasher.hash(); }
const DecodeReport& AudioFile::report() const { return state_->report; }

std::optional<std::span<const float>> AudioFile::read() {
  State& state = *state_;
  state.block.clear();
  const auto wanted = static_cast<std::size_t>(kBlockFrames * state.channels);
  while (state.block.size() < wanted && !state.finished) state.step();
  state.report.damaged_packets = state.decoder.damaged_packets();
  state.report.invalid_samples = state.downmixer.invalid_samples();
  if (!state.block.empty()) return state.block;
  state.finish();
  return std::nullopt;
}

}  // namespace resonance::audio
