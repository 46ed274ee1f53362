#include "sample_library/sketch.h"

#include <cctype>
#include <utility>

namespace resonance::sample_library {

std::string Piece::slug() const {
  std::string text = std::to_string(100 + track_number).substr(1);  // two digits
  bool gap = true;
  for (const char letter : title) {
    const bool word = std::isalnum(static_cast<unsigned char>(letter)) != 0;
    if (word && gap) text += '-';
    if (word) text += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    gap = !word;
  }
  return text;
}

Sketch::Sketch(const Outline& outline)
    : outline_(outline),
      harmony_(outline.progression, outline.key, outline.meter.bar_ticks()),
      bars_per_round_(harmony_.bar_count()),
      random_(outline.seed) {
  harmony_.repeat(outline.rounds, outline.last);
}

Player Sketch::player(const Instrument& instrument, Mix mix, Touch touch) {
  Part& part = parts_.emplace_back(Part{instrument, mix.volume, mix.pan, mix.reverb, {}});
  return {part, harmony_, random_, touch};
}

Piece Sketch::finish(const Style& style, int track_number) {
  Piece piece{.style = std::string(style.name),
              .title = std::string(outline_.title),
              .artist = std::string(style.artist),
              .album = std::string(style.album),
              .track_number = track_number,
              .level = style.level,
              .tempo_bpm = outline_.tempo_bpm,
              .meter = outline_.meter,
              .key = outline_.key,
              .length_ticks = harmony_.length_ticks(),
              .parts = {}};
  for (Part& part : parts_) {
    tidy(part);
    if (!part.notes.empty()) piece.parts.push_back(std::move(part));
  }
  return piece;
}

}  // namespace resonance::sample_library
