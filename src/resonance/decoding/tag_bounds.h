#pragma once

#include "resonance/decoding/file_input.h"

#include <cstdint>

namespace resonance::decoding {

/// Where the audio ends in a file whose end may carry tags, in any order and number: ID3v1, ID3v2.4 with
/// footer, APE, Lyrics3. Formats framed by sync words need it: bytes of a tag must not be taken for audio
/// packets.
/// @return offset of the first byte of the tags, size() if there are none
/// Sources: id3.org (ID3v1, ID3v2.4.0 structure, Lyrics3v2), Hydrogenaudio "APEv2 specification".
std::int64_t end_of_audio(const FileInput& file);

/// Where the content begins in a file that may start with ID3v2 tags. @return 0 if there are none
std::int64_t start_of_content(const FileInput& file);

}  // namespace resonance::decoding
