#include "resonance/engine/track_analysis.h"

#include "resonance/core/error.h"
#include "resonance/features/feature_extractor.h"
#include "resonance/features/tempogram_completer.h"
#include "resonance/features/track_describer.h"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace resonance::engine {
namespace {

/// What lies behind the last frame of a cut or padded mp3 comes as one broken packet: in one recording of
/// five, and nobody hears it. More than one in so many packets is damage.
constexpr std::int64_t kPacketsPerLost = 200;

std::string warning_of(const audio::DecodeReport& report) {
  std::string warning;
  const auto add = [&](const std::string& text) { warning += (warning.empty() ? "" : "; ") + text; };
  if (report.damaged_packets * kPacketsPerLost > report.packets) {
    add(std::to_string(report.damaged_packets) + " of " + std::to_string(report.packets) +
        " packets are damaged");
  }
  if (report.truncated) add("the file ends early");
  if (report.invalid_samples > 0) add(std::to_string(report.invalid_samples) + " samples are not finite");
  return warning;
}

/// Both consumers of a track's features, side by side.
class Listener {
 public:
  Listener(const embedding::Embedder& embedder, embedding::SegmentSink segments)
      : builder_(embedder.begin_track(std::move(segments))) {}

  void push(const FeatureBlock& block) {
    builder_->push(block);
    describer_.push(block);
  }
  void finish(TrackAnalysis& analysis) {
    analysis.descriptor = builder_->finish();
    analysis.description = describer_.finish();
    analysis.description.duration_s = static_cast<float>(analysis.audio.duration_s);
  }

 private:
  std::unique_ptr<embedding::DescriptorBuilder> builder_;
  features::TrackDescriber describer_;
};

}  // namespace

TrackAnalysis stream_features(const std::filesystem::path& path, const std::stop_token& stop,
                              const std::function<void(const FeatureBlock&)>& sink) {
  audio::AudioFile file(path);
  features::FeatureExtractor extractor;
  const auto hand_on = [&] {
    while (const auto block = extractor.next()) sink(*block);
  };
  while (const auto samples = file.read()) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while reading " + path.string());
    extractor.push(*samples);
    hand_on();
  }
  extractor.finish();
  hand_on();

  TrackAnalysis analysis;
  analysis.hash = file.content_hash();
  analysis.tags = file.tags();
  analysis.audio = file.info();
  analysis.warning = warning_of(file.report());
  return analysis;
}

TrackAnalysis analyse(const std::filesystem::path& path, const embedding::Embedder& embedder,
                      const std::stop_token& stop, embedding::SegmentSink segments) {
  Listener listener(embedder, std::move(segments));
  TrackAnalysis analysis =
      stream_features(path, stop, [&](const FeatureBlock& block) { listener.push(block); });
  listener.finish(analysis);
  return analysis;
}

std::optional<TrackAnalysis> analyse_cached(const audio::AudioProbe& probe, const cache::FeatureCache& cache,
                                            const embedding::Embedder& embedder,
                                            embedding::SegmentSink segments) {
  Listener listener(embedder, std::move(segments));
  features::TempogramCompleter completer;
  const auto hand_on = [&] {
    while (const auto block = completer.next()) listener.push(*block);
  };
  const bool found = cache.load(probe.hash, [&](FeatureBlock block) {
    completer.push(std::move(block));
    hand_on();
  });
  if (!found) return std::nullopt;
  completer.finish();
  hand_on();

  TrackAnalysis analysis;
  analysis.hash = probe.hash;
  analysis.tags = probe.tags;
  analysis.audio = probe.info;
  listener.finish(analysis);
  return analysis;
}

}  // namespace resonance::engine
