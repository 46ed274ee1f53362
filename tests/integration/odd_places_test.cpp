// Names, links, pipes and permissions that a folder of music may hold.
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class OddPlacesTest : public LibraryTest {};

constexpr std::array kOddNames{"two words.wav",
                               "it's \"quoted\".wav",
                               "new\nline.wav",
                               "broken \xff\xfe utf-8.wav",
                               "-k.wav",
                               "--track.wav",
                               "$(reboot).wav",
                               "\x1b[31mred.wav",
                               "\xe6\xad\x8c \xf0\x9f\x8e\xb5.wav",
                               "%s%n.wav",
                               "a#b?c&d=e.wav",
                               "file:x.wav",
                               "http:__x.wav",
                               "concat:a|b.wav",
                               "back\\slash.WAV"};

TEST_F(OddPlacesTest, a_track_of_any_name_is_indexed_queried_described_and_embedded) {
  std::vector<std::string> embed{"embed", "--out", "vectors"};
  for (std::size_t i = 0; i < kOddNames.size(); ++i) {
    write_wav16(music(kOddNames[i]), noise_track(static_cast<int>(i), 1));
    embed.push_back(music(kOddNames[i]).string());
  }
  EXPECT_EQ(index().at("tracks"), kOddNames.size());
  EXPECT_EQ(index().at("unchanged"), kOddNames.size());
  EXPECT_EQ(run(embed).exit_status, 0);
  for (const char* name : kOddNames) {
    SCOPED_TRACE(name);
    const std::string path = music(name).string();
    const ProgramRun shown = run({"query", "--track", path});
    EXPECT_EQ(shown.exit_status, 0) << shown.errors;
    EXPECT_THAT(shown.output, Not(HasSubstr("\x1b"))) << "no name may steer the terminal";
    EXPECT_EQ(answer({"describe", "--track", path}).at("tracks").size(), 1U);
    EXPECT_THAT(results_of({"--audio", path}), SizeIs(kOddNames.size()));
  }
}

TEST_F(OddPlacesTest, a_file_that_looks_like_an_option_is_given_after_two_dashes) {
  write_wav16(folder_ / "-x.wav", chord_track(1));
  const ProgramRun described = run({"describe", "--format", "json", "--", "-x.wav"});
  EXPECT_EQ(described.exit_status, 0) << described.errors;
  EXPECT_THAT(described.json().at("tracks"), SizeIs(1));
}

TEST_F(OddPlacesTest, a_name_as_long_as_the_system_allows) {
  std::string name(251, 'n');
  name += ".wav";
  fs::path deep = music();
  for (int i = 0; i < 10; ++i) deep /= std::string(200, 'd');
  fs::create_directories(deep);
  write_wav16(deep / name, chord_track(1));
  EXPECT_EQ(index().at("tracks"), 1);
}

TEST_F(OddPlacesTest, loops_of_links_end_and_a_file_counts_once) {
  write_wav16(music("track.wav"), chord_track(1));
  fs::create_directory_symlink(music(), music("loop"));
  fs::create_directory_symlink("..", music("up"));
  fs::create_symlink("self.wav", music("self.wav"));
  fs::create_symlink("nowhere.wav", music("dangling.wav"));
  const json report = answer({"index", "music"}, 1);
  EXPECT_EQ(report.at("tracks"), 1) << report.dump(1);
  EXPECT_THAT(names_in(report.at("failed")), ::testing::ElementsAre("self.wav"));
}

TEST_F(OddPlacesTest, what_is_no_file_is_never_opened) {
  write_wav16(music("track.wav"), chord_track(1));
  ASSERT_EQ(::mkfifo(music("pipe.mp3").c_str(), 0644), 0);
  fs::create_directories(music("folder.mp3"));
  write_wav16(music("folder.mp3/inside.wav"), drum_track(1));
  fs::create_symlink("/dev/zero", music("endless.wav"));
  const json report = index();
  EXPECT_EQ(report.at("tracks"), 2);
  EXPECT_THAT(report.at("failed"), IsEmpty());
}

TEST_F(OddPlacesTest, a_pipe_given_by_name_is_refused_at_once) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe.wav").c_str(), 0644), 0);
  expect_refusal(run({"index", "pipe.wav"}), 2, {"pipe.wav"});
  expect_refusal(run({"describe", "pipe.wav"}), 3, {"pipe.wav"});
  expect_refusal(run({"describe", "/dev/zero"}), 3, {"/dev/zero"});
  expect_refusal(run({"describe", "."}), 3, {"."});
}

class ForbiddenPlacesTest : public OddPlacesTest {
 protected:
  ForbiddenPlacesTest() {
    write_library(music(), 1);
    fs::create_directories(music("closed"));
    write_wav16(music("closed/inside.wav"), noise_track(5));
    write_wav16(music("secret.wav"), noise_track(6));
    fs::create_directories(catalog());
    // The program runs as nobody where the tests are root, who may read everything.
    fs::permissions(folder_.path(), fs::perms(0755));
    if (::geteuid() == 0 && ::chown(catalog().c_str(), 65534, 65534) != 0) ADD_FAILURE() << "chown";
  }
  ~ForbiddenPlacesTest() override { open_up(); }

  void close() const {
    fs::permissions(music("closed"), fs::perms(0));
    fs::permissions(music("secret.wav"), fs::perms(0));
  }
  void open_up() const {
    fs::permissions(music("closed"), fs::perms(0755));
    fs::permissions(music("secret.wav"), fs::perms(0644));
  }
  [[nodiscard]] json index_as_nobody(int exit_status) const {
    const ProgramRun done = run({"index", "music", "--format", "json"}, {.unprivileged = true});
    EXPECT_EQ(done.exit_status, exit_status) << done.errors;
    return done.json();
  }
};

TEST_F(ForbiddenPlacesTest, what_may_not_be_read_is_listed_and_the_rest_is_indexed) {
  close();
  const json report = index_as_nobody(1);
  EXPECT_EQ(report.at("tracks"), 3);
  EXPECT_THAT(names_in(report.at("failed")), ::testing::UnorderedElementsAre("closed", "secret.wav"));
  EXPECT_THAT(report.at("failed").dump(), HasSubstr("Permission denied"));
}

TEST_F(ForbiddenPlacesTest, what_may_be_read_again_is_taken_up_without_being_asked) {
  close();
  (void)index_as_nobody(1);
  open_up();
  EXPECT_EQ(index_as_nobody(0).at("tracks"), 5);
}

TEST_F(ForbiddenPlacesTest, tracks_in_a_folder_that_closed_are_not_lost) {
  EXPECT_EQ(index_as_nobody(0).at("tracks"), 5);
  close();
  const json report = index_as_nobody(1);
  EXPECT_EQ(report.at("tracks"), 5) << "what cannot be seen is not gone";
  EXPECT_EQ(report.at("removed"), 0);
  open_up();
  EXPECT_EQ(index_as_nobody(0).at("unchanged"), 5);
}

TEST_F(ForbiddenPlacesTest, a_root_that_may_not_be_read_is_an_error) {
  close();
  const RunOptions nobody{.unprivileged = true};
  expect_refusal(run({"index", "music/closed"}, nobody), 3, {"closed", "Permission denied"});
  expect_refusal(run({"describe", "music/secret.wav"}, nobody), 3, {"secret.wav", "Permission denied"});
}

}  // namespace
}  // namespace resonance::testing
