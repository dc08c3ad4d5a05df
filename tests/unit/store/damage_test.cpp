// SPDX-License-Identifier: Apache-2.0
// That a file which is damaged anywhere, by one bit or by many, never keeps the store from being opened and
// used: what is lost is said.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

constexpr unsigned kDecisions = 40;

AuditRecord row(std::string what) {
  AuditRecord made;
  made.time = kNow;
  made.name = "alice";
  made.command = "block";
  made.what = std::move(what);
  made.outcome = "asked";
  return made;
}

// With something in every table.
std::string sound_file(const TemporaryFolder& folder) {
  {
    const auto store = StateStore::open(folder.database(), kNow);
    EXPECT_TRUE(store);
    for (unsigned i = 0; i < kDecisions; ++i) {
      (*store)->sink().begin(block(source(i)), true);
      (*store)->remember(detection::BlockHistory{source(i), i, kNow});
      (*store)->remember(
          detection::AccountAge{i + 1, detection::log_second(kNow) - 500, detection::log_second(kNow)});
      (*store)->set_position("/var/log/" + std::to_string(i), std::to_string(i));
      (*store)->note_audit(row(std::to_string(i)));
    }
    detection::ReachHistory::Record week{source(1), 2968, {}};
    EXPECT_TRUE(week.counter.add(0x9e3779b97f4a7c15));
    (*store)->remember({{week}, {}}, kMeaning);
    EXPECT_TRUE((*store)->flush(kTick));
  }
  std::ifstream file(folder.database(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Damage : public testing::Test {
 protected:
  // Opens the file with these bytes, and uses it as a daemon does. `lost`: how many decisions may be missing
  // without being counted.
  void use(const std::string& bytes, unsigned lost) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove(entry.path());
    std::ofstream(folder_.database(), std::ios::binary) << bytes;
    const auto store = StateStore::open_if_possible(folder_.database(), kNow);
    ASSERT_TRUE(store->is_open()) << store->state().failing;
    const auto restored = store->load(kNow, oldest(kNow), kMeaning);
    ASSERT_TRUE(restored) << restored.error().message();
    EXPECT_TRUE(store->knows_former_state());
    if (store->set_aside()) {
      ++set_aside_;
      EXPECT_TRUE(restored->decisions.empty());
      EXPECT_TRUE(std::filesystem::exists(folder_.database() + ".corrupt-20261124T000000Z"))
          << *store->set_aside();
    } else {
      ++kept_;
      EXPECT_GE(restored->decisions.size() + restored->unreadable + lost, kDecisions);
    }
    for (unsigned i = kDecisions; i < 2 * kDecisions; ++i)
      store->sink().begin(block(source(i)), true);
    store->sink().end(block(source(0)), decisions::Ending::withdrawn);
    store->remember(detection::BlockHistory{source(0), 9, kNow});
    store->note_audit(row("last"));
    if (!store->flush(kTick)) {
      ++found_late_;
      ASSERT_FALSE(store->is_open()) << store->state().failing;
      ASSERT_TRUE(store->reopen(kNow)) << store->state().failing;
      EXPECT_TRUE(store->set_aside());
      store->begin_anew();
      EXPECT_TRUE(store->flush(kTick)) << store->state().failing;
    }
    const auto forgotten = store->forget(kNow, oldest(kNow));
    if (!forgotten) ++failed_to_forget_;
    EXPECT_TRUE(store->flush(kTick) || !store->is_open());
  }

  TemporaryFolder folder_;
  std::string sound_ = sound_file(folder_);
  std::mt19937 random_{20261130};  // the same damage every time
  unsigned set_aside_ = 0;
  unsigned kept_ = 0;
  unsigned found_late_ = 0;
  unsigned failed_to_forget_ = 0;
};

#if SLUICE_SANITIZED
constexpr unsigned kFlips = 40;
#else
constexpr unsigned kFlips = 80;
#endif

TEST_F(Damage, OfOneBitOfTheHeader) {
  for (std::size_t at = 0; at < 100; ++at) {
    std::string bytes = sound_;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
    SCOPED_TRACE("byte " + std::to_string(at));
    ASSERT_NO_FATAL_FAILURE(use(bytes, 0));
  }
  EXPECT_GT(set_aside_, 30U);
  EXPECT_GT(kept_, 10U);
}

TEST_F(Damage, OfOneBitOfTheSchema) {
  for (unsigned i = 0; i < 2 * kFlips; ++i) {
    std::string bytes = sound_;
    const std::size_t at = 100 + random_() % (4096 - 100);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
    SCOPED_TRACE("byte " + std::to_string(at));
    ASSERT_NO_FATAL_FAILURE(use(bytes, 0));
  }
  EXPECT_GT(set_aside_, kFlips / 2);
}

TEST_F(Damage, OfOneBitAnywhere) {
  for (unsigned i = 0; i < kFlips; ++i) {
    std::string bytes = sound_;
    const std::size_t at = random_() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
    SCOPED_TRACE("byte " + std::to_string(at));
    ASSERT_NO_FATAL_FAILURE(use(bytes, 1));  // its end may have become one that is past
  }
  EXPECT_GT(kept_, 0U);
}

TEST_F(Damage, OfManyBytes) {
  for (unsigned i = 0; i < kFlips; ++i) {
    std::string bytes = sound_;
    const std::size_t at = random_() % bytes.size();
    const std::size_t end = std::min<std::size_t>(bytes.size(), at + 1 + random_() % 5000);
    for (std::size_t j = at; j < end; ++j)
      bytes[j] = static_cast<char>(random_());
    if (i % 10 == 0) bytes.resize(at);
    SCOPED_TRACE("bytes " + std::to_string(at) + " to " + std::to_string(end));
    ASSERT_NO_FATAL_FAILURE(use(bytes, kDecisions));
  }
  EXPECT_GT(set_aside_, kFlips / 2);
}

}  // namespace
}  // namespace sluice::store
