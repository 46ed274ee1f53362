#include "resonance/engine/scan_plan.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace resonance::engine {
namespace {

bool in_view(const LibraryScan& scan, std::string_view path) {
  const auto covers = [&](std::string_view place) { return lies_under(path, place); };
  return std::any_of(scan.roots.begin(), scan.roots.end(), covers) &&
         std::none_of(scan.unreadable.begin(), scan.unreadable.end(),
                      [&](const UnreadablePlace& place) { return covers(place.path); });
}

/// Whether the same content is bound to fail the same way. Permissions and disks get well again without a
/// trace in size and time, and trying costs no more than a refusal.
bool may_fail_again(const catalog::FailedFile& file) {
  return file.error_code != name_of(ErrorCode::unreadable) &&
         file.error_code != name_of(ErrorCode::not_found);
}

}  // namespace

ScanPlan plan_scan(const LibraryScan& scan, const std::vector<catalog::KnownFile>& known,
                   const std::vector<catalog::FailedFile>& failed, bool retry_failed) {
  std::unordered_map<std::string_view, const catalog::FileStamp*> present;
  present.reserve(scan.files.size());
  for (const ScannedFile& file : scan.files) present.emplace(file.path, &file.stamp);

  ScanPlan plan;
  std::unordered_map<std::string_view, bool> settled;  // by path: true if nothing is to be done
  for (const catalog::KnownFile& track : known) {
    if (track.key == 0) continue;  // a failure: `failed` says more of it
    const auto found = present.find(track.path);
    if (found != present.end()) {
      settled.emplace(track.path, *found->second == track.stamp);
    } else if (in_view(scan, track.path)) {
      plan.missing.push_back(track.key);
    }
  }
  for (const catalog::FailedFile& file : failed) {
    const auto found = present.find(file.path);
    if (found == present.end()) {
      if (in_view(scan, file.path)) plan.failed_and_gone.push_back(file.path);
    } else if (*found->second == file.stamp && !retry_failed && may_fail_again(file)) {
      // A known path can have failed since: it stays as it was until its stamp changes again.
      settled.insert_or_assign(file.path, true);
      plan.still_failed.push_back(file);
    }
  }
  for (const ScannedFile& file : scan.files) {
    const auto found = settled.find(file.path);
    if (found == settled.end()) {
      plan.work.push_back({file, false});
    } else if (!found->second) {
      plan.work.push_back({file, true});
    }
  }
  plan.unchanged = scan.files.size() - plan.work.size() - plan.still_failed.size();
  return plan;
}

}  // namespace resonance::engine
