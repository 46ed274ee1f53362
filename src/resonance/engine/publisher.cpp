#include "resonance/engine/publisher.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/engine/segments_of_catalog.h"
#include "resonance/engine/snapshot_files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr double kRefitChange = 0.1;
constexpr std::string_view kIndexSetting = "index";
constexpr std::string_view kRecallSetting = "index_recall";

fs::path snapshots_of(const fs::path& catalog_directory) { return catalog_directory / "snapshots"; }

/// Number of a snapshot folder; nothing for other names.
std::optional<long> number_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  long number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// Points `link` at `target` in one step, whatever it was before.
void replace_link(const fs::path& target, const fs::path& link) {
  std::error_code problem;
  if (fs::read_symlink(link, problem) == target) return;
  const fs::path temporary = link.string() + ".tmp" + std::to_string(static_cast<long>(::getpid()));
  fs::remove(temporary, problem);
  fs::create_symlink(target, temporary, problem);
  if (problem) {
    throw system_error(problem.value(),
                       "cannot make the symbolic link " + link.string() +
                           " (put the catalog on a file system that has them: --catalog DIR)");
  }
  if (::rename(temporary.c_str(), link.c_str()) != 0)
    throw system_error(errno, "cannot replace " + link.string());
}

/// Links in the catalog's own folder for what the snapshot has, and none for what it has not.
void update_names(const fs::path& directory, const fs::path& folder) {
  for (const std::string_view file : kFilesForOthers) {
    std::error_code problem;
    if (fs::exists(folder / file, problem)) {
      replace_link(fs::path("current") / file, directory / file);
    } else {
      fs::remove(directory / file, problem);
    }
  }
}

std::shared_ptr<const Snapshot> sound_snapshot(const fs::path& directory, const embedding::ModelInfo& model) {
  try {
    auto snapshot = Snapshot::open(directory);
    if (snapshot && snapshot->model() == model) return snapshot;
  } catch (const Error&) {
    // A damaged snapshot is about to be replaced.
  }
  return nullptr;
}

}  // namespace

/// A folder that goes away unless it is kept.
class SnapshotPublisher::FolderGuard {
 public:
  explicit FolderGuard(fs::path folder) : folder_(std::move(folder)) {
    std::error_code problem;
    fs::remove_all(folder_, problem);
    if (!fs::create_directory(folder_, problem)) {
      throw system_error(problem.value(), "cannot write " + folder_.string());
    }
  }
  ~FolderGuard() {
    std::error_code problem;
    if (!folder_.empty()) fs::remove_all(folder_, problem);
  }
  FolderGuard(const FolderGuard&) = delete;
  FolderGuard& operator=(const FolderGuard&) = delete;
  [[nodiscard]] const fs::path& path() const { return folder_; }
  void move_to(const fs::path& place) {
    if (::rename(folder_.c_str(), place.c_str()) != 0) {
      throw system_error(errno, "cannot write " + place.string());
    }
    folder_ = place;
  }
  fs::path keep() { return std::exchange(folder_, {}); }

 private:
  fs::path folder_;
};

SnapshotPublisher::SnapshotPublisher(catalog::Catalog& catalog, embedding::ModelInfo model,
                                     PublishOptions options)
    : catalog_(catalog), model_(std::move(model)), options_(std::move(options)) {
  std::error_code problem;
  fs::create_directories(snapshots_of(catalog.directory()), problem);
  if (problem)
    throw system_error(problem.value(), "cannot write " + snapshots_of(catalog.directory()).string());
  if (options_.index && *options_.index != request()) {
    catalog.set_setting(kRecallSetting, std::to_string(options_.index->recall));
    catalog.set_setting(kIndexSetting, options_.index->kind);
  }
}

IndexRequest SnapshotPublisher::request() const {
  IndexRequest request;
  request.kind = catalog_.setting(kIndexSetting).value_or(request.kind);
  if (const auto recall = catalog_.setting(kRecallSetting)) {
    double value = 0;
    const auto [end, error] = std::from_chars(recall->data(), recall->data() + recall->size(), value);
    if (error == std::errc() && value > 0 && value <= 1) request.recall = value;
  }
  return request;
}

