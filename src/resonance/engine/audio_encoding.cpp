#include "resonance/engine/audio_encoding.h"

#include "resonance/core/error.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

struct Codec {
  std::string_view name;
  std::string_view encoder;  // FFmpeg's
  std::string_view suffix;
};
constexpr std::array<Codec, 4> kCodecs{Codec{"mp3", "libmp3lame", ".mp3"}, Codec{"opus", "libopus", ".opus"},
                                       Codec{"aac", "aac", ".m4a"}, Codec{"vorbis", "libvorbis", ".ogg"}};

const Codec* codec_named(std::string_view name) {
  for (const Codec& codec : kCodecs) {
    if (codec.name == name) return &codec;
  }
  return nullptr;
}

[[noreturn]] void refuse(std::string_view text) {
  throw Error(
      ErrorCode::invalid_argument,
      "there is no encoding \"" + std::string(text) +
          "\": mp3, opus, aac and vorbis take kbit/s from 8 to 512 (mp3:64), lowpass Hz from 100 to 22050 "
          "(lowpass:8000), gain dB from -60 to 30 (gain:-9); several are joined by +, one codec at most");
}

double number_in(std::string_view text, std::string_view whole, double least, double most) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most))
    refuse(whole);
  return value;
}

void add_step(AudioEncoding& encoding, std::string_view step, std::string_view whole) {
  const std::size_t colon = step.find(':');
  if (colon == std::string_view::npos) refuse(whole);
  const std::string_view name = step.substr(0, colon);
  const std::string_view value = step.substr(colon + 1);
  if (name == "lowpass" && !encoding.low_pass_hz) {
    encoding.low_pass_hz = number_in(value, whole, 100, 22050);
  } else if (name == "gain" && !encoding.gain_db) {
    encoding.gain_db = number_in(value, whole, -60, 30);
  } else if (codec_named(name) != nullptr && encoding.codec.empty()) {
    encoding.codec = name;
    encoding.bit_rate_kbps = static_cast<int>(number_in(value, whole, 8, 512));
  } else {
    refuse(whole);
  }
}

std::string filters_of(const AudioEncoding& encoding) {
  std::string filters;
  const auto add = [&](const std::string& filter) { filters += (filters.empty() ? "" : ",") + filter; };
  if (encoding.low_pass_hz) {
    // Eight poles: as steep as what codecs do.
    for (int i = 0; i < 4; ++i) add("lowpass=f=" + std::to_string(*encoding.low_pass_hz));
  }
  if (encoding.gain_db) add("volume=" + std::to_string(*encoding.gain_db) + "dB");
  return filters;
}

/// Runs a program silently. @return its exit status; -1 if a signal ended it
/// @throws Error(not_found) if there is no such program
int run_silently(std::vector<std::string> command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null",
                                       descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
  }
  pid_t process = 0;
  const int problem =
      ::posix_spawnp(&process, arguments.front(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem == ENOENT) {
    throw Error(ErrorCode::not_found,
                "encoding needs the program " + command.front() + ", which is not installed");
  }
  if (problem != 0) throw system_error(problem, "cannot run " + command.front());
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw system_error(errno, "cannot wait for " + command.front());
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

AudioEncoding parse_encoding(std::string_view text) {
  AudioEncoding encoding{.name = std::string(text), .codec = {}};
  std::string_view rest = text;
  while (true) {
    const std::size_t plus = rest.find('+');
    add_step(encoding, rest.substr(0, plus), text);
    if (plus == std::string_view::npos) return encoding;
    rest.remove_prefix(plus + 1);
  }
}

fs::path write_encoded(const fs::path& file, double start_s, double length_s, const AudioEncoding& encoding,
                       const fs::path& out) {
  const Codec* codec = codec_named(encoding.codec);
  fs::path target = out;
  target += codec == nullptr ? ".wav" : codec->suffix;
  // "file:" and the list of protocols: a name must not be taken for an address.
  std::vector<std::string> command{"ffmpeg",
                                   "-nostdin",
                                   "-v",
                                   "quiet",
                                   "-y",
                                   "-protocol_whitelist",
                                   "file",
                                   "-ss",
                                   std::to_string(start_s),
                                   "-t",
                                   std::to_string(length_s),
                                   "-i",
                                   "file:" + file.string(),
                                   "-map",
                                   "0:a:0",
                                   "-map_metadata",
                                   "-1"};
  const auto add = [&](std::initializer_list<std::string> words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  if (const std::string filters = filters_of(encoding); !filters.empty()) add({"-af", filters});
  if (codec == nullptr) {
    add({"-c:a", "pcm_f32le"});
  } else {
    add({"-c:a", std::string(codec->encoder), "-b:a", std::to_string(encoding.bit_rate_kbps) + "k"});
  }
  add({"file:" + target.string()});
  if (run_silently(std::move(command)) != 0) {
    throw Error(ErrorCode::unsupported_format,
                "ffmpeg could not make " + encoding.name + " of " + file.string());
  }
  return target;
}

}  // namespace resonance::engine
