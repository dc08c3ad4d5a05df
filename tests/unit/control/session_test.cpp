// SPDX-License-Identifier: Apache-2.0
// The conversation with one peer, from strings to strings: no socket, and the time is what the test says.
#include "daemon/control/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/protocol/codec.h"
#include "tests/unit/control/memory_operations.h"

namespace sluice::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SessionTest : public testing::Test {
 protected:
  using Step = Session::Step;
  using Fault = Session::Fault;

  // Takes what the session has to say into said_. Returns what it wants then.
  Step run() {
    Step step = session_.next(now_);
    for (; step == Step::send; step = session_.next(now_))
      said_.push_back(session_.message());
    return step;
  }

  Step ask(std::string_view text) {
    session_.receive(text);
    return run();
  }

  void watch(FrameKind frames = FrameKind::unset) {
    ASSERT_EQ(ask(request_message(WatchRequest{frames})), Step::watch);
    ASSERT_EQ(run(), Step::wait);
    ASSERT_THAT(said_, SizeIs(1));
    ASSERT_TRUE(parse_answer<VersionAnswer>(said_.front()));
    said_.clear();
  }

  // `number` tells one from another.
  static Session::Message message(int number) {
    return std::make_shared<const std::string>(std::to_string(number));
  }
  void offer_events(int first, int last) {
    for (int number = first; number <= last; ++number)
      session_.offer_event(message(number), now_);
  }

  // A list whose answer takes three messages.
  void keep_a_long_list() {
    for (int i = 0; i < 400; ++i) {
      DecisionRow row;
      row.reason.assign(400, 'x');
      operations_.decisions[std::to_string(i)] = row;
    }
  }

  const std::string version_ = request_message(VersionRequest{});
  const Access access_{};  // root alone
  const SessionLimits limits_{.watch_queue = 4, .deadline = 100ms, .drain = 10ms};
  MemoryOperations operations_;
  Session::Time now_{1h};
  Session session_{Peer{0, "root", {0}}, access_, operations_, limits_, now_};
  std::vector<std::string> said_;
};

TEST_F(SessionTest, ReadsUntilTheLineIsWhole) {
  EXPECT_EQ(run(), Step::read);
  EXPECT_EQ(ask(version_.substr(0, 5)), Step::read);
  EXPECT_EQ(ask(version_.substr(5, version_.size() - 6)), Step::read);
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_EQ(ask("\n"), Step::read);
  ASSERT_THAT(said_, SizeIs(1));
  EXPECT_TRUE(parse_answer<VersionAnswer>(said_.front()));
}

TEST_F(SessionTest, LinesThatComeTogetherAreAnsweredOneAfterTheOther) {
  const std::string status = request_message(StatusRequest{});
  session_.receive(version_ + status + version_.substr(0, 5));
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_TRUE(parse_answer<VersionAnswer>(session_.message()));
  EXPECT_THAT(operations_.calls, IsEmpty());  // not before the first answer has been taken
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_TRUE(parse_answer<StatusAnswer>(session_.message()));
  EXPECT_THAT(operations_.calls, ElementsAre("status"));
  EXPECT_EQ(session_.next(now_), Step::read);
  EXPECT_EQ(ask(version_.substr(5)), Step::read);
  ASSERT_THAT(said_, SizeIs(1));
  EXPECT_TRUE(parse_answer<VersionAnswer>(said_.front()));
}

TEST_F(SessionTest, AShortRequestBehindALongOneThatCameInPiecesIsFound) {
  EXPECT_EQ(ask(std::string(1000, ' ')), Step::read);
  EXPECT_EQ(ask(version_ + version_), Step::read);
  EXPECT_THAT(said_, SizeIs(2));
}

TEST_F(SessionTest, ARequestThatIsWrongIsAnsweredAndTheNextIsToo) {
  EXPECT_EQ(ask("what?\n" + version_), Step::read);
  ASSERT_THAT(said_, SizeIs(2));
  EXPECT_FALSE(parse_answer<VersionAnswer>(said_[0]));
  EXPECT_TRUE(parse_answer<VersionAnswer>(said_[1]));
}

TEST_F(SessionTest, ALineOfTheLimitIsAnswered) {
  EXPECT_EQ(ask(std::string(kMaxMessage - version_.size(), ' ')), Step::read);
  EXPECT_EQ(ask(version_), Step::read);
  ASSERT_THAT(said_, SizeIs(1));
  EXPECT_TRUE(parse_answer<VersionAnswer>(said_.front()));
}

