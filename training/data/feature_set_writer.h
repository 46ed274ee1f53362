#pragma once

#include "resonance/core/atomic_file.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "training/data/feature_set.h"

namespace resonance::training {

/// The parts of an excerpt to be kept, with their ranges.
struct ExcerptLevels {
  FrameRange log_mel_range;
  FrameRange chroma_range;
  FrameRange onset_range;
  std::vector<std::uint8_t> log_mel;
  std::vector<std::uint8_t> chroma;
  std::vector<std::uint16_t> onset;
};

/// Writes a feature set. Nothing of it can be opened before commit(); a set that was in the folder stays
/// until then. Not thread-safe.
class FeatureSetWriter {
 public:
  enum class Encoding {
    plain,
    compact  ///< log-mel in steps of 2 dB, chroma of 1/15, onsets with 5 bits, teachers with 8; compressed
  };
  FeatureSetWriter(std::filesystem::path folder, Encoding encoding, std::vector<TeacherInfo> teachers);

  /// Begins a track; excerpts and teachers' rows follow. Its `excerpts` and `teachers` are filled in here.
  void begin_track(TrackInfo info);
  void add_excerpt(const ExcerptLevels& excerpt);
  void add_teacher_rows(std::size_t teacher, const TeacherRows& rows);
  [[nodiscard]] std::uint64_t bytes() const { return position_; }  ///< of the data file so far
  /// Of set.json, about, if it were written now.
  [[nodiscard]] std::uint64_t description_bytes() const;
  [[nodiscard]] std::size_t tracks() const { return tracks_.size(); }
  /// Makes the set visible. Tracks without an excerpt are left out. Call once, last.
  void commit();

 private:
  BlockPlace add_block(const std::string& bytes);
  [[nodiscard]] std::string description() const;

  std::filesystem::path folder_;
  Encoding encoding_;
  std::vector<TeacherInfo> teachers_;
  std::vector<TrackInfo> tracks_;
  std::uint64_t identity_ = 0;
  AtomicFile data_;
  std::uint64_t position_ = 0;
};

/// Bytes of an excerpt, and of a teacher's rows, as blocks of a data file; what FeatureSet reads.
std::string encode_excerpt(const ExcerptLevels& excerpt, FeatureSetWriter::Encoding encoding);
std::string encode_teacher_rows(const TeacherRows& rows, std::size_t dimensions,
                                FeatureSetWriter::Encoding encoding);

inline constexpr std::string_view kFeatureDataMagic = "RFSDATA1";
/// Each data file has a name of its own, so that exchanging set.json exchanges the whole set.
std::string data_file_name(std::uint64_t identity);

}  // namespace resonance::training
