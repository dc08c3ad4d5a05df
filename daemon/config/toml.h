// SPDX-License-Identifier: Apache-2.0
// toml++ as this folder uses it: compiled once, in toml.cpp, without exceptions. Nobody else includes it.
#pragma once

#define TOML_HEADER_ONLY 0
#define TOML_EXCEPTIONS 0
// log = [{fields = {time = "t"}}] is the deepest that the configuration goes. The parser and the destructors
// recurse, so the depth that a hostile file can reach is kept small (load.cpp bounds the depth of dotted
// keys).
#define TOML_MAX_NESTED_VALUES 4
#include <toml++/toml.h>
