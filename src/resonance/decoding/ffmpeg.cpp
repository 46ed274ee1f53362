#include "resonance/decoding/ffmpeg.h"

#include <array>
#include <cstdarg>
#include <cstddef>
#include <new>

extern "C" {
#include <libavutil/log.h>
#include <libavutil/mem.h>
}

namespace resonance::decoding {
namespace {

constexpr std::size_t kLargestAllocation = 256U << 20U;

void discard_log_line(void* /*context*/, int /*level*/, const char* /*format*/, std::va_list /*arguments*/) {}

}  // namespace

void prepare_ffmpeg() {
  av_log_set_callback(discard_log_line);
  av_max_alloc(kLargestAllocation);
}

Packet make_packet() { return Packet(require_allocated(av_packet_alloc())); }
Frame make_frame() { return Frame(require_allocated(av_frame_alloc())); }

std::string reason(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

}  // namespace resonance::decoding
