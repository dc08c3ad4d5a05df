// SPDX-License-Identifier: Apache-2.0
// support: what a bug report needs in one file, with pseudonyms for whoever is in it.
#pragma once

#include "ctl/context.h"
#include "ctl/support/gather.h"

namespace sluice::ctl {

[[nodiscard]] int support(const Context& context, const SupportArguments& arguments);

}  // namespace sluice::ctl