TEST_F(SessionTest, ALineBeyondTheLimitEndsIt) {
  EXPECT_EQ(ask(std::string(kMaxMessage - 1, ' ')), Step::read);
  EXPECT_EQ(ask(" "), Step::close);
  EXPECT_EQ(session_.fault(), Fault::too_long);
  EXPECT_EQ(session_.last_word(), "a request has at most 1048576 bytes, with the newline at its end");
  EXPECT_THAT(said_, IsEmpty());
  // Whatever comes then.
  EXPECT_EQ(ask("\n" + version_), Step::close);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SessionTest, ANewlineBehindTheLimitDoesNotHelp) {
  EXPECT_EQ(ask(std::string(kMaxMessage - version_.size() + 1, ' ')), Step::read);
  EXPECT_EQ(ask(version_), Step::close);
  EXPECT_EQ(session_.fault(), Fault::too_long);
}

TEST_F(SessionTest, ARequestHasItsTimeHoweverManyPiecesItComesIn) {
  const Session::Time end = now_ + 100ms;
  EXPECT_EQ(session_.deadline(), end);
  now_ += 60ms;
  EXPECT_EQ(ask(version_.substr(0, 5)), Step::read);
  EXPECT_EQ(session_.deadline(), end);
  EXPECT_FALSE(session_.expire(end - 1ns));
  EXPECT_FALSE(session_.is_over());
  EXPECT_TRUE(session_.expire(end));
  EXPECT_TRUE(session_.is_over());
  session_.disconnect();  // the read was given up
  EXPECT_EQ(ask(version_.substr(5)), Step::close);
  EXPECT_EQ(session_.fault(), Fault::slow);
  EXPECT_EQ(session_.last_word(), "no whole request came within 100 ms: it ends in a newline");
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_EQ(session_.deadline(), Session::kNever);
}

TEST_F(SessionTest, EachMessageAndEachRequestHasTimeOfItsOwn) {
  keep_a_long_list();
  session_.receive(request_message(ListRequest{}));
  for (int page = 0; page < 3; ++page) {
    now_ += 60ms;
    ASSERT_EQ(session_.next(now_), Step::send);
    EXPECT_EQ(session_.deadline(), now_ + 100ms);
  }
  now_ += 60ms;
  EXPECT_EQ(session_.next(now_), Step::read);
  EXPECT_EQ(session_.deadline(), now_ + 100ms);
}

TEST_F(SessionTest, WhoDoesNotTakeItsAnswerInTimeIsCut) {
  session_.receive(version_ + version_);
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_TRUE(session_.expire(now_ + 100ms));
  EXPECT_TRUE(parse_answer<VersionAnswer>(session_.message()));  // which may be on its way still
  session_.disconnect();
  EXPECT_EQ(session_.next(now_), Step::close);
  EXPECT_EQ(session_.fault(), Fault::slow);
  EXPECT_THAT(session_.last_word(), IsEmpty());
}

TEST_F(SessionTest, APeerWhoMayNotUseTheSocketIsToldAndNoMore) {
  Session stranger({1001, "mallory", {1001}}, access_, operations_, limits_, now_);
  stranger.receive(version_ + version_);
  EXPECT_EQ(stranger.next(now_), Step::refuse);  // noted before it is told
  ASSERT_EQ(stranger.next(now_), Step::send);
  EXPECT_THAT(stranger.message(), HasSubstr("mallory may not use this socket"));
  EXPECT_EQ(stranger.next(now_), Step::close);
  EXPECT_EQ(stranger.fault(), Fault::none);
  EXPECT_THAT(stranger.last_word(), IsEmpty());
}

TEST_F(SessionTest, AnAnswerThatIsMadeLaterIsWaitedFor) {
  operations_.hold_reload = true;
  EXPECT_EQ(ask(request_message(ReloadRequest{}) + version_), Step::begin);
  session_.begin([this](std::string text) { session_.answer(std::move(text)); });
  EXPECT_EQ(run(), Step::wait);
  EXPECT_EQ(session_.deadline(), Session::kNever);
  EXPECT_FALSE(session_.expire(now_ + 1h));
  EXPECT_EQ(run(), Step::wait);
  EXPECT_THAT(said_, IsEmpty());
  operations_.held_reload({false, {"a list cannot be read"}, {}});
  EXPECT_EQ(run(), Step::read);
  ASSERT_THAT(said_, SizeIs(2));
  EXPECT_TRUE(parse_answer<ReloadAnswer>(said_[0]));
  EXPECT_TRUE(parse_answer<VersionAnswer>(said_[1]));
}

