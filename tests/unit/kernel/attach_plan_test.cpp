// SPDX-License-Identifier: Apache-2.0
// What attach() plans, given what is at the interfaces: no kernel, no privileges. tests/kernel does it for
// real.
#include "daemon/kernel/attach/attach_plan.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "bpf/wire.h"

namespace sluice::kernel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kOurs = 7;
constexpr std::uint32_t kStranger = 8;
constexpr std::uint32_t kDispatcher = 9;

PinnedProgram ours_at(std::string interface, std::uint32_t id = kOurs) {
  std::string path = "/bpf/programs/" + interface;
  return {std::move(path), std::move(interface), id, false, {}};
}

std::vector<PinnedProgram> one(PinnedProgram program) {
  std::vector<PinnedProgram> programs;
  programs.push_back(std::move(program));
  return programs;
}

FoundInterface eth0(XdpOccupancy occupancy) {
  return {"eth0", 2, std::move(occupancy)};
}

XdpOccupancy alone(std::uint32_t id, XdpMode mode = XdpMode::native) {
  return {.hook_id = id, .mode = mode, .placement = Placement::single, .programs = {{id, "program"}}};
}

XdpOccupancy under_dispatcher(std::vector<std::uint32_t> ids, XdpMode mode = XdpMode::native) {
  XdpOccupancy occupancy;
  occupancy.hook_id = kDispatcher;
  occupancy.mode = mode;
  occupancy.placement = Placement::dispatcher;
  for (const std::uint32_t id : ids)
    occupancy.programs.push_back({id, "program"});
  return occupancy;
}

std::string fault(const Result<InterfacePlan>& plan) {
  return plan ? "none" : plan.error().message();
}

TEST(AttachPlan, AtAFreeHookTheProgramIsAdded) {
  const auto plan = plan_interface(eth0({}), {}, XdpMode::native);
  ASSERT_TRUE(plan) << fault(plan);
  EXPECT_EQ(plan->interface, "eth0");
  EXPECT_EQ(plan->index, 2U);
  EXPECT_EQ(plan->step, AttachStep::add);
  EXPECT_THAT(plan->former, IsEmpty());
}

TEST(AttachPlan, GenericModeIsTriedOnlyIfTheModeIsAutomatic) {
  const auto modes = [](XdpMode wanted) { return plan_interface(eth0({}), {}, wanted)->modes; };
  EXPECT_THAT(modes(XdpMode::automatic), ElementsAre(XdpMode::native, XdpMode::generic));
  EXPECT_THAT(modes(XdpMode::native), ElementsAre(XdpMode::native));
  EXPECT_THAT(modes(XdpMode::generic), ElementsAre(XdpMode::generic));
}

TEST(AttachPlan, OursAloneIsReplacedInItsMode) {
  const auto ours = one(ours_at("eth0"));
  const auto plan = plan_interface(eth0(alone(kOurs, XdpMode::generic)), ours, XdpMode::automatic);
  ASSERT_TRUE(plan) << fault(plan);
  EXPECT_EQ(plan->step, AttachStep::replace);
  EXPECT_THAT(plan->modes, ElementsAre(XdpMode::generic));
  EXPECT_THAT(plan->former, ElementsAre(&ours.front()));
}

// Told by the kernel's id: a program that was pinned for another interface may run here after a rename.
TEST(AttachPlan, OursIsKnownByItsIdWhereverItWasPinned) {
  const auto ours = one(ours_at("eth1"));
  const auto plan = plan_interface(eth0(alone(kOurs)), ours, XdpMode::native);
  ASSERT_TRUE(plan) << fault(plan);
  EXPECT_THAT(plan->former, ElementsAre(&ours.front()));
}

TEST(AttachPlan, AStrangerAloneIsNeverTouched) {
  const auto ours = one(ours_at("eth0"));
  EXPECT_THAT(fault(plan_interface(eth0(alone(kStranger)), ours, XdpMode::automatic)),
              HasSubstr("eth0: XDP program program (id 8) is attached there by itself"));
}

TEST(AttachPlan, BesideStrangersUnderADispatcherOursIsAdded) {
  const auto plan = plan_interface(eth0(under_dispatcher({kStranger})), {}, XdpMode::automatic);
  ASSERT_TRUE(plan) << fault(plan);
  EXPECT_EQ(plan->step, AttachStep::join);
  EXPECT_THAT(plan->modes, ElementsAre(XdpMode::native));
  EXPECT_THAT(plan->former, IsEmpty());
}

TEST(AttachPlan, UnderADispatcherAllOursGoAndStrangersStay) {
  std::vector<PinnedProgram> ours = one(ours_at("eth0"));
  ours.push_back(ours_at("eth0", 70));  // two, where an attach was killed in between
  const auto plan = plan_interface(eth0(under_dispatcher({kOurs, kStranger, 70})), ours, XdpMode::automatic);
  ASSERT_TRUE(plan) << fault(plan);
  EXPECT_EQ(plan->step, AttachStep::join);
  EXPECT_THAT(plan->former, ElementsAre(&ours[0], &ours[1]));
}

