#pragma once

#include <cstdint>

/// The numbers that define the features. They are part of every model's contract: a change of any of them, or
/// of how a feature is computed, is a new kFeatureVersion, and caches, catalogs and models of another version
/// are refused.
namespace resonance {

inline constexpr int kFeatureVersion = 1;

inline constexpr int kSampleRateHz = 44100;
inline constexpr int kFftSize = 2048;                   ///< samples under the periodic Hann window
inline constexpr int kHopSamples = 882;                 ///< 20 ms
inline constexpr int kFramesPerSecond = 50;             ///< kSampleRateHz / kHopSamples
inline constexpr int kSpectrumBins = kFftSize / 2 + 1;  ///< 1025
inline constexpr int kMelBands = 160;
inline constexpr int kChromaBins = 24;
inline constexpr int kTempogramLags = 320;  ///< lag unit 20 ms
inline constexpr int kPitchPeakHistograms = 2;
inline constexpr int kPitchPeakBins = 120;  ///< of an octave: 10 cents each
inline constexpr int kHpssKernel = 31;      ///< frames, and bins, of the two running medians

inline constexpr int kSegmentFrames = 18 * kFramesPerSecond;
inline constexpr int kSegmentHopFrames = 4 * kFramesPerSecond;
inline constexpr int kEmbeddingDimensions = 512;

/// Frames of a signal: 1 + floor(samples / hop), 0 for an empty one (librosa, center=True).
constexpr std::int64_t frame_count(std::int64_t samples) {
  return samples <= 0 ? 0 : 1 + samples / kHopSamples;
}

/// Segments of a track: every kSegmentHopFrames while a whole one fits; a shorter track is one padded
/// segment.
constexpr std::int64_t segment_count(std::int64_t frames) {
  if (frames <= 0) return 0;
  return frames < kSegmentFrames ? 1 : 1 + (frames - kSegmentFrames) / kSegmentHopFrames;
}

}  // namespace resonance