bool SnapshotPublisher::publish(const std::stop_token& stop) {
  switch (try_small(stop, true)) {
    case Answer::done:
      return true;
    case Answer::unnecessary:
      return false;
    case Answer::impossible:
      break;
  }
  rebuild(needs_rebuild(), stop);
  return true;
}

bool SnapshotPublisher::publish_changes(const std::stop_token& stop) {
  return try_small(stop, false) != Answer::impossible;
}

bool SnapshotPublisher::needs_rebuild() const {
  const auto snapshot = sound_snapshot(catalog_.directory(), model_);
  if (!snapshot || snapshot->meta().base_rows <= options_.whole_tracks) return false;
  const Changes changes = changes_since(catalog_, snapshot->base_keys(), snapshot->meta().base_revision);
  return static_cast<double>(changes.count()) >
         options_.drift * static_cast<double>(snapshot->meta().base_rows);
}

SnapshotPublisher::Answer SnapshotPublisher::try_small(const std::stop_token& stop, bool within_drift) {
  const std::scoped_lock lock(publishing_);
  const fs::path& directory = catalog_.directory();
  const auto before = sound_snapshot(directory, model_);
  if (!before || before->meta().asked != request()) return Answer::impossible;
  const bool with_segments = keeps_segments(catalog_);
  if (with_segments != before->meta().segments.has_value()) return Answer::impossible;
  if (before->revision() == catalog_.revision()) {
    update_names(directory, before->folder());
    clear_left_overs(*before);
    return Answer::unnecessary;
  }
  if (before->meta().base_rows <= options_.whole_tracks || !before->projection()) return Answer::impossible;
  const auto base_keys = before->base_keys();
  if (!std::is_sorted(base_keys.begin(), base_keys.end())) return Answer::impossible;
  const Changes changes = changes_since(catalog_, base_keys, before->meta().base_revision);
  const double most = options_.drift * static_cast<double>(base_keys.size());
  if (within_drift && static_cast<double>(changes.count()) > most) return Answer::impossible;
  FolderGuard folder(next_folder());
  if (!link_base(*before, folder.path())) return Answer::impossible;
  CatalogMeta meta = before->meta();
  if (with_segments) {
    if ((within_drift && segments_drifted(*before)) || !link_segment_base(*before, folder.path(), meta)) {
      return Answer::impossible;
    }
    add_segment_changes(folder.path(), before.get(), meta, stop);
  }
  write_tail(folder.path(), catalog_, changes, *before->projection(), before.get(), meta, stop);
  write_catalog_meta(folder.path() / kMetaFile, meta);
  swap_in(folder);
  return Answer::done;
}

