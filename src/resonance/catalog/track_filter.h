#pragma once

#include "resonance/core/musical_key.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace resonance::catalog {

/// Both ends belong to it; an end that is missing is open.
struct NumberRange {
  std::optional<double> least;
  std::optional<double> most;

  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// Tempi, in BPM. `any_octave`: half and double of it count too, since which octave a tempo is tapped at is
/// the commonest disagreement about it.
struct TempoRange {
  NumberRange bpm;
  bool any_octave = false;

  friend bool operator==(const TempoRange&, const TempoRange&) = default;
};

/// Which tracks of a catalog may be found. A track passes if for each list that is not empty it fits at least
/// one element. Text is compared folded (core/folded_text.h): whole, and for genres also each part between
/// ';', ',', '/' and '|' ("Rock; Pop" is rock). An empty text fits tracks whose file says nothing. A track
/// whose year, tempo or key is not known fits no year, tempo or key; how sure a tempo or key is does not
/// matter.
struct TrackFilter {
  std::vector<std::string> folders;  ///< absolute, bytes as the file system has them: the tracks below
  std::vector<std::string> titles;
  std::vector<std::string> artists;  ///< of the track or of its album
  std::vector<std::string> album_artists;
  std::vector<std::string> albums;
  std::vector<std::string> genres;
  std::vector<std::string> tags;  ///< any of the texts above
  std::vector<NumberRange> years;
  std::vector<NumberRange> durations_s;
  std::vector<TempoRange> tempos;
  std::vector<MusicalKey> keys;

  friend bool operator==(const TrackFilter&, const TrackFilter&) = default;
};

/// Reads the command line's form, one condition a string: NAME=VALUE, or NAME~VALUE for "about".
///   folder=/music/new  title=  artist=  album-artist=  album=  genre=jazz  tag=live
///   year=1990..1999    year=1990..    year=..1969       year=1984
///   duration=2:30..5:00   duration=..90   (seconds, m:ss or h:mm:ss; a single value means within half a
///   second) bpm=120..130       bpm=120 (119.5 to 120.5)      bpm~120 (within 4 %, half and double tempo too)
///   bpm~120..130 (half and double tempo too)
///   key=Am             key~8A (and the keys that mix with it, core/musical_key.h)
/// The same name twice means either; different names mean both. A name may be written with '_' for '-' and in
/// any case. Folders are taken as they are: make them absolute before or after.
/// @throws Error(invalid_argument) naming the part that is wrong, what is allowed, and the name that was
/// probably
///         meant; Error(limit_exceeded) for more than 100 conditions or one of more than 4096 bytes
TrackFilter parse_filter(std::span<const std::string> conditions);

}  // namespace resonance::catalog
