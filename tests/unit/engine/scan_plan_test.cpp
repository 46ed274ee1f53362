#include "resonance/engine/scan_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr catalog::FileStamp kOld{100, 1};
constexpr catalog::FileStamp kNew{100, 2};

catalog::KnownFile known(std::int64_t key, const std::string& path) {
  catalog::KnownFile file;
  file.key = key;
  file.path = path;
  file.stamp = kOld;
  return file;
}

LibraryScan scan_of(std::vector<ScannedFile> files) { return {{"/music"}, std::move(files), {}}; }

TEST(ScanPlan, a_file_with_the_same_stamp_is_unchanged) {
  const ScanPlan plan = plan_scan(scan_of({{"/music/a.mp3", kOld}}), {known(1, "/music/a.mp3")}, {}, false);
  EXPECT_EQ(plan.unchanged, 1U);
  EXPECT_THAT(plan.work, IsEmpty());
  EXPECT_THAT(plan.missing, IsEmpty());
}

TEST(ScanPlan, new_and_changed_files_are_work) {
  const ScanPlan plan = plan_scan(scan_of({{"/music/a.mp3", kNew}, {"/music/b.mp3", kNew}}),
                                  {known(1, "/music/a.mp3")}, {}, false);
  ASSERT_EQ(plan.work.size(), 2U);
  EXPECT_TRUE(plan.work[0].known_path);
  EXPECT_FALSE(plan.work[1].known_path);
}

TEST(ScanPlan, a_track_is_missing_only_where_the_scan_could_see) {
  LibraryScan scan = scan_of({});
  scan.unreadable.push_back({"/music/closed", "unreadable", "no"});
  const ScanPlan plan = plan_scan(
      scan, {known(1, "/music/gone.mp3"), known(2, "/music/closed/b.mp3"), known(3, "/other/c.mp3")}, {},
      false);
  EXPECT_THAT(plan.missing, ElementsAre(1));
}

TEST(ScanPlan, a_file_that_failed_is_tried_again_only_when_it_changed_or_when_asked) {
  const catalog::FailedFile failed{"/music/bad.mp3", kOld, "corrupt_data", "bad"};
  EXPECT_EQ(plan_scan(scan_of({{"/music/bad.mp3", kOld}}), {}, {failed}, false).still_failed.size(), 1U);
  EXPECT_EQ(plan_scan(scan_of({{"/music/bad.mp3", kNew}}), {}, {failed}, false).work.size(), 1U);
  EXPECT_EQ(plan_scan(scan_of({{"/music/bad.mp3", kOld}}), {}, {failed}, true).work.size(), 1U);
  EXPECT_THAT(plan_scan(scan_of({}), {}, {failed}, false).failed_and_gone, ElementsAre("/music/bad.mp3"));
}

TEST(ScanPlan, a_file_that_could_not_be_read_is_tried_again_every_time) {
  // A file without read permission stayed failed after the permission had been given: neither size nor time
  // tells.
  const catalog::FailedFile failed{"/music/a.mp3", kOld, "unreadable", "Permission denied"};
  const ScanPlan plan = plan_scan(scan_of({{"/music/a.mp3", kOld}}), {}, {failed}, false);
  EXPECT_THAT(plan.still_failed, IsEmpty());
  EXPECT_EQ(plan.work.size(), 1U);
}

TEST(ScanPlan, a_failure_among_the_known_files_is_no_track) {
  catalog::KnownFile failure = known(0, "/music/bad.mp3");
  EXPECT_THAT(plan_scan(scan_of({}), {failure}, {}, false).missing, IsEmpty());
}

TEST(ScanPlan, a_track_whose_new_content_failed_stays_and_is_not_tried_again_and_again) {
  const catalog::FailedFile failed{"/music/a.mp3", kNew, "corrupt_data", "bad"};
  const ScanPlan plan =
      plan_scan(scan_of({{"/music/a.mp3", kNew}}), {known(1, "/music/a.mp3")}, {failed}, false);
  EXPECT_THAT(plan.work, IsEmpty());
  EXPECT_THAT(plan.missing, IsEmpty());
  EXPECT_EQ(plan.still_failed.size(), 1U);
  EXPECT_EQ(plan.unchanged, 0U);
}

}  // namespace
}  // namespace resonance::engine
