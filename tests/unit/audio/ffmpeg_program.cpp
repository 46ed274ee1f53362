#include "ffmpeg_program.h"

#include <stdexcept>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace resonance::testing {

void run_ffmpeg(const Arguments& arguments) {
  Arguments command{"ffmpeg", "-nostdin", "-v", "error", "-y"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  std::string text;
  for (std::string& argument : command) {
    text += argument + ' ';
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (::posix_spawnp(&child, "ffmpeg", nullptr, nullptr, pointers.data(), environ) != 0 ||
      ::waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("failed: " + text);
  }
}

const std::vector<Encoding>& encodings() {
  static const std::vector<Encoding> kAll{
      {.file = "a.wav", .options = {"-c:a", "pcm_s16le"}, .codec = "pcm_s16le"},
      {.file = "a.w64", .options = {"-c:a", "pcm_s24le"}, .codec = "pcm_s24le"},
      {.file = "a.aiff", .options = {"-c:a", "pcm_s16be"}, .codec = "pcm_s16be"},
      {.file = "a.au", .options = {}, .codec = "pcm_s16be"},
      {.file = "a.caf", .options = {"-c:a", "pcm_s24le"}, .codec = "pcm_s24le"},
      {.file = "a.flac", .options = {}, .codec = "flac"},
      {.file = "a.wv", .options = {}, .codec = "wavpack"},
      {.file = "a.tta", .options = {}, .codec = "tta"},
      {.file = "alac.m4a", .options = {"-c:a", "alac"}, .codec = "alac"},
      {.file = "a.mp3", .options = {"-b:a", "192k"}, .codec = "mp3", .level_tolerance = 0.04},
      {.file = "vbr.mp3", .options = {"-q:a", "3"}, .codec = "mp3"},
      {.file = "a.ogg", .options = {"-c:a", "libvorbis"}, .codec = "vorbis"},
      {.file = "a.opus", .options = {}, .codec = "opus"},
      {.file = "a.m4a", .options = {"-c:a", "aac"}, .codec = "aac", .length_tolerance_s = 0.05},
      {.file = "a.mka", .options = {"-c:a", "libvorbis"}, .codec = "vorbis", .length_tolerance_s = 0.05},
      {.file = "a.webm", .options = {"-c:a", "libopus"}, .codec = "opus", .length_tolerance_s = 0.05},
      {.file = "a.aac", .options = {"-c:a", "aac"}, .codec = "aac", .length_tolerance_s = 0.1},
      {.file = "a.wma", .options = {"-c:a", "wmav2"}, .codec = "wmav2", .length_tolerance_s = 0.2},
      {.file = "a.ac3", .options = {}, .codec = "ac3", .length_tolerance_s = 0.1},
      {.file = "a.dts",
       .options = {"-strict", "-2", "-b:a", "768k"},
       .codec = "dts",
       .length_tolerance_s = 0.1},
  };
  return kAll;
}

std::filesystem::path encode(const Encoding& encoding, const std::filesystem::path& source,
                             const std::filesystem::path& directory, const Arguments& tags) {
  Arguments arguments{"-i", source.string()};
  for (const std::string& tag : tags) arguments.insert(arguments.end(), {"-metadata", tag});
  arguments.insert(arguments.end(), encoding.options.begin(), encoding.options.end());
  std::filesystem::path target = directory / encoding.file;
  arguments.push_back(target.string());
  run_ffmpeg(arguments);
  return target;
}

}  // namespace resonance::testing
