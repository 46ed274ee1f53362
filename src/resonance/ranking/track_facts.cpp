#include "resonance/ranking/track_facts.h"

#include "resonance/core/folded_text.h"

namespace resonance::ranking {

std::string artist_identity(const Tags& tags) {
  std::string artist = folded_text(tags.artist);
  return artist.empty() ? folded_text(tags.album_artist) : artist;
}

std::string album_identity(const Tags& tags) {
  std::string album = folded_text(tags.album);
  if (album.empty()) return album;
  const std::string by = folded_text(tags.album_artist.empty() ? tags.artist : tags.album_artist);
  return album.append(1, '\0').append(by);
}

}  // namespace resonance::ranking
