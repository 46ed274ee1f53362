#pragma once

#include "resonance/core/description.h"
#include "resonance/core/track.h"
#include "resonance/engine/progress.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

struct EmbedReport {
  std::size_t embedded = 0;
  std::vector<FailedItem> failed;
  bool cancelled = false;
};

/// For people who build on the vectors: writes into `out` embeddings.npy (N x 512 float32), timbre.npy,
/// harmony.npy, rhythm.npy and tracks.json, a row per file in the order given. A file that fails has a row of
/// zeros and its error in tracks.json, so that rows and arguments always match. With `catalog`, the vectors
/// are those of that catalog's space and can be compared with it; without, the projection is fitted on the
/// files given, by `model` as open_model() takes it, or the default one.
/// @throws Error as Searcher and AtomicFile
EmbedReport embed_files(const std::vector<std::filesystem::path>& files, const std::filesystem::path& out,
                        const std::optional<std::filesystem::path>& catalog,
                        const std::optional<std::string>& model, unsigned jobs,
                        const ProgressCallback& progress, const std::stop_token& stop);

/// Writes the features of one file as the model sees them: log_mel T x 160, chroma T x 24, onset T, loudness
/// T, tempogram T x 320, float32, in an .npz. Memory grows with the file's length. @throws Error
void write_features(const std::filesystem::path& file, const std::filesystem::path& out,
                    const std::stop_token& stop);

/// What `describe` says of a file.
struct FileDescription {
  std::string path;
  Tags tags;
  AudioInfo audio;
  Description description;
  std::vector<std::string> traits;
  std::string warning;
};
/// Listens to a file. @throws Error as audio::AudioFile
FileDescription describe_file(const std::filesystem::path& file, const std::stop_token& stop);
/// What the catalog knows already. @throws Error as Searcher::track
FileDescription describe_track(const std::filesystem::path& catalog_directory, const std::string& path_or_id);

}  // namespace resonance::engine
