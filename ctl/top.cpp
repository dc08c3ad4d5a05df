// SPDX-License-Identifier: Apache-2.0
#include "ctl/top.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/interrupts.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

// Lines that fit a screen. Cut before they are coloured: control sequences take no room.
class Screen {
 public:
  Screen(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows) {}

  void add(std::string_view text, std::string (Style::*colour)(std::string_view) const, const Style& style) {
    if (used_ >= rows_) return;
    std::string line = printable(text);
    if (line.size() > columns_) line.resize(columns_);
    text_ += colour == nullptr ? line : (style.*colour)(line);
    text_ += '\n';
    ++used_;
  }
  [[nodiscard]] std::size_t left() const { return rows_ - used_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::size_t columns_;
  std::size_t rows_;
  std::size_t used_ = 0;
  std::string text_;
};

double per_second(std::uint64_t now, std::uint64_t before, double seconds) {
  return seconds <= 0 || now < before ? 0 : static_cast<double>(now - before) / seconds;
}

template <class Row>
const Row* find(const std::vector<Row>& rows, std::string Row::*key, const std::string& value) {
  const auto at = std::ranges::find(rows, value, key);
  return at == rows.end() ? nullptr : &*at;
}

// "Site: 80 % of 1,500 pages are of routes; ..."; empty before the first page.
std::string coverage_text(const control::StatusAnswer& status) {
  const std::uint64_t pages = status.pages_of_routes + status.pages_of_no_route;
  if (pages == 0 && status.uncovered_shapes.empty()) return {};
  std::string text = fmt::format("Site: {:.0f} % of {} of a route",
                                 100 * static_cast<double>(status.pages_of_routes) /
                                     static_cast<double>(std::max<std::uint64_t>(1, pages)),
                                 plural(pages, "page is", "pages are"));
  if (status.uncovered_shapes.empty()) return text;
  const control::UncoveredShape& shape = status.uncovered_shapes.front();
  return text + fmt::format("; without one: {}, {}, {}", shape.shape, plural(shape.requests, "request"),
                            shape.looks_like_people ? "looks like people" : "does not look like people");
}

}  // namespace

void TopBoard::see(control::StatusAnswer status, control::ListsAnswer lists, KernelTime now) {
  before_ = std::exchange(now_, Counted{std::move(status), std::move(lists), now});
  lost_.clear();
}

void TopBoard::see(const control::Event& event) {
  const bool has_ended = event.event == control::EventKind::ended;
  if (has_ended || event.event == control::EventKind::decision) {
    if (has_ended && event.source) sources_.erase(*event.source);
    decisions_.push_back(event);
    if (decisions_.size() > kMaxDecisions) decisions_.erase(decisions_.begin());
  }
  if (!event.source || event.score <= 0 || has_ended) return;
  sources_[*event.source] = {event.score, event.reason, event.time};
  if (sources_.size() > kMaxSources)
    sources_.erase(
        std::ranges::min_element(sources_, {}, [](const auto& entry) { return entry.second.score; }));
}

void TopBoard::see(const std::vector<control::DecisionRow>& decisions) {
  for (const control::DecisionRow& row : decisions) {
    if (row.score <= 0) continue;
    // What was found since counts more.
    sources_.try_emplace(row.source.prefix(), Source{row.score, row.reason, row.since});
  }
  while (sources_.size() > kMaxSources)
    sources_.erase(
        std::ranges::min_element(sources_, {}, [](const auto& entry) { return entry.second.score; }));
}

void TopBoard::lose(std::string why) {
  lost_ = std::move(why);
}

