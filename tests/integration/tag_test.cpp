// Suggestions for tags, written into files and taken back.
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "integration/library.h"
#include "integration/small_disk.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Six chords tagged "Ambient" and six noises tagged "Noise", and one of each kind in every format without a
/// genre.
class TagTest : public LibraryTest {
 protected:
  static constexpr const char* kFormats[] = {"mp3", "flac", "ogg", "opus", "m4a", "wav"};

  void SetUp() override {
    if (!have_ffmpeg()) GTEST_SKIP() << "needs ffmpeg";
    fs::copy(songs(), music(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    ASSERT_EQ(index().at("tracks"), 18);
  }

  static void encode_to(const fs::path& path, const std::vector<float>& samples, const std::string& tag) {
    const fs::path source = path.parent_path() / ".source.wav";
    write_wav16(source, samples);
    ASSERT_TRUE(run_tool({"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", source.string(), "-metadata",
                          "title=" + path.filename().string(), "-metadata", tag, path.string()}));
    fs::remove(source);
  }
  /// The library, encoded once.
  static fs::path songs() {
    static const TemporaryDirectory folder;
    if (!fs::is_empty(folder.path())) return folder.path();
    for (int i = 1; i <= 6; ++i) {
      encode_to(folder / ("chord-" + std::to_string(i) + ".flac"), chord_track(i), "genre=Ambient");
      encode_to(folder / ("noise-" + std::to_string(i) + ".flac"), noise_track(i), "genre=Noise");
    }
    int variant = 7;
    for (const char* format : kFormats) {
      encode_to(folder / (std::string("new-") + format + "." + format), noise_track(variant++), "comment=x");
    }
    return folder.path();
  }
  void encode(const std::string& name, const std::vector<float>& samples,
              const std::string& tag = "comment=x") const {
    encode_to(music(name), samples, tag);
  }
  /// `tag` with options, for the genre alone unless they say otherwise.
  [[nodiscard]] json tag(std::vector<std::string> options, int exit_status = 0) const {
    options.insert(options.begin(), "tag");
    options.push_back("--quiet");
    return answer(options, exit_status);
  }
  [[nodiscard]] std::vector<std::string> all_bytes() const {
    std::vector<std::string> bytes;
    for (const auto& entry : fs::directory_iterator(music())) bytes.push_back(read_text(entry.path()));
    return bytes;
  }
  [[nodiscard]] std::size_t file_count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(music()), fs::directory_iterator()));
  }
  static json find(const json& plan, const std::string& name) {
    for (const json& track : plan.at("tracks")) {
      if (track.at("path").get<std::string>().ends_with("/" + name)) return track;
    }
    return nullptr;
  }
};

TEST_F(TagTest, a_plain_run_shows_what_would_be_written_and_writes_nothing) {
  const auto before = all_bytes();
  const json plan = tag({"--genre", "--min-confidence", "0.5"});
  EXPECT_EQ(plan.at("dry_run"), true);
  EXPECT_EQ(plan.at("to_write"), 6);
  EXPECT_THAT(plan.at("written"), IsEmpty());
  ASSERT_THAT(plan.at("tracks"), SizeIs(18));
  const json genre = find(plan, "new-mp3.mp3").at("tags").at("genre");
  EXPECT_EQ(genre.at("suggestions").at(0).at("value"), "Noise");
  EXPECT_GT(genre.at("suggestions").at(0).at("confidence").get<double>(), 0.5);
  EXPECT_EQ(genre.at("write"), json::array({"Noise"}));
  EXPECT_EQ(find(plan, "chord-1.flac").at("tags").at("genre").at("present"), json::array({"Ambient"}));
  EXPECT_EQ(find(plan, "chord-1.flac").at("tags").at("genre").at("write"), json::array());
  EXPECT_EQ(tag({"--genre", "--min-confidence", "0.5", "--write", "--dry-run"}).at("dry_run"), true);
  EXPECT_EQ(all_bytes(), before);
  EXPECT_FALSE(fs::exists(catalog("tag-backup.jsonl")));
  EXPECT_THAT(run({"tag", "--genre", "--min-confidence", "0.5", "--quiet"}).output,
              HasSubstr("6 of 18 files would be written"));
}

