#include "resonance/decoding/demuxer.h"

#include <new>
#include <utility>

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/mem.h>
}

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/decoding/tag_bounds.h"

namespace resonance::decoding {
namespace {

constexpr int kMaxStreams = 64;
constexpr std::int64_t kMaxModuleBytes = 64 << 20;  // libopenmpt loads the whole file
constexpr std::int64_t kProbeBytes = 1 << 20;       // how far parameters are looked for
constexpr std::int64_t kProbeDuration = AV_TIME_BASE;
constexpr int kMaxRetries = 1000;
constexpr int kMaxPacketsWithoutProgress = 100'000;

// Packets are no larger than what is read for them, but for a container's own small compression.
constexpr std::int64_t kPayloadPerByte = 4;
constexpr std::int64_t kFreePayload = 64 << 20;

/// Whoever asks for another file than the one given does not get it.
int refuse_to_open(AVFormatContext* /*context*/, AVIOContext** /*io*/, const char* /*url*/, int /*flags*/,
                   AVDictionary** /*options*/) {
  return AVERROR(EPERM);
}

int interrupted(void* input) { return static_cast<FileInput*>(input)->budget_exceeded() ? 1 : 0; }

/// Names of all audio decoders: looking for stream parameters must not decode cover pictures or films.
const std::string& audio_decoders() {
  static const std::string kNames = [] {
    std::string list;
    void* position = nullptr;
    while (const AVCodec* codec = av_codec_iterate(&position)) {
      if (codec->type != AVMEDIA_TYPE_AUDIO || av_codec_is_decoder(codec) == 0) continue;
      if (!list.empty()) list += ',';
      list += codec->name;
    }
    return list;
  }();
  return kNames;
}

class Options {
 public:
  Options() = default;
  ~Options() { av_dict_free(&options_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  void set(const char* key, std::int64_t value) { av_dict_set_int(&options_, key, value, 0); }
  AVDictionary** get() { return &options_; }

 private:
  AVDictionary* options_ = nullptr;
};

}  // namespace

Demuxer::Demuxer(const std::filesystem::path& path)
    : name_(path.string()), input_(path), kind_(recognise(input_, path)), packet_(make_packet()) {
  if (kind_.is_module && input_.size() > kMaxModuleBytes) {
    throw Error(ErrorCode::limit_exceeded, name_ + " is a tracker module of " +
                                               std::to_string(input_.size()) + " bytes; the limit is " +
                                               std::to_string(kMaxModuleBytes));
  }
  open();
  choose_stream();
}

void Demuxer::open() {
  format_ = open_container();
  const std::int64_t end = kind_.is_raw_stream ? end_of_audio(input_) : input_.size();
  if (end < input_.size()) {
    // Opened whole for its tags, and now once more without them for its audio.
    const FormatContext whole = std::move(format_);
    input_.restart_with_end(end);
    format_ = open_container();
    keep_tags_of(*whole);
  }
  discard_other_streams();
  const int found = avformat_find_stream_info(format_.get(), nullptr);
  if (found < 0 || input_.budget_exceeded()) throw_not_opened(found);
}

FormatContext Demuxer::open_container() {
  AVFormatContext* context = require_allocated(avformat_alloc_context());
  context->pb = input_.context();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = refuse_to_open;
  context->interrupt_callback = {interrupted, &input_};
  context->probesize = kProbeBytes;
  context->max_analyze_duration = kProbeDuration;
  context->max_streams = kMaxStreams;
  context->skip_estimate_duration_from_pts = 1;
  context->codec_whitelist = av_strdup(audio_decoders().c_str());
  context->protocol_whitelist = av_strdup("");

  Options options;
  if (kind_.is_module) options.set("sample_rate", kSampleRateHz);
  options.set("ignore_chapters", 1);  // of mov: each is a seek into the file
  const int opened = avformat_open_input(&context, "", kind_.demuxer, options.get());
  if (opened < 0) throw_not_opened(opened);  // FFmpeg has freed the context
  return FormatContext(context);
}

void Demuxer::keep_tags_of(const AVFormatContext& whole) {
  if (av_dict_copy(&format_->metadata, whole.metadata, AV_DICT_DONT_OVERWRITE) < 0) throw std::bad_alloc();
}

void Demuxer::choose_stream() {
  const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &decoder_, 0);
  if (best == AVERROR_DECODER_NOT_FOUND) {
    const int undecodable = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
    const AVCodecID codec =
        undecodable < 0 ? AV_CODEC_ID_NONE : format_->streams[undecodable]->codecpar->codec_id;
    throw Error(ErrorCode::unsupported_format, name_ + " uses the codec \"" + avcodec_get_name(codec) +
                                                   "\", which this build of FFmpeg cannot decode");
  }
  if (best < 0) throw Error(ErrorCode::unsupported_format, name_ + " holds no audio stream");
  stream_ = static_cast<unsigned>(best);
  streams_seen_ = 0;
  discard_other_streams();
}

// Before a stream is chosen, every audio stream stays; after it, only that one.
void Demuxer::discard_other_streams() {
  for (; streams_seen_ < format_->nb_streams; ++streams_seen_) {
    AVStream& stream = *format_->streams[streams_seen_];
    const bool wanted =
        decoder_ == nullptr ? stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO : streams_seen_ == stream_;
    stream.discard = wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

const AVPacket* Demuxer::next() {
  for (int retries = 0;;) {
    av_packet_unref(packet_.get());
    const int result = av_read_frame(format_.get(), packet_.get());
    if (input_.budget_exceeded()) throw_in_circles();
    if (result == AVERROR(EAGAIN) && ++retries < kMaxRetries) continue;
    if (result < 0) {
      ended_early_ = result != AVERROR_EOF || (last_packet_partial_ && !kind_.of_unknown_length);
      return nullptr;
    }
    check_progress(*packet_);
    discard_other_streams();
    if (packet_->stream_index != static_cast<int>(stream_) || packet_->size == 0) continue;
    last_packet_partial_ = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
    return packet_.get();
  }
}

void Demuxer::check_progress(const AVPacket& packet) {
  if (kind_.is_module) return;  // rendered from memory: bounded by the duration
  payload_bytes_ += packet.size;
  if (payload_bytes_ > kPayloadPerByte * input_.size() + kFreePayload) throw_in_circles();
  if (input_.bytes_read() != bytes_at_last_progress_ || packet.size > 0) {
    bytes_at_last_progress_ = input_.bytes_read();
    packets_without_progress_ = 0;
  } else if (++packets_without_progress_ > kMaxPacketsWithoutProgress) {
    throw_in_circles();
  }
}

double Demuxer::claimed_duration_s() const {
  if (stream().duration != AV_NOPTS_VALUE && stream().duration > 0) {
    return static_cast<double>(stream().duration) * av_q2d(stream().time_base);
  }
  return format_->duration > 0 ? static_cast<double>(format_->duration) / AV_TIME_BASE : 0;
}

bool Demuxer::claims_exact_duration() const {
  return format_->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE && !kind_.of_unknown_length &&
         claimed_duration_s() > 0;
}

void Demuxer::throw_not_opened(int error) const {
  if (input_.budget_exceeded()) throw_in_circles();
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (!kind_.certain)
    throw Error(ErrorCode::unsupported_format, name_ + " is no audio file, only named like one");
  throw Error(ErrorCode::corrupt_data,
              name_ + " cannot be read as \"" + kind_.demuxer->name + "\": " + reason(error));
}

void Demuxer::throw_in_circles() const {
  throw Error(ErrorCode::corrupt_data, name_ + " is damaged: its " + std::to_string(input_.size()) +
                                           " bytes lead in circles; gave up after reading " +
                                           std::to_string(input_.bytes_read()) + " bytes");
}

}  // namespace resonance::decoding
