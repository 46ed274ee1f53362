#pragma once

#include "resonance/ranking/map_point.h"

#include <span>
#include <string>

namespace resonance::ranking {

/// A track on a picture.
struct PicturePoint {
  MapPoint place;
  std::string label;  ///< shown when pointed at
  std::string group;  ///< its colour: e.g. its genre; "" is grey
};

struct PictureSettings {
  std::string title{};
  int width = 1000;  ///< pixels of the map, to the left of the legend; 100 to 10,000
  int height = 1000;
};

/// A map as an SVG 1.1 document: a circle for each track, scaled alike in both directions to fill the
/// picture, with the label as its tooltip, and a legend. The nine commonest groups get a colour each (equal
/// counts: in order of name), the others are grey. Text is cleaned as in playlists, and no text becomes
/// markup.
/// @throws Error(invalid_argument) for a coordinate that is not finite or a size out of range
std::string map_picture(std::span<const PicturePoint> points, const PictureSettings& settings);

}  // namespace resonance::ranking