TEST_F(TagTest, what_is_written_is_a_retag_to_the_next_index_run_in_every_format_and_undo_takes_it_back) {
  const json written = tag({"--genre", "--bpm", "--key", "--min-confidence", "0.05", "--write"});
  EXPECT_THAT(written.at("written").size(), ::testing::Ge(6U));
  EXPECT_THAT(written.at("failed"), IsEmpty());
  EXPECT_EQ(file_count(), 18U);
  const json again = index();
  EXPECT_EQ(again.at("retagged"), written.at("written").size());
  EXPECT_EQ(again.at("analysed"), 0);
  EXPECT_EQ(again.at("tracks"), 18);
  for (const char* format : kFormats) {
    const std::string name = std::string("new-") + format + "." + format;
    const json found = find(tag({"--all"}), name).at("tags");
    EXPECT_THAT(found.at("genre").at("present"), Not(IsEmpty())) << name;
    EXPECT_THAT(found.at("key").at("present"), SizeIs(1)) << name;
  }
  EXPECT_EQ(tag({"--genre", "--write"}).at("to_write"), 0) << "what is there stays";

  const json shown = tag({"--undo", "--dry-run"});
  EXPECT_EQ(shown.at("restored").size(), written.at("written").size());
  EXPECT_EQ(index().at("unchanged"), 18);
  const json undone = tag({"--undo"});
  EXPECT_EQ(undone.at("restored").size(), written.at("written").size());
  EXPECT_EQ(index().at("analysed"), 0);
  EXPECT_EQ(find(tag({"--genre"}), "new-opus.opus").at("tags").at("genre").at("present"), json::array());
  EXPECT_EQ(find(tag({"--genre"}), "chord-1.flac").at("tags").at("genre").at("present"),
            json::array({"Ambient"}));
  expect_refusal(run({"tag", "--undo"}), 3, {"not taken back"});
}

TEST_F(TagTest, overwrite_replaces_and_undo_gives_the_old_value_back_unless_it_was_changed_since) {
  encode("noise-9.flac", noise_track(9), "genre=Ambient");
  (void)index();
  const json written = tag({"noise-9.flac", "--genre", "--overwrite", "--min-confidence", "0.5", "--write"});
  ASSERT_THAT(written.at("written"), SizeIs(1));
  EXPECT_EQ(find(tag({"noise-9.flac"}), "noise-9.flac").at("tags").at("genre").at("present"),
            json::array({"Noise"}));
  fs::rename(music("noise-9.flac"), music("moved.flac"));
  (void)index();
  (void)tag({"--undo"});
  EXPECT_EQ(find(tag({"moved.flac"}), "moved.flac").at("tags").at("genre").at("present"),
            json::array({"Ambient"}));

  ASSERT_THAT(tag({"new-flac.flac", "--genre", "--write"}).at("written"), SizeIs(1));
  ASSERT_TRUE(run_tool({"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", music("new-flac.flac").string(),
                        "-c", "copy", "-metadata", "genre=Mine", (folder_ / "mine.flac").string()}));
  fs::rename(folder_ / "mine.flac", music("new-flac.flac"));
  EXPECT_EQ(names_in(tag({"--undo"}, 1).at("failed")), std::set<std::string>{"new-flac.flac"});
  EXPECT_EQ(find(tag({"new-flac.flac"}), "new-flac.flac").at("tags").at("genre").at("present"),
            json::array({"Mine"}));
  EXPECT_THAT(tag({"--undo", "--overwrite"}).at("restored"), SizeIs(1));
}

TEST_F(TagTest, moods_are_learnt_from_the_files_themselves) {
  EXPECT_THAT(run({"tag", "--mood", "--quiet"}).errors, HasSubstr("no track of the catalog has a mood tag"));
  for (int i = 1; i <= 6; ++i) {
    encode("chord-" + std::to_string(i) + ".flac", chord_track(i), "MOOD=calm");
    encode("noise-" + std::to_string(i) + ".flac", noise_track(i), "MOOD=harsh");
  }
  (void)index();
  const json plan = tag({"--mood", "new-ogg.ogg"});
  EXPECT_EQ(find(plan, "new-ogg.ogg").at("tags").at("mood").at("suggestions").at(0).at("value"), "harsh");
}

TEST_F(TagTest, a_file_that_cannot_be_written_is_named_and_the_others_are_written) {
  fs::remove(music("new-ogg.ogg"));
  write_text(music("new-flac.flac"), "no music");
  const json written = tag({"--genre", "--min-confidence", "0.5", "--write"}, 1);
  EXPECT_EQ(names_in(written.at("failed")), (std::set<std::string>{"new-ogg.ogg", "new-flac.flac"}));
  EXPECT_THAT(written.at("written"), SizeIs(4));
  EXPECT_EQ(read_text(music("new-flac.flac")), "no music");
}

TEST_F(TagTest, a_file_that_is_read_only_is_left_alone) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
  fs::permissions(music("new-mp3.mp3"), fs::perms::owner_read);
  const std::string before = read_text(music("new-mp3.mp3"));
  const json written = tag({"--genre", "--min-confidence", "0.5", "--write"}, 1);
  EXPECT_EQ(names_in(written.at("failed")), std::set<std::string>{"new-mp3.mp3"});
  EXPECT_THAT(written.at("written"), SizeIs(5));
  EXPECT_EQ(read_text(music("new-mp3.mp3")), before);
}

