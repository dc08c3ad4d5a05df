// SPDX-License-Identifier: Apache-2.0
// The measuring program behind scripts/bench: see commands.h. Expects its two CPUs to be pinned by whoever
// starts it.
#include <charconv>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include "tests/bench/commands.h"

namespace sluice::bench {
namespace {

using Arguments = std::vector<std::string>;

template <class T>
T number(const std::string& text) {
  T value{};
  const auto end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, value); error != std::errc{} || at != end)
    throw std::invalid_argument(fmt::format("no number: {}", text));
  return value;
}

Effort effort_of(const std::string& text) {
  if (text == "smoke") return Effort::smoke;
  if (text == "quick") return Effort::quick;
  if (text == "full") return Effort::full;
  throw std::invalid_argument(fmt::format("smoke, quick or full, not {}", text));
}

struct Command {
  std::size_t arguments;
  std::function<void(const Arguments&)> run;
};

const std::map<std::string, Command> kCommands{
    {"lookup", {1, [](const Arguments& a) { lookup(effort_of(a[0])); }}},
    {"attach", {4, [](const Arguments& a) { attach(a[0], a[1], a[2], number<int>(a[3])); }}},
    {"flood",
     {5,
      [](const Arguments& a) {
        flood(a[0], number<int>(a[1]), a[2], number<double>(a[3]), number<std::uint64_t>(a[4]));
      }}},
    {"entries", {2, [](const Arguments& a) { write_entries(number<std::size_t>(a[0]), a[1]); }}},
    {"events", {1, [](const Arguments& a) { events(effort_of(a[0])); }}},
};

constexpr std::string_view kUsage =
    "Usage: bench_peers lookup smoke|quick|full\n"
    "       bench_peers events smoke|quick|full\n"
    "       bench_peers entries COUNT DIRECTORY\n"
    "       bench_peers attach PEER LIST OTHER_LIST IFINDEX\n"
    "       bench_peers flood LIST IFINDEX HARDWARE_ADDRESS SECONDS MOST_PACKETS\n"
    "scripts/bench runs it.\n";

int run(const Arguments& arguments) {
  const auto command = arguments.empty() ? kCommands.end() : kCommands.find(arguments[0]);
  if (command == kCommands.end() || command->second.arguments != arguments.size() - 1) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  command->second.run({arguments.begin() + 1, arguments.end()});
  return 0;
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  libbpf_set_print(nullptr);  // it has remarks on xdp-filter's sections
  try {
    return sluice::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_peers: {}\n", error.what());
    return 1;
  }
}
