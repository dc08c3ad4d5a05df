// SPDX-License-Identifier: Apache-2.0
// The commands of sluicectl. Each group of them has a file, which adds its commands to the command line and
// says what each does; a new command joins a group, or begins one with a line in each list below. Included by
// main.cpp and by the files of the groups.
#pragma once

#include <functional>
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "ctl/context.h"

namespace sluice::ctl {

// What the command that was typed does. Returns the exit code.
using Run = std::function<int(const Context& context)>;

// Adds the commands of a group. The one that is typed sets `run`, which lives as long as the command line.
using AddCommands = void(CLI::App& app, Run& run);

AddCommands add_audit_commands;
AddCommands add_capture_commands;
AddCommands add_daemon_commands;
AddCommands add_decide_commands;
AddCommands add_decisions_commands;
AddCommands add_doctor_commands;
AddCommands add_explain_commands;
AddCommands add_export_commands;
AddCommands add_history_commands;
AddCommands add_import_commands;
AddCommands add_lists_commands;
AddCommands add_setup_commands;
AddCommands add_support_commands;
AddCommands add_top_commands;
AddCommands add_watch_commands;

// In the order of the help.
inline constexpr AddCommands* kCommandGroups[] = {
    add_daemon_commands,     //
    add_doctor_commands,     //
    add_decide_commands,     //
    add_decisions_commands,  //
    add_history_commands,    //
    add_explain_commands,    //
    add_lists_commands,      //
    add_watch_commands,      //
    add_top_commands,        //
    add_capture_commands,    //
    add_export_commands,     //
    add_import_commands,     //
    add_audit_commands,      //
    add_setup_commands,      //
    add_support_commands,
};

}  // namespace sluice::ctl
