// SPDX-License-Identifier: Apache-2.0
// The fields of a message, in the order in which they are written. A struct describes its own with
// BOOST_DESCRIBE_STRUCT; the name of a member is its key in JSON. Used by json_writer.h and json_reader.h.
#pragma once

#include <string_view>
#include <type_traits>

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

namespace sluice::control {

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

// Calls f(name, member) for each field, those of base structs first.
template <class T, class F>
void for_each_field(T& self, F&& f) {
  using Members =
      boost::describe::describe_members<std::remove_const_t<T>,
                                        boost::describe::mod_public | boost::describe::mod_inherited>;
  boost::mp11::mp_for_each<Members>(
      [&](auto member) { f(std::string_view(member.name), self.*member.pointer); });
}

}  // namespace sluice::control
