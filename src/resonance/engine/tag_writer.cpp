#include "resonance/engine/tag_writer.h"

#include "resonance/audio/audio_file.h"
#include "resonance/core/error.h"
#include "resonance/engine/tag_backup.h"
#include "resonance/engine/workers.h"
#include "resonance/tagging/tag_edit.h"

#include <chrono>
#include <new>
#include <set>
#include <system_error>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using tagging::TagFields;

TagFields present_fields(const fs::path& path, const TagFields& like) {
  std::vector<std::string_view> names;
  for (const auto& [name, values] : like) names.push_back(name);
  return tagging::read_tag_fields(path, names);
}

/// One file at a time, from the change to the backup to the file.
class SafeWriter {
 public:
  SafeWriter(const fs::path& catalog_directory, std::int64_t run)
      : backup_(tag_backup_path(catalog_directory)), run_(run) {
    audio::require_decoder();
  }

  /// Marks an error of the backup, which ends the run, among those of the file, which do not.
  struct BackupFailure : Error {
    explicit BackupFailure(const Error& error) : Error(error.code(), error.what()) {}
  };

  void write(const fs::path& path, const ContentHash& hash, const TagFields& changes) {
    clear_leftovers(path);
    const TagFields before = present_fields(path, changes);
    require_same_audio(path, hash,
                       path.string() +
                           " holds another recording than the catalog says: run `resonance "
                           "index`");
    tagging::TagEdit edit(path, changes);
    require_same_audio(edit.copy(), hash,
                       "writing tags into " + path.string() + " would change its audio: it stays as it is");
    record({TagChange::Kind::write, run_, path.string(), hash, before, present_fields(edit.copy(), changes)});
    edit.commit();
  }

  void undo(const fs::path& path, const TagChange& change, const TagFields& fields) {
    clear_leftovers(path);
    if (!fields.empty()) {
      require_same_audio(path, change.hash, path.string() + " holds another recording now");
      tagging::TagEdit edit(path, fields);
      require_same_audio(edit.copy(), change.hash,
                         "writing tags into " + path.string() + " would change its audio: it stays as it is");
      edit.commit();
    }
    record({TagChange::Kind::undo, change.run, change.path, change.hash, change.after, change.before});
  }

 private:
  static void require_same_audio(const fs::path& path, const ContentHash& hash,
                                 const std::string& otherwise) {
    if (!(audio::probe(path).hash == hash)) throw Error(ErrorCode::corrupt_data, otherwise);
  }

  void record(const TagChange& change) const {
    try {
      append_tag_change(backup_, change);
    } catch (const Error& error) {
      throw BackupFailure(error);
    }
  }

  void clear_leftovers(const fs::path& path) {
    std::error_code problem;
    const fs::path folder = fs::weakly_canonical(path, problem).parent_path();
    if (!problem && cleared_.insert(folder).second) tagging::remove_leftover_copies(folder);
  }

  fs::path backup_;
  std::int64_t run_;
  std::set<fs::path> cleared_;
};

/// Runs `action` for a file. @return what went wrong with it; the message is empty if nothing did
template <typename Action>
FailedItem attempt(const std::string& path, const Action& action) {
  try {
    action();
    return {};
  } catch (const SafeWriter::BackupFailure&) {
    throw;
  } catch (const Error& error) {
    return {path, std::string(name_of(error.code())), error.what()};
  } catch (const std::bad_alloc&) {
    return {path, std::string(name_of(ErrorCode::limit_exceeded)), path + " needs more memory than there is"};
  }
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// What is still to be written of a proposal, as the file is now.
TagFields open_changes(const TrackProposal& proposal, bool overwrite) {
  TagFields changes;
  for (const auto& [name, field] : proposal.fields) {
    if (!field.accepted.empty()) changes.emplace(name, field.accepted);
  }
  if (overwrite || changes.empty()) return changes;
  for (const auto& [name, values] : present_fields(proposal.track.path, changes)) {
    if (!values.empty()) changes.erase(name);
  }
  return changes;
}

/// Where a recording is now: at its path, or wherever the catalog knows it.
std::string place_of(const TagChange& change, const catalog::Catalog& catalog) {
  std::error_code problem;
  if (fs::exists(change.path, problem)) return change.path;
  for (const catalog::Track& track : catalog.find_by_hash(change.hash)) {
    if (fs::exists(track.path, problem)) return track.path;
  }
  return change.path;
}

}  // namespace