std::string TopBoard::text(std::size_t columns, std::size_t rows, const Style& style, WallTime now) const {
  Screen screen(columns, rows);
  if (!lost_.empty()) screen.add(lost_, &Style::bad, style);
  if (!now_) return screen.text();
  const control::StatusAnswer& status = now_->status;
  const double seconds = before_ ? static_cast<double>(now_->at.ns - before_->at.ns) / 1e9 : 0;
  screen.add(fmt::format("sluiced {}, mode {}, up {}, {}, {}, {}", status.version, to_text(status.mode),
                         format_duration(Seconds(status.uptime_seconds)), plural(status.blocks, "block"),
                         plural(status.throttles, "throttle"), bytes(status.rss_bytes)),
             &Style::bold, style);
  for (const control::CheckRow& row : status.checks) {
    if (is_fault(row.state))
      screen.add(fmt::format("{}: {} {}", to_text(row.state), row.text, row.remedy), &Style::bad, style);
  }
  if (const std::string coverage = coverage_text(status); !coverage.empty())
    screen.add(coverage, nullptr, style);
  const auto add_table = [&](std::string_view title, const Table& table, std::size_t most) {
    screen.add("", nullptr, style);
    screen.add(title, &Style::bold, style);
    const std::string text = table.text(Style(false));
    std::size_t begin = 0;
    for (std::size_t line = 0; line < most && begin < text.size(); ++line) {
      const std::size_t end = text.find('\n', begin);
      screen.add(std::string_view(text).substr(begin, end - begin), nullptr, style);
      begin = end == std::string::npos ? text.size() : end + 1;
    }
  };

  Table traffic(
      {{"VERDICT"}, {"PACKETS/S", Align::right}, {"BYTES/S", Align::right}, {"PACKETS", Align::right}}, 2);
  for (const control::CounterRow& row : status.counters) {
    if (row.packets == 0) continue;
    const auto* old =
        before_ ? find(before_->status.counters, &control::CounterRow::reason, row.reason) : nullptr;
    const auto rate = [&](std::uint64_t value, std::uint64_t was) {
      return old == nullptr ? 0.0 : per_second(value, was, seconds);
    };
    traffic.add({row.reason,
                 count(static_cast<std::uint64_t>(rate(row.packets, old == nullptr ? 0 : old->packets))),
                 bytes(static_cast<std::uint64_t>(rate(row.bytes, old == nullptr ? 0 : old->bytes))),
                 count(row.packets)});
  }
  add_table("Traffic", traffic, 14);

  if (!now_->lists.lists.empty()) {
    Table lists({{"LIST"}, {"ACTION"}, {"PACKETS/S", Align::right}, {"PACKETS", Align::right}, {"STATE"}}, 2);
    for (const control::ListStatus& row : now_->lists.lists) {
      const auto* old = before_ ? find(before_->lists.lists, &control::ListStatus::name, row.name) : nullptr;
      const std::uint64_t packets = row.packets.value_or(0);
      const double rate = old == nullptr ? 0 : per_second(packets, old->packets.value_or(0), seconds);
      lists.add({row.name, std::string(to_text(row.action)), count(static_cast<std::uint64_t>(rate)),
                 row.packets ? count(packets) : "-", row.state.to_string()});
    }
    add_table("Lists", lists, 8);
  }

  std::vector<const std::pair<const Prefix, Source>*> sources;
  for (const auto& entry : sources_)
    sources.push_back(&entry);
  std::ranges::stable_sort(sources, std::ranges::greater(),
                           [](const auto* entry) { return entry->second.score; });
  Table scores({{"SOURCE"}, {"SCORE", Align::right}, {"SEEN", Align::right}, {"WHY"}}, 2);
  for (const auto* entry : sources)
    scores.add({entry->first.to_string(), fmt::format("{:.1f}", entry->second.score),
                relative(entry->second.seen, now), entry->second.reason});
  if (!sources.empty()) add_table("Sources by score", scores, std::max<std::size_t>(4, screen.left() / 2));

  Table decisions({{"WHEN", Align::right}, {"WHAT"}}, 2);
  for (auto event = decisions_.rbegin(); event != decisions_.rend(); ++event)
    decisions.add({relative(event->time, now), event->text});
  if (!decisions_.empty()) add_table("Decisions", decisions, screen.left());
  if (sources_.empty() && decisions_.empty())
    screen.add("  nothing was found or decided since this began; `sluicectl decisions` has what stands",
               &Style::faint, style);
  return screen.text();
}

namespace {

// The terminal as it is left to itself while the board is on it, and as it was afterwards.
class Terminal {
 public:
  Terminal() {
    is_raw_ = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &former_) == 0;
    if (is_raw_) {
      termios raw = former_;
      raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    fmt::print("\x1b[?1049h\x1b[?25l");  // the other screen, no cursor
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    fmt::print("\x1b[?25h\x1b[?1049l");
    std::fflush(stdout);
    if (is_raw_) tcsetattr(STDIN_FILENO, TCSANOW, &former_);
  }
  void draw(const TopBoard& board, const Style& style) const {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) size = {24, 80, 0, 0};
    std::string text = board.text(size.ws_col, size.ws_row - 1U, style, wall_now());
    std::string clean;
    for (const char c : text)
      clean += c == '\n' ? "\x1b[K\n" : std::string(1, c);  // what stood there before
    fmt::print("\x1b[H{}\x1b[J q: end", clean);
    std::fflush(stdout);
  }
  [[nodiscard]] bool is_raw() const { return is_raw_; }

 private:
  termios former_{};
  bool is_raw_ = false;
};

Result<UniqueFd> tick_every(Seconds interval) {
  UniqueFd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const itimerspec every{{interval.count(), 0}, {interval.count(), 0}};
  if (!timer || timerfd_settime(timer.get(), 0, &every, nullptr) != 0) return Error::system("timer", errno);
  return timer;
}

