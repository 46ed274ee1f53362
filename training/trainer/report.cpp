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
constexpr double kRight = 8;
constexpr double kBottom = 24;
constexpr double kTop = 8;
constexpr std::size_t kColours = 6;  // .c0 to .c5 of the page's style
constexpr std::string_view kForeign = "holdout ";
constexpr std::string_view kStyle =
    ":root{--page:#fff;--text:#222;--faint:#666;--grid:#ddd;--c0:#2b6cb0;--c1:#c05621;--c2:#2f855a;"
    "--c3:#6b46c1;--c4:#b83280;--c5:#4a5568}"
    "@media(prefers-color-scheme:dark){:root{--page:#181818;--text:#ddd;--faint:#aaa;--grid:#3a3a3a;"
    "--c0:#63b3ed;--c1:#f6ad55;--c2:#68d391;--c3:#b794f4;--c4:#f687b3;--c5:#cbd5e0}}"
    "body{font:15px/1.4 system-ui,sans-serif;max-width:1360px;margin:2em auto;padding:0 1em;"
    "background:var(--page);color:var(--text)}"
    "main{display:flex;flex-wrap:wrap;gap:1em}figure{margin:0;width:420px;max-width:100%}"
    "figcaption{font-weight:600}figure p{font-size:12px;margin:0}svg{width:100%}"
    "polyline{fill:none;stroke:currentColor;stroke-width:1.5}circle{fill:currentColor}"
    ".foreign polyline{stroke-dasharray:4 3}.grid{stroke:var(--grid)}"
    "text{font-size:10px;text-anchor:end;fill:var(--faint)}.begin{text-anchor:start}"
    ".c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}"
    ".c5{color:var(--c5)}"
    "table{border-collapse:collapse;font-size:13px}"
    "td{padding:1px 10px 1px 0;vertical-align:top;overflow-wrap:anywhere}";

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

/// Round numbers that enclose [low, high]: 1, 2 or 5 times a power of ten apart, at most six steps.
struct Axis {
  double low = 0;
  double step = 1;
  int steps = 1;
};

Axis axis_of(double low, double high) {
  const double span = std::max({high - low, std::abs(high) * 1e-6, 1e-12});
  Axis axis;
  axis.step = std::pow(10, std::floor(std::log10(span)) - 1);
  for (const double factor : {2.0, 2.5, 2.0}) {  // 1, 2, 5, 10
    if (span / axis.step <= 4) break;
    axis.step *= factor;
  }
  if (span / axis.step > 5) axis.step *= 2;
  axis.low = axis.step * std::floor(low / axis.step);
  axis.steps = std::max(1, static_cast<int>(std::ceil((high - axis.low) / axis.step - 1e-9)));
  return axis;
}

bool is_foreign(const std::string& name) { return name.starts_with(kForeign); }
std::string bare(const std::string& name) { return is_foreign(name) ? name.substr(kForeign.size()) : name; }

