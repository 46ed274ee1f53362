#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <torch/torch.h>
#include <unistd.h>

#include "training/distributed/collective.h"
#include "training/loss/contrastive_loss.h"
#include "training/network/network.h"

namespace resonance::training {
namespace {

using torch::Tensor;

std::string free_address() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

/// Two ranks, each on a thread of its own.
void with_two_ranks(const std::function<void(Collective&)>& body) {
  const std::string master = free_address();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < 2; ++rank) {
    threads.emplace_back([&, rank] {
      Collective collective(
          {.world_size = 2, .rank = rank, .master = master, .timeout = std::chrono::seconds(30)});
      body(collective);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

NetworkConfig tiny_network_config() {
  NetworkConfig config;
  config.stem_channels = 2;
  config.channels = {2, 4, 4};
  config.temporal_channels = 8;
  config.temporal_blocks = 1;
  config.projection = 3;
  config.harmony_channels = {2, 4, 4};
  config.rhythm_lags = 8;
  config.hidden = 8;
  config.timbre_dimensions = 8;
  config.harmony_dimensions = 4;
  config.rhythm_dimensions = 4;
  config.embed_dimensions = 16;
  return config;
}

NetworkInput tiny_input(std::int64_t batch) {
  return {torch::randn({batch, 64, kMelBands}) * 15 - 30, torch::rand({batch, 80, kChromaBins}),
          torch::rand({batch, 2, kTempogramLags})};
}

TEST(Collective, sums_and_gathers_over_ranks) {
  with_two_ranks([](Collective& collective) {
    const auto rank = static_cast<float>(collective.rank());
    Tensor x = torch::full({3}, 1 + rank);
    collective.sum(x);
    EXPECT_EQ(x[1].item<float>(), 3);
    const Tensor rows = collective.gather_rows(torch::full({2, 1}, rank));
    EXPECT_EQ(rows.sizes(), (torch::IntArrayRef{4, 1}));
    EXPECT_EQ(rows[1].item<float>(), 0);
    EXPECT_EQ(rows[2].item<float>(), 1);
  });
}

TEST(Collective, two_ranks_have_the_gradient_of_one_on_the_doubled_batch) {
  torch::manual_seed(1);
  Network whole(tiny_network_config());
  std::vector<Network> halves;
  for (int i = 0; i < 2; ++i) {
    torch::manual_seed(1);
    halves.emplace_back(tiny_network_config());
  }
  const NetworkInput input = tiny_input(8);
  const Tensor identities = torch::tensor({0, 0, 1, 1, 2, 2, 3, 3});
  contrastive_loss(whole->forward(input).embedding, identities, 0.2).backward();

  std::vector<std::vector<Tensor>> gradients(2);
  with_two_ranks([&](Collective& collective) {
    const auto rank = static_cast<std::size_t>(collective.rank());
    Network& network = halves[rank];
    network->synchronise([&](const Tensor& x) { return collective.differentiable_sum(x); });
    const auto half = [&](const Tensor& x) {
      return x.slice(0, 4 * collective.rank(), 4 * collective.rank() + 4);
    };
    const NetworkOutput output =
        network->forward({half(input.log_mel), half(input.chroma), half(input.tempogram)});
    contrastive_loss(collective.gather_rows(output.embedding), identities, 0.2).backward();
    for (const Tensor& parameter : network->parameters()) {
      Tensor gradient = parameter.grad().defined() ? parameter.grad().clone() : torch::zeros_like(parameter);
      collective.sum(gradient);
      gradients[rank].push_back(gradient);
    }
  });
  const auto parameters = whole->named_parameters();
  double largest = 0;
  for (const auto& parameter : parameters) {
    const Tensor& gradient = parameter.value().grad();
    if (gradient.defined()) largest = std::max(largest, gradient.abs().max().item<double>());
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& expected = parameters[i].value().grad();
    if (!expected.defined()) continue;
    const double scale = expected.abs().max().item<double>();
    for (const auto& rank : gradients) {  // what cancels in a sum of large parts is known less well
      EXPECT_LT((rank[i] - expected).abs().max().item<double>(), 1e-3 * scale + 1e-4 * largest)
          << parameters[i].key();
    }
  }
  const auto buffers = whole->named_buffers();
  for (const auto& buffer : halves[1]->named_buffers()) {
    if (buffer.value().scalar_type() != torch::kFloat) continue;
    EXPECT_LT((buffer.value() - buffers[buffer.key()]).abs().max().item<double>(), 1e-4) << buffer.key();
  }
}

TEST(Collective, a_lost_rank_ends_the_others_with_an_error) {
  const std::string master = free_address();
  const auto options = [&](int rank) {
    return RankOptions{.world_size = 2, .rank = rank, .master = master, .timeout = std::chrono::seconds(60)};
  };
  std::thread other([&] {
    Collective collective(options(1));
    collective.wait_for_all();
  });  // and is gone
  Collective collective(options(0));
  collective.wait_for_all();
  other.join();
  try {
    collective.wait_for_all();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unreadable);
    EXPECT_NE(std::string(error.what()).find("has lost another rank"), std::string::npos);
  }
}

TEST(Collective, impossible_options_are_refused) {
  EXPECT_THROW(Collective({.world_size = 2, .rank = 2}), Error);
  EXPECT_THROW(Collective({.world_size = 2, .rank = 0, .master = "nowhere"}), Error);
  EXPECT_THROW(Collective({.world_size = 2, .rank = 0, .master = "host:0"}), Error);
}

TEST(Collective, one_rank_needs_nobody) {
  Collective collective({});
  Tensor x = torch::ones({2});
  collective.sum(x);
  EXPECT_EQ(x[0].item<float>(), 1);
  EXPECT_TRUE(torch::equal(collective.gather_rows(x), x));
}

}  // namespace
}  // namespace resonance::training
