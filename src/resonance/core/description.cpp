#include "resonance/core/description.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace resonance {

std::string key_name(const Description& description) {
  static constexpr std::array<std::string_view, 12> kPitchClasses{"C",  "C#", "D",  "D#", "E",  "F",
                                                                  "F#", "G",  "G#", "A",  "A#", "B"};
  if (description.key_tonic < 0 || description.key_tonic > 11) return {};
  const std::string tonic(kPitchClasses[static_cast<std::size_t>(description.key_tonic)]);
  return tonic + (description.key_minor ? " minor" : " major");
}

}  // namespace resonance
