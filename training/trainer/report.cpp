#include "training/trainer/report.h"

#include "resonance/core/atomic_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace resonance::training {
namespace {

constexpr double kWidth = 420;
constexpr double kHeight = 200;
constexpr double kLeft = 54;
constexpr double kBottom = 24;
constexpr double kTop = 8;
constexpr std::array<std::string_view, 6> kColours = {"#2b6cb0", "#c05621", "#2f855a",
                                                      "#6b46c1", "#b83280", "#4a5568"};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\n':
        result += ' ';
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// One line of a chart: values by epoch.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

std::string chart(const std::string& title, const std::vector<Curve>& curves) {
  double low = INFINITY;
  double high = -INFINITY;
  double last = 1;
  for (const Curve& curve : curves) {
    for (const auto& [epoch, value] : curve.points) {
      low = std::min(low, value);
      high = std::max(high, value);
      last = std::max(last, epoch);
    }
  }
  if (!(low <= high)) return "";
  if (high - low < 1e-12) high = low + 1;
  const auto x = [&](double epoch) {
    return kLeft + (kWidth - kLeft - 8) * (last > 1 ? (epoch - 1) / (last - 1) : 0.5);
  };
  const auto y = [&](double value) {
    return kTop + (kHeight - kTop - kBottom) * (high - value) / (high - low);
  };
  std::string svg = fmt::format("<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\">",
                                escaped(title), kWidth, kHeight);
  for (int i = 0; i <= 4; ++i) {
    const double value = low + (high - low) * i / 4;
    svg += fmt::format(
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>"
        "<text x=\"{}\" y=\"{:.1f}\" class=\"tick\">{:.4g}</text>",
        kLeft, kWidth - 8, y(value), y(value), kLeft - 4, y(value) + 3, value);
  }
  svg +=
      fmt::format("<text x=\"{}\" y=\"{}\" class=\"end\">epoch {:.0f}</text>", kWidth - 8, kHeight - 6, last);
  std::string legend;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::string_view colour = kColours[i % kColours.size()];
    std::string points;
    for (const auto& [epoch, value] : curves[i].points)
      points += fmt::format("{:.1f},{:.1f} ", x(epoch), y(value));
    svg += fmt::format("<polyline points=\"{}\" stroke=\"{}\"/>", points, colour);
    if (curves[i].points.size() == 1) {
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\" fill=\"{}\"/>",
                         x(curves[i].points[0].first), y(curves[i].points[0].second), colour);
    }
    legend += fmt::format("<span style=\"color:{}\">{}</span> ", colour, escaped(curves[i].name));
  }
  return svg + "</svg><p>" + legend + "</p></figure>\n";
}

/// Which chart a figure belongs to.
std::string chart_of(const std::string& name) {
  const bool foreign = name.starts_with("holdout ");
  const std::string bare = foreign ? name.substr(8) : name;
  if (bare.starts_with("gate")) return "gates";
  if (bare.starts_with("loss")) return "loss";
  if (bare.starts_with("recall") || bare == "teacher" || bare == "score") {
    return foreign ? "held-out sources" : "held-out tracks";
  }
  if (bare.ends_with("P@1")) return foreign ? "P@1, held-out sources" : "P@1";
  if (bare.ends_with("mAP")) return foreign ? "mAP, held-out sources" : "mAP";
  return bare;
}

}  // namespace

std::string run_report_html(const CheckpointInfo& info) {
  std::map<std::string, std::map<std::string, Curve>> charts;
  for (const EpochRecord& epoch : info.state.epochs) {
    for (const auto& [name, value] : epoch.metrics) {
      Curve& curve = charts[chart_of(name)][name];
      curve.name = name;
      if (std::isfinite(value)) curve.points.emplace_back(epoch.epoch, value);
    }
  }
  std::string html =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Training run</title><style>"
      "body{font:15px/1.4 system-ui,sans-serif;max-width:1360px;margin:2em auto;padding:0 1em;color:#222}"
      "main{display:flex;flex-wrap:wrap;gap:1em}figure{margin:0;width:420px}figcaption{font-weight:600}"
      "figure p{font-size:12px;margin:0}svg{width:100%}polyline{fill:none;stroke-width:1.5}"
      ".grid{stroke:#ddd}.tick{font-size:10px;text-anchor:end;fill:#666}.end{font-size:10px;text-anchor:end;"
      "fill:#666}"
      "table{border-collapse:collapse;font-size:13px}td{padding:1px 10px 1px 0;vertical-align:top}"
      "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}.grid{stroke:#444}}</style>"
      "<h1>Training run</h1>";
  html += fmt::format(
      "<p>{} epochs, {} steps, {:.1f} minutes; best epoch {} ({:.4f}). Feature set {}.</p><main>\n",
      info.state.epochs_done, info.state.steps_done, info.state.seconds / 60, info.state.best_epoch,
      info.state.best_value, escaped(info.set));
  for (const auto& [title, curves] : charts) {
    std::vector<Curve> list;
    for (const auto& [name, curve] : curves) list.push_back(curve);
    html += chart(title, list);
  }
  html += "</main><h2>Last epoch</h2><table>\n";
  if (!info.state.epochs.empty()) {
    for (const auto& [name, value] : info.state.epochs.back().metrics) {
      html += fmt::format("<tr><td>{}</td><td>{:.5g}</td></tr>\n", escaped(name), value);
    }
  }
  html += "</table><h2>Config</h2><table>\n";
  for (const auto& [key, value] : info.config) {
    html += "<tr><td>" + escaped(key) + "</td><td>" + escaped(value) + "</td></tr>\n";
  }
  return html + "</table></html>\n";
}

void write_run_report(const std::filesystem::path& path, const CheckpointInfo& info) {
  AtomicFile file(path);
  file.write(run_report_html(info));
  file.commit();
}

}  // namespace resonance::training
