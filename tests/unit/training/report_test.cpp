#include "training/trainer/report.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace resonance::training {
namespace {

CheckpointInfo info_of_three_epochs() {
  CheckpointInfo info;
  info.config = {{"train.early_stopping.monitor", "recall@5"}};
  info.state.best_epoch = 2;
  info.state.best_value = 0.5;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    info.state.epochs.push_back({epoch,
                                 1.0,
                                 {{"lr", 0.00098765 / epoch},
                                  {"gate timbre", 0.1 * epoch},
                                  {"holdout gate timbre", 0.2 * epoch},
                                  {"a <b> figure", 1.0}},
                                 1});
  }
  return info;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(RunReport, the_scale_of_a_chart_has_round_numbers_that_fit_beside_it) {
  const std::string page = run_report_html(info_of_three_epochs());
  EXPECT_NE(page.find(">0.0002</text>"), std::string::npos);
  EXPECT_NE(page.find(">0.001</text>"), std::string::npos);
  EXPECT_EQ(page.find(">0.0009"), std::string::npos);
}

TEST(RunReport, a_held_out_curve_has_the_colour_of_its_own_sides_and_is_dashed) {
  const std::string page = run_report_html(info_of_three_epochs());
  EXPECT_NE(page.find("<g class=\"c0\">"), std::string::npos);
  EXPECT_NE(page.find("<g class=\"c0 foreign\">"), std::string::npos);
  EXPECT_EQ(count_of(page, "<polyline"), 4U);
}

TEST(RunReport, the_best_epoch_is_named_with_what_it_was_best_in) {
  const std::string page = run_report_html(info_of_three_epochs());
  EXPECT_NE(page.find("best epoch 2 (recall@5 0.5000)"), std::string::npos);
  EXPECT_NE(page.find("a &lt;b&gt; figure"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
}

TEST(RunReport, a_run_of_no_epoch_has_a_page_without_charts) {
  const std::string page = run_report_html({});
  EXPECT_EQ(count_of(page, "<figure>"), 0U);
  EXPECT_NE(page.find("0 epochs"), std::string::npos);
}

}  // namespace
}  // namespace resonance::training