std::string chart(std::string_view title, const std::vector<Curve>& curves) {
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
  const Axis axis = axis_of(low, high);
  const auto x = [&](double epoch) {
    return kLeft + (kWidth - kLeft - kRight) * (last > 1 ? (epoch - 1) / (last - 1) : 0.5);
  };
  const auto y = [&](double value) {
    return kHeight - kBottom - (kHeight - kTop - kBottom) * (value - axis.low) / (axis.step * axis.steps);
  };
  std::string svg = fmt::format("<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\">",
                                escaped(title), kWidth, kHeight);
  for (int i = 0; i <= axis.steps; ++i) {
    const double rounded = axis.low + axis.step * i;
    const double value = std::abs(rounded) < axis.step / 2 ? 0 : rounded;  // not 1e-17
    svg += fmt::format(
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>"
        "<text x=\"{}\" y=\"{:.1f}\">{:.4g}</text>",
        kLeft, kWidth - kRight, y(value), y(value), kLeft - 4, y(value) + 3, value);
  }
  if (last > 1)
    svg += fmt::format("<text x=\"{}\" y=\"{}\" class=\"begin\">epoch 1</text>", kLeft, kHeight - 6);
  svg += fmt::format("<text x=\"{}\" y=\"{}\">{}{:.0f}</text>", kWidth - kRight, kHeight - 6,
                     last > 1 ? "" : "epoch ", last);
  std::string legend;
  std::vector<std::string> names;  // a held-out figure has the colour of its own side's, and is dashed
  for (const Curve& curve : curves) {
    auto found = std::find(names.begin(), names.end(), bare(curve.name));
    if (found == names.end()) found = names.insert(names.end(), bare(curve.name));
    const std::string look = fmt::format("c{}{}", static_cast<std::size_t>(found - names.begin()) % kColours,
                                         is_foreign(curve.name) ? " foreign" : "");
    std::string points;
    for (const auto& [epoch, value] : curve.points)
      points += fmt::format("{:.1f},{:.1f} ", x(epoch), y(value));
    svg += fmt::format("<g class=\"{}\"><polyline points=\"{}\"/>", look, points);
    if (curve.points.size() == 1) {
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"/>", x(curve.points[0].first),
                         y(curve.points[0].second));
    }
    svg += "</g>";
    legend += fmt::format("<span class=\"{}\">{} {}</span> ", look,
                          is_foreign(curve.name) ? "&#9476;" : "&#9472;", escaped(curve.name));
  }
  return svg + "</svg><p>" + legend + "</p></figure>\n";
}

/// Which chart a figure belongs to.
std::string chart_of(const std::string& name) {
  const bool foreign = is_foreign(name);
  std::string own = bare(name);
  if (own.starts_with("gate")) return "gates";
  if (own.starts_with("loss")) return "loss";
  if (own.starts_with("recall") || own == "teacher" || own == "score") {
    return foreign ? "held-out sources" : "held-out tracks";
  }
  if (own.ends_with("P@1")) return "P@1";
  if (own.ends_with("mAP")) return "mAP";
  return own;
}

struct ChartTitle {
  std::string_view chart;
  std::string_view title;
};

/// In the order of the page; charts that are none of these come after them.
constexpr std::array kCharts = {
    ChartTitle{"loss", "Loss"},
    ChartTitle{"held-out tracks", "Held-out tracks: recall; cosine to the teachers"},
    ChartTitle{"held-out sources", "Held-out sources: recall; cosine to the teachers"},
    ChartTitle{"P@1", "Nearest neighbour has the same label (P@1)"},
    ChartTitle{"mAP", "Mean average precision by label"},
    ChartTitle{"neighbours", "Share of ten neighbours that the teachers have too"},
    ChartTitle{"gates", "Gates, means over tracks"},
    ChartTitle{"triplets", "Mined triplets a batch"},
    ChartTitle{"lr", "Learning rate"},
    ChartTitle{"gradient", "Gradient norm before clipping"},
    ChartTitle{"examples/s", "Examples a second"},
    ChartTitle{"loader wait", "Waiting for the loader, share of the time"},
};

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
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>Training run</title><style>" +
      std::string(kStyle) + "</style><h1>Training run</h1>";
  const auto monitor = std::find_if(info.config.begin(), info.config.end(), [](const auto& entry) {
    return entry.first == "train.early_stopping.monitor";
  });
  html += fmt::format("<p>{} epochs, {} steps, {:.1f} minutes; best epoch {}{}. Feature set {}.</p><main>\n",
                      info.state.epochs_done, info.state.steps_done, info.state.seconds / 60,
                      info.state.best_epoch,
                      monitor == info.config.end()
                          ? std::string()
                          : fmt::format(" ({} {:.4f})", escaped(monitor->second), info.state.best_value),
                      escaped(info.set));
  const auto add = [&](const std::string& name, std::string_view title) {
    std::vector<Curve> list;
    for (const auto& [curve_name, curve] : charts[name]) list.push_back(curve);
    html += chart(title, list);
    charts.erase(name);
  };
  for (const ChartTitle& known : kCharts) add(std::string(known.chart), known.title);
  while (!charts.empty()) {
    const std::string name = charts.begin()->first;
    add(name, name);
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
