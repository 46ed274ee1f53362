#pragma once

#include "sample_library/score.h"

#include <filesystem>
#include <string>
#include <vector>

namespace resonance::sample_library {

struct RenderSettings {
  std::filesystem::path soundfont;
  std::filesystem::path midi_folder;   ///< <style>/<piece>.mid, what was played, and pieces.tsv
  std::filesystem::path audio_folder;  ///< <style>/<piece>.flac, tagged; nothing else
  int jobs = 1;                        ///< FluidSynth processes at once
};

struct RenderReport {
  int rendered = 0;
  int up_to_date = 0;
  std::vector<std::string> failures;  ///< one line each
};

/// Renders the pieces that are missing, or were made from other notes, settings or another soundfont. An
/// audio file appears whole or not at all.
RenderReport render(const std::vector<Piece>& pieces, const RenderSettings& settings);

/// Writes every piece's MIDI file, and pieces.tsv: path, style, title, beats a minute, key.
void write_midi_files(const std::vector<Piece>& pieces, const std::filesystem::path& folder);

/// "rock/03-static-on-the-line", without extension.
std::filesystem::path relative_path_of(const Piece& piece);

}  // namespace resonance::sample_library
