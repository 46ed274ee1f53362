#pragma once

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/content_hash.h"
#include "resonance/core/description.h"
#include "resonance/core/feature_block.h"
#include "resonance/core/track.h"
#include "resonance/embedding/embedder.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace resonance::engine {

/// What listening to one file yields.
struct TrackAnalysis {
  ContentHash hash;
  Tags tags;
  AudioInfo audio;
  Description description;
  embedding::Descriptor descriptor;
  std::string warning;  ///< damage that did not prevent the analysis; else empty
};

/// Decodes a file and hands its features on, block by block, in the memory of one block.
/// @return hash, tags, audio and warning; description and descriptor are left to the caller
/// @throws Error as audio::AudioFile; Error(cancelled)
TrackAnalysis stream_features(const std::filesystem::path& path, const std::stop_token& stop,
                              const std::function<void(const FeatureBlock&)>& sink);

/// The main job for one file: decode -> features -> descriptor and description.
/// @param segments  gets the descriptors of its segments, if there is one
/// @throws as stream_features, and what `segments` throws
TrackAnalysis analyse(const std::filesystem::path& path, const embedding::Embedder& embedder,
                      const std::stop_token& stop, embedding::SegmentSink segments = {});

/// The same from kept features: no audio is read. Hash, tags and audio come from `probe`.
/// @return nothing if the cache does not hold the recording
std::optional<TrackAnalysis> analyse_cached(const audio::AudioProbe& probe, const cache::FeatureCache& cache,
                                            const embedding::Embedder& embedder,
                                            embedding::SegmentSink segments = {});

}  // namespace resonance::engine
