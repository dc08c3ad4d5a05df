// SPDX-License-Identifier: Apache-2.0
// The one compilation of toml++. Debian's shared library is built with exceptions and a deeper nesting.
#define TOML_IMPLEMENTATION
#include "daemon/config/toml.h"
