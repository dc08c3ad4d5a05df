// SPDX-License-Identifier: Apache-2.0
// When sources are asked and what is done with their answers: each case says what happens and reads what is
// to be done. No clock, no network, no file.
#include "daemon/app/lists/list_updates.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Actions = ListUpdates::Actions;
using Kind = ListOutcome::Kind;
using Of = ListNews::Of;
using Part = ListUpdates::Part;

const WallTime kStart{Seconds(1'800'000'000)};
constexpr Seconds kEvery{3600};

lists::ListOptions list_of(const std::string& name, const std::string& source) {
  lists::ListOptions options;
  options.name = name;
  options.source = source;
  options.every = kEvery;
  return options;
}

lists::ListOptions url(const std::string& name) {
  return list_of(name, "https://example.org/" + name);
}

lists::ListOptions file(const std::string& name) {
  return list_of(name, "/etc/sluice/" + name);
}

lists::ListOptions crowdsec() {
  lists::ListOptions options = list_of("cs", "http://127.0.0.1:8080/");
  options.format = lists::ListFormat::crowdsec;
  options.key_file = "/etc/sluice/key";
  options.every = Seconds(10);
  return options;
}

lists::FetchAnswer text(const std::string& text) {
  return {false, text, {"\"etag\"", ""}};
}

class ListUpdatesTest : public testing::Test {
 protected:
  std::map<std::string, ListUpdates::Known, std::less<>> contents_;
  WallTime now_ = kStart;

  ListUpdates updates_ = make({});

  // With a chance of 0 a success is followed by `every`, and a first failure by 30 s.
  ListUpdates make(std::vector<lists::Retry> kept) {
    return ListUpdates(
        [this](std::string_view name) {
          const auto found = contents_.find(name);
          return found == contents_.end() ? ListUpdates::Known() : found->second;
        },
        [] { return 0.0; }, std::move(kept));
  }

  void has(const std::string& name, Seconds ago) {
    contents_[name] = {true, 7, {"\"old\"", ""}, now_ - ago, now_ - ago, std::nullopt};
  }
  void follow(const std::vector<lists::ListOptions>& wanted) { (void)updates_.follow(wanted, {}, now_); }

  template <class T>
  static std::vector<T> all(const Actions& actions) {
    std::vector<T> found;
    for (const auto& action : actions) {
      if (const T* one = std::get_if<T>(&action)) found.push_back(*one);
    }
    return found;
  }
  // The only one of its kind.
  template <class T>
  static T one(const Actions& actions) {
    const auto found = all<T>(actions);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? T() : found.front();
  }
  static std::vector<std::string> urls(const Actions& actions) {
    std::vector<std::string> found;
    for (const auto& fetch : all<ListUpdates::Fetch>(actions))
      found.push_back(fetch.request.url);
    return found;
  }
  // Waits for what is due, and does nothing else.
  Actions at_next() {
    const auto next = updates_.next();
    if (!next) {
      ADD_FAILURE() << "nothing is due";
      return {};
    }
    now_ = std::max(now_, *next);
    return updates_.tick(now_);
  }
  // The one source that is due is asked, and answers with a text that comes to this.
  Actions asked_and(Kind kind, const std::string& note = {}) {
    const auto fetch = one<ListUpdates::Fetch>(at_next());
    const auto update = one<ListUpdates::Update>(updates_.fetched(fetch.ticket, fetch.part, text("x"), now_));
    return updates_.updated({{fetch.ticket.name, kind, note}}, now_);
  }
  Actions failed(const ListUpdates::Fetch& fetch, const std::string& why, Seconds retry_after = {},
                 long status = 0) {
    return updates_.fetch_failed(fetch.ticket, fetch.part, {Error(why), retry_after, status}, now_);
  }
};

TEST_F(ListUpdatesTest, AsksAtOnceForAListWithoutContentAndLaterForOneWithACopy) {
  has("copied", Seconds(600));
  follow({url("copied"), url("fresh")});
  EXPECT_EQ(updates_.next(), kStart);
  EXPECT_THAT(urls(updates_.tick(now_)), ElementsAre("https://example.org/fresh"));
  EXPECT_EQ(updates_.next(), kStart - Seconds(600) + kEvery);
  const auto fetch = one<ListUpdates::Fetch>(at_next());
  EXPECT_EQ(fetch.request.url, "https://example.org/copied");
  EXPECT_EQ(fetch.request.version.etag, "\"old\"") << "the server may say that it is still the one";
}

TEST_F(ListUpdatesTest, HandsATextToTheSetAndAsksAgainAfterItsInterval) {
  follow({url("a")});
  const auto fetch = one<ListUpdates::Fetch>(at_next());
  EXPECT_THAT(updates_.tick(now_), IsEmpty()) << "it is being asked";
  const auto update = one<ListUpdates::Update>(updates_.fetched(fetch.ticket, fetch.part, text("x"), now_));
  ASSERT_EQ(update.news.size(), 1U);
  EXPECT_EQ(update.news[0].name, "a");
  EXPECT_EQ(update.news[0].copy->text, "x");
  EXPECT_EQ(update.news[0].copy->version.etag, "\"etag\"");
  const Actions done = updates_.updated({{"a", Kind::updated, ""}}, now_);
  EXPECT_TRUE(one<ListUpdates::Tell>(done).is_news);
  EXPECT_THAT(all<ListUpdates::KeepRetries>(done), IsEmpty()) << "nothing failed";
  EXPECT_THAT(all<ListUpdates::RolesChanged>(done), IsEmpty()) << "it is for packets";
  EXPECT_EQ(updates_.next(), now_ + kEvery);
}

TEST_F(ListUpdatesTest, TellsOfRolesThatChanged) {
  lists::ListOptions proxies = url("cdn");
  proxies.action = lists::ListAction::trusted_proxy;
  follow({proxies});
  const Actions done = asked_and(Kind::updated);
  ASSERT_EQ(done.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<ListUpdates::RolesChanged>(done[0])) << "before it is told of";
  EXPECT_THAT(all<ListUpdates::RolesChanged>(asked_and(Kind::unchanged)), IsEmpty());
}

TEST_F(ListUpdatesTest, ConfirmsWhatTheServerSaysIsStillTheOne) {
  has("a", kEvery);
  follow({url("a")});
  const auto fetch = one<ListUpdates::Fetch>(at_next());
  const Actions done = updates_.fetched(fetch.ticket, fetch.part, {true, "", {}}, now_);
  EXPECT_EQ(one<ListUpdates::Confirm>(done).name, "a");
  EXPECT_EQ(one<ListUpdates::Tell>(done).outcome.kind, Kind::unchanged);
  EXPECT_THAT(all<ListUpdates::Update>(done), IsEmpty());
  EXPECT_EQ(updates_.next(), now_ + kEvery);
}

TEST_F(ListUpdatesTest, AsksASourceThatFailsLaterAndLaterAndTellsOfItOnce) {
  follow({url("a")});
  Actions done = failed(one<ListUpdates::Fetch>(at_next()), "no route");
  EXPECT_EQ(one<ListUpdates::Tell>(done).outcome.kind, Kind::failed);
  EXPECT_TRUE(one<ListUpdates::Tell>(done).is_news);
  const auto kept = one<ListUpdates::KeepRetries>(done).retries;
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0], (lists::Retry{"a", "https://example.org/a", 1, now_ + Seconds(30), "no route"}));
  EXPECT_EQ(updates_.next(), now_ + Seconds(30));
  done = failed(one<ListUpdates::Fetch>(at_next()), "no route");
  EXPECT_FALSE(one<ListUpdates::Tell>(done).is_news);
  EXPECT_EQ(updates_.next(), now_ + Seconds(60));
  done = failed(one<ListUpdates::Fetch>(at_next()), "503", Seconds(900));
  EXPECT_TRUE(one<ListUpdates::Tell>(done).is_news) << "for another reason";
  EXPECT_EQ(updates_.next(), now_ + Seconds(900)) << "as the server asked";
  done = asked_and(Kind::updated);
  EXPECT_THAT(one<ListUpdates::KeepRetries>(done).retries, IsEmpty());
  EXPECT_EQ(updates_.next(), now_ + kEvery);
}

