// SPDX-License-Identifier: MIT
//
// Pickles become inert nodes, and streams that lie become errors with their place.
#include <coop/io/pickle.hpp>

#include "support/torch_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <span>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(pickles)

using coop::pickle;
using coop::pickle_kind;
using coop::pickle_ref;
namespace op = coop::tests::op;

namespace {

/// A pickle and the bytes its texts lie in.
struct held {
  std::string bytes;
  pickle read;
  explicit held(std::string b)
      : bytes(std::move(b)), read(std::as_bytes(std::span(bytes.data(), bytes.size())), "f") {}
};
held reading(const std::string& opcodes) { return held(coop::tests::pickle_of(opcodes)); }

/// What reading these bytes says, without "coop: f: "; "read" if nothing.
std::string verdict(const std::string& bytes) {
  try {
    const held h(bytes);
    return "read";
  } catch (const coop::io_error& problem) {
    return std::string(problem.what()).substr(9);
  }
}
/// The same of opcodes between PROTO and STOP.
std::string of(const std::string& opcodes) { return verdict(coop::tests::pickle_of(opcodes)); }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(plain_values_are_read) {
  const auto h = reading("(" + op::none + "\x88\x89" + "K\xff" + "M\xff\xff" + op::integer(-3) +
                         op::wide(-5) + std::string("\x8a\x00", 2) + "\x8a\x01\xfe" + "G\xbf\xf8" +
                         std::string(6, '\0') + op::text("w\xc3\xb6rter") +
                         "U\x02"
                         "ab" +
                         "T\x01" + std::string(3, '\0') + "c" + "t");
  const auto& items = h.read[h.read.root()].items;
  const auto node = [&](std::size_t i) { return h.read[items.at(i)]; };

  BOOST_TEST(items.size() == 13u);
  BOOST_TEST(h.read.is(items[0], pickle_kind::none));
  BOOST_TEST((h.read.is(items[1], pickle_kind::boolean) && node(1).integer == 1 && node(2).integer == 0));
  BOOST_TEST(node(3).integer == 255);
  BOOST_TEST(node(4).integer == 65535);
  BOOST_TEST(node(5).integer == -3);
  BOOST_TEST(node(6).integer == -5);
  BOOST_TEST(node(7).integer == 0);
  BOOST_TEST(node(8).integer == -2);
  BOOST_TEST(node(9).real == -1.5);
  BOOST_TEST(node(10).text == "w\xc3\xb6rter");
  BOOST_TEST(node(11).text == "ab");
  BOOST_TEST(node(12).text == "c");
}

BOOST_AUTO_TEST_CASE(an_integer_of_more_than_64_bits_keeps_its_bytes) {
  const auto h = reading(std::string("\x8a\x0a") + "0123456789");

  BOOST_TEST(h.read.is(h.read.root(), pickle_kind::wide_integer));
  BOOST_TEST(h.read[h.read.root()].text == "0123456789");
}

BOOST_AUTO_TEST_CASE(containers_are_read_in_every_spelling) {
  const auto h = reading("(]" + op::none + "a(" + op::none + op::none + "e" +  // three in a list
                         "(" + op::none + "l" +                                // LIST
                         "(" + op::text("k") + op::none + "d" +                // DICT
                         "}" + op::text("k") + op::none + "s" +                // SETITEM
                         op::dict({{"a", op::none}, {"b", op::none}}) +        // SETITEMS
                         op::none + "\x85" + op::none + op::none + "\x86" + op::none + op::none + op::none +
                         "\x87" + "t");
  const auto& items = h.read[h.read.root()].items;

  BOOST_TEST(h.read[items[0]].items.size() == 3u);
  BOOST_TEST(h.read[items[1]].items.size() == 1u);
  BOOST_TEST(h.read[items[2]].pairs.size() == 2u);
  BOOST_TEST(h.read[items[3]].pairs.size() == 2u);
  BOOST_TEST(h.read[items[4]].pairs.size() == 4u);
  BOOST_TEST(h.read[items[5]].items.size() == 1u);
  BOOST_TEST(h.read[items[6]].items.size() == 2u);
  BOOST_TEST(h.read[items[7]].items.size() == 3u);
  BOOST_TEST(h.read.find(items[4], "b") != coop::no_node);
  BOOST_TEST(h.read.find(items[4], "c") == coop::no_node);
}

BOOST_AUTO_TEST_CASE(a_call_is_a_node_and_nothing_is_called) {
  const auto h = reading(op::call("os", "system", op::text("touch /tmp/coop-was-here") + "\x85"));
  const auto& call = h.read[h.read.root()];

  BOOST_TEST(h.read.is(h.read.root(), pickle_kind::call));
  BOOST_TEST(h.read.is_global(call.callee, "os", "system"));
  BOOST_TEST(h.read[h.read[call.argument].items[0]].text == "touch /tmp/coop-was-here");
  BOOST_TEST(h.read.describe(h.read.root()) == "a call of os.system");
}

BOOST_AUTO_TEST_CASE(objects_keep_class_arguments_state_items_and_pairs) {
  const auto h = reading(op::global("m", "C") + op::empty_tuple + "\x81" + op::none + "a" + op::text("k") +
                         op::none + "s" + op::dict({{"x", op::integer(3)}}) + "b");
  const auto& object = h.read[h.read.root()];

  BOOST_TEST(h.read.is(h.read.root(), pickle_kind::object));
  BOOST_TEST(h.read.is_global(object.callee, "m", "C"));
  BOOST_TEST(object.items.size() == 1u);
  BOOST_TEST(object.pairs.size() == 2u);
  BOOST_TEST(h.read[h.read.find(object.state, "x")].integer == 3);
}

BOOST_AUTO_TEST_CASE(any_node_may_be_a_key_and_a_persistent_id_is_a_node) {
  const auto h = reading("}" + op::tuple({op::text("storage")}) + "Q" + op::none + "s");
  const auto& pairs = h.read[h.read.root()].pairs;

  BOOST_TEST(h.read.is(pairs[0], pickle_kind::persistent));
  BOOST_TEST(h.read[h.read[h.read[pairs[0]].argument].items[0]].text == "storage");
}

BOOST_AUTO_TEST_CASE(what_was_remembered_is_the_same_node) {
  const auto h =
      reading("(]q\x05h\x05r" + coop::tests::little(1000u) + "j" + coop::tests::little(1000u) + "2t");
  const auto& items = h.read[h.read.root()].items;

  BOOST_TEST(items.size() == 4u);
  for (const pickle_ref item : items) BOOST_TEST(item == items[0]);
}

BOOST_AUTO_TEST_CASE(a_list_in_itself_is_held_and_let_go) {
  const auto h = reading("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a");

  BOOST_TEST(h.read[h.read.root()].items[0] == h.read.root());
}

BOOST_AUTO_TEST_CASE(reading_ends_at_stop_and_says_how_far_it_came) {
  const held h(coop::tests::pickle_of(op::none) + "and what follows");

  BOOST_TEST(h.read.size() == 4u);
}

BOOST_AUTO_TEST_CASE(every_opcode_off_the_list_is_refused_by_name) {
  const std::vector<std::pair<std::string, std::string>> refused{{"P", "PERSID"},
                                                                 {"i", "INST"},
                                                                 {"o", "OBJ"},
                                                                 {"\x82", "EXT1"},
                                                                 {"\x83", "EXT2"},
                                                                 {"\x84", "EXT4"},
                                                                 {"g", "GET"},
                                                                 {"p", "PUT"},
                                                                 {"I", "INT"},
                                                                 {"L", "LONG"},
                                                                 {"S", "STRING"},
                                                                 {"V", "UNICODE"},
                                                                 {"F", "FLOAT"},
                                                                 {"1", "POP_MARK"},
                                                                 {"B", "BINBYTES"},
                                                                 {"C", "SHORT_BINBYTES"},
                                                                 {"\x8c", "SHORT_BINUNICODE"},
                                                                 {"\x8d", "BINUNICODE8"},
                                                                 {"\x8e", "BINBYTES8"},
                                                                 {"\x8f", "EMPTY_SET"},
                                                                 {"\x90", "ADDITEMS"},
                                                                 {"\x91", "FROZENSET"},
                                                                 {"\x92", "NEWOBJ_EX"},
                                                                 {"\x93", "STACK_GLOBAL"},
                                                                 {"\x94", "MEMOIZE"},
                                                                 {"\x95", "FRAME"},
                                                                 {"\x96", "BYTEARRAY8"},
                                                                 {"\x97", "NEXT_BUFFER"},
                                                                 {"\x98", "READONLY_BUFFER"},
                                                                 {"\x7f", "0x7f"}};

  for (const auto& [code, name] : refused) {
    BOOST_TEST(of(op::none + code) == "byte 3: opcode " + name + ": not one that weights are written with");
  }
}

BOOST_AUTO_TEST_CASE(other_protocols_are_refused) {
  BOOST_TEST(verdict("\x80\x04N.") == "byte 0: opcode PROTO: protocol: expected 2, got 4");
  BOOST_TEST(of("\x80\x02N") == "byte 2: opcode PROTO: expected it at the beginning alone");
  BOOST_TEST(verdict("N.") == "not a pickle: expected PROTO at its beginning");
  BOOST_TEST(verdict("") == "not a pickle: expected PROTO at its beginning");
}

BOOST_AUTO_TEST_CASE(an_empty_stack_gives_nothing) {
  for (const char* code : {"0", "2", "a", "\x85", "\x86", "\x87", "s", "R", "\x81", "b", "Q"}) {
    BOOST_TEST(contains(of(code), "takes from an empty stack"));
  }
  BOOST_TEST(contains(of("q\x01"), "takes from an empty stack"));
  BOOST_TEST(
      contains(of("N(0"), "byte 4: opcode POP: takes from an empty stack"));  // not from below the mark
  BOOST_TEST(contains(verdict("\x80\x02."), "opcode STOP: takes from an empty stack"));
}

BOOST_AUTO_TEST_CASE(marks_must_match) {
  for (const char* code : {"t", "l", "d", "e", "u"})
    BOOST_TEST(contains(of(code), "expected a mark on the stack"));
  BOOST_TEST(contains(of("(N"), "opcode STOP: expected one value on the stack, got more"));
  BOOST_TEST(contains(of("NN"), "opcode STOP: expected one value on the stack, got more"));
  BOOST_TEST(contains(of(std::string(1001, '(')), "byte 1002: opcode MARK: nested too deeply"));
}

BOOST_AUTO_TEST_CASE(the_memo_is_bounded_and_must_be_set_before_it_is_used) {
  BOOST_TEST(of("h\x07") == "byte 2: opcode BINGET: memo: slot 7 was never set");
  BOOST_TEST(of("j" + std::string(4, '\x7f')) ==
             "byte 2: opcode LONG_BINGET: memo: slot 2139062143 was never set");
  BOOST_TEST(of("Nq\x05h\x04") == "byte 5: opcode BINGET: memo: slot 4 was never set");
  BOOST_TEST(of("Nr" + std::string(4, '\xff')) ==
             "byte 3: opcode LONG_BINPUT: memo: expected slots below 1048576, got 4294967295");
}

BOOST_AUTO_TEST_CASE(counts_longer_than_the_input_are_refused) {
  BOOST_TEST(of("X" + std::string(4, '\xff')) ==
             "byte 2: opcode BINUNICODE: expected 4294967295 bytes more, got 1");
  BOOST_TEST(of("U\xff") == "byte 2: opcode SHORT_BINSTRING: expected 255 bytes more, got 1");
  BOOST_TEST(of("\x8a\x09") == "byte 2: opcode LONG1: expected 9 bytes more, got 1");
  BOOST_TEST(of("\x8b" + coop::tests::little(0x7fffffff)) ==
             "byte 2: opcode LONG4: expected 2147483647 bytes more, got 1");
  BOOST_TEST(of("\x8b" + coop::tests::little(-1)) == "byte 2: opcode LONG4: expected a length of at least 0");
  BOOST_TEST(of("cmodule") == "byte 2: opcode GLOBAL: expected 1 bytes more, got 0");
  BOOST_TEST(verdict("\x80\x02N") == "byte 3: truncated: expected an opcode, got the end");
}

BOOST_AUTO_TEST_CASE(operations_on_the_wrong_kind_are_refused) {
  BOOST_TEST(contains(of("NNa"), "opcode APPEND: expected a list to append to"));
  BOOST_TEST(contains(of("N(Ne"), "opcode APPENDS: expected a list to append to"));
  BOOST_TEST(contains(of("]NNs"), "opcode SETITEM: expected a dict to set items of"));
  BOOST_TEST(contains(of("}(Nu"), "opcode SETITEMS: expected a value for every key"));
  BOOST_TEST(contains(of("(Nd"), "opcode DICT: expected a value for every key"));
  BOOST_TEST(contains(of(op::global("a", "b") + "NR"), "opcode REDUCE: expected a tuple of arguments"));
  BOOST_TEST(contains(of("N)\x81"), "opcode NEWOBJ: expected a class"));
  BOOST_TEST(contains(of("]Nb"), "opcode BUILD: expected an object to give a state"));
  BOOST_TEST(contains(of(op::ordered_dict() + "NbNb"), "opcode BUILD: an object is given a second state"));
}

BOOST_AUTO_TEST_CASE(the_number_of_values_is_bounded) {
  BOOST_TEST(contains(of("(" + std::string(pickle::most_nodes + 1, 'N') + "t"),
                      "too many values: expected at most"));
  BOOST_TEST(contains(of("(N" + std::string(pickle::most_nodes, '2') + "t"), "too many values on the stack"));
}

BOOST_AUTO_TEST_SUITE_END()
