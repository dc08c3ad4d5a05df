// SPDX-License-Identifier: Apache-2.0
// The one compilation of toml++. Debian's shared library is built with exceptions and a deeper nesting.
#undef NDEBUG  // with it, toml++ has the compiler take its assertions for granted, whatever TOML_ASSERT is
#define TOML_IMPLEMENTATION
#include "daemon/config/toml.h"
