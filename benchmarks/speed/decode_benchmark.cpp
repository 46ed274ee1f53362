// What reading an audio file costs. RESONANCE_BENCH_MP3 names a file to decode; without it, a minute of
// synthetic music is encoded with the ffmpeg program.
#include "resonance/audio/audio_file.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

namespace {

using resonance::audio::AudioFile;
using resonance::audio::ChannelLayout;

void run(const std::string& command) {
  // Before any thread is started. NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// One minute of noise and tones, encoded with `options` into a temporary file that is kept for the next run.
std::filesystem::path generated(const std::string& name, const std::string& options) {
  auto path = std::filesystem::temp_directory_path() / ("resonance-bench-" + name);
  if (!std::filesystem::exists(path)) {
    const auto temporary = std::filesystem::temp_directory_path() / ("resonance-bench-part-" + name);
    run("ffmpeg -nostdin -v error -y -f lavfi -i 'anoisesrc=color=pink:duration=60:amplitude=0.3:seed=1' -f "
        "lavfi -i "
        "'sine=frequency=220:duration=60' -filter_complex '[0:a][1:a]join=inputs=2:channel_layout=stereo' " +
        options + " '" + temporary.string() + "'");
    std::filesystem::rename(temporary, path);
  }
  return path;
}

std::filesystem::path mp3() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* given = std::getenv("RESONANCE_BENCH_MP3");
  return given != nullptr ? std::filesystem::path(given) : generated("mp3.mp3", "-ar 44100 -b:a 192k");
}

// Also says how many times faster than real time one core decodes.
void decode(benchmark::State& state, const std::filesystem::path& path, ChannelLayout layout) {
  double duration_s = 0;
  for (auto _ : state) {
    AudioFile file(path, layout);
    while (const auto block = file.read()) benchmark::DoNotOptimize(block->data());
    duration_s += file.info().duration_s;
  }
  state.counters["x_real_time"] = benchmark::Counter(duration_s, benchmark::Counter::kIsRate);
}

void decode_mp3(benchmark::State& state) { decode(state, mp3(), ChannelLayout::mono); }
void decode_mp3_stereo(benchmark::State& state) { decode(state, mp3(), ChannelLayout::stereo); }
void decode_mp3_48_khz(benchmark::State& state) {
  decode(state, generated("48khz.mp3", "-ar 48000 -b:a 192k"), ChannelLayout::mono);
}
void decode_flac(benchmark::State& state) {
  decode(state, generated("flac.flac", "-ar 44100 -sample_fmt s16"), ChannelLayout::mono);
}
void decode_opus(benchmark::State& state) {
  decode(state, generated("opus.opus", "-b:a 128k"), ChannelLayout::mono);
}

void open_mp3(benchmark::State& state) {
  const auto path = mp3();
  for (auto _ : state) {
    const AudioFile file(path);
    benchmark::DoNotOptimize(file.info().channels);
  }
}

void probe_mp3(benchmark::State& state) {
  const auto path = mp3();
  for (auto _ : state) benchmark::DoNotOptimize(resonance::audio::probe(path));
}

BENCHMARK(decode_mp3)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_mp3_stereo)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_mp3_48_khz)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_flac)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_opus)->Unit(benchmark::kMillisecond);
BENCHMARK(open_mp3)->Unit(benchmark::kMicrosecond);
BENCHMARK(probe_mp3)->Unit(benchmark::kMillisecond);

}  // namespace