TagWriteReport write_tags(const fs::path& catalog_directory, const TagPlan& plan, bool overwrite,
                          const ProgressCallback& progress, const std::stop_token& stop) {
  const catalog::Catalog held(catalog_directory,
                              catalog::OpenMode::read_write);  // nobody else writes meanwhile
  SafeWriter writer(catalog_directory, now_ns());
  TagWriteReport report;
  std::vector<const TrackProposal*> work;
  for (const TrackProposal& proposal : plan.tracks) {
    if (proposal.changes_something()) work.push_back(&proposal);
  }
  Batch batch("writing tags", work.size(), progress);
  for (const TrackProposal* proposal : work) {
    if (stop.stop_requested()) {
      report.cancelled = true;
      break;
    }
    const catalog::Track& track = proposal->track;
    FailedItem problem = attempt(track.path, [&] {
      const TagFields changes = open_changes(*proposal, overwrite);
      if (changes.empty()) {
        ++report.unchanged;
        return;
      }
      writer.write(track.path, track.hash, changes);
      report.written.push_back(track.path);
    });
    batch.finish_one(track.path, problem.message, 0, [] {});
    if (!problem.message.empty()) report.failed.push_back(std::move(problem));
  }
  return report;
}

TagUndoReport undo_tags(const fs::path& catalog_directory, const TagUndoOptions& options,
                        const ProgressCallback& progress, const std::stop_token& stop) {
  const catalog::Catalog catalog(
      catalog_directory, options.dry_run ? catalog::OpenMode::read_only : catalog::OpenMode::read_write);
  const fs::path backup = tag_backup_path(catalog_directory);
  const TagChanges recorded = read_tag_changes(backup);
  const std::vector<TagChange> changes = last_changes(recorded.changes);
  TagUndoReport report;
  if (recorded.damaged_lines > 0) {
    report.failed.push_back({backup.string(), std::string(name_of(ErrorCode::corrupt_data)),
                             std::to_string(recorded.damaged_lines) + " lines of " + backup.string() +
                                 " are damaged: what they tell of cannot be taken back"});
  }
  if (changes.empty() && report.failed.empty()) {
    throw Error(ErrorCode::not_found, "catalog " + catalog_directory.string() +
                                          " tells of no written tags that were not taken back");
  }
  SafeWriter writer(catalog_directory, now_ns());
  Batch batch("restoring tags", changes.size(), progress);
  for (const TagChange& change : changes) {
    if (stop.stop_requested()) {
      report.cancelled = true;
      break;
    }
    const std::string path = place_of(change, catalog);
    FailedItem problem = attempt(path, [&] {
      const TagFields now = present_fields(path, change.before);
      const bool already = now == change.before;
      if (!already && now != change.after && !options.overwrite) {
        throw Error(ErrorCode::invalid_argument,
                    "the tags of " + path +
                        " have been changed since: they stay (to restore them all the same: "
                        "--overwrite)");
      }
      if (!options.dry_run) writer.undo(path, change, already ? TagFields{} : change.before);
      if (already) {
        ++report.unchanged;
      } else {
        report.undone.push_back({path, change.before});
      }
    });
    batch.finish_one(path, problem.message, 0, [] {});
    if (!problem.message.empty()) report.failed.push_back(std::move(problem));
  }
  return report;
}

}  // namespace resonance::engine
