#include "sample_library/render.h"

#include "sample_library/flac_tags.h"
#include "sample_library/midi_file.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace resonance::sample_library {
namespace {

namespace fs = std::filesystem;

/// Raise it when the settings below or the tags change: everything is rendered anew.
constexpr int kRenderVersion = 2;
constexpr const char* kGain = "0.8";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const fs::path& path, std::string_view bytes) {
  const fs::path partial = path.string() + ".partial";
  std::ofstream out(partial, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
  fs::rename(partial, path);
}

/// Says what an audio file was made from (FNV-1a of the MIDI file).
std::string recipe_of(const std::string& midi, const fs::path& soundfont) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : midi) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return "version " + std::to_string(kRenderVersion) + ", " + soundfont.filename().string() + " of " +
         std::to_string(fs::file_size(soundfont)) + " bytes, notes " + std::to_string(hash) + "\n";
}

/// Runs FluidSynth over one MIDI file; false if it failed, with its reasons in `log`.
bool run_fluidsynth(const fs::path& soundfont, const fs::path& midi, const fs::path& audio,
                    const fs::path& log) {
  std::vector<std::string> arguments = {"fluidsynth",
                                        "-q",
                                        "-n",
                                        "-i",
                                        "-g",
                                        kGain,
                                        "-r",
                                        "44100",
                                        "-C",
                                        "0",
                                        "-o",
                                        "synth.reverb.room-size=0.5",
                                        "-o",
                                        "synth.reverb.level=0.6",
                                        "-O",
                                        "s16",
                                        "-T",
                                        "flac",
                                        "-F",
                                        audio.string(),
                                        soundfont.string(),
                                        midi.string()};
  std::vector<char*> raw;
  raw.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t process = 0;
  const int refused = posix_spawnp(&process, raw.front(), &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) throw std::runtime_error("cannot run fluidsynth; tools/setup demo installs it");
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  // FluidSynth says 0 even when it could not read the soundfont: what counts is what it wrote.
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 && fs::exists(audio) && fs::file_size(audio) > 100'000;
}

/// True if there was something to do.
bool render_one(const Piece& piece, const RenderSettings& settings) {
  const fs::path name = relative_path_of(piece);
  const fs::path midi = settings.midi_folder / (name.string() + ".mid");
  const fs::path made = settings.midi_folder / (name.string() + ".made");
  const fs::path log = settings.midi_folder / (name.string() + ".log");
  const fs::path raw = settings.midi_folder / (name.string() + ".flac");
  const fs::path audio = settings.audio_folder / (name.string() + ".flac");
  const std::string recipe = recipe_of(midi_file_of(piece), settings.soundfont);
  if (fs::exists(audio) && read_file(made) == recipe) return false;

  fs::create_directories(audio.parent_path());
  if (!run_fluidsynth(settings.soundfont, midi, raw, log)) {
    throw std::runtime_error("fluidsynth could not render " + midi.string() + "; it says why in " +
                             log.string());
  }
  write_file(audio, with_tags(read_file(raw), {{"TITLE", piece.title},
                                               {"ARTIST", piece.artist},
                                               {"ALBUM", piece.album},
                                               {"GENRE", piece.style},
                                               {"DATE", "2025"},
                                               {"TRACKNUMBER", std::to_string(piece.track_number)}}));
  fs::remove(raw);
  fs::remove(log);
  write_file(made, recipe);
  return true;
}

}  // namespace

fs::path relative_path_of(const Piece& piece) {
  std::string folder;
  for (const char letter : piece.style)
    folder += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return fs::path(folder) / piece.slug();
}

void write_midi_files(const std::vector<Piece>& pieces, const fs::path& folder) {
  std::string table = "path\tstyle\ttitle\tbeats_per_minute\tkey\n";
  for (const Piece& piece : pieces) {
    const fs::path name = relative_path_of(piece);
    const fs::path path = folder / (name.string() + ".mid");
    fs::create_directories(path.parent_path());
    write_file(path, midi_file_of(piece));
    table += name.string() + "\t" + piece.style + "\t" + piece.title + "\t" +
             std::to_string(piece.tempo_bpm) + "\t";
    table.append(name_of_pitch_class(piece.key.tonic))
        .append(" ")
        .append(name_of(piece.key.mode))
        .append("\n");
  }
  write_file(folder / "pieces.tsv", table);
}

RenderReport render(const std::vector<Piece>& pieces, const RenderSettings& settings) {
  RenderReport report;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < pieces.size(); i = next++) {
      try {
        const bool did = render_one(pieces[i], settings);
        const std::lock_guard lock(mutex);
        ++(did ? report.rendered : report.up_to_date);
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        report.failures.emplace_back(error.what());
      }
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 0; i < std::max(1, settings.jobs); ++i) workers.emplace_back(work);
  workers.clear();  // joins
  return report;
}

}  // namespace resonance::sample_library
