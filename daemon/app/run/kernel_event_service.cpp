// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/kernel_event_service.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "daemon/app/run/kernel_tables.h"

namespace sluice::app {
namespace {

void log_hello(const detection::Hello& hello) {
  spdlog::debug("{} port {} begins TLS with port {}: a hello of {} bytes{}", hello.client.to_string(),
                hello.client_port, hello.port, hello.bytes.size(), hello.whole ? "" : ", not whole");
}

}  // namespace

Result<std::unique_ptr<KernelEventService>> KernelEventService::create(
    const boost::asio::any_io_executor& executor, const kernel::FilterMaps& maps,
    decisions::Pipeline& pipeline) {
  auto frames = std::make_unique<Frames>();
  auto source = kernel::EventSource::create(
      executor, maps, real_clocks(),
      {.activity = [&pipeline](const detection::Activity& activity) { pipeline.observe(activity); },
       .hello =
           [&pipeline](const detection::Hello& hello) {
             log_hello(hello);
             pipeline.observe(hello);
           },
       .dropped = [&frames = *frames](const kernel::DroppedFrame& frame) { frames.send(frame); }});
  if (!source) return source.error();
  return std::unique_ptr<KernelEventService>(new KernelEventService(std::move(frames), *std::move(source)));
}

}  // namespace sluice::app
