#include "sample_library/midi_file.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <vector>

namespace resonance::sample_library {
namespace {

/// One event of a track: `order` sorts those of one tick, so that a pitch ends before it starts again.
struct Event {
  int tick = 0;
  int order = 0;
  std::string bytes;
};

void append_big_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>((value >> shift) & 0xffU);
}

void append_variable_length(std::string& out, std::uint32_t value) {
  std::string reversed(1, static_cast<char>(value & 0x7fU));
  while ((value >>= 7U) != 0) reversed += static_cast<char>((value & 0x7fU) | 0x80U);
  out.append(reversed.rbegin(), reversed.rend());
}

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

std::string meta(int type, std::string_view content) {
  std::string bytes = bytes_of({0xff, type});
  append_variable_length(bytes, static_cast<std::uint32_t>(content.size()));
  return bytes.append(content);
}

std::string track_of(std::vector<Event> events, int end_tick) {
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.tick, a.order) < std::tie(b.tick, b.order);
  });
  std::string body;
  int now = 0;
  for (const Event& event : events) {
    append_variable_length(body, static_cast<std::uint32_t>(event.tick - now));
    body += event.bytes;
    now = event.tick;
  }
  append_variable_length(body, static_cast<std::uint32_t>(std::max(0, end_tick - now)));
  body += meta(0x2f, "");
  std::string track = "MTrk";
  append_big_endian(track, static_cast<std::uint32_t>(body.size()), 4);
  return track + body;
}

std::string conductor_track(const Piece& piece, int end_tick) {
  const double quarters_per_minute =
      static_cast<double>(piece.tempo_bpm) * piece.meter.beat_ticks() / kTicksPerQuarter;
  std::string tempo;
  append_big_endian(tempo, static_cast<std::uint32_t>(std::lround(60e6 / quarters_per_minute)), 3);
  int denominator_power = 0;
  while ((1 << denominator_power) < piece.meter.denominator) ++denominator_power;
  const int clocks_per_beat = piece.meter.beat_ticks() * 24 / kTicksPerQuarter;
  return track_of(
      {{0, 0, meta(0x03, piece.title)},
       {0, 0, meta(0x51, tempo)},
       {0, 0, meta(0x58, bytes_of({piece.meter.numerator, denominator_power, clocks_per_beat, 8}))}},
      end_tick);
}

std::string part_track(const Part& part, int channel, int level, int end_tick) {
  constexpr int kVolume = 7;
  constexpr int kPan = 10;
  constexpr int kExpression = 11;
  constexpr int kReverb = 91;
  constexpr int kAllSoundOff = 120;
  std::vector<Event> events = {
      {0, 0, meta(0x03, part.instrument.name)},
      {0, 0, bytes_of({0xc0 | channel, part.instrument.program})},
      {0, 0, bytes_of({0xb0 | channel, kVolume, part.volume})},
      {0, 0, bytes_of({0xb0 | channel, kExpression, level})},
      {0, 0, bytes_of({0xb0 | channel, kPan, part.pan})},
      {0, 0, bytes_of({0xb0 | channel, kReverb, part.reverb})},
      {end_tick, 3,
       bytes_of({0xb0 | channel, kAllSoundOff, 0})},  // or a renderer waits for the faintest echo
  };
  for (const Note& note : part.notes) {
    events.push_back({note.start, 2, bytes_of({0x90 | channel, note.pitch, note.velocity})});
    events.push_back({note.start + note.length, 1, bytes_of({0x80 | channel, note.pitch, 64})});
  }
  return track_of(std::move(events), end_tick);
}

}  // namespace

std::string midi_file_of(const Piece& piece) {
  const int end_tick = piece.length_ticks + piece.meter.beat_ticks();
  std::string file = "MThd";
  append_big_endian(file, 6, 4);
  append_big_endian(file, 1, 2);
  append_big_endian(file, static_cast<std::uint32_t>(piece.parts.size() + 1), 2);
  append_big_endian(file, kTicksPerQuarter, 2);
  file += conductor_track(piece, end_tick);
  int next_channel = 0;
  for (const Part& part : piece.parts) {
    int channel = kDrumChannel;
    if (!part.instrument.is_drum_kit) {
      if (next_channel == kDrumChannel) ++next_channel;
      channel = next_channel++;
    }
    if (channel > 15) throw std::invalid_argument(piece.title + " has more parts than MIDI has channels");
    file += part_track(part, channel, piece.level, end_tick);
  }
  return file;
}

}  // namespace resonance::sample_library
