#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One more command of the control socket touches at most five files (and the manual). Adds one to a copy of the tree, `ping`, which
joins an existing group of sluicectl, and compiles everything that a command goes through: the parser, the handler and the test's
operations, which are not told of it, and what was touched.

    tests/checks/price_of_a_command.py TREE BUILD
"""

import os
import sys

import price

MOST = 5

PING = '''// SPDX-License-Identifier: Apache-2.0
// ping: how long the daemon takes to answer.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/control/protocol/command.h"

namespace sluice::control {

struct PingRequest {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(PingRequest, (), (text))

struct PingAnswer {
  std::string text;
  std::int64_t nanoseconds = 0;
};
BOOST_DESCRIBE_STRUCT(PingAnswer, (), (text, nanoseconds))

namespace commands {

struct Ping : Query<PingRequest, PingAnswer> {
  static constexpr std::string_view kName = "ping";
};

}  // namespace commands
}  // namespace sluice::control
'''

DECLARATION = '''  [[nodiscard]] Result<control::PingAnswer> carry_out(const control::PingRequest& request,
                                                      const control::Caller& caller) override;
'''

DEFINITION = '''Result<control::PingAnswer> {service}::carry_out(const control::PingRequest& request, const control::Caller& /*caller*/) {{
  return control::PingAnswer{{request.text, 1}};
}}

'''

IN_CTL = '''
  app.add_subcommand("ping", "Whether the daemon answers")->callback([&run] {
    run = [](const Context& context) {
      const auto answer = ask<control::PingAnswer>(context, control::PingRequest{"x"});
      if (!answer) return fail(kFailed, answer.error().message());
      fmt::print("{}\\n", control::to_json(*answer));
      return kOk;
    };
  });'''


def implementation(tree):
    """The header and the source in daemon/app that carry out what operators ask for, and their class."""
    for parent, _, names in sorted(os.walk(os.path.join(tree, "daemon/app"))):
        for name in sorted(names):
            if not name.endswith(".h"):
                continue
            with open(os.path.join(parent, name), encoding="utf-8") as file:
                text = file.read()
            if ": public control::Operations" in text:
                header = os.path.relpath(os.path.join(parent, name), tree)
                service = text.split(" final : public control::Operations")[0].split()[-1]
                return header, header[:-2] + ".cpp", service
    raise AssertionError("nothing in daemon/app implements control::Operations")


def main():
    tree, build = price.folders()
    with price.Change(tree, build) as change:
        header, source, service = implementation(tree)
        change.add("daemon/control/commands/ping.h", PING)
        change.insert("daemon/control/commands/all.h", r'#include "daemon/control/commands/lists.h"\n', '#include "daemon/control/commands/ping.h"\n')
        change.insert("daemon/control/commands/all.h", r"commands::Status, *(//)?", "\n    commands::Ping,")
        change.insert(header, rf"class {service} final : public control::Operations {{(.|\n)*?explicit [^\n]*\n", DECLARATION)
        change.insert(source, r"}  // namespace\n\n", DEFINITION.format(service=service))
        change.insert("ctl/daemon.cpp", r"void add_daemon_commands\(CLI::App& app, Run& run\) {", IN_CTL)
        return price.report("One more command", change, [
            "daemon/control/protocol.cpp",
            "daemon/control/handler.cpp",
            source,
            "ctl/daemon.cpp",
            "tests/unit/control/handler_test.cpp",
        ], MOST)


if __name__ == "__main__":
    sys.exit(main())
