#include "resonance/decoding/decoded_file.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/decoding/content_hasher.h"
#include "resonance/decoding/decoder.h"
#include "resonance/decoding/demuxer.h"
#include "resonance/decoding/downmixer.h"
#include "resonance/decoding/ffmpeg.h"
#include "resonance/decoding/resampler.h"
#include "resonance/decoding/stream_info.h"
#include "resonance/decoding/tag_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace resonance::decoding {
namespace {

// Long enough that a call costs nothing per sample, short enough for the second-level cache.
constexpr std::int64_t kBlockFrames = 8192;

// A container's length is rounded by more than this in no format; what misses more was cut off.
constexpr double kLengthTolerance = 0.005;
constexpr double kLengthToleranceSeconds = 0.25;

// Demuxer -> Decoder -> Downmixer -> Resampler (where the rate differs) -> block, one step at a time.
class DecodedFile final : public audio::AudioStream {
 public:
  DecodedFile(const std::filesystem::path& path, audio::ChannelLayout layout,
              const audio::DecodeLimits& limits)
      : limits_(limits),
        channels_(layout == audio::ChannelLayout::mono ? 1 : 2),
        demuxer_(path),
        tags_(read_tags(demuxer_.container(), demuxer_.stream())),
        info_(read_info(demuxer_, limits_)),
        decoder_(demuxer_.decoder(), demuxer_.stream(), demuxer_.name()),
        hasher_(demuxer_),
        downmixer_(layout) {
    block_.reserve(static_cast<std::size_t>(2 * kBlockFrames * channels_));
  }

  [[nodiscard]] const Tags& tags() const override { return tags_; }
  [[nodiscard]] const AudioInfo& info() const override { return info_; }
  std::optional<std::span<const float>> read() override;
  [[nodiscard]] ContentHash content_hash() const override { return hasher_.hash(); }
  [[nodiscard]] const audio::DecodeReport& report() const override { return report_; }

 private:
  void step();
  void read_packet();
  void begin_frame();
  void mix_part_of_frame();
  void append(std::span<const float> samples);
  void finish();

  audio::DecodeLimits limits_;
  int channels_;
  Demuxer demuxer_;
  Tags tags_;
  AudioInfo info_;
  audio::DecodeReport report_;
  Decoder decoder_;
  ContentHasher hasher_;
  Downmixer downmixer_;
  std::unique_ptr<Resampler> resampler_;

  std::vector<float> block_;
  const AVFrame* frame_ = nullptr;  // being mixed
  int frame_position_ = 0;
  int frame_rate_hz_ = 0;
  int frame_channels_ = 0;
  std::int64_t samples_decoded_ = 0;  // of all channels
  std::int64_t frames_delivered_ = 0;
  bool draining_ = false;  // no packets left
  bool finished_ = false;
};

void DecodedFile::step() {
  if (frame_ != nullptr) {
    mix_part_of_frame();
  } else if ((frame_ = decoder_.receive()) != nullptr) {
    begin_frame();
  } else if (!draining_) {
    read_packet();
  } else {
    if (resampler_) append(resampler_->flush());
    finished_ = true;
  }
}

void DecodedFile::read_packet() {
  const AVPacket* packet = demuxer_.next();
  if (packet == nullptr) {
    draining_ = true;
    decoder_.finish();
    return;
  }
  ++report_.packets;
  hasher_.update(*packet);
  decoder_.send(*packet);
}

void DecodedFile::begin_frame() {
  frame_position_ = 0;
  samples_decoded_ += static_cast<std::int64_t>(frame_->nb_samples) * frame_->ch_layout.nb_channels;
  if (samples_decoded_ > limits_.max_decoded_samples) {
    throw Error(ErrorCode::limit_exceeded, demuxer_.name() + " holds at least " +
                                               std::to_string(samples_decoded_) + " samples; the limit is " +
                                               std::to_string(limits_.max_decoded_samples));
  }
  if (frame_->sample_rate == frame_rate_hz_ && frame_->ch_layout.nb_channels == frame_channels_) return;

  check_format(demuxer_.name(), frame_->sample_rate, frame_->ch_layout.nb_channels, limits_);
  if (frame_rate_hz_ == 0) {
    info_.sample_rate_hz = frame_->sample_rate;
    info_.channels = frame_->ch_layout.nb_channels;
  }
  if (frame_->sample_rate != frame_rate_hz_) {
    if (resampler_) append(resampler_->flush());
    resampler_ = frame_->sample_rate == kSampleRateHz
                     ? nullptr
                     : std::make_unique<Resampler>(frame_->sample_rate, kSampleRateHz, channels_);
  }
  frame_rate_hz_ = frame_->sample_rate;
  frame_channels_ = frame_->ch_layout.nb_channels;
}

void DecodedFile::mix_part_of_frame() {
  const auto most =
      static_cast<int>(std::max<std::int64_t>(1, kBlockFrames * frame_rate_hz_ / kSampleRateHz));
  const int count = std::min(frame_->nb_samples - frame_position_, most);
  const std::span<const float> mixed = downmixer_.mix(*frame_, frame_position_, count);
  append(resampler_ ? resampler_->resample(mixed) : mixed);
  frame_position_ += count;
  if (frame_position_ >= frame_->nb_samples) frame_ = nullptr;
}

void DecodedFile::append(std::span<const float> samples) {
  block_.insert(block_.end(), samples.begin(), samples.end());
  frames_delivered_ += static_cast<std::int64_t>(samples.size()) / channels_;
  if (static_cast<double>(frames_delivered_) > limits_.max_duration_s * kSampleRateHz) {
    throw Error(ErrorCode::limit_exceeded,
                demuxer_.name() + " lasts longer than the limit of " +
                    std::to_string(static_cast<std::int64_t>(limits_.max_duration_s)) + " s (it claims " +
                    std::to_string(info_.duration_s) + " s)");
  }
}

void DecodedFile::finish() {
  if (frames_delivered_ == 0) {
    if (report_.damaged_packets == 0) throw_no_audio(demuxer_.name());
    throw Error(ErrorCode::corrupt_data, demuxer_.name() + " is damaged: none of its " +
                                             std::to_string(report_.packets) +
                                             " audio packets could be decoded");
  }
  const double missing_s =
      demuxer_.claimed_duration_s() - static_cast<double>(frames_delivered_) / kSampleRateHz;
  const double tolerance_s = kLengthToleranceSeconds + kLengthTolerance * demuxer_.claimed_duration_s();
  report_.truncated = demuxer_.ended_early() || (demuxer_.claims_exact_duration() && missing_s > tolerance_s);
  info_.duration_s = static_cast<double>(frames_delivered_) / kSampleRateHz;
}

std::optional<std::span<const float>> DecodedFile::read() {
  block_.clear();
  const auto wanted = static_cast<std::size_t>(kBlockFrames * channels_);
  while (block_.size() < wanted && !finished_) step();
  report_.damaged_packets = decoder_.damaged_packets();
  report_.invalid_samples = downmixer_.invalid_samples();
  if (!block_.empty()) return block_;
  finish();
  return std::nullopt;
}

}  // namespace

std::unique_ptr<audio::AudioStream> open_file(const std::filesystem::path& path, audio::ChannelLayout layout,
                                              const audio::DecodeLimits& limits) {
  return std::make_unique<DecodedFile>(path, layout, limits);
}

}  // namespace resonance::decoding
