#include "sample_library/midi_file.h"

#include "sample_library/instruments.h"
#include "sample_library/styles.h"

#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace resonance::sample_library {
namespace {

/// Just enough of a reader for what the writer writes; throws std::out_of_range past the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  unsigned byte() {
    if (bytes_.empty()) throw std::out_of_range("truncated");
    const auto value = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  unsigned number(int size) {
    unsigned value = 0;
    for (int i = 0; i < size; ++i) value = value << 8U | byte();
    return value;
  }
  unsigned variable_length() {
    unsigned value = 0;
    unsigned next = 0x80;
    while ((next & 0x80U) != 0) {
      next = byte();
      value = value << 7U | (next & 0x7fU);
    }
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) throw std::out_of_range("truncated");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

struct TrackContent {
  std::set<unsigned> channels;
  int notes = 0;
  int left_sounding = 0;
  int struck_while_sounding = 0;
  unsigned end_tick = 0;
  unsigned microseconds_per_quarter = 0;
  bool ended = false;
};

TrackContent read_track(std::string_view body) {
  TrackContent content;
  Reader reader(body);
  std::set<std::pair<unsigned, unsigned>> sounding;
  while (!reader.at_end()) {
    content.end_tick += reader.variable_length();
    const unsigned status = reader.byte();
    if (status == 0xff) {
      const unsigned type = reader.byte();
      const std::string_view text = reader.take(reader.variable_length());
      if (type == 0x51) content.microseconds_per_quarter = Reader(text).number(3);
      if (type == 0x2f) content.ended = reader.at_end();
      continue;
    }
    const unsigned channel = status & 0x0fU;
    content.channels.insert(channel);
    const unsigned first = reader.byte();
    if ((status & 0xf0U) != 0xc0) reader.byte();
    if ((status & 0xf0U) == 0x90) {
      ++content.notes;
      if (!sounding.insert({channel, first}).second) ++content.struck_while_sounding;
    } else if ((status & 0xf0U) == 0x80) {
      sounding.erase({channel, first});
    }
  }
  content.left_sounding = static_cast<int>(sounding.size());
  return content;
}

std::vector<TrackContent> read_file(std::string_view file) {
  Reader reader(file);
  EXPECT_EQ(reader.take(4), "MThd");
  EXPECT_EQ(reader.number(4), 6U);
  EXPECT_EQ(reader.number(2), 1U);
  const unsigned count = reader.number(2);
  EXPECT_EQ(reader.number(2), static_cast<unsigned>(kTicksPerQuarter));
  std::vector<TrackContent> tracks;
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(reader.take(4), "MTrk");
    tracks.push_back(read_track(reader.take(reader.number(4))));
  }
  EXPECT_TRUE(reader.at_end());
  return tracks;
}

Piece one_note_piece() {
  Piece piece;
  piece.title = "One note";
  piece.length_ticks = 1920;
  piece.parts.push_back({.instrument = instruments::kPiano, .notes = {{0, 480, 60, 100}}});
  return piece;
}

TEST(MidiFile, a_piece_of_one_note_is_read_back) {
  const std::vector<TrackContent> tracks = read_file(midi_file_of(one_note_piece()));
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks[0].microseconds_per_quarter, 500'000U);
  EXPECT_EQ(tracks[1].notes, 1);
  EXPECT_EQ(tracks[1].end_tick, 1920U + 480U);
}

TEST(MidiFile, tempo_counts_dotted_quarters_in_six_eight) {
  Piece piece = one_note_piece();
  piece.meter = {6, 8};
  EXPECT_EQ(read_file(midi_file_of(piece))[0].microseconds_per_quarter, 333'333U);
}

TEST(MidiFile, drums_are_on_the_tenth_channel_and_nothing_else_is) {
  Piece piece = one_note_piece();
  for (int i = 0; i < 11; ++i) piece.parts.push_back(piece.parts.front());
  piece.parts.push_back({.instrument = instruments::kDrumKit, .notes = {{0, 120, drums::kKick, 100}}});
  const std::vector<TrackContent> tracks = read_file(midi_file_of(piece));
  for (std::size_t i = 1; i < tracks.size(); ++i) {
    EXPECT_EQ(tracks[i].channels.contains(9), i == tracks.size() - 1);
  }
}

TEST(MidiFile, more_parts_than_channels_are_refused) {
  Piece piece = one_note_piece();
  for (int i = 0; i < 15; ++i) piece.parts.push_back(piece.parts.front());
  EXPECT_THROW(midi_file_of(piece), std::invalid_argument);
}

TEST(MidiFile, every_piece_of_the_library_is_well_formed_and_leaves_nothing_sounding) {
  for (const Piece& piece : all_pieces()) {
    SCOPED_TRACE(piece.title);
    for (const TrackContent& track : read_file(midi_file_of(piece))) {
      EXPECT_TRUE(track.ended);
      EXPECT_EQ(track.left_sounding, 0);
      EXPECT_EQ(track.struck_while_sounding, 0);
      EXPECT_EQ(track.end_tick, static_cast<unsigned>(piece.length_ticks + piece.meter.beat_ticks()));
    }
  }
}

}  // namespace
}  // namespace resonance::sample_library