TEST_F(ListUpdatesTest, KeepsTheContentOfASourceThatFails) {
  has("a", kEvery);
  follow({url("a")});
  const Actions done = failed(one<ListUpdates::Fetch>(at_next()), "no route");
  EXPECT_EQ(one<ListUpdates::Tell>(done).outcome.kind, Kind::kept);
}

TEST_F(ListUpdatesTest, TakesUpWhatAnEarlierProcessFoundOut) {
  has("with", kEvery);
  updates_ = make({{"with", "https://example.org/with", 5, now_ + Seconds(7200), "503"},
                   {"without", "https://example.org/without", 5, now_ + Seconds(7200), "503"},
                   {"moved", "https://example.org/elsewhere", 5, now_ + Seconds(7200), "503"}});
  follow({url("with"), url("without"), url("moved")});
  EXPECT_THAT(urls(updates_.tick(now_)), ElementsAre("https://example.org/moved")) << "another source";
  control::ListsAnswer answer;
  answer.lists.resize(2);
  answer.lists[0].name = "with";
  answer.lists[1].name = "without";
  updates_.annotate(answer);
  EXPECT_EQ(answer.lists[0].next, now_ + Seconds(7200));
  EXPECT_EQ(answer.lists[0].failures, 5U);
  EXPECT_EQ(answer.lists[1].next, now_ + Seconds(300)) << "without content it is asked soon";
}

