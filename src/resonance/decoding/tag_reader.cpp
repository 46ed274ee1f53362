#include "resonance/decoding/tag_reader.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/replaygain.h>
}

#include "resonance/decoding/clean_text.h"

namespace resonance::decoding {
namespace {

constexpr std::size_t kMaxFieldBytes = 4096;
constexpr float kMaxGainDb = 100;
constexpr float kR128ToReplayGainDb = 5;

/// Looks keys up, in the order given, first in the stream, then in the container.
class Fields {
 public:
  Fields(const AVFormatContext& container, const AVStream& stream)
      : dictionaries_{stream.metadata, container.metadata} {}

  [[nodiscard]] std::string text(std::initializer_list<const char*> keys) const {
    for (const char* key : keys) {
      for (const AVDictionary* dictionary : dictionaries_) {
        const AVDictionaryEntry* entry = av_dict_get(dictionary, key, nullptr, 0);
        if (entry == nullptr) continue;
        std::string value = clean_text(entry->value, kMaxFieldBytes);
        if (!value.empty()) return value;
      }
    }
    return {};
  }

 private:
  std::array<const AVDictionary*, 2> dictionaries_;
};

// The number `text` starts with: "3/12" is 3, "2004-05-01" is 2004.
template <typename Number>
std::optional<Number> leading_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

std::optional<int> year_of(const std::string& date) {
  if (date.size() < 4) return std::nullopt;
  // Four digits come first in all formats but "01/05/2004" and the like.
  for (const std::string_view part :
       {std::string_view(date).substr(0, 4), std::string_view(date).substr(date.size() - 4)}) {
    int year = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + 4, year);
    if (error == std::errc{} && end == part.data() + 4 && year >= 1000) return year;
  }
  return std::nullopt;
}

std::optional<float> sane_gain(std::optional<float> gain_db) {
  if (gain_db && std::isfinite(*gain_db) && std::abs(*gain_db) <= kMaxGainDb) return gain_db;
  return std::nullopt;
}

std::optional<float> text_gain(const Fields& fields, const char* key) {
  return sane_gain(leading_number<float>(fields.text({key})));
}

std::optional<float> r128_gain(const Fields& fields, const char* key) {
  const auto value = leading_number<int>(fields.text({key}));
  if (!value) return std::nullopt;
  return sane_gain(static_cast<float>(*value) / 256.0F + kR128ToReplayGainDb);
}

const AVReplayGain* replay_gain_data(const AVStream& stream) {
  std::size_t size = 0;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVPacketSideData* side_data = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_REPLAYGAIN);
  const void* data = side_data == nullptr ? nullptr : side_data->data;
  size = side_data == nullptr ? 0 : side_data->size;
#else
  const void* data = av_stream_get_side_data(&stream, AV_PKT_DATA_REPLAYGAIN, &size);
#endif
  return size >= sizeof(AVReplayGain) ? static_cast<const AVReplayGain*>(data) : nullptr;
}

// FFmpeg keeps gains in 1/100000 dB; INT32_MIN is "unknown".
std::optional<float> header_gain(std::int32_t gain) {
  if (gain == INT32_MIN) return std::nullopt;
  return sane_gain(static_cast<float>(gain) / 100000.0F);
}

template <typename Value>
std::optional<Value> first_of(std::initializer_list<std::optional<Value>> values) {
  for (const auto& value : values) {
    if (value) return value;
  }
  return std::nullopt;
}

}  // namespace

Tags read_tags(const AVFormatContext& container, const AVStream& stream) {
  const Fields fields(container, stream);
  Tags tags;
  tags.title = fields.text({"title", "TIT2", "name"});
  tags.artist = fields.text({"artist", "TPE1", "author", "performer"});
  tags.album = fields.text({"album", "TALB", "WM/AlbumTitle"});
  tags.album_artist = fields.text({"album_artist", "albumartist", "album artist", "TPE2"});
  tags.genre = fields.text({"genre", "TCON"});
  tags.year = first_of({year_of(fields.text({"date", "year", "TDRC", "TYER"})),
                        year_of(fields.text({"originaldate", "TDOR", "TORY", "TDRL"}))});
  tags.track_number = leading_number<int>(fields.text({"track", "tracknumber", "TRCK"}));
  if (tags.track_number.value_or(1) <= 0) tags.track_number.reset();

  // FFmpeg makes the same data from REPLAYGAIN_* text, also where that is no number.
  const bool has_text = !fields.text({"REPLAYGAIN_TRACK_GAIN", "REPLAYGAIN_ALBUM_GAIN"}).empty();
  const AVReplayGain* header = has_text ? nullptr : replay_gain_data(stream);
  tags.replay_gain_track_db =
      first_of({text_gain(fields, "REPLAYGAIN_TRACK_GAIN"), r128_gain(fields, "R128_TRACK_GAIN"),
                header == nullptr ? std::nullopt : header_gain(header->track_gain)});
  tags.replay_gain_album_db =
      first_of({text_gain(fields, "REPLAYGAIN_ALBUM_GAIN"), r128_gain(fields, "R128_ALBUM_GAIN"),
                header == nullptr ? std::nullopt : header_gain(header->album_gain)});
  return tags;
}

}  // namespace resonance::decoding
