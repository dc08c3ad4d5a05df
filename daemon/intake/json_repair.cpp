// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/json_repair.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "daemon/base/utf8.h"

namespace sluice::intake {

namespace {

// Goes through an object from its start, and knows up to where it is whole.
class OpenObject {
 public:
  // Whether the line can be an object.
  bool read(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (is_text_) {
        take_in_text(line[i], i);
      } else if (!take(line[i], i)) {
        return false;
      }
    }
    return !open_.empty();
  }

  // Whether it ends within a text that is a value.
  [[nodiscard]] bool ends_in_text() const { return is_text_ && !is_name_; }
  // Where an escape begins that is not whole; npos: there is none.
  [[nodiscard]] std::size_t open_escape() const {
    return escape_left_ > 0 ? escape_ : std::string_view::npos;
  }
  [[nodiscard]] std::size_t whole() const { return whole_; }
  [[nodiscard]] const std::string& open() const { return open_; }

 private:
  static constexpr std::size_t kMostOpen = 32;

  void take_in_text(char c, std::size_t at) {
    if (escape_left_ > 0) {
      // "\uXXXX" and nginx's "\xXX".
      if (escape_left_ == kKind) escape_left_ = c == 'u' ? 5 : c == 'x' ? 3 : 1;
      --escape_left_;
    } else if (c == '\\') {
      escape_ = at;
      escape_left_ = kKind;
    } else if (c == '"') {
      is_text_ = false;
      if (!is_name_) whole_ = at + 1;
    }
  }

  bool take(char c, std::size_t at) {
    switch (c) {
      case '"':
        is_text_ = true;
        is_name_ = awaits_name_;
        return !open_.empty();
      case '{':
      case '[':
        if (open_.size() == kMostOpen || (open_.empty() && c != '{')) return false;
        open_ += c;
        awaits_name_ = c == '{';
        whole_ = at + 1;
        return true;
      case '}':
      case ']':
        if (open_.empty()) return false;
        open_.pop_back();
        awaits_name_ = false;
        whole_ = at + 1;
        return true;
      case ':':
        awaits_name_ = false;
        return !open_.empty();
      case ',':
        // A number or a word before it is whole.
        whole_ = at;
        awaits_name_ = !open_.empty() && open_.back() == '{';
        return !open_.empty();
      default:
        return !open_.empty() || c == ' ' || c == '\t';
    }
  }

  static constexpr unsigned kKind = 9;  // the character that says which escape it is comes next

  std::string open_;  // the brackets
  std::size_t whole_ = 0;
  std::size_t escape_ = 0;
  unsigned escape_left_ = 0;  // characters of it
  bool is_text_ = false;
  bool is_name_ = false;  // the text
  bool awaits_name_ = false;
};

}  // namespace

std::optional<bool> close_json(std::string_view line, std::string& out) {
  OpenObject object;
  if (!object.read(line)) return std::nullopt;
  if (object.ends_in_text()) {
    out.assign(line.substr(0, object.open_escape()));
    out += '"';
  } else {
    out.assign(line.substr(0, object.whole()));
  }
  for (std::size_t i = object.open().size(); i > 0; --i)
    out += object.open()[i - 1] == '{' ? '}' : ']';
  return object.ends_in_text();
}

std::optional<std::size_t> repair_json(std::string_view line, char* const begin) {
  char* out = begin;
  bool changed = false;
  const auto put = [&](std::string_view text) { out = std::ranges::copy(text, out).out; };
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == '\\') {
      if (i + 3 < line.size() && line[i + 1] == 'x' && is_hex_digit(line[i + 2]) &&
          is_hex_digit(line[i + 3])) {
        put("\\u00");
        put(line.substr(i + 2, 2));
        changed = true;
        i += 4;
      } else {
        put(line.substr(i, 2));
        i += 2;
      }
    } else if (static_cast<unsigned char>(c) < 0x20) {
      put(" ");  // which JSON allows inside text and outside
      changed = true;
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x80) {
      put(line.substr(i, 1));
      ++i;
    } else if (const std::size_t length = utf8_length(line.substr(i)); length > 0) {
      put(line.substr(i, length));
      i += length;
    } else {
      put("?");
      changed = true;
      ++i;
    }
  }
  if (!changed) return std::nullopt;
  return static_cast<std::size_t>(out - begin);
}

}  // namespace sluice::intake
