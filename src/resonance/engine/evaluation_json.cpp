#include "resonance/engine/evaluate.h"

#include <nlohmann/json.hpp>

namespace resonance::engine {
namespace {

using nlohmann::json;

json metrics_json(const MetricIntervals& metrics) {
  json result = json::object();
  for (std::size_t m = 0; m < evaluation::kMetrics; ++m) {
    const evaluation::Interval& interval = metrics[m];
    result[std::string(evaluation::name_of(static_cast<evaluation::Metric>(m)))] = {
        {"mean", interval.mean}, {"low", interval.low}, {"high", interval.high}};
  }
  return result;
}

json table_json(const EvaluationTable& table) {
  json rows = json::array();
  for (const EvaluationRow& row : table.rows) {
    json one{{"name", row.name}, {"metrics", metrics_json(row.metrics)}};
    if (row.diversity) one["diversity"] = *row.diversity;
    rows.push_back(std::move(one));
  }
  json differences = json::array();
  for (const EvaluationDifference& difference : table.differences) {
    differences.push_back({{"first", difference.first},
                           {"second", difference.second},
                           {"second_minus_first", metrics_json(difference.metrics)}});
  }
  json result{{"task", table.task},
              {"artist_filter", table.artist_filter},
              {"queries", table.queries},
              {"candidates", table.candidates},
              {"relevant", table.relevant},
              {"rows", std::move(rows)},
              {"differences", std::move(differences)}};
  if (!table.within.empty()) result["within"] = table.within;
  if (!table.encoding.empty()) result["encoding"] = table.encoding;
  return result;
}

}  // namespace

std::string evaluation_json(const EvaluateReport& report) {
  json tables = json::array();
  for (const EvaluationTable& table : report.tables) tables.push_back(table_json(table));
  json failed = json::array();
  for (const FailedItem& item : report.failed) {
    failed.push_back({{"path", item.path}, {"error", item.message}, {"code", item.error_code}});
  }
  const json document{{"files", report.files},         {"used", report.used},
                      {"audio_s", report.audio_s},     {"elapsed_s", report.elapsed_s},
                      {"cancelled", report.cancelled}, {"notes", report.notes},
                      {"tables", std::move(tables)},   {"failed", std::move(failed)}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace resonance::engine