TEST_F(ListUpdatesTest, HasAFewTextsInMemoryAtATime) {
  follow({url("a"), url("b"), url("c"), url("d"), url("e"), url("f"), file("local")});
  const Actions begun = updates_.tick(now_);
  const auto fetches = all<ListUpdates::Fetch>(begun);
  ASSERT_EQ(fetches.size(), ListUpdates::kMaxTexts);
  EXPECT_EQ(updates_.next(), now_ + kEvery) << "the local one; those that wait for a place are not due";
  (void)updates_.fetched(fetches[0].ticket, Part::text, text("x"), now_);
  EXPECT_THAT(urls(updates_.tick(now_)), IsEmpty()) << "its text is in memory still";
  (void)updates_.updated({{"a", Kind::updated, ""}}, now_);
  EXPECT_EQ(updates_.next(), now_);
  EXPECT_THAT(urls(updates_.tick(now_)), ElementsAre("https://example.org/e"));
}

TEST_F(ListUpdatesTest, HandsOverTogetherWhatComesWhileTheSetIsAtWork) {
  follow({url("a"), url("b"), url("c")});
  const auto fetches = all<ListUpdates::Fetch>(updates_.tick(now_));
  ASSERT_EQ(fetches.size(), 3U);
  EXPECT_EQ(
      one<ListUpdates::Update>(updates_.fetched(fetches[0].ticket, Part::text, text("x"), now_)).news.size(),
      1U);
  EXPECT_THAT(updates_.fetched(fetches[1].ticket, Part::text, text("y"), now_), IsEmpty());
  EXPECT_THAT(updates_.fetched(fetches[2].ticket, Part::text, text("z"), now_), IsEmpty());
  const auto next = one<ListUpdates::Update>(updates_.updated({{"a", Kind::updated, ""}}, now_));
  ASSERT_EQ(next.news.size(), 2U);
  EXPECT_EQ(next.news[0].name, "b");
  EXPECT_EQ(next.news[1].name, "c");
  const auto told =
      all<ListUpdates::Tell>(updates_.updated({{"b", Kind::kept, "shrank"}, {"c", Kind::updated, ""}}, now_));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].outcome.note, "shrank");
}

