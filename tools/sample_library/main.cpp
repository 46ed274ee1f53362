#include "sample_library/render.h"
#include "sample_library/styles.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace resonance::sample_library;

constexpr std::string_view kUsage =
    "usage: resonance-sample-library [--soundfont FILE] [--jobs N] MIDI_FOLDER [AUDIO_FOLDER]\n"
    "Writes the sample library's pieces as MIDI files and, if AUDIO_FOLDER is named, renders them with "
    "FluidSynth\n"
    "to tagged FLAC files, one folder a style. What is up to date stays as it is.\n";

int run(const std::vector<std::string_view>& arguments) {
  RenderSettings settings;
  settings.soundfont = "/usr/share/sounds/sf2/TimGM6mb.sf2";
  settings.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::string_view> folders;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const bool takes_value = argument == "--soundfont" || argument == "--jobs";
    if (takes_value && i + 1 < arguments.size()) {
      const std::string_view value = arguments[++i];
      if (argument == "--soundfont") {
        settings.soundfont = value;
      } else if (std::from_chars(value.data(), value.data() + value.size(), settings.jobs).ec !=
                     std::errc{} ||
                 settings.jobs < 1) {
        std::fputs("--jobs takes a number from 1\n", stderr);
        return 2;
      }
    } else if (argument.starts_with("-")) {
      const bool asked = argument == "--help" || argument == "-h";
      std::fputs(kUsage.data(), asked ? stdout : stderr);
      return asked ? 0 : 2;
    } else {
      folders.push_back(argument);
    }
  }
  if (folders.empty() || folders.size() > 2) {
    std::fputs(kUsage.data(), stderr);
    return 2;
  }

  const std::vector<Piece> pieces = all_pieces();
  settings.midi_folder = folders.front();
  write_midi_files(pieces, settings.midi_folder);
  if (folders.size() == 1) return 0;

  settings.audio_folder = folders.back();
  if (!std::filesystem::exists(settings.soundfont)) {
    std::fprintf(stderr, "there is no soundfont %s; tools/setup demo installs one\n",
                 settings.soundfont.c_str());
    return 3;
  }
  const RenderReport report = render(pieces, settings);
  for (const std::string& failure : report.failures) std::fprintf(stderr, "%s\n", failure.c_str());
  std::printf("sample library: %d pieces rendered, %d up to date, %zu failed, in %s\n", report.rendered,
              report.up_to_date, report.failures.size(), settings.audio_folder.c_str());
  return report.failures.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "resonance-sample-library: %s\n", error.what());
    return 3;
  }
}