TEST_F(TagTest, a_file_that_holds_another_recording_by_now_is_left_alone) {
  encode("new-wav.wav", chord_track(1));
  const std::string before = read_text(music("new-wav.wav"));
  const json written = tag({"new-wav.wav", "--genre", "--write"}, 1);
  EXPECT_THAT(written.at("failed").at(0).at("error").get<std::string>(), HasSubstr("another recording"));
  EXPECT_EQ(read_text(music("new-wav.wav")), before);
}

TEST_F(TagTest, a_folder_that_may_not_be_written_or_a_catalog_that_may_not_changes_nothing) {
  fs::permissions(folder_.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  const auto before = all_bytes();
  const RunOptions nobody{.folder = folder_.path(), .unprivileged = true};
  expect_refusal(run({"tag", "--genre", "--write", "--quiet"}, nobody), 3, {});
  EXPECT_THAT(run({"tag", "--genre", "--quiet"}, nobody).output, HasSubstr("would be written"));
  EXPECT_EQ(all_bytes(), before);
}

TEST_F(TagTest, a_full_disk_is_told_for_each_file_and_changes_none) {
  const auto bytes = [&](const char* name) { return read_text(folder_ / "disk" / name); };
  const SmallDisk disk(folder_ / "disk", 2 << 20);
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a small disk";
  for (const char* name : {"new-mp3.mp3", "new-wav.wav"}) fs::copy(music(name), folder_ / "disk" / name);
  fs::remove_all(music());
  fs::rename(folder_ / "catalog", folder_ / "learnt");
  fs::create_symlink("disk", music());
  // The labelled tracks of the first catalog are gone; tempo and key need none.
  EXPECT_EQ(index().at("tracks"), 2);
  const std::string mp3 = bytes("new-mp3.mp3");
  const std::string wav = bytes("new-wav.wav");
  disk.fill(20'000);
  const json full = tag({"--key", "--min-confidence", "0", "--write"}, 1);
  EXPECT_THAT(full.at("failed"), SizeIs(2));
  EXPECT_THAT(full.at("failed").at(0).at("error").get<std::string>(), HasSubstr("No space left"));
  EXPECT_EQ(bytes("new-mp3.mp3"), mp3);
  EXPECT_EQ(bytes("new-wav.wav"), wav);
  disk.clear();
  EXPECT_THAT(tag({"--key", "--min-confidence", "0", "--write"}).at("written"), SizeIs(2));
}

TEST_F(TagTest, a_kill_at_any_moment_leaves_every_recording_whole_and_undo_restores_what_was) {
  for (int round = 0; round < 12; ++round) {
    RunningProgram program(
        {"tag", "--genre", "--bpm", "--key", "--min-confidence", "0", "--overwrite", "--write"},
        {.folder = folder_.path()});
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 25 * round));
    program.send(SIGKILL);
    (void)program.wait();
    const json scan = index();
    EXPECT_EQ(scan.at("analysed"), 0) << round;
    EXPECT_EQ(scan.at("tracks"), 18) << round;
    const ProgramRun undo = run({"tag", "--undo", "--quiet"});
    EXPECT_TRUE(undo.exit_status == 0 || undo.errors.find("not taken back") != std::string::npos)
        << undo.output << undo.errors;
    const json plan = tag({"--all"});
    EXPECT_EQ(find(plan, "chord-3.flac").at("tags").at("genre").at("present"), json::array({"Ambient"}));
    EXPECT_EQ(find(plan, "new-m4a.m4a").at("tags").at("genre").at("present"), json::array());
  }
  (void)tag({"--genre", "--write"});
  EXPECT_EQ(file_count(), 18U) << "copies of killed runs are cleared away";
}

TEST_F(TagTest, bad_requests_are_refused) {
  expect_refusal(run({"tag", "nobody.mp3"}), 3, {"nobody.mp3"});
  expect_refusal(run({"tag", "--min-confidence", "2"}), 2, {"--min-confidence"});
  expect_refusal(run({"tag", "--filter", "gener=Jazz"}), 2, {"genre"});
  expect_refusal(run({"tag", "--undo", "--write"}), 2, {"--undo"});
  expect_refusal(run({"tag", "--catalog", "nowhere"}), 3, {"nowhere"});
  EXPECT_EQ(names_in(tag({"nobody.mp3", "new-mp3.mp3"}, 1).at("failed")),
            std::set<std::string>{"nobody.mp3"});
}

}  // namespace
}  // namespace resonance::testing
