// SPDX-License-Identifier: MIT
//
// Lists of policies. A type_list is a value, so that it can be handed to a function; tag<T> carries one
// of its types through a lambda.
#ifndef COOP_TYPE_LIST_HPP
#define COOP_TYPE_LIST_HPP

namespace coop {

/// A list of types as a value.
template <class... Types>
struct type_list {
  static constexpr int size = sizeof...(Types);  ///< how many there are
};

/// One type as a value.
template <class T>
struct tag {
  using type = T;  ///< the type
};

/// Calls f(tag<T>{}) for every type of the list, in order.
template <class... Types, class F>
constexpr void for_each_type(type_list<Types...>, F&& f) {
  (f(tag<Types>{}), ...);
}

}  // namespace coop

#endif
