#include "resonance/decoding/decoder.h"

#include "resonance/core/error.h"

#include <new>
#include <string>

namespace resonance::decoding {
namespace {

// No codec of ours has longer frames (Monkey's Audio: 1.2 million samples); a damaged header may claim them.
constexpr std::int64_t kMaxFrameSamples = 4 << 20;

}  // namespace

Decoder::Decoder(const AVCodec& codec, const AVStream& stream, const std::string& name)
    : context_(require_allocated(avcodec_alloc_context3(&codec))), frame_(make_frame()) {
  if (avcodec_parameters_to_context(context_.get(), stream.codecpar) < 0) throw std::bad_alloc();
  context_->pkt_timebase = stream.time_base;
  context_->thread_count = 1;
  context_->max_samples = kMaxFrameSamples;
  const int opened = avcodec_open2(context_.get(), &codec, nullptr);
  if (opened == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (opened < 0) {
    throw Error(ErrorCode::corrupt_data,
                name + " cannot be decoded as \"" + codec.name + "\": " + reason(opened));
  }
}

void Decoder::send(const AVPacket& packet) {
  packet_counted_ = false;
  const int result = avcodec_send_packet(context_.get(), &packet);
  if (result < 0) note_damage(result);
}

void Decoder::finish() {
  packet_counted_ = true;  // what is wrong from here on belongs to a packet already sent
  avcodec_send_packet(context_.get(), nullptr);
}

const AVFrame* Decoder::receive() {
  const int result = avcodec_receive_frame(context_.get(), frame_.get());
  if (result == 0) return frame_.get();
  if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) note_damage(result);
  return nullptr;
}

void Decoder::note_damage(int error) {
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (packet_counted_) return;
  packet_counted_ = true;
  ++damaged_packets_;
}

}  // namespace resonance::decoding
