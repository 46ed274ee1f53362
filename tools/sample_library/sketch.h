#pragma once

#include "sample_library/arranger.h"

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace resonance::sample_library {

/// What the pieces of one style share: the genre, and who is supposed to play them.
struct Style {
  std::string_view name;
  std::string_view artist;
  std::string_view album;
  int level = 127;  ///< see Piece
};

/// What a piece is before anybody plays: `progression` sounds `rounds` times, then one bar of `last`.
struct Outline {
  std::string_view title;
  Key key;
  int tempo_bpm = 120;
  Meter meter;
  std::string_view progression;
  int rounds = 1;
  std::string_view last;
  std::uint64_t seed = 1;
};

/// Where a part stands in the mix.
struct Mix {
  int volume = 100;
  int pan = 64;
  int reverb = 40;
};

/// A piece while it is composed.
class Sketch {
 public:
  explicit Sketch(const Outline& outline);
  ~Sketch() = default;
  Sketch(const Sketch&) = delete;  // players refer to its parts
  Sketch& operator=(const Sketch&) = delete;

  Player player(const Instrument& instrument, Mix mix, Touch touch);
  [[nodiscard]] const Harmony& harmony() const { return harmony_; }
  [[nodiscard]] int beat_ticks() const { return outline_.meter.beat_ticks(); }
  /// Bars of round `round`, counted from 0.
  [[nodiscard]] Bars round(int round) const { return {round * bars_per_round_, bars_per_round_}; }
  /// Every bar but the last.
  [[nodiscard]] Bars body() const { return {0, harmony_.bar_count() - 1}; }
  [[nodiscard]] Bars last_bar() const { return {harmony_.bar_count() - 1, 1}; }
  [[nodiscard]] Random random(std::uint64_t stream) const { return Random(outline_.seed * 1000 + stream); }

  [[nodiscard]] Piece finish(const Style& style, int track_number);

 private:
  Outline outline_;
  Harmony harmony_;
  int bars_per_round_;
  Random random_;
  std::deque<Part> parts_;
};

/// One piece a recipe, numbered from 1. @param compose  called as compose(recipe, style, track number)
template <typename Recipes, typename Compose>
std::vector<Piece> album(const Recipes& recipes, const Style& style, const Compose& compose) {
  std::vector<Piece> pieces;
  pieces.reserve(recipes.size());
  for (const auto& recipe : recipes) {
    pieces.push_back(compose(recipe, style, static_cast<int>(pieces.size()) + 1));
  }
  return pieces;
}

}  // namespace resonance::sample_library