/// Whether so much has changed since the base of the segments was made that a tail will not do.
bool SnapshotPublisher::segments_drifted(const Snapshot& before) const {
  const SegmentMeta& segments = *before.meta().segments;
  if (segments.rows.base == 0) return true;
  const auto base_keys = before.segments()->base_keys();
  if (!std::is_sorted(base_keys.begin(), base_keys.end())) return true;
  const Changes changes = changes_since(catalog_, base_keys, segments.base_revision);
  const auto share = [](std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  return share(changes.tail_keys.size(), segments.base_tracks) +
             share(changes.removed_rows.size(), segments.rows.base) >
         options_.drift;
}

/// What has changed since the base of the segments in `folder` was made, as its tail. Under publishing_.
void SnapshotPublisher::add_segment_changes(const fs::path& folder, const Snapshot* kept, CatalogMeta& meta,
                                            const std::stop_token& stop) const {
  const Changes changes =
      changes_since(catalog_, segment_base_keys(folder).integers(), meta.segments->base_revision);
  if (changes.count() == 0) return;
  if (meta.segments->rows.base == 0) {  // the first came while a base without any was made
    write_segment_base(folder, catalog_, model_, meta.asked, options_.choice, options_.exact_segments, meta,
                       stop);
  } else {
    write_segment_tail(folder, catalog_, changes, kept, meta, stop);
  }
}

void SnapshotPublisher::rebuild(bool refit, const std::stop_token& stop) {
  const std::scoped_lock one(rebuilding_);
  const fs::path& directory = catalog_.directory();
  // By a connection of its own: nobody waits while all descriptors are read.
  const catalog::Catalog reader(directory, catalog::OpenMode::read_only);
  const IndexRequest asked = request();
  Fit fit;
  const std::size_t tracks = reader.track_count();
  const auto before = refit ? nullptr : sound_snapshot(directory, model_);
  if (before && before->projection()) {
    const std::size_t fitted = before->meta().fitted_library_size;
    const auto change = static_cast<double>(tracks > fitted ? tracks - fitted : fitted - tracks);
    if (tracks > 0 && change < kRefitChange * static_cast<double>(fitted)) {
      fit = {before->projection(), fitted};
    }
  }
  if (!fit.projection) fit = fit_projection(reader, model_, stop);

  std::optional<FolderGuard> folder;
  {
    const std::scoped_lock lock(publishing_);
    building_ = snapshots_of(directory) / "building";
    folder.emplace(building_);
  }
  try {
    Base base =
        write_base(folder->path(), reader, model_, fit, asked, options_.choice, options_.whole_tracks, stop);
    const bool with_segments = keeps_segments(catalog_);
    const bool follows = with_segments && before && before->meta().segments && !segments_drifted(*before) &&
                         link_segment_base(*before, folder->path(), base.meta);
    if (with_segments && !follows) {
      write_segment_base(folder->path(), reader, model_, asked, options_.choice, options_.exact_segments,
                         base.meta, stop);
    }
    const std::scoped_lock lock(publishing_);
    const Changes changes = changes_since(catalog_, base.keys, base.meta.base_revision);
    if (changes.count() > 0 && fit.projection) {
      write_tail(folder->path(), catalog_, changes, *fit.projection, nullptr, base.meta, stop);
    }
    if (with_segments) add_segment_changes(folder->path(), follows ? before.get() : nullptr, base.meta, stop);
    write_catalog_meta(folder->path() / kMetaFile, base.meta);
    folder->move_to(next_folder());
    swap_in(*folder);
    building_.clear();
  } catch (const fs::filesystem_error& error) {
    throw system_error(error.code().value(), "cannot write " + folder->path().string());
  }
}

fs::path SnapshotPublisher::next_folder() const {
  const fs::path snapshots = snapshots_of(catalog_.directory());
  long newest = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(snapshots)) {
    newest = std::max(newest, number_of(entry.path()).value_or(0));
  }
  return snapshots / std::to_string(newest + 1);
}

// What a killed publish left: it never became current, so it has a higher number, or none.
void SnapshotPublisher::clear_left_overs(const Snapshot& current) const {
  const long number = number_of(current.folder()).value_or(0);
  std::error_code problem;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(snapshots_of(catalog_.directory()), problem)) {
    if (entry.path() == building_ || number_of(entry.path()).value_or(number + 1) <= number) continue;
    fs::remove_all(entry.path(), problem);
  }
}

void SnapshotPublisher::swap_in(FolderGuard& made) {
  const fs::path& directory = catalog_.directory();
  const fs::path snapshots = snapshots_of(directory);
  const fs::path before = directory / Snapshot::current(directory);
  sync_directory(snapshots);
  replace_link(fs::path("snapshots") / made.path().filename(), directory / "current");
  const fs::path built = made.keep();  // it is the current one now, whatever fails after this
  update_names(directory, built);
  sync_directory(directory);
  // Readers that have an older one open keep its files until they let go.
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(snapshots, problem)) {
    const fs::path& folder = entry.path();
    const bool needed = folder.filename() == built.filename() || folder == before || folder == building_;
    if (!needed) fs::remove_all(folder, problem);
  }
}

void publish_snapshot(catalog::Catalog& catalog, const embedding::ModelInfo& model, bool refit,
                      const std::stop_token& stop) {
  SnapshotPublisher publisher(catalog, model);
  if (refit) {
    publisher.rebuild(true, stop);
  } else {
    publisher.publish(stop);
  }
}

}  // namespace resonance::engine
