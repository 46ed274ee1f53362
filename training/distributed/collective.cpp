#include "training/distributed/collective.h"

#include "resonance/core/error.h"

#include <charconv>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace resonance::training {
namespace {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Address parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Address address;
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    const auto [end, error] =
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), address.port);
    if (error == std::errc() && end == text.data() + text.size() && !address.host.empty() &&
        address.port != 0) {
      return address;
    }
  }
  throw Error(ErrorCode::invalid_argument, "--master is \"" + text + "\", and must be HOST:PORT");
}

const RankOptions& checked(const RankOptions& options) {
  if (options.world_size < 1 || options.rank < 0 || options.rank >= options.world_size) {
    throw Error(ErrorCode::invalid_argument, "--rank is " + std::to_string(options.rank) +
                                                 ", and must be from 0 to --world-size less one (" +
                                                 std::to_string(options.world_size - 1) + ")");
  }
  return options;
}

[[noreturn]] void lost(const RankOptions& options, const std::exception& error) {
  throw Error(ErrorCode::unreadable,
              "rank " + std::to_string(options.rank) + " of " + std::to_string(options.world_size) +
                  " has lost another rank, so the run ends; start all of them again with "
                  "--resume (" +
                  std::string(error.what()).substr(0, 300) + ")");
}

/// The sum over ranks, forwards and backwards.
class SumFunction : public torch::autograd::Function<SumFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               std::int64_t collective) {
    context->saved_data["collective"] = collective;
    torch::Tensor result = x.detach().clone();
    reinterpret_cast<Collective*>(collective)->sum(result);
    return result;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    torch::Tensor result = gradients[0].contiguous().clone();
    reinterpret_cast<Collective*>(context->saved_data["collective"].toInt())->sum(result);
    return {result, torch::Tensor()};
  }
};

}  // namespace

struct Collective::Group {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
};

Collective::Collective(const RankOptions& options) : options_(checked(options)) {
  if (options_.world_size == 1) return;
  const Address address = parse_address(options_.master);
  try {
    c10d::TCPStoreOptions store_options;
    store_options.port = address.port;
    store_options.isServer = options_.rank == 0;
    store_options.numWorkers = static_cast<std::size_t>(options_.world_size);
    store_options.timeout = options_.timeout;
    const auto store = c10::make_intrusive<c10d::TCPStore>(address.host, store_options);
    const auto group_options = c10d::ProcessGroupGloo::Options::create(options_.timeout);
    const bool local = address.host == "127.0.0.1" || address.host == "localhost";
    group_options->devices.push_back(local ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                           : c10d::ProcessGroupGloo::createDefaultDevice());
    group_ = std::make_unique<Group>();
    group_->gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(store, options_.rank, options_.world_size, group_options);
  } catch (const std::exception& error) {
    throw Error(ErrorCode::unreadable, "the " + std::to_string(options_.world_size) +
                                           " ranks did not meet at " + options_.master + ": " +
                                           std::string(error.what()).substr(0, 300));
  }
}

Collective::~Collective() = default;

void Collective::sum(torch::Tensor& x) {
  if (!group_) return;
  try {
    torch::Tensor carried = x.to(torch::kCPU).contiguous();
    std::vector<torch::Tensor> tensors = {carried};
    group_->gloo->allreduce(tensors)->wait();
    x.copy_(carried);
  } catch (const std::exception& error) {
    lost(options_, error);
  }
}

torch::Tensor Collective::differentiable_sum(const torch::Tensor& x) {
  return group_ ? SumFunction::apply(x, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(this))) : x;
}

torch::Tensor Collective::gather_rows(const torch::Tensor& x) {
  if (!group_) return x;
  try {
    const torch::Tensor own = x.detach().to(torch::kCPU).contiguous();
    std::vector<std::vector<torch::Tensor>> outputs(1);
    for (int i = 0; i < options_.world_size; ++i) outputs[0].push_back(torch::empty_like(own));
    std::vector<torch::Tensor> inputs = {own};
    group_->gloo->allgather(outputs, inputs)->wait();
    std::vector<torch::Tensor> rows;
    for (const torch::Tensor& part : outputs[0]) rows.push_back(part.to(x.device()));
    rows[static_cast<std::size_t>(options_.rank)] = x;
    return torch::cat(rows);
  } catch (const std::exception& error) {
    lost(options_, error);
  }
}

void Collective::wait_for_all() {
  torch::Tensor nothing = torch::zeros({1});
  sum(nothing);
}

}  // namespace resonance::training
