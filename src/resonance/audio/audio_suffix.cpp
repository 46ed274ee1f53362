#include "resonance/audio/audio_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace resonance::audio {
namespace {

constexpr auto kRecordings = std::to_array<std::string_view>(
    {"3ga", "aac", "ac3", "aif",   "aifc", "aiff", "amr",  "ape",  "asf",  "au",  "awb", "caf",
     "dff", "dsf", "dts", "dtshd", "eac3", "flac", "m4a",  "m4b",  "m4r",  "mka", "mp+", "mp1",
     "mp2", "mp3", "mp4", "mpa",   "mpc",  "mpga", "oga",  "ogg",  "opus", "shn", "snd", "spx",
     "tak", "thd", "tta", "voc",   "w64",  "wav",  "wave", "webm", "wma",  "wv",  "xwma"});

// What libopenmpt plays and nobody uses for anything else.
constexpr auto kModules = std::to_array<std::string_view>(
    {"669", "amf", "ams",  "dbm", "dmf", "dsm", "far", "gdm", "imf", "it",  "j2b", "mdl", "med",
     "mo3", "mod", "mptm", "mt2", "mtm", "okt", "psm", "ptm", "s3m", "stm", "ult", "xm"});

}  // namespace

bool has_audio_suffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  if (suffix.size() < 2) return false;
  suffix.erase(0, 1);
  std::ranges::transform(suffix, suffix.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto is_suffix = [&](std::string_view known) { return known == suffix; };
  if (std::ranges::any_of(kRecordings, is_suffix)) return true;
  return std::ranges::any_of(kModules, is_suffix) && audio_support().module_music;
}

}  // namespace resonance::audio