TEST_F(SessionTest, AnAnswerMayBeMadeAtOnce) {
  EXPECT_EQ(ask(request_message(ReloadRequest{})), Step::begin);
  session_.begin([this](std::string text) { session_.answer(std::move(text)); });
  EXPECT_EQ(run(), Step::read);
  ASSERT_THAT(said_, SizeIs(1));
  EXPECT_TRUE(parse_answer<ReloadAnswer>(said_.front()));
}

TEST_F(SessionTest, AnAnswerThatComesTooLateIsNobodys) {
  operations_.hold_reload = true;
  EXPECT_EQ(ask(request_message(ReloadRequest{})), Step::begin);
  session_.begin([this](std::string text) { session_.answer(std::move(text)); });
  session_.disconnect();
  operations_.held_reload({});
  EXPECT_EQ(run(), Step::close);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SessionTest, AWatcherIsToldInOrderAndWithoutACopy) {
  EXPECT_FALSE(session_.is_watching());
  EXPECT_FALSE(session_.watches_events());
  watch();
  EXPECT_TRUE(session_.is_watching());
  EXPECT_TRUE(session_.watches_events());
  EXPECT_EQ(session_.deadline(), Session::kNever);
  const Session::Message first = message(1);
  session_.offer_event(first, now_);
  offer_events(2, 3);
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_EQ(&session_.message(), first.get());
  EXPECT_EQ(session_.deadline(), Session::kNever);  // it may take its time
  EXPECT_EQ(run(), Step::wait);
  EXPECT_THAT(said_, ElementsAre("2", "3"));
  EXPECT_EQ(first.use_count(), 1);
}

TEST_F(SessionTest, AWatcherTooFarBehindIsCutWithTheNumberItMissed) {
  watch();
  offer_events(1, 1);
  ASSERT_EQ(session_.next(now_), Step::send);
  offer_events(2, 5);  // as many as it may be behind
  EXPECT_EQ(session_.unsent(), 0U);
  EXPECT_EQ(session_.deadline(), Session::kNever);
  offer_events(6, 7);
  EXPECT_EQ(session_.unsent(), 6U);
  EXPECT_EQ(session_.deadline(), now_ + 100ms);
  EXPECT_EQ(session_.message(), "1");  // on its way still
  EXPECT_TRUE(session_.is_watching());
  EXPECT_FALSE(session_.watches(FrameKind::unset));

  ASSERT_EQ(session_.next(now_ + 50ms), Step::send);
  EXPECT_EQ(session_.message(),
            error_message("cut: this watcher did not read; 6 events were not sent to it"));
  EXPECT_EQ(session_.deadline(), now_ + 100ms);  // for both
  EXPECT_TRUE(session_.is_watching());
  offer_events(8, 8);
  EXPECT_EQ(session_.next(now_ + 60ms), Step::close);
  EXPECT_EQ(session_.fault(), Fault::behind);
  EXPECT_EQ(session_.unsent(), 7U);
  EXPECT_FALSE(session_.is_watching());
}

TEST_F(SessionTest, AWatcherThatNeverReadsIsOverAfterTheDeadline) {
  watch();
  offer_events(1, 1);
  ASSERT_EQ(session_.next(now_), Step::send);
  offer_events(2, 6);
  EXPECT_FALSE(session_.expire(now_ + 99ms));
  EXPECT_TRUE(session_.expire(now_ + 100ms));
  EXPECT_EQ(session_.next(now_ + 100ms), Step::close);
  EXPECT_EQ(session_.fault(), Fault::behind);  // not slow: it is counted once
  EXPECT_EQ(session_.unsent(), 5U);
  EXPECT_THAT(session_.last_word(), IsEmpty());
}

TEST_F(SessionTest, FramesAreForThoseWhoAskedForTheirKind) {
  watch(FrameKind::samples);
  EXPECT_TRUE(session_.watches(FrameKind::samples));
  EXPECT_FALSE(session_.watches(FrameKind::captures));
  EXPECT_TRUE(session_.watches_events());
}

TEST_F(SessionTest, CapturesComeWithoutEvents) {
  watch(FrameKind::captures);
  EXPECT_TRUE(session_.watches(FrameKind::captures));
  EXPECT_FALSE(session_.watches(FrameKind::samples));
  EXPECT_FALSE(session_.watches_events());
}

