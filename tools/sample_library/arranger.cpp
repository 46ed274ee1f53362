#include "sample_library/arranger.h"

#include <algorithm>
#include <tuple>

namespace resonance::sample_library {
namespace {

constexpr int kAccent = 16;
constexpr int kGhost = -38;

int accent_of(char symbol) { return symbol == 'X' ? kAccent : symbol == 'o' ? kGhost : 0; }

}  // namespace

std::vector<Step> steps_of(std::string_view pattern, int start, int length) {
  std::vector<Step> steps;
  const auto count = static_cast<int>(pattern.size());
  bool sounding = false;
  for (int i = 0; i < count; ++i) {
    const int from = start + length * i / count;
    const int until = start + length * (i + 1) / count;
    const char symbol = pattern[static_cast<std::size_t>(i)];
    if (symbol == '-' && sounding) {
      steps.back().length = until - steps.back().start;
    } else if (symbol != '-' && symbol != '.') {
      steps.push_back({from, until - from, symbol});
    }
    sounding = symbol == '-' ? sounding : symbol != '.';
  }
  return steps;
}

void Player::note(int start, int length, int pitch, int louder) {
  const Instrument& instrument = part_.instrument;
  while (pitch < instrument.lowest) pitch += 12;
  while (pitch > instrument.highest) pitch -= 12;
  const int late = random_.between(-touch_.timing_ticks, touch_.timing_ticks);
  const int velocity =
      touch_.velocity + louder + random_.between(-touch_.velocity_spread, touch_.velocity_spread);
  part_.notes.push_back({std::max(0, start + late), std::max(1, length * touch_.length_percent / 100), pitch,
                         std::clamp(velocity, 1, 127)});
}

template <typename Play>
void Player::each_step(Bars bars, const Patterns& patterns, Play play) {
  const int bar_ticks = harmony_.bar_ticks();
  for (int bar = 0; bar < bars.count; ++bar) {
    for (const Step& step : steps_of(patterns.of_bar(bar), (bars.first + bar) * bar_ticks, bar_ticks))
      play(step);
  }
}

int Player::root_above(int lowest, int tick) const {
  int pitch = lowest;
  while (pitch % 12 != harmony_.at(tick).root) ++pitch;
  return pitch;
}

void Player::bass(Bars bars, const Patterns& patterns, int lowest) {
  each_step(bars, patterns, [&](const Step& step) {
    const int root = root_above(lowest, step.start);
    const int next_root = root_above(lowest, harmony_.change_after(step.start));
    const int side = next_root > root ? -1 : 1;
    int pitch = root;
    switch (step.symbol) {
      case 'a':
        pitch = next_root + side;
        break;
      case 's':
        pitch = scale_step(next_root, side, harmony_.key());
        break;
      default:
        pitch = root + harmony_.at(step.start).interval(step.symbol - '0');
    }
    note(step.start, step.length, pitch);
  });
}

void Player::chords(Bars bars, const Patterns& patterns, int lowest, int highest, int voices) {
  std::vector<int> voicing;
  each_step(bars, patterns, [&](const Step& step) {
    voicing = voicing_of(harmony_.at(step.start), lowest, highest, voices, voicing);
    if (step.symbol == 'x' || step.symbol == 'X') {
      for (const int pitch : voicing) note(step.start, step.length, pitch, accent_of(step.symbol));
    } else {
      const auto index = static_cast<std::size_t>(step.symbol - '1');
      note(step.start, step.length, voicing[std::min(index, voicing.size() - 1)]);
    }
  });
}

void Player::power_chords(Bars bars, const Patterns& patterns, int lowest) {
  each_step(bars, patterns, [&](const Step& step) {
    const int root = root_above(lowest, step.start);
    for (const int interval : {0, 7, 12}) {
      note(step.start, step.length, root + interval, accent_of(step.symbol));
    }
  });
}

void Player::pad(Bars bars, int lowest, int highest, int voices, int overlap_ticks) {
  std::vector<int> voicing;
  const int end = (bars.first + bars.count) * harmony_.bar_ticks();
  for (int start = bars.first * harmony_.bar_ticks(); start < end;) {
    const int until = std::min(harmony_.change_after(start), end);
    voicing = voicing_of(harmony_.at(start), lowest, highest, voices, voicing);
    for (const int pitch : voicing) note(start, until - start + overlap_ticks, pitch);
    start = until;
  }
}

void Player::drum(Bars bars, int key, const Patterns& patterns, int louder) {
  each_step(bars, patterns,
            [&](const Step& step) { note(step.start, step.length, key, accent_of(step.symbol) + louder); });
}

void Player::notes(std::span<const Note> melody, int ticks, int semitones) {
  for (const Note& each : melody) {
    note(each.start + ticks, each.length, each.pitch + semitones, each.velocity);
  }
}

void tidy(Part& part) {
  std::vector<Note>& notes = part.notes;
  std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return std::tie(a.pitch, a.start, a.length) < std::tie(b.pitch, b.start, b.length);
  });
  for (std::size_t i = 0; i + 1 < notes.size(); ++i) {
    if (notes[i].pitch != notes[i + 1].pitch) continue;
    notes[i].length = std::min(notes[i].length, notes[i + 1].start - notes[i].start);
  }
  std::erase_if(notes, [](const Note& note) { return note.length <= 0; });
  std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return std::tie(a.start, a.pitch) < std::tie(b.start, b.pitch);
  });
}

}  // namespace resonance::sample_library
