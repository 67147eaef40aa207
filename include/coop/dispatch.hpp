// SPDX-License-Identifier: MIT
//
// Words to types, once, at the top of a program: choose() finds the policy that a word names in a list,
// dispatch() calls a template with the chosen types. No code below the roof takes a policy as a string.
#ifndef COOP_DISPATCH_HPP
#define COOP_DISPATCH_HPP

#include <coop/error.hpp>
#include <coop/type_list.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace coop {

/// One of the policies of a list, picked at run time.
template <class... Policies>
struct choice {
  std::size_t index;  ///< among the policies of the list
};

/// The names of a list's policies, "end, middle, front": for usage texts and error messages.
template <class... Policies>
std::string names(type_list<Policies...>) {
  std::string text;
  ((text += (text.empty() ? "" : ", ") + std::string(Policies::name)), ...);
  return text;
}

/// The policy called `word`; an unknown word is answered with the known ones.
template <class... Policies>
choice<Policies...> choose(type_list<Policies...> list, std::string_view what, std::string_view word) {
  std::size_t index = 0;
  const bool found = ((word == Policies::name || (++index, false)) || ...);
  check<choice_error>(found, [&] {
    return "unknown " + std::string(what) + " '" + std::string(word) + "'; known: " + names(list);
  });
  return {index};
}

namespace detail {

template <class R, class F, class... Chosen>
R dispatch_next(F& f, type_list<Chosen...>) {
  return f.template operator()<Chosen...>();
}

template <class R, class F, class... Chosen, class... Policies, class... Rest>
R dispatch_next(F& f, type_list<Chosen...>, choice<Policies...> first, Rest... rest) {
  using step = R (*)(F&, Rest...);
  static constexpr step steps[] = {[](F& g, Rest... others) -> R {
    return dispatch_next<R>(g, type_list<Chosen..., Policies>{}, others...);
  }...};
  return steps[first.index](f, rest...);
}

template <class F, class... First>
auto dispatch_result(type_list<First...>) -> decltype(std::declval<F&>().template operator()<First...>());

template <class Head, class...>
struct first_of {
  using type = Head;
};
template <class Choice>
struct first_policy;
template <class... Policies>
struct first_policy<choice<Policies...>> {
  using type = typename first_of<Policies...>::type;
};

}  // namespace detail

/// f.operator()<Chosen...>() with one type for each choice, in order. All combinations are compiled, and all
/// give the same result type.
template <class F, class... Choices>
auto dispatch(F&& f, Choices... choices) {
  using function = std::remove_reference_t<F>;
  using result = decltype(detail::dispatch_result<function>(
      type_list<typename detail::first_policy<Choices>::type...>{}));
  return detail::dispatch_next<result>(f, type_list<>{}, choices...);
}

}  // namespace coop

#endif