TEST_F(ListUpdatesTest, FetchesTheSignatureBeforeTheSetTakesATextThatNeedsOne) {
  lists::ListOptions options = url("a");
  options.public_key = "/etc/sluice/key.pem";
  follow({options});
  auto fetch = one<ListUpdates::Fetch>(at_next());
  auto signature = one<ListUpdates::Fetch>(updates_.fetched(fetch.ticket, fetch.part, text("x"), now_));
  EXPECT_EQ(signature.request.url, "https://example.org/a.sig");
  EXPECT_EQ(signature.part, Part::signature);
  const auto update =
      one<ListUpdates::Update>(updates_.fetched(signature.ticket, signature.part, text("signed"), now_));
  EXPECT_EQ(update.news[0].copy->text, "x");
  EXPECT_EQ(update.news[0].signature, "signed");
  (void)updates_.updated({{"a", Kind::updated, ""}}, now_);

  fetch = one<ListUpdates::Fetch>(at_next());
  signature = one<ListUpdates::Fetch>(updates_.fetched(fetch.ticket, fetch.part, text("x"), now_));
  const Actions done = failed(signature, "404");
  EXPECT_THAT(all<ListUpdates::Update>(done), IsEmpty());
  EXPECT_EQ(one<ListUpdates::Tell>(done).outcome.note, "404");
}

TEST_F(ListUpdatesTest, ReadsAFileThatChangesAtOnceAndAgainIfItChangesMeanwhile) {
  has("a", Seconds(0));
  const auto watch = one<ListUpdates::WatchFiles>(updates_.follow({file("a"), url("b")}, {}, now_));
  ASSERT_EQ(watch.files.size(), 1U);
  EXPECT_EQ(watch.files[0].source, "/etc/sluice/a");
  EXPECT_EQ(watch.files[0].read, now_);
  const auto update = one<ListUpdates::Update>(updates_.files_changed({"/etc/sluice/a"}, now_));
  EXPECT_EQ(update.news[0].name, "a");
  EXPECT_FALSE(update.news[0].copy) << "the set reads it";
  EXPECT_THAT(all<ListUpdates::Update>(updates_.files_changed({"/etc/sluice/a"}, now_)), IsEmpty());
  (void)updates_.updated({{"a", Kind::updated, ""}}, now_);
  EXPECT_EQ(one<ListUpdates::Update>(updates_.tick(now_)).news[0].name, "a");
}

TEST_F(ListUpdatesTest, ReadsAFileThatChangedBeforeItWasWatched) {
  has("a", Seconds(0));
  follow({file("a")});
  EXPECT_EQ(updates_.next(), now_ + kEvery);
  updates_.changed_before_watch({"/etc/sluice/a"}, now_);
  EXPECT_EQ(one<ListUpdates::Update>(updates_.tick(now_)).news[0].name, "a");
}

TEST_F(ListUpdatesTest, ARefreshIsAnsweredWhenTheLastSourceHas) {
  has("a", Seconds(10));
  has("b", Seconds(10));
  follow({url("a"), url("b")});
  control::RefreshRequest request;
  request.force = true;
  const auto fetches = all<ListUpdates::Fetch>(updates_.refresh(42, request, now_));
  ASSERT_EQ(fetches.size(), 2U);
  EXPECT_EQ(fetches[0].request.version.etag, "") << "with force the text comes again";
  const auto update =
      one<ListUpdates::Update>(updates_.fetched(fetches[0].ticket, Part::text, text("x"), now_));
  EXPECT_TRUE(update.news[0].force);
  EXPECT_THAT(all<ListUpdates::Answer>(updates_.updated({{"a", Kind::updated, ""}}, now_)), IsEmpty());
  const auto answer = one<ListUpdates::Answer>(failed(fetches[1], "no route"));
  EXPECT_EQ(answer.waiter, 42U);
  ASSERT_EQ(answer.answer.results.size(), 2U);
  EXPECT_EQ(answer.answer.results[0].outcome, control::RefreshOutcome::updated);
  EXPECT_EQ(answer.answer.results[0].entries, 7U);
  EXPECT_EQ(answer.answer.results[1].outcome, control::RefreshOutcome::kept);
  EXPECT_EQ(answer.answer.results[1].note, "no route");
  // Once.
  now_ += kEvery;
  const auto later = all<ListUpdates::Fetch>(updates_.tick(now_));
  EXPECT_EQ(later.front().request.version.etag, "\"old\"");
}