Result<UniqueFd> any_of(std::initializer_list<int> descriptors) {
  UniqueFd all(epoll_create1(EPOLL_CLOEXEC));
  if (!all) return Error::system("epoll", errno);
  for (const int descriptor : descriptors) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (descriptor >= 0 && epoll_ctl(all.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
      return Error::system("epoll", errno);
  }
  return all;
}

bool is_readable(const UniqueFd& all, int descriptor) {
  std::array<epoll_event, 4> events{};
  const int ready = epoll_wait(all.get(), events.data(), static_cast<int>(events.size()), 0);
  return std::any_of(events.begin(), events.begin() + std::max(0, ready),
                     [&](const epoll_event& event) { return event.data.fd == descriptor; });
}

// A connection of its own each time: the daemon may be restarted meanwhile.
void refresh(const Context& context, TopBoard& board) {
  auto client = Client::connect(context.socket);
  if (!client) return board.lose(client.error().message());
  auto status = client->ask<control::StatusAnswer>(control::StatusRequest{});
  if (!status) return board.lose(status.error().message());
  auto lists = client->ask<control::ListsAnswer>(control::ListsRequest{});
  if (!lists) return board.lose(lists.error().message());
  board.see(*std::move(status), *std::move(lists), kernel_now());
}

// What the detector decided before the board began; once, for there may be many.
void look_back(const Context& context, TopBoard& board) {
  auto client = Client::connect(context.socket);
  if (!client) return board.lose(client.error().message());
  control::ListRequest request;
  request.actor.kind = control::ActorKind::detector;
  auto answer = client->ask<control::ListAnswer>(request);
  while (answer) {
    board.see(answer->decisions);
    if (!answer->more) return;
    answer = client->next<control::ListAnswer>();
  }
  board.lose(answer.error().message());
}

// One look says what the daemon counted since it began; rates, and what is found about sources that nothing
// was decided about, need a second one.
int show_once(const Context& context, Client& watched, Seconds interval) {
  const auto ticks = tick_every(interval);
  if (!ticks) return fail(kFailed, ticks.error().message());
  TopBoard board;
  look_back(context, board);
  refresh(context, board);
  for (;;) {
    const auto line = watched.next_event(*ticks);
    if (!line) return fail(kFailed, line.error().message());
    if (!*line) break;
    if (const auto event = control::parse_event(**line)) board.see(*event);
  }
  refresh(context, board);
  fmt::print("{}", board.text(200, 60, context.style, wall_now()));
  return kOk;
}

}  // namespace

int top(const Context& context, const TopArguments& arguments) {
  const auto interval = parse_duration(arguments.interval);
  if (!interval || *interval < Seconds(1) || *interval > Seconds(60))
    return fail(kUsage, fmt::format("--interval: '{}' is not a duration of 1s to 1m", arguments.interval));
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  if (!arguments.once && isatty(STDOUT_FILENO) != 1)
    return fail(kUsage,
                "top draws on a terminal; --once prints one screen, `sluicectl watch` tells what happens");
  const auto answer = client->ask<control::VersionAnswer>(control::WatchRequest{});
  if (!answer) return fail(kFailed, answer.error().message());
  if (arguments.once) return show_once(context, *client, *interval);
  const auto interrupts = catch_interrupts();
  if (!interrupts) return fail(kFailed, interrupts.error().message());
  const auto ticks = tick_every(*interval);
  if (!ticks) return fail(kFailed, ticks.error().message());

  TopBoard board;
  look_back(context, board);
  refresh(context, board);
  std::string ended;  // by what, where it is a failure
  {
    const Terminal terminal;
    const auto wake = any_of({interrupts->get(), ticks->get(), terminal.is_raw() ? STDIN_FILENO : -1});
    if (!wake) return fail(kFailed, wake.error().message());
    while (true) {
      terminal.draw(board, context.style);
      const auto line = client->next_event(*wake);
      if (!line) {
        ended = line.error().message();
        break;
      }
      if (*line) {
        if (const auto event = control::parse_event(**line)) board.see(*event);
        continue;
      }
      if (is_readable(*wake, interrupts->get())) break;
      char key = 0;
      if (terminal.is_raw() && is_readable(*wake, STDIN_FILENO) &&
          (read(STDIN_FILENO, &key, 1) != 1 || key == 'q'))
        break;
      std::uint64_t expirations = 0;
      if (read(ticks->get(), &expirations, sizeof expirations) > 0) refresh(context, board);
    }
  }
  return ended.empty() ? kOk : fail(kFailed, ended);
}

void add_top_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<TopArguments>();
  CLI::App* command = app.add_subcommand("top", "What is going on, on one screen, until q or Ctrl-C");
  command->add_option("--interval", arguments->interval, "How often it is drawn anew: 1s to 1m")
      ->capture_default_str()
      ->type_name("DURATION");
  command->add_flag("--once", arguments->once, "One screen as text after one interval, and an end");
  command->callback(
      [&run, arguments] { run = [arguments](const Context& context) { return top(context, *arguments); }; });
}

}  // namespace sluice::ctl
