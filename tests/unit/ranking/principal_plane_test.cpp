#include "resonance/ranking/principal_plane.h"

#include "resonance/core/error.h"
#include "resonance/core/npy.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "random_vectors.h"

namespace resonance::ranking {
namespace {

TEST(PrincipalPlane, of_an_ellipse_lies_along_its_axes) {
  // Half axes 5 along (0.6, 0.8, 0) and 2 along (0, 0, 1), around (1, 2, 3).
  std::vector<float> rows;
  for (int i = 0; i < 36; ++i) {
    const double angle = i * 10 * 3.14159265358979 / 180;
    rows.push_back(static_cast<float>(1 + 0.6 * 5 * std::cos(angle)));
    rows.push_back(static_cast<float>(2 + 0.8 * 5 * std::cos(angle)));
    rows.push_back(static_cast<float>(3 + 2 * std::sin(angle)));
  }
  const PrincipalPlane plane = PrincipalPlane::fit(rows, 3);
  EXPECT_NEAR(plane.axes()[0][0], 0.6, 1e-6);
  EXPECT_NEAR(plane.axes()[0][1], 0.8, 1e-6);
  EXPECT_NEAR(plane.axes()[1][2], 1, 1e-6);
  const MapPoint first = plane.project(std::span(rows).first(3));
  EXPECT_NEAR(first.x, 5, 1e-5);
  EXPECT_NEAR(first.y, 0, 1e-5);
}

TEST(PrincipalPlane, where_nothing_spreads_has_no_axis) {
  const std::vector<float> same{1, 2, 1, 2, 1, 2};
  EXPECT_EQ(PrincipalPlane::fit(same, 2).project(std::vector<float>{1, 2}), (MapPoint{0, 0}));
  const std::vector<float> line{0, 0, 1, 1, 2, 2};
  const PrincipalPlane plane = PrincipalPlane::fit(line, 2);
  EXPECT_NEAR(plane.project(std::vector<float>{2, 2}).x, std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(plane.project(std::vector<float>{2, 2}).y, 0, 1e-6);
  const std::vector<float> numbers{1, 2, 3};
  EXPECT_EQ(PrincipalPlane::fit(numbers, 1).project(std::vector<float>{3}), (MapPoint{1, 0}));
  EXPECT_EQ(PrincipalPlane::fit(std::vector<float>{7, 7}, 2).project(std::vector<float>{7, 7}),
            (MapPoint{0, 0}));
}

TEST(PrincipalPlane, agrees_with_scikit_learn_but_for_the_signs) {
  const std::string golden = RESONANCE_SOURCE_DIR "/tests/golden/ranking/map/";
  const NpyFile points(golden + "points.npy");
  const NpyFile expected(golden + "plane.npy");
  const PrincipalPlane plane = PrincipalPlane::fit(points.floats(), points.cols());
  const MapPoint first = plane.project(points.floats().first(points.cols()));
  const double sign_x = first.x * double{expected.floats()[0]} > 0 ? 1 : -1;
  const double sign_y = first.y * double{expected.floats()[1]} > 0 ? 1 : -1;
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const MapPoint point = plane.project(points.floats().subspan(i * points.cols(), points.cols()));
    EXPECT_NEAR(sign_x * point.x, double{expected.floats()[2 * i]}, 1e-4);
    EXPECT_NEAR(sign_y * point.y, double{expected.floats()[2 * i + 1]}, 1e-4);
  }
}

TEST(PrincipalPlane, refuses_no_rows_and_rows_that_do_not_fit) {
  EXPECT_THROW(PrincipalPlane::fit({}, 2), Error);
  EXPECT_THROW(PrincipalPlane::fit(std::vector<float>{1, 2, 3}, 2), Error);
  EXPECT_THROW(PrincipalPlane::fit(std::vector<float>{1}, 0), Error);
}

}  // namespace
}  // namespace resonance::ranking
