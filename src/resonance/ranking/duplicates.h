#pragma once

#include "resonance/ranking/candidate.h"

namespace resonance::ranking {

/// When two tracks are one recording twice: the same audio packets (content hash), or
/// - a similarity of at least `similarity`, and
/// - durations that differ by no more than `duration_s`, and
/// - the same title (folded), unless one of them has none.
/// All three, because each alone merges what people want apart: a live version has the title, another song
/// the duration, the next track of a techno album the sound. For answers only; to find duplicates in a
/// library, fingerprints are compared.
///
/// The default similarity is one of the embeddings of `statistics` (`resonance embed` of originals and
/// copies): of 38 copies of free recordings (MP3 at 96 kbit/s; AAC without the first second, 6 dB quieter) 34
/// were at 0.7 or more and all at 0.56 or more, while the most similar different recordings were at 0.46, and
/// at 0.65 among 1,010 of pop music.
struct DuplicateRule {
  double similarity = 0.7;
  float duration_s = 2;
};

/// @throws Error(invalid_argument) if the embeddings have different dimensions
bool are_duplicates(const Candidate& a, const Candidate& b, const DuplicateRule& rule);

}  // namespace resonance::ranking
