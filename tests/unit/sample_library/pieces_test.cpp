#include "sample_library/midi_file.h"
#include "sample_library/render.h"
#include "sample_library/styles.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace resonance::sample_library {
namespace {

class Library : public ::testing::Test {
 protected:
  const std::vector<Piece> pieces_ = all_pieces();
};

TEST_F(Library, has_six_styles_of_five_pieces_by_one_ensemble_each) {
  std::map<std::string, int> by_style;
  std::set<std::string> artists;
  std::set<std::string> paths;
  for (const Piece& piece : pieces_) {
    ++by_style[piece.style];
    artists.insert(piece.artist);
    paths.insert(relative_path_of(piece).string());
  }
  EXPECT_EQ(by_style.size(), 6U);
  for (const auto& [style, count] : by_style) EXPECT_EQ(count, 5) << style;
  EXPECT_EQ(artists.size(), 6U);
  EXPECT_EQ(paths.size(), 30U);
}

TEST_F(Library, is_the_same_on_every_run_and_every_machine) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const Piece& piece : pieces_) {
    for (const char byte : midi_file_of(piece))
      hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  // FNV-1a over all the MIDI files; what changes it changes what people hear, and every figure measured on
  // it.
  EXPECT_EQ(hash, 17855775947850042817U);
}

TEST_F(Library, pieces_last_forty_to_sixty_seconds) {
  for (const Piece& piece : pieces_) {
    EXPECT_GE(piece.duration_s(), 40) << piece.title;
    EXPECT_LE(piece.duration_s(), 60) << piece.title;
  }
}

TEST_F(Library, notes_can_be_played_on_their_instruments_and_end_with_the_piece) {
  for (const Piece& piece : pieces_) {
    SCOPED_TRACE(piece.title);
    for (const Part& part : piece.parts) {
      SCOPED_TRACE(part.instrument.name);
      EXPECT_FALSE(part.notes.empty());
      for (const Note& note : part.notes) {
        EXPECT_GE(note.pitch, part.instrument.lowest);
        EXPECT_LE(note.pitch, part.instrument.highest);
        EXPECT_GE(note.velocity, 1);
        EXPECT_LE(note.velocity, 127);
        EXPECT_GE(note.start, 0);
        EXPECT_GT(note.length, 0);
        EXPECT_LE(note.start + note.length, piece.length_ticks + piece.meter.beat_ticks());
      }
    }
  }
}

TEST_F(Library, most_notes_of_a_piece_belong_to_its_key) {
  for (const Piece& piece : pieces_) {
    int inside = 0;
    int all = 0;
    for (const Part& part : piece.parts) {
      if (part.instrument.is_drum_kit) continue;
      for (const Note& note : part.notes) {
        inside += in_scale(note.pitch, piece.key) ? 1 : 0;
        ++all;
      }
    }
    EXPECT_GE(inside, all * 80 / 100) << piece.title;
  }
}

TEST_F(Library, pieces_of_a_style_differ_in_tempo_and_key) {
  std::map<std::string, std::set<int>> tempos;
  std::map<std::string, std::set<int>> keys;
  for (const Piece& piece : pieces_) {
    tempos[piece.style].insert(piece.tempo_bpm);
    keys[piece.style].insert(piece.key.tonic * 8 + static_cast<int>(piece.key.mode));
  }
  for (const auto& [style, values] : tempos) EXPECT_EQ(values.size(), 5U) << style;
  for (const auto& [style, values] : keys) EXPECT_EQ(values.size(), 5U) << style;
}

}  // namespace
}  // namespace resonance::sample_library