TEST_F(ListUpdatesTest, ARefreshOfAListThatIsNotThereIsAnsweredAtOnce) {
  follow({url("a")});
  control::RefreshRequest request;
  request.names = {"b"};
  const auto answer = one<ListUpdates::Answer>(updates_.refresh(1, request, now_));
  EXPECT_THAT(answer.answer.results[0].note, HasSubstr("no list of this name"));
}

TEST_F(ListUpdatesTest, OnlySoManyRefreshesAreWaitedFor) {
  follow({url("a")});
  for (std::uint64_t waiter = 1; waiter <= ListUpdates::kMaxWaiters; ++waiter)
    EXPECT_THAT(all<ListUpdates::Answer>(updates_.refresh(waiter, {}, now_)), IsEmpty());
  const auto answer = one<ListUpdates::Answer>(updates_.refresh(99, {}, now_));
  EXPECT_EQ(answer.waiter, 99U);
  EXPECT_THAT(answer.answer.results[0].note, HasSubstr("too many refreshes"));
}

TEST_F(ListUpdatesTest, AReloadTakesOverWhatReadsAlikeAndForgetsTheRest) {
  has("a", Seconds(10));
  has("b", Seconds(10));
  follow({url("a"), url("b")});
  const auto fetches = all<ListUpdates::Fetch>(updates_.refresh(7, {}, now_));
  ASSERT_EQ(fetches.size(), 2U);
  lists::ListOptions slower = url("a");
  slower.every = Seconds(7200);
  const Actions reloaded = updates_.follow({slower}, {}, now_);
  EXPECT_THAT(all<ListUpdates::Answer>(reloaded), IsEmpty()) << "one is still asked";
  EXPECT_THAT(updates_.fetched(fetches[1].ticket, Part::text, text("x"), now_), IsEmpty()) << "of nobody";
  (void)updates_.fetched(fetches[0].ticket, Part::text, text("x"), now_);
  const Actions done = updates_.updated({{"a", Kind::updated, ""}}, now_);
  const auto answer = one<ListUpdates::Answer>(done).answer;
  EXPECT_EQ(answer.results[0].outcome, control::RefreshOutcome::updated);
  EXPECT_EQ(answer.results[1].note, "the configuration was changed meanwhile");
  EXPECT_EQ(updates_.next(), now_ + Seconds(7200));
}

TEST_F(ListUpdatesTest, AListThatTheReloadKeptAsItWasHasFailed) {
  has("a", Seconds(10));
  (void)updates_.follow({file("a")}, {{"a", Kind::kept, "it shrank"}}, now_);
  control::ListsAnswer answer;
  answer.lists.resize(1);
  answer.lists[0].name = "a";
  updates_.annotate(answer);
  EXPECT_EQ(answer.lists[0].failure, "it shrank");
  EXPECT_EQ(answer.lists[0].failures, 1U);
}

TEST_F(ListUpdatesTest, WhoeverWaitsIsToldThatItStops) {
  follow({url("a")});
  const auto fetch = one<ListUpdates::Fetch>(updates_.refresh(3, {}, now_));
  const auto answer = one<ListUpdates::Answer>(updates_.stop());
  EXPECT_EQ(answer.waiter, 3U);
  EXPECT_EQ(answer.answer.results[0].note, "sluiced is stopping");
  EXPECT_EQ(updates_.next(), std::nullopt);
  EXPECT_THAT(updates_.fetched(fetch.ticket, Part::text, text("x"), now_), IsEmpty());
}

