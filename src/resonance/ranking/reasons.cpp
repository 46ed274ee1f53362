#include "resonance/ranking/reasons.h"

#include "resonance/core/folded_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

namespace resonance::ranking {
namespace {

// The tolerance of tempo evaluation (Gouyon et al. 2006).
constexpr float kTempoTolerance = 0.04F;
// A modality this similar is worth naming; relative to a library's spread, 0.6 is far above chance.
constexpr float kModalityWorthNaming = 0.6F;

std::string whole(float value) { return std::to_string(std::lround(value)); }

bool near_ratio(float a, float b, float ratio) { return std::abs(a / (b * ratio) - 1.0F) <= kTempoTolerance; }

std::optional<std::string> tempo_reason(const Description& query, const Description& result) {
  if (!has_tempo(query) || !has_tempo(result)) return std::nullopt;
  const std::string pair = " (" + whole(query.tempo_bpm) + " vs " + whole(result.tempo_bpm) + " BPM)";
  if (near_ratio(query.tempo_bpm, result.tempo_bpm, 1.0F)) return "similar tempo" + pair;
  if (near_ratio(query.tempo_bpm, result.tempo_bpm, 2.0F)) return "half the tempo" + pair;
  if (near_ratio(query.tempo_bpm, result.tempo_bpm, 0.5F)) return "double the tempo" + pair;
  return std::nullopt;
}

std::optional<std::string> key_reason(const Description& query, const Description& result) {
  if (!has_key(query) || !has_key(result)) return std::nullopt;
  const int interval = (result.key_tonic - query.key_tonic + 12) % 12;
  const std::string pair = " (" + key_name(query) + " and " + key_name(result) + ")";
  if (query.key_minor == result.key_minor) {
    if (interval == 0) return "both in " + key_name(query);
    if (interval == 5 || interval == 7) return "keys a fifth apart" + pair;
    return std::nullopt;
  }
  // The relative major lies three semitones above its minor.
  if (interval == (query.key_minor ? 3 : 9)) return "relative keys" + pair;
  if (interval == 0) return "parallel keys" + pair;
  return std::nullopt;
}

/// A word for each end of a scale; the middle says nothing. Thresholds are the quartiles, rounded, of the 137
/// free recordings the project is developed with.
struct Scale {
  float low;
  float high;
  std::string_view low_word;
  std::string_view high_word;

  [[nodiscard]] std::string_view word(float value) const {
    if (value <= low) return low_word;
    return value >= high ? high_word : std::string_view();
  }
};
constexpr Scale kBrightness{280, 500, "dark", "bright"};
constexpr Scale kPercussion{4.0F, 6.0F, "sparse percussion", "dense percussion"};
constexpr Scale kLoudness{-22, -15, "quiet", "loud"};
constexpr Scale kEnergy{0.3F, 0.7F, "calm", "energetic"};

void add_shared_word(std::vector<std::string>& words, const Scale& scale, float query, float result) {
  const std::string_view word = scale.word(query);
  if (!word.empty() && word == scale.word(result)) words.emplace_back(word);
}

bool same_text(std::string_view a, std::string_view b) { return !a.empty() && same_folded(a, b); }

}  // namespace

std::vector<std::string> reasons(const TrackFacts& query, const TrackFacts& result,
                                 const ModalityScores& scores) {
  std::vector<std::string> words;
  const std::array<std::pair<std::string_view, float>, 3> modalities{
      {{"timbre", scores.timbre}, {"harmony", scores.harmony}, {"rhythm", scores.rhythm}}};
  const auto strongest = std::max_element(modalities.begin(), modalities.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
  if (strongest->second >= kModalityWorthNaming) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s is closest (%.2f)", std::string(strongest->first).c_str(),
                  static_cast<double>(strongest->second));
    words.emplace_back(text.data());
  }
  if (auto tempo = tempo_reason(query.description, result.description)) words.push_back(*tempo);
  if (auto key = key_reason(query.description, result.description)) words.push_back(*key);
  add_shared_word(words, kBrightness, query.description.brightness_hz, result.description.brightness_hz);
  add_shared_word(words, kPercussion, query.description.onsets_per_second,
                  result.description.onsets_per_second);
  add_shared_word(words, kEnergy, query.description.energy, result.description.energy);
  if (same_text(query.tags.artist, result.tags.artist))
    words.push_back("same artist (" + result.tags.artist + ")");
  if (same_text(query.tags.genre, result.tags.genre))
    words.push_back("same genre tag (" + result.tags.genre + ")");
  return words;
}

std::vector<std::string> traits(const Description& description) {
  std::vector<std::string> words;
  if (has_tempo(description)) words.push_back(whole(description.tempo_bpm) + " BPM");
  if (has_key(description)) words.push_back(key_name(description));
  for (const auto& [scale, value] :
       {std::pair(kBrightness, description.brightness_hz),
        std::pair(kPercussion, description.onsets_per_second),
        std::pair(kLoudness, description.loudness_lufs), std::pair(kEnergy, description.energy)}) {
    if (!scale.word(value).empty()) words.emplace_back(scale.word(value));
  }
  return words;
}

}  // namespace resonance::ranking
