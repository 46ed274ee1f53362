#pragma once

#include "sample_library/score.h"

/// General MIDI programs, counted from 0, with the range of the real instrument.
namespace resonance::sample_library::instruments {

inline constexpr Instrument kPiano{"Piano", 0, 21, 108};
inline constexpr Instrument kElectricPiano{"Electric piano", 4, 28, 103};
inline constexpr Instrument kHarpsichord{"Harpsichord", 6, 29, 89};
inline constexpr Instrument kMusicBox{"Music box", 10, 60, 108};
inline constexpr Instrument kVibraphone{"Vibraphone", 11, 53, 89};
inline constexpr Instrument kRockOrgan{"Rock organ", 18, 36, 96};
inline constexpr Instrument kAccordion{"Accordion", 21, 53, 91};
inline constexpr Instrument kNylonGuitar{"Nylon-string guitar", 24, 40, 83};
inline constexpr Instrument kSteelGuitar{"Steel-string guitar", 25, 40, 84};
inline constexpr Instrument kJazzGuitar{"Jazz guitar", 26, 40, 86};
inline constexpr Instrument kOverdrivenGuitar{"Overdriven guitar", 29, 38, 86};
inline constexpr Instrument kDistortionGuitar{"Distortion guitar", 30, 38, 86};
inline constexpr Instrument kAcousticBass{"Acoustic bass", 32, 28, 67};
inline constexpr Instrument kFingeredBass{"Fingered bass", 33, 28, 67};
inline constexpr Instrument kPickedBass{"Picked bass", 34, 28, 67};
inline constexpr Instrument kSynthBass{"Synth bass", 38, 24, 67};
inline constexpr Instrument kViolin{"Violin", 40, 55, 100};
inline constexpr Instrument kCello{"Cello", 42, 36, 76};
inline constexpr Instrument kStrings{"Strings", 48, 36, 96};
inline constexpr Instrument kSlowStrings{"Slow strings", 49, 36, 96};
inline constexpr Instrument kSynthStrings{"Synth strings", 50, 36, 96};
inline constexpr Instrument kChoir{"Choir", 52, 48, 84};
inline constexpr Instrument kMutedTrumpet{"Muted trumpet", 59, 54, 84};
inline constexpr Instrument kTenorSaxophone{"Tenor saxophone", 66, 44, 76};
inline constexpr Instrument kOboe{"Oboe", 68, 58, 91};
inline constexpr Instrument kBassoon{"Bassoon", 70, 34, 75};
inline constexpr Instrument kClarinet{"Clarinet", 71, 50, 91};
inline constexpr Instrument kFlute{"Flute", 73, 60, 96};
inline constexpr Instrument kRecorder{"Recorder", 74, 60, 98};
inline constexpr Instrument kWhistle{"Tin whistle", 78, 62, 98};
inline constexpr Instrument kSquareLead{"Square lead", 80, 36, 96};
inline constexpr Instrument kSawLead{"Saw lead", 81, 36, 96};
inline constexpr Instrument kNewAgePad{"New age pad", 88, 36, 96};
inline constexpr Instrument kWarmPad{"Warm pad", 89, 36, 96};
inline constexpr Instrument kPolySynth{"Poly synth", 90, 36, 96};
inline constexpr Instrument kHaloPad{"Halo pad", 94, 36, 96};
inline constexpr Instrument kSweepPad{"Sweep pad", 95, 36, 96};
inline constexpr Instrument kCrystal{"Crystal", 98, 48, 108};
inline constexpr Instrument kFiddle{"Fiddle", 110, 55, 98};
inline constexpr Instrument kDrumKit{"Drums", 0, 35, 81, true};
inline constexpr Instrument kElectronicKit{"Electronic drums", 24, 35, 81, true};
inline constexpr Instrument kJazzKit{"Jazz drums", 32, 35, 81, true};

}  // namespace resonance::sample_library::instruments

/// General MIDI's percussion keys.
namespace resonance::sample_library::drums {

inline constexpr int kKick = 36;
inline constexpr int kSideStick = 37;
inline constexpr int kSnare = 38;
inline constexpr int kClap = 39;
inline constexpr int kClosedHat = 42;
inline constexpr int kPedalHat = 44;
inline constexpr int kLowTom = 45;
inline constexpr int kOpenHat = 46;
inline constexpr int kMidTom = 47;
inline constexpr int kCrash = 49;
inline constexpr int kHighTom = 50;
inline constexpr int kRide = 51;
inline constexpr int kTambourine = 54;
inline constexpr int kLowBongo = 61;
inline constexpr int kHighConga = 63;
inline constexpr int kLowConga = 64;
inline constexpr int kShaker = 70;

}  // namespace resonance::sample_library::drums