class CrowdsecUpdates : public ListUpdatesTest {
 protected:
  // The key is read, and the source is asked with it.
  ListUpdates::Fetch asked_with(const std::string& key, const Actions& begun) {
    const auto read = one<ListUpdates::ReadKey>(begun);
    EXPECT_EQ(read.path, "/etc/sluice/key");
    return one<ListUpdates::Fetch>(
        updates_.key_read(read.ticket, {boost::system::in_place_value, key}, now_));
  }
  static bool for_all(const ListUpdates::Fetch& fetch) {
    return fetch.request.url.find("startup=true") != std::string::npos;
  }
  Of answered(const ListUpdates::Fetch& fetch) {
    const auto update =
        one<ListUpdates::Update>(updates_.fetched(fetch.ticket, fetch.part, text("{}"), now_));
    (void)updates_.updated({{"cs", Kind::updated, ""}}, now_);
    return update.news[0].of;
  }
};

TEST_F(CrowdsecUpdates, AsksForAllFirstThenForWhatChangedAndForAllFromTimeToTime) {
  follow({crowdsec()});
  auto fetch = asked_with("k1", at_next());
  EXPECT_TRUE(for_all(fetch));
  EXPECT_EQ(fetch.request.api_key, "k1");
  EXPECT_EQ(answered(fetch), Of::all_decisions);
  fetch = asked_with("k1", at_next());
  EXPECT_FALSE(for_all(fetch));
  EXPECT_EQ(answered(fetch), Of::changed_decisions);
  EXPECT_TRUE(for_all(asked_with("k2", at_next()))) << "the server remembers for each key what it told";
}

TEST_F(CrowdsecUpdates, AsksForAllAfterAnHour) {
  follow({crowdsec()});
  EXPECT_EQ(answered(asked_with("k", at_next())), Of::all_decisions);
  now_ += Seconds(3599);
  EXPECT_EQ(answered(asked_with("k", updates_.tick(now_))), Of::changed_decisions);
  now_ += Seconds(10);
  EXPECT_EQ(answered(asked_with("k", updates_.tick(now_))), Of::all_decisions);
}

TEST_F(CrowdsecUpdates, AsksForAllAfterAFailureAndSaysWhatToDo) {
  follow({crowdsec()});
  EXPECT_EQ(answered(asked_with("k", at_next())), Of::all_decisions);
  const Actions done = failed(asked_with("k", at_next()), "403 Forbidden", {}, 403);
  EXPECT_THAT(one<ListUpdates::Tell>(done).outcome.note, HasSubstr("403 Forbidden; CrowdSec does not know"));
  EXPECT_TRUE(for_all(asked_with("k", at_next())));
}

TEST_F(CrowdsecUpdates, AKeyThatCannotBeReadIsAFailure) {
  follow({crowdsec()});
  const auto read = one<ListUpdates::ReadKey>(at_next());
  const Actions done = updates_.key_read(read.ticket, Error("/etc/sluice/key: no such file"), now_);
  EXPECT_THAT(all<ListUpdates::Fetch>(done), IsEmpty());
  EXPECT_THAT(one<ListUpdates::Tell>(done).outcome.note, HasSubstr("no such file"));
}

TEST_F(CrowdsecUpdates, LeavesOutWhatHasEndedWithoutAQuestionAndNotTooOften) {
  follow({crowdsec()});
  EXPECT_EQ(answered(asked_with("k", at_next())), Of::all_decisions);
  has("cs", Seconds(0));
  contents_["cs"].next_end = now_ + Seconds(3);
  EXPECT_EQ(updates_.next(), now_ + Seconds(3));
  const auto update = one<ListUpdates::Update>(at_next());
  EXPECT_EQ(update.news[0].of, Of::ended_decisions);
  contents_["cs"].next_end = now_;
  EXPECT_THAT(updates_.tick(now_), IsEmpty()) << "the set is at work on it";
  EXPECT_THAT(updates_.updated({{"cs", Kind::updated, ""}}, now_), IsEmpty()) << "nobody is told";
  EXPECT_EQ(updates_.next(), now_ + Seconds(1)) << "all lists are compiled each time";
}

}  // namespace
}  // namespace sluice::app
