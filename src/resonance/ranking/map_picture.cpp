#include "resonance/ranking/map_picture.h"

#include "resonance/core/error.h"
#include "resonance/ranking/text_escapes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace resonance::ranking {
namespace {

// Okabe & Ito's palette, which the colour-blind can tell apart, and one more.
constexpr std::array<std::string_view, 9> kColours{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
                                                   "#56B4E9", "#F0E442", "#000000", "#882255"};
constexpr std::string_view kGrey = "#999999";
constexpr double kMargin = 20;
constexpr int kLegendWidth = 220;
constexpr int kLineHeight = 22;

// One decimal, whatever the locale.
std::string number(double value) {
  std::array<char, 64> text{};
  const auto result =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1);
  return {text.data(), result.ptr};
}

std::string circle(double x, double y, double radius, std::string_view colour) {
  return "<circle cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"" + number(radius) + "\" fill=\"" +
         std::string(colour) + "\"";
}

// The commonest groups, most members first.
std::vector<std::string> coloured_groups(std::span<const PicturePoint> points) {
  std::map<std::string, std::size_t> counts;
  for (const PicturePoint& point : points) {
    if (!point.group.empty()) ++counts[point.group];
  }
  std::vector<std::pair<std::string, std::size_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> groups;
  for (const auto& [group, count] : order) {
    if (groups.size() < kColours.size()) groups.push_back(group);
  }
  return groups;
}

// From map to pixels.
class Frame {
 public:
  Frame(std::span<const PicturePoint> points, const PictureSettings& settings)
      : width_(settings.width), height_(settings.height) {
    for (const auto& [place, label, group] : points) {
      if (!std::isfinite(place.x) || !std::isfinite(place.y)) {
        throw Error(ErrorCode::invalid_argument, "a coordinate of the map is not a number");
      }
      left_ = std::min(left_, place.x);
      right_ = std::max(right_, place.x);
      bottom_ = std::min(bottom_, place.y);
      top_ = std::max(top_, place.y);
    }
    const double wide = right_ - left_;
    const double high = top_ - bottom_;
    scale_ = std::min(wide > 0 ? (width_ - 2 * kMargin) / wide : std::numeric_limits<double>::infinity(),
                      high > 0 ? (height_ - 2 * kMargin) / high : std::numeric_limits<double>::infinity());
    if (!std::isfinite(scale_)) scale_ = 1;
  }
  [[nodiscard]] double x(const MapPoint& place) const {
    return width_ / 2 + scale_ * middle(place.x, left_, right_);
  }
  // Up is up: an SVG's y grows downwards.
  [[nodiscard]] double y(const MapPoint& place) const {
    return height_ / 2 - scale_ * middle(place.y, bottom_, top_);
  }

 private:
  static double middle(double value, double low, double high) { return value - low - (high - low) / 2; }

  double width_;
  double height_;
  double left_ = std::numeric_limits<double>::infinity();
  double right_ = -std::numeric_limits<double>::infinity();
  double bottom_ = std::numeric_limits<double>::infinity();
  double top_ = -std::numeric_limits<double>::infinity();
  double scale_ = 1;
};

}  // namespace

std::string map_picture(std::span<const PicturePoint> points, const PictureSettings& settings) {
  if (std::min(settings.width, settings.height) < 100 || std::max(settings.width, settings.height) > 10'000) {
    throw Error(ErrorCode::invalid_argument, "a picture's width and height are from 100 to 10,000 pixels");
  }
  const Frame frame(points, settings);
  const std::vector<std::string> groups = coloured_groups(points);
  const auto colour_of = [&](const std::string& group) {
    const auto found = std::find(groups.begin(), groups.end(), group);
    return found == groups.end() ? kGrey : kColours[static_cast<std::size_t>(found - groups.begin())];
  };

  const std::string width = std::to_string(settings.width + kLegendWidth);
  const std::string height = std::to_string(settings.height);
  std::string svg =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"";
  svg.append(width).append("\" height=\"").append(height).append("\" viewBox=\"0 0 ").append(width);
  svg.append(" ").append(height).append("\" font-family=\"sans-serif\" font-size=\"14\">\n");
  if (!settings.title.empty()) svg.append("<title>").append(xml_text(settings.title)).append("</title>\n");
  svg += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<g fill-opacity=\"0.7\">\n";
  // Many small points rather than a blot.
  const double radius = std::clamp(120 / std::sqrt(static_cast<double>(points.size()) + 1), 1.5, 6.0);
  for (const PicturePoint& point : points) {
    svg.append(circle(frame.x(point.place), frame.y(point.place), radius, colour_of(point.group)));
    svg.append("><title>").append(xml_text(point.label)).append("</title></circle>\n");
  }
  svg += "</g>\n";
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const double y = kMargin + kLineHeight * static_cast<double>(i);
    svg.append(circle(settings.width + 10, y, 6, kColours[i])).append("/>");
    svg.append("<text x=\"").append(number(settings.width + 24)).append("\" y=\"").append(number(y + 5));
    svg.append("\">").append(xml_text(groups[i])).append("</text>\n");
  }
  return svg.append("</svg>\n");
}

}  // namespace resonance::ranking