TEST_F(SessionTest, AWatcherThatIsBehindMissesFramesAndIsNotCut) {
  watch(FrameKind::samples);
  EXPECT_TRUE(session_.offer_frame(message(1)));
  EXPECT_TRUE(session_.offer_frame(message(2)));
  EXPECT_FALSE(session_.offer_frame(message(3)));
  offer_events(4, 5);  // there is room left for them
  EXPECT_EQ(session_.unsent(), 0U);
  EXPECT_EQ(run(), Step::wait);
  EXPECT_THAT(said_, ElementsAre("1", "2", "4", "5"));
  EXPECT_TRUE(session_.offer_frame(message(6)));
  EXPECT_EQ(run(), Step::wait);
  EXPECT_EQ(said_.back(), "6");
}

TEST_F(SessionTest, APeerThatGoesEndsIt) {
  watch();
  offer_events(1, 1);
  session_.disconnect();
  EXPECT_FALSE(session_.is_watching());
  EXPECT_EQ(run(), Step::close);
  EXPECT_EQ(session_.fault(), Fault::none);
  EXPECT_THAT(session_.last_word(), IsEmpty());
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SessionTest, WhatAGoneWatcherMissedStaysCounted) {
  watch();
  offer_events(1, 5);
  session_.disconnect();
  EXPECT_EQ(session_.fault(), Fault::behind);
  EXPECT_EQ(session_.unsent(), 5U);
}

TEST_F(SessionTest, StoppingEndsWhoWaitsForARequest) {
  EXPECT_EQ(ask(version_.substr(0, 5)), Step::read);
  session_.stop(now_);
  EXPECT_TRUE(session_.is_over());
  // What had arrived is not carried out any more.
  EXPECT_EQ(ask(version_.substr(5)), Step::close);
  EXPECT_EQ(session_.fault(), Fault::none);
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_THAT(session_.last_word(), IsEmpty());
}

TEST_F(SessionTest, StoppingLetsAnAnswerBeTaken) {
  keep_a_long_list();
  session_.receive(request_message(ListRequest{}) + version_);
  ASSERT_EQ(session_.next(now_), Step::send);
  session_.stop(now_);
  EXPECT_FALSE(session_.is_over());
  EXPECT_EQ(session_.deadline(), now_ + 10ms);
  now_ += 5ms;
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_EQ(session_.deadline(), now_ + 10ms);
  EXPECT_EQ(run(), Step::close);  // the second request is not carried out any more
  ASSERT_THAT(said_, SizeIs(1));
  EXPECT_TRUE(parse_answer<ListAnswer>(said_.front()));
  EXPECT_EQ(session_.fault(), Fault::none);
}

TEST_F(SessionTest, StoppingLetsAnAnswerBeMade) {
  operations_.hold_reload = true;
  EXPECT_EQ(ask(request_message(ReloadRequest{}) + version_), Step::begin);
  session_.begin([this](std::string text) { session_.answer(std::move(text)); });
  session_.stop(now_);
  EXPECT_EQ(run(), Step::wait);
  EXPECT_EQ(session_.deadline(), Session::kNever);
  operations_.held_reload({});
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_EQ(session_.deadline(), now_ + 10ms);
  EXPECT_TRUE(parse_answer<ReloadAnswer>(session_.message()));
  EXPECT_EQ(session_.next(now_), Step::close);
}

TEST_F(SessionTest, StoppingLetsAWatcherHaveWhatIsQueued) {
  watch();
  offer_events(1, 3);
  ASSERT_EQ(session_.next(now_), Step::send);
  session_.stop(now_);
  const Session::Time end = now_ + 10ms;
  now_ += 5ms;
  ASSERT_EQ(session_.next(now_), Step::send);
  EXPECT_EQ(session_.deadline(), end);  // for all of it
  EXPECT_EQ(run(), Step::close);
  EXPECT_THAT(said_, ElementsAre("3"));
  EXPECT_EQ(session_.fault(), Fault::none);
}

TEST_F(SessionTest, StoppingEndsAWatcherThatHasAllOfIt) {
  watch();
  session_.stop(now_);
  EXPECT_EQ(run(), Step::close);
  EXPECT_EQ(session_.fault(), Fault::none);
}

TEST_F(SessionTest, StoppingDoesNotWaitForAWatcherThatDoesNotRead) {
  watch();
  offer_events(1, 3);
  ASSERT_EQ(session_.next(now_), Step::send);
  session_.stop(now_);
  EXPECT_FALSE(session_.expire(now_ + 9ms));
  EXPECT_TRUE(session_.expire(now_ + 10ms));
  EXPECT_EQ(run(), Step::close);
  EXPECT_EQ(session_.fault(), Fault::none);
  EXPECT_THAT(said_, IsEmpty());
}

}  // namespace
}  // namespace sluice::control
