#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace resonance::training {

/// A run of frames of one track; `start` counts from the track's beginning.
struct FrameRange {
  std::int64_t start = 0;
  std::int64_t frames = 0;
};

/// A part of a track that the set holds, as levels of feature_encoding.h. Chroma and onsets may reach further
/// than log-mel, since harmony and rhythm need more context.
struct Excerpt {
  FrameRange log_mel_range;
  FrameRange chroma_range;
  FrameRange onset_range;
  std::span<const std::uint8_t> log_mel;  ///< T x 160
  std::span<const std::uint8_t> chroma;   ///< T x 24
  std::span<const std::uint16_t> onset;   ///< T, float16
};

/// What a teacher says of one track: vectors of some seconds each.
struct TeacherRows {
  std::vector<std::int64_t> starts;  ///< frame at which a row's audio begins, ascending
  std::vector<float> values;         ///< rows x dimensions
};

/// A teacher: its name and how many frames a vector is about.
struct TeacherInfo {
  std::string name;
  std::size_t dimensions = 0;
  std::int64_t frames = 150;
};

/// Where a block lies in the data file.
struct BlockPlace {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
};

struct ExcerptInfo {
  FrameRange log_mel;
  FrameRange chroma;
  FrameRange onset;
  BlockPlace place;
};

struct TrackInfo {
  std::string id;
  std::string path;                            ///< as the manifest names it
  std::int64_t frames = 0;                     ///< of the whole track
  std::map<std::string, std::string> labels;   ///< the manifest's columns; empty ones are left out
  std::vector<ExcerptInfo> excerpts;           ///< at least one, ascending
  std::map<std::size_t, BlockPlace> teachers;  ///< by index of the teacher
};

/// The only input of training: a folder with
///
///   set.json   what the set is: format and feature version, teachers, tracks with labels and the place of
///              their blocks; a checksum over itself, and the identity of the data file it belongs to
///   data-IDENTITY.bin   magic "RFSDATA1", that identity (8 bytes), then blocks, each with a CRC-32 in
///   set.json:
///              excerpts (log-mel, chroma, onsets; plain, or compressed in sets made for a budget) and the
///              teachers' rows
///
/// A plain set is mapped into memory, and blocks are checked when they are first used; a compressed one is
/// decoded while it is opened. Immutable; thread-safe.
class FeatureSet {
 public:
  static constexpr int kFormatVersion = 1;

  /// @throws Error(not_found, unreadable, corrupt_data, version_mismatch, limit_exceeded) naming the file and
  /// what to do
  explicit FeatureSet(const std::filesystem::path& folder);
  ~FeatureSet();
  FeatureSet(const FeatureSet&) = delete;
  FeatureSet& operator=(const FeatureSet&) = delete;

  [[nodiscard]] const std::vector<TrackInfo>& tracks() const;
  [[nodiscard]] const std::vector<TeacherInfo>& teachers() const;
  [[nodiscard]] const std::filesystem::path& folder() const;
  /// Which set this is, for checkpoints: two sets with the same identity hold the same.
  [[nodiscard]] std::uint64_t identity() const;

  /// Valid as long as the set. @throws Error(corrupt_data) if its checksum is wrong
  [[nodiscard]] Excerpt excerpt(std::size_t track, std::size_t index) const;
  /// No rows if the teacher says nothing of the track. @throws Error(corrupt_data)
  [[nodiscard]] TeacherRows teacher_rows(std::size_t track, std::size_t teacher) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace resonance::training
