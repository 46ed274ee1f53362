#include "resonance/catalog/filter_query.h"

#include "resonance/core/error.h"
#include "resonance/core/folded_text.h"
#include "resonance/core/tag_parts.h"

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>

namespace resonance::catalog {
namespace {

// SQLite's default limit is 32,766 parameters in a statement.
constexpr std::size_t kMostParameters = 30'000;

// Whether the whole text, or a part of a list of genres, is among `wanted`.
bool fits(std::string_view column, const std::string& text, const std::unordered_set<std::string>& wanted) {
  if (wanted.contains(folded_text(text))) return true;
  if (column != "genre") return false;
  const std::vector<std::string_view> parts = tag_parts(text);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return wanted.contains(folded_text(part)); });
}

// "a AND (b OR c)" from the filter's lists, with the parameters in order of their question marks. Only
// literals of this file become SQL.
class Condition {
 public:
  explicit Condition(sqlite::Database& database) : database_(&database) {}

  void add_folders(const std::vector<std::string>& folders) {
    begin_list();
    for (std::string_view folder : folders) {
      while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
      const std::string root = folder == "/" ? "" : std::string(folder);
      begin_alternative();
      // What begins with "folder/"; '0' is the byte after '/'. Both ends use the index on paths.
      where_ += "path >= ? AND path < ?";
      bind_bytes(root + '/');
      bind_bytes(root + '0');
    }
    end_list();
  }

  // @param columns  any of which may have the text; an empty text means that none of them has any
  void add_texts(const std::vector<std::string>& texts, std::initializer_list<const char*> columns) {
    if (texts.empty()) return;
    std::unordered_set<std::string> wanted;
    for (const std::string& text : texts) wanted.insert(folded_text(text));
    const bool without = wanted.erase("") > 0;
    begin_list();
    if (!wanted.empty()) {
      for (const char* column : columns) {
        begin_alternative();
        add_spellings(column, wanted);
      }
    }
    if (without) {
      begin_alternative();
      std::string_view both;
      for (const char* column : columns) {
        where_ += both;
        add_spellings(column, {""});
        both = " AND ";
      }
    }
    end_list();
  }

  void add_ranges(const std::vector<NumberRange>& ranges, const char* value) {
    begin_list();
    for (const NumberRange& range : ranges) add_range(range, value);
    end_list();
  }

  void add_tempos(const std::vector<TempoRange>& tempos) {
    begin_list();
    for (const TempoRange& tempo : tempos) {
      add_range(tempo.bpm, "nullif(tempo_bpm, 0)");
      if (!tempo.any_octave) continue;
      add_range(tempo.bpm, "nullif(tempo_bpm, 0) * 2");
      add_range(tempo.bpm, "nullif(tempo_bpm, 0) / 2");
    }
    end_list();
  }

  void add_keys(const std::vector<MusicalKey>& keys) {
    begin_list();
    for (const MusicalKey& key : keys) {
      begin_alternative();
      where_ += "key_tonic = ? AND key_minor = ?";
      values_.emplace_back(std::int64_t{key.tonic});
      values_.emplace_back(std::int64_t{key.minor ? 1 : 0});
    }
    end_list();
  }

  [[nodiscard]] std::vector<std::int64_t> keys() const {
    sqlite::Statement statement = database_->prepare("SELECT key FROM tracks" + where_ + " ORDER BY key");
    statement.bind_each(values_);
    std::vector<std::int64_t> found;
    while (statement.step()) found.push_back(statement.integer());
    return found;
  }

 private:
  // A list without alternatives says nothing.
  void begin_list() { alternatives_ = 0; }
  void begin_alternative() {
    if (alternatives_++ > 0) {
      where_ += " OR ";
    } else {
      where_ += where_.empty() ? " WHERE (" : " AND (";
    }
  }
  void end_list() {
    if (alternatives_ > 0) where_ += ")";
  }

  void bind_bytes(std::string bytes) {
    bytes_.push_back(std::move(bytes));
    values_.emplace_back(sqlite::Blob{bytes_.back()});
  }

  void add_range(const NumberRange& range, const char* value) {
    begin_alternative();
    where_ += std::string(value) + " IS NOT NULL";
    if (range.least) {
      where_ += " AND " + std::string(value) + " >= ?";
      values_.emplace_back(*range.least);
    }
    if (range.most) {
      where_ += " AND " + std::string(value) + " <= ?";
      values_.emplace_back(*range.most);
    }
  }

  void add_spellings(const std::string& column, const std::unordered_set<std::string>& wanted) {
    std::string marks;
    sqlite::Statement spellings = database_->prepare("SELECT DISTINCT " + column + " FROM tracks");
    while (spellings.step()) {
      std::string text = spellings.text();
      if (!fits(column, text, wanted)) continue;
      marks += marks.empty() ? "?" : ", ?";
      values_.emplace_back(std::move(text));
      if (values_.size() > kMostParameters) {
        throw Error(ErrorCode::limit_exceeded, "a filter on text fits more than " +
                                                   std::to_string(kMostParameters) +
                                                   " different spellings; name fewer");
      }
    }
    where_ += column + " IN (" + marks + ")";  // nothing is in the empty list
  }

  sqlite::Database* database_;
  std::string where_;
  std::size_t alternatives_ = 0;
  std::deque<std::string> bytes_;  // owns what is bound; a deque's elements stay where they are
  std::vector<std::variant<std::int64_t, double, std::string, sqlite::Blob>> values_;
};

}  // namespace

std::vector<std::int64_t> keys_matching(sqlite::Database& database, const TrackFilter& filter) {
  Condition condition(database);
  condition.add_folders(filter.folders);
  condition.add_texts(filter.titles, {"title"});
  condition.add_texts(filter.artists, {"artist", "album_artist"});
  condition.add_texts(filter.album_artists, {"album_artist"});
  condition.add_texts(filter.albums, {"album"});
  condition.add_texts(filter.genres, {"genre"});
  condition.add_texts(filter.tags, {"title", "artist", "album_artist", "album", "genre"});
  condition.add_ranges(filter.years, "year");
  condition.add_ranges(filter.durations_s, "duration_s");
  condition.add_tempos(filter.tempos);
  condition.add_keys(filter.keys);
  return condition.keys();
}

}  // namespace resonance::catalog
