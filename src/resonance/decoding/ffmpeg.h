#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

/// FFmpeg's handles, each wrapped once, and its few process-wide settings.
namespace resonance::decoding {

struct FfmpegDeleter {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const noexcept { avcodec_free_context(&context); }
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(SwrContext* context) const noexcept { swr_free(&context); }
  void operator()(AVIOContext* io) const noexcept {
    av_freep(&io->buffer);  // FFmpeg may have replaced the buffer it was given
    avio_context_free(&io);
  }
};
using FormatContext = std::unique_ptr<AVFormatContext, FfmpegDeleter>;
using CodecContext = std::unique_ptr<AVCodecContext, FfmpegDeleter>;
using Packet = std::unique_ptr<AVPacket, FfmpegDeleter>;
using Frame = std::unique_ptr<AVFrame, FfmpegDeleter>;
using ResampleContext = std::unique_ptr<SwrContext, FfmpegDeleter>;
using IoContext = std::unique_ptr<AVIOContext, FfmpegDeleter>;

Packet make_packet();
Frame make_frame();

/// Sets, before the first file, the two settings that FFmpeg has only globally: the log callback (the library
/// never prints) and the largest single allocation (256 MiB: without it a kilobyte of MP4 can claim an index
/// of 2 GB).
void prepare_ffmpeg();

/// FFmpeg's words for an error number, e.g. "Invalid data found when processing input".
std::string reason(int error);

/// @return `pointer`. @throws std::bad_alloc if it is null
template <typename Handle>
Handle require_allocated(Handle pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace resonance::decoding
