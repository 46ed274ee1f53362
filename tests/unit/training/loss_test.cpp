#include "resonance/core/error.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../../support/temporary_directory.h"
#include "sample_set.h"
#include "training/loss/contrastive_loss.h"
#include "training/loss/distillation.h"
#include "training/loss/triplet_loss.h"
#include "training/network/layers.h"

namespace resonance::training {
namespace {

using torch::Tensor;

/// Unit vectors at these angles (degrees) in the plane.
Tensor at_angles(const std::vector<double>& degrees) {
  std::vector<double> values;
  for (const double degree : degrees) {
    values.push_back(std::cos(degree * std::acos(-1.0) / 180));
    values.push_back(std::sin(degree * std::acos(-1.0) / 180));
  }
  return torch::tensor(values, torch::kDouble).view({-1, 2});
}

Tensor numbers(const std::vector<std::int64_t>& values) { return torch::tensor(values); }

/// Gradient against central differences, at a point away from kinks.
void expect_gradient(const std::function<Tensor(const Tensor&)>& loss, const Tensor& at) {
  const Tensor x = at.clone().set_requires_grad(true);
  loss(x).backward();
  constexpr double kStep = 1e-6;
  for (std::int64_t i = 0; i < at.numel(); ++i) {
    Tensor up = at.clone();
    Tensor down = at.clone();
    up.view({-1})[i] += kStep;
    down.view({-1})[i] -= kStep;
    const double slope = (loss(up) - loss(down)).item<double>() / (2 * kStep);
    EXPECT_NEAR(x.grad().view({-1})[i].item<double>(), slope, 1e-5 * std::max(1.0, std::abs(slope))) << i;
  }
}

Tensor random_points(std::int64_t count) {
  torch::manual_seed(3);
  return torch::randn({count, 5}, torch::kDouble);
}

double distance(double degrees) { return 2 * std::sin(degrees * std::acos(-1.0) / 360); }

TEST(ContrastiveLoss, its_value_is_that_computed_by_hand) {
  // Two at 0 degrees of one identity, one at 90 of another; t = 0.5: scores 2, 0, 0 among the others.
  const double expected = -std::log(std::exp(2.0) / (std::exp(2.0) + std::exp(0.0)));
  EXPECT_NEAR(contrastive_loss(at_angles({0, 0, 90}), numbers({1, 1, 2}), 0.5).item<double>(), expected,
              1e-9);
}

TEST(ContrastiveLoss, several_positives_share_alike) {
  // Three of one identity at 0, 60, 120 degrees and one at 180, t = 1.
  const auto share = [](double own, std::vector<double> others) {
    double sum = 0;
    for (const double other : others) sum += std::exp(std::cos(other * std::acos(-1.0) / 180));
    return -(std::cos(own * std::acos(-1.0) / 180) - std::log(sum));
  };
  const double first = (share(60, {60, 120, 180}) + share(120, {60, 120, 180})) / 2;
  const double second = share(60, {60, 60, 120});
  const double third = (share(60, {120, 60, 60}) + share(120, {120, 60, 60})) / 2;
  EXPECT_NEAR(contrastive_loss(at_angles({0, 60, 120, 180}), numbers({7, 7, 7, 8}), 1).item<double>(),
              (first + second + third) / 3, 1e-9);
}

TEST(ContrastiveLoss, examples_of_one_group_do_not_repel_each_other) {
  const Tensor points = at_angles({0, 10, 5, 90});
  const Tensor identities = numbers({1, 1, 2, 3});
  const double apart = contrastive_loss(points, identities, 0.1).item<double>();
  const double grouped = contrastive_loss(points, identities, 0.1, numbers({4, 4, 4, 5})).item<double>();
  const double without = contrastive_loss(at_angles({0, 10, 90}), numbers({1, 1, 3}), 0.1).item<double>();
  EXPECT_LT(grouped, apart);
  EXPECT_NEAR(grouped, without, 1e-9);
}

TEST(ContrastiveLoss, without_positives_it_is_zero) {
  EXPECT_EQ(contrastive_loss(at_angles({0, 30}), numbers({1, 2}), 0.1).item<double>(), 0);
}

TEST(ContrastiveLoss, its_gradient_is_that_of_finite_differences) {
  const Tensor identities = numbers({1, 1, 2, 2, 2, 3});
  const Tensor groups = numbers({1, 1, 1, 2, 2, 3});
  expect_gradient([&](const Tensor& x) { return contrastive_loss(unit_length(x), identities, 0.2); },
                  random_points(6));
  expect_gradient([&](const Tensor& x) { return contrastive_loss(unit_length(x), identities, 0.2, groups); },
                  random_points(6));
}

TEST(TripletLoss, batch_all_averages_the_triplets_that_violate_the_margin) {
  // a, b of one class at 0 and 40 degrees; c at 60. d(a,b) = d40, d(a,c) = d60, d(b,c) = d20.
  const TripletResult result =
      triplet_loss(at_angles({0, 40, 60}), numbers({1, 1, 2}), 0.1, Mining::batch_all);
  const double from_b = distance(40) - distance(20) + 0.1;  // from a: 0.684 - 1 + 0.1 < 0
  EXPECT_EQ(result.mined, 1);
  EXPECT_NEAR(result.loss.item<double>(), from_b, 1e-6);
}

TEST(TripletLoss, batch_hard_takes_the_furthest_positive_and_the_nearest_negative) {
  // a 0, b 20, c 50 of one class; d 70, e 180 of another.
  const TripletResult result =
      triplet_loss(at_angles({0, 20, 50, 70, 180}), numbers({1, 1, 1, 2, 2}), 0.2, Mining::batch_hard);
  const auto hinge = [](double positive, double negative) {
    return std::max(0.0, distance(positive) - distance(negative) + 0.2);
  };
  const double expected =
      (hinge(50, 70) + hinge(30, 50) + hinge(50, 20) + hinge(110, 20) + hinge(110, 130)) / 5;
  EXPECT_EQ(result.mined, 5);
  EXPECT_NEAR(result.loss.item<double>(), expected, 1e-6);
}

TEST(TripletLoss, semi_hard_takes_the_nearest_negative_beyond_the_positive_within_the_margin) {
  // Anchor 0, positive 40; negatives 30 (too near), 45 (semi-hard), 50 (further), 180.
  const Tensor points = at_angles({0, 40, 30, 45, 50, 180});
  const Tensor identities = numbers({1, 1, 2, 3, 4, 5});
  const TripletResult result = triplet_loss(points, identities, 0.2, Mining::semi_hard);
  // From 40 to 0: negatives at distances 10, 5, 10 (all nearer than 40) and 140, beyond the margin: none.
  EXPECT_EQ(result.mined, 1);
  EXPECT_NEAR(result.loss.item<double>(), distance(40) - distance(45) + 0.2, 1e-6);
}

TEST(TripletLoss, with_nothing_to_mine_it_is_zero) {
  for (const Mining mining : {Mining::batch_all, Mining::batch_hard, Mining::semi_hard}) {
    const TripletResult result = triplet_loss(at_angles({0, 90}), numbers({1, 1}), 0.2, mining);
    EXPECT_EQ(result.mined, 0);
    EXPECT_EQ(result.loss.item<double>(), 0);
  }
}

TEST(TripletLoss, its_gradient_is_that_of_finite_differences) {
  const Tensor identities = numbers({1, 1, 2, 2, 2, 3});
  for (const Mining mining : {Mining::batch_all, Mining::batch_hard, Mining::semi_hard}) {
    expect_gradient(
        [&](const Tensor& x) { return triplet_loss(unit_length(x), identities, 0.5, mining).loss; },
        random_points(6));
  }
}

TEST(DistillationLoss, it_is_one_minus_the_cosine_of_those_that_are_taught) {
  const Tensor said = at_angles({0, 60, 10});
  Tensor targets = at_angles({0, 0, 0});
  targets[2].zero_();
  EXPECT_NEAR(distillation_loss(said, targets).item<double>(), (0 + 0.5) / 2, 1e-9);
  EXPECT_EQ(distillation_loss(said, torch::zeros_like(targets)).item<double>(), 0);
}

TEST(DistillationLoss, its_gradient_is_that_of_finite_differences) {
  const Tensor targets = unit_length(random_points(6).flip(0));
  expect_gradient([&](const Tensor& x) { return distillation_loss(unit_length(x), targets); },
                  random_points(6));
}

TEST(RelationLoss, it_is_the_mean_squared_difference_of_the_likenesses_of_taught_pairs) {
  const Tensor embeddings = at_angles({0, 60, 90, 10});
  Tensor targets = at_angles({0, 0, 90, 0});
  targets[3].zero_();
  const double expected = (2 * 0.25 + 0 + 2 * std::pow(std::cos(std::acos(-1.0) / 6), 2)) / 6;
  EXPECT_NEAR(relation_loss(embeddings, targets).item<double>(), expected, 1e-9);
  EXPECT_EQ(relation_loss(embeddings, torch::zeros_like(targets)).item<double>(), 0);
}

TEST(RelationLoss, its_gradient_is_that_of_finite_differences) {
  const Tensor targets = unit_length(random_points(6).flip(0));
  expect_gradient([&](const Tensor& x) { return relation_loss(unit_length(x), targets); }, random_points(6));
}

class TeacherTargetsTest : public ::testing::Test {
 protected:
  void SetUp() override { testing::write_sample_set(folder_.path()); }
  resonance::testing::TemporaryDirectory folder_;
};

TEST_F(TeacherTargetsTest, with_all_components_cosines_are_the_mean_of_the_teachers) {
  const FeatureSet set(folder_.path());
  const TeacherTargets targets = TeacherTargets::fit(set, {}, {0, 1, 2, 3, 4, 5, 6, 7}, 10);
  const TargetTable table = targets.table(set);
  ASSERT_EQ(table.dimensions, 10U);
  const auto part = [&](std::size_t track, std::size_t teacher) {
    const TeacherRows rows = set.teacher_rows(track, teacher);
    const auto size = static_cast<std::int64_t>(set.teachers()[teacher].dimensions);
    return unit_length(torch::tensor(rows.values).view({-1, size})[0] - targets.means[teacher]);
  };
  const auto target = [&](std::size_t track) {
    const auto& values = table.tracks[track].values;
    return torch::tensor(std::vector<float>(values.begin(), values.begin() + 10));
  };
  const double expected =
      ((part(2, 0) * part(5, 0)).sum() + (part(2, 1) * part(5, 1)).sum()).item<double>() / 2;
  EXPECT_NEAR((target(2) * target(5)).sum().item<double>(), expected, 1e-5);
  EXPECT_NEAR(targets.kept(), 1, 1e-6);
}

TEST_F(TeacherTargetsTest, fewer_components_keep_most_of_it) {
  const FeatureSet set(folder_.path());
  const TeacherTargets targets = TeacherTargets::fit(set, {"first"}, {0, 1, 2, 3, 4, 5, 6, 7}, 3);
  EXPECT_EQ(targets.dimensions(), 3U);
  EXPECT_GT(targets.kept(), 0.5);
  EXPECT_LT(targets.kept(), 1);
}

TEST_F(TeacherTargetsTest, an_unknown_teacher_is_named_with_those_there_are) {
  const FeatureSet set(folder_.path());
  try {
    TeacherTargets::fit(set, {"third"}, {0, 1}, 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("first, second"), std::string::npos);
  }
}

}  // namespace
}  // namespace resonance::training
