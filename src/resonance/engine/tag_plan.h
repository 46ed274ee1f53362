#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/catalog/track_filter.h"
#include "resonance/engine/progress.h"
#include "resonance/ranking/tag_suggestion.h"
#include "resonance/tagging/tag_fields.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// The tags that Resonance suggests, by their names in files (tagging/tag_fields.h). Genre, mood and style
/// come from the neighbours' tags, tempo and key from listening.
inline constexpr std::string_view kGenreField = "GENRE";
inline constexpr std::string_view kMoodField = "MOOD";
inline constexpr std::string_view kStyleField = "STYLE";
inline constexpr std::string_view kTempoField = "BPM";
inline constexpr std::string_view kKeyField = "INITIALKEY";
inline constexpr std::array<std::string_view, 5> kTagFieldNames{kGenreField, kMoodField, kStyleField,
                                                                kTempoField, kKeyField};

struct TagRequest {
  std::vector<std::string> tracks;  ///< as Searcher::track; empty: every track that passes the filter
  catalog::TrackFilter filter{};    ///< of the tracks that get suggestions; all others are asked all the same
  std::set<std::string_view> fields{kGenreField, kTempoField, kKeyField};  ///< of kTagFieldNames
  double min_confidence = 0.8;  ///< of what would be written, [0, 1]
  bool overwrite = false;       ///< tags that are there may be replaced
  unsigned jobs = 0;            ///< threads that read files; 0: one a core
};

/// What there is to say of one tag of one track.
struct FieldProposal {
  std::vector<std::string> present;                 ///< in the file now
  std::vector<ranking::TagSuggestion> suggestions;  ///< the surest first; of tempo and key at most one
  std::vector<std::string> accepted;                ///< what would be written; empty: nothing would
};

struct TrackProposal {
  catalog::Track track;  ///< without descriptor
  std::map<std::string_view, FieldProposal> fields;

  [[nodiscard]] bool changes_something() const;
};

struct TagPlan {
  std::vector<TrackProposal> tracks;  ///< as named, or in order of key
  std::vector<FailedItem> failed;     ///< tracks that are not there, files that cannot be read
  /// Genre, mood and style: how many tracks of the catalog have such a tag to learn from.
  std::map<std::string_view, std::size_t> labelled;
};

/// Suggests tags. Of genre, mood and style: the votes of a track's 20 nearest that have such a tag
/// (ranking/tag_suggestion.h), with the confidence that such votes have earned on up to 2,000 labelled tracks
/// of this catalog, each left out in turn. There neither copies of the same recording nor tracks of the same
/// album vote: an album is usually tagged as a whole, and would flatter. Genres are those the catalog knows;
/// moods and styles are read from the files of the whole catalog, if they are asked for. Reads every file
/// that is chosen, and writes nothing.
/// @throws Error as Searcher, also for a single track that is not there; Error(invalid_argument) for an
/// unknown field
///         or a confidence out of range; Error(cancelled)
TagPlan plan_tags(const std::filesystem::path& catalog_directory, const TagRequest& request,
                  const ProgressCallback& progress, const std::stop_token& stop);

/// What of the suggestions for a tag is written: all that are sure enough, unless the tag is there and may
/// not be replaced, or already says the same.
std::vector<std::string> accepted_values(const FieldProposal& field, double min_confidence, bool overwrite);

/// How a key is written into files: "Am", "F#", "Bb" never, since keys have sharps here. The form of ID3v2's
/// TKEY.
std::string key_tag(const Description& description);

}  // namespace resonance::engine