TEST(AttachPlan, TheModeOfWhatRunsCannotChange) {
  const auto ours = one(ours_at("eth0"));
  EXPECT_THAT(fault(plan_interface(eth0(alone(kOurs)), ours, XdpMode::generic)),
              HasSubstr("run in native mode, which cannot change under them: `sluiced detach`, then"));
  EXPECT_THAT(
      fault(plan_interface(eth0(under_dispatcher({kStranger}, XdpMode::generic)), ours, XdpMode::native)),
      HasSubstr("run in generic mode, which cannot change under them: set it to that mode, or take"));
}

TEST(AttachPlan, WithoutRootNothingIsPlannedAtATakenHook) {
  XdpOccupancy occupancy = alone(kOurs);
  occupancy.complete = false;
  EXPECT_EQ(fault(plan_interface(eth0(occupancy), {}, XdpMode::automatic)), "attaching takes root");
}

TEST(AttachPlan, AMissingInterfaceIsAnErrorUnlessItMayBeMissing) {
  const Error missing("interface eth0: No such device");
  const auto refused = plan_missing(missing, nullptr, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), missing.message());
  EXPECT_TRUE(plan_missing(missing, nullptr, true));
}

TEST(AttachPlan, AnInterfaceThatVanishedAfterAnAttachIsLeftOut) {
  const Whereabouts nowhere{"eth0", 0, {}};
  EXPECT_TRUE(plan_missing(Error("missing"), &nowhere, false));
}

TEST(AttachPlan, AnInterfaceThatWasRenamedIsNamed) {
  const Whereabouts renamed{"lan0", 3, {}};
  for (const bool skip_missing : {false, true}) {
    const auto refused = plan_missing(Error("missing"), &renamed, skip_missing);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(),
                HasSubstr("missing; the filter that was attached to it runs at lan0"));
  }
}

std::vector<std::string> removed(const std::vector<Removal>& removals) {
  std::vector<std::string> text;
  for (const Removal& removal : removals)
    text.push_back(removal.program->interface + (removal.unpin ? " and its pin" : ""));
  return text;
}

TEST(AttachPlan, OursGoesFromInterfacesThatAreNamedNoLonger) {
  std::vector<PinnedProgram> ours = one(ours_at("eth0"));
  ours.push_back(ours_at("eth1", 70));
  ours.push_back(ours_at("eth2", 71));
  const InterfacePlan upgraded{"eth0", 2, AttachStep::replace, {XdpMode::native}, {&ours[0]}};
  const std::vector<std::string> vanished = {"eth2"};
  EXPECT_THAT(removed(plan_removals(ours, {&upgraded, 1}, vanished, "/bpf")),
              ElementsAre("eth1 and its pin"));
}

TEST(AttachPlan, AProgramWithoutAPinIsRemovedToo) {
  auto ours = one(ours_at("eth1"));
  ours[0].path.clear();
  EXPECT_THAT(removed(plan_removals(ours, {}, {}, "/bpf")), ElementsAre("eth1"));
}

// eth0 was renamed, and another interface has its name now: the pin BPF_FS/programs/eth0 is the new
// program's.
TEST(AttachPlan, ThePinOfANewProgramIsNotRemovedWithTheOldOne) {
  const auto ours = one(ours_at("eth0"));
  const InterfacePlan added{"eth0", 5, AttachStep::add, {XdpMode::native}, {}};
  EXPECT_THAT(removed(plan_removals(ours, {&added, 1}, {}, "/bpf")), ElementsAre("eth0"));
}

std::string option_fault(const FilterOptions& options) {
  const auto checked = check_options(options);
  return checked ? "none" : checked.error().message();
}

TEST(AttachPlan, OptionsThatCannotWorkAreRefused) {
  FilterOptions options;
  options.interfaces = {"eth0"};
  EXPECT_EQ(option_fault(options), "none");

  FilterOptions changed = options;
  changed.interfaces.clear();
  EXPECT_THAT(option_fault(changed), HasSubstr("filter.interfaces is empty"));
  changed.skip_missing = true;
  EXPECT_EQ(option_fault(changed), "none");

  changed = options;
  changed.interfaces = {"eth0", "eth0"};
  EXPECT_THAT(option_fault(changed), HasSubstr("names an interface twice"));

  changed = options;
  changed.ports.assign(SLUICE_MAX_PORTS, 80);
  EXPECT_EQ(option_fault(changed), "none");
  changed.ports.push_back(80);
  EXPECT_THAT(option_fault(changed), HasSubstr("filter.ports names 33 ports"));

  changed = options;
  changed.ports.clear();
  EXPECT_THAT(option_fault(changed), HasSubstr("nothing would be filtered"));
  changed.scope = Scope::all;
  EXPECT_EQ(option_fault(changed), "none");

  changed = options;
  changed.ipv6_source_length = 0;
  EXPECT_THAT(option_fault(changed), HasSubstr("ipv6_prefix_length is 0"));
  changed.ipv6_source_length = 129;
  EXPECT_THAT(option_fault(changed), HasSubstr("ipv6_prefix_length is 129"));
}

}  // namespace
}  // namespace sluice::kernel
