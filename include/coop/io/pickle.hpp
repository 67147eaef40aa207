// SPDX-License-Identifier: MIT
//
// Python pickles of protocol 2 as PyTorch writes them, read and never run: a name of a function stays a name, a
// call of it is a node that says what would have been called with what, an object is its class, arguments and
// state. Whoever wants tensors looks for the calls it knows. Opcodes are those that Python's pickler (protocol
// 2) and PyTorch's own C++ pickler emit; every other is refused, as is a stream that takes from an empty stack,
// recalls what was never remembered, or claims more bytes than there are.
//
// Nodes lie in one array and refer to each other by index, so shared and cyclic structures cost nothing to hold
// and nothing to destroy; who walks them bounds the walk.
#ifndef COOP_IO_PICKLE_HPP
#define COOP_IO_PICKLE_HPP

#include <coop/error.hpp>
#include <coop/io/lazy_file.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// Index of a node in its pickle.
using pickle_ref = std::uint32_t;
/// No node.
inline constexpr pickle_ref no_node = std::numeric_limits<pickle_ref>::max();

/// What a node is. A call is REDUCE's, an object NEWOBJ's; a wide integer has more than 64 bits.
enum class pickle_kind {
  none,
  boolean,
  integer,
  wide_integer,
  real,
  text,
  list,
  tuple,
  dict,
  global,
  call,
  object,
  persistent
};

/// "a list", for messages.
constexpr std::string_view name(pickle_kind kind) {
  constexpr std::array<std::string_view, 13> names{
      "None",    "a boolean", "an integer", "a wide integer", "a number",  "a text",         "a list",
      "a tuple", "a dict",    "a name",     "a call",         "an object", "a persistent id"};
  return names[std::size_t(kind)];
}

/// One value of a pickle. Texts lie in the bytes that were read.
struct pickle_node {
  pickle_kind kind = pickle_kind::none;  ///< which of the members below speak
  std::int64_t integer = 0;              // of an integer or a boolean
  double real = 0;                       // of a real
  std::string_view module = {};          // of a global, before its name
  std::string_view text = {};            // a text, a global's name, the little-endian bytes of a wide integer
  pickle_ref callee = no_node;           // what a call calls, the class of an object
  pickle_ref argument = no_node;         // the tuple it is given; what a persistent id is
  pickle_ref state = no_node;            // what BUILD gave a call or an object
  std::vector<pickle_ref> items = {};    // of a list or tuple; what was appended to a call or an object
  std::vector<pickle_ref> pairs = {};    // key, value, key, value ... of a dict; what was set on the others
};

/// One pickle, read from the beginning of some bytes, which must outlive it.
class pickle {
 public:
  /// Bounds on what one pickle may make of its bytes; a CLIP's has some ten thousand nodes.
  static constexpr std::size_t greatest_size = std::size_t(64) << 20;
  static constexpr std::size_t most_nodes = std::size_t(1) << 20;
  static constexpr std::size_t deepest_marks = 1000;

  /// `source` begins the messages; places in them are counted from `first_byte`.
  pickle(std::span<const std::byte> bytes, std::string source, std::size_t first_byte = 0)
      : bytes_(bytes.first(std::min(bytes.size(), greatest_size))),
        source_(std::move(source)),
        first_byte_(first_byte) {
    read();
  }
  /// The same from places in a file, of which no more than the pickle is read; the file must outlive it.
  pickle(const lazy_file& file, std::span<const std::byte> places, std::string source,
         std::size_t first_byte = 0)
      : bytes_(places.first(std::min(places.size(), greatest_size))),
        source_(std::move(source)),
        first_byte_(first_byte),
        file_(&file) {
    read();
  }

  /// The file's name, for errors.
  [[nodiscard]] const std::string& source() const { return source_; }
  /// What the pickle is a pickle of.
  [[nodiscard]] pickle_ref root() const { return root_; }
  /// All nodes, in the order in which they were made.
  [[nodiscard]] const std::vector<pickle_node>& nodes() const { return nodes_; }
  /// The node that is meant; it must be of this pickle.
  [[nodiscard]] const pickle_node& operator[](pickle_ref ref) const { return nodes_[ref]; }
  /// Bytes that it took, STOP included.
  [[nodiscard]] std::size_t size() const { return at_; }

  /// Whether a node is of that kind.
  [[nodiscard]] bool is(pickle_ref ref, pickle_kind kind) const {
    return ref != no_node && nodes_[ref].kind == kind;
  }
  /// The node is the name `module`.`name`.
  [[nodiscard]] bool is_global(pickle_ref ref, std::string_view module, std::string_view name) const {
    return is(ref, pickle_kind::global) && nodes_[ref].module == module && nodes_[ref].text == name;
  }
  /// The last value set under a text key; no_node if there is none.
  [[nodiscard]] pickle_ref find(pickle_ref ref, std::string_view key) const {
    pickle_ref found = no_node;
    const auto& pairs = nodes_[ref].pairs;
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      if (is(pairs[i], pickle_kind::text) && nodes_[pairs[i]].text == key) found = pairs[i + 1];
    }
    return found;
  }
  /// "a list", "a call of torch._utils._rebuild_tensor_v2".
  [[nodiscard]] std::string describe(pickle_ref ref) const {
    if (ref == no_node) return "nothing";
    const pickle_node& n = nodes_[ref];
    const auto full_name = [&](pickle_ref global) {
      return std::string(nodes_[global].module) + "." + std::string(nodes_[global].text);
    };
    std::string text(coop::name(n.kind));
    if (n.kind == pickle_kind::global) text += " (" + full_name(ref) + ")";
    if (n.callee != no_node && is(n.callee, pickle_kind::global)) text += " of " + full_name(n.callee);
    return text;
  }

 private:
  [[nodiscard]] static std::string_view opcode_name(unsigned char opcode);

  /// An error at the opcode that is being read.
  [[noreturn]] void refuse(const std::string& what) const {
    const std::string_view name = opcode_name(opcode_);
    char code[8];
    constexpr std::string_view digits = "0123456789abcdef";
    code[0] = digits[opcode_ >> 4];
    code[1] = digits[opcode_ & 15u];
    throw io_error(source_ + ": byte " + std::to_string(first_byte_ + opcode_at_) + ": opcode " +
                   (name.empty() ? "0x" + std::string(code, 2) : std::string(name)) + ": " + what);
  }
  void expect(bool holds, const char* what) const {
    if (!holds) refuse(what);
  }

  /// What is asked for up to `end` has been read; never beyond bytes_.
  void fetch(std::size_t end) {
    if (file_ == nullptr || end <= fetched_) return;
    constexpr std::size_t at_least = std::size_t(1) << 16;  // asked of the file at once
    end = std::min(std::max(end, fetched_ + at_least), bytes_.size());
    static_cast<void>(file_->bytes(bytes_.subspan(fetched_, end - fetched_)));
    fetched_ = end;
  }
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > bytes_.size() - at_) {
      refuse("expected " + std::to_string(size) + " bytes more, got " + std::to_string(bytes_.size() - at_));
    }
    fetch(at_ + std::size_t(size));
    const auto taken = bytes_.subspan(at_, std::size_t(size));
    at_ += std::size_t(size);
    return taken;
  }
  std::string_view take_text(std::uint64_t size) {
    const auto taken = take(size);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes read as characters
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  template <class T>
  T take_number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  /// Characters up to a line feed, which is taken too.
  std::string_view take_line() {
    std::size_t size = 0;
    for (; at_ + size < bytes_.size(); ++size) {
      fetch(at_ + size + 1);
      if (bytes_[at_ + size] == std::byte{'\n'}) break;
    }
    const std::string_view line = take_text(size);
    take(1);
    return line;
  }

  /// Entries of the stack above the last mark.
  [[nodiscard]] std::size_t above() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  pickle_ref pop() {
    expect(above() > 0, "takes from an empty stack");
    const pickle_ref ref = stack_.back();
    stack_.pop_back();
    return ref;
  }
  pickle_ref top() const {
    expect(above() > 0, "takes from an empty stack");
    return stack_.back();
  }
  std::vector<pickle_ref> pop_to_mark() {
    expect(!marks_.empty(), "expected a mark on the stack, got none");
    const auto first = stack_.begin() + std::ptrdiff_t(marks_.back());
    std::vector<pickle_ref> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<pickle_ref> pop_some(std::size_t count) {
    expect(above() >= count, "takes from an empty stack");
    std::vector<pickle_ref> items(stack_.end() - std::ptrdiff_t(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  void push(pickle_node node) {
    if (nodes_.size() >= most_nodes) {
      refuse("too many values: expected at most " + std::to_string(most_nodes));
    }
    stack_.push_back(pickle_ref(nodes_.size()));
    nodes_.push_back(std::move(node));
  }
  void push_items(pickle_kind kind, std::vector<pickle_ref> items) {
    push({.kind = kind, .items = std::move(items)});
  }
  void push_integer(std::int64_t value) { push({.kind = pickle_kind::integer, .integer = value}); }

  void remember(std::uint64_t slot) {
    if (slot >= most_nodes) {
      refuse("memo: expected slots below " + std::to_string(most_nodes) + ", got " + std::to_string(slot));
    }
    if (memo_.size() <= slot) memo_.resize(std::size_t(slot) + 1, no_node);
    memo_[std::size_t(slot)] = top();
  }
  void recall(std::uint64_t slot) {
    if (slot >= memo_.size() || memo_[std::size_t(slot)] == no_node) {
      refuse("memo: slot " + std::to_string(slot) + " was never set");
    }
    stack_.push_back(memo_[std::size_t(slot)]);
    bound_stack();
  }
  void bound_stack() const { expect(stack_.size() <= most_nodes, "too many values on the stack"); }

  /// The value that the top of the stack is to grow by `added` of.
  void append(const std::vector<pickle_ref>& added) {
    pickle_node& target = nodes_[top()];
    expect(target.kind == pickle_kind::list || target.kind == pickle_kind::call ||
               target.kind == pickle_kind::object,
           "expected a list to append to");
    target.items.insert(target.items.end(), added.begin(), added.end());
  }
  void set(const std::vector<pickle_ref>& added) {
    expect(added.size() % 2 == 0, "expected a value for every key");
    pickle_node& target = nodes_[top()];
    expect(target.kind == pickle_kind::dict || target.kind == pickle_kind::call ||
               target.kind == pickle_kind::object,
           "expected a dict to set items of");
    target.pairs.insert(target.pairs.end(), added.begin(), added.end());
  }
  void call(pickle_kind kind) {
    const pickle_ref argument = pop();
    const pickle_ref callee = pop();
    expect(nodes_[argument].kind == pickle_kind::tuple, "expected a tuple of arguments");
    expect(kind == pickle_kind::call || nodes_[callee].kind == pickle_kind::global, "expected a class");
    push({.kind = kind, .callee = callee, .argument = argument});
  }
  void build() {
    const pickle_ref state = pop();
    pickle_node& target = nodes_[top()];
    expect(target.kind == pickle_kind::call || target.kind == pickle_kind::object,
           "expected an object to give a state");
    expect(target.state == no_node, "an object is given a second state");
    target.state = state;
  }
  void push_long(std::uint64_t size) {
    const std::string_view digits = take_text(size);
    if (size > 8) return push({.kind = pickle_kind::wide_integer, .text = digits});
    std::uint64_t value =
        size > 0 && (static_cast<unsigned char>(digits.back()) & 0x80u) ? ~std::uint64_t(0) : 0;
    for (std::size_t i = digits.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
    push_integer(std::bit_cast<std::int64_t>(value));
  }
  void push_real() {
    std::uint64_t bits = 0;
    for (const std::byte b : take(8)) bits = bits << 8 | std::to_integer<std::uint64_t>(b);
    push({.kind = pickle_kind::real, .real = std::bit_cast<double>(bits)});
  }
  void push_global() {
    const std::string_view module = take_line();
    const std::string_view name = take_line();
    push({.kind = pickle_kind::global, .module = module, .text = name});
  }

  void read();
  /// Carries out one opcode; false after STOP.
  bool step();

  std::span<const std::byte> bytes_;
  std::string source_;
  std::size_t first_byte_;
  const lazy_file* file_ = nullptr;  // that bytes_ are places of; or they are there
  std::size_t fetched_ = 0;          // of bytes_
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  unsigned char opcode_ = 0;
  std::vector<pickle_node> nodes_;
  std::vector<pickle_ref> stack_;
  std::vector<std::size_t> marks_;
  std::vector<pickle_ref> memo_;
  pickle_ref root_ = no_node;
};

/// Python's name for an opcode, whether it is read here or not; empty for a byte that is none.
inline std::string_view pickle::opcode_name(unsigned char opcode) {
  struct entry {
    unsigned char code;
    std::string_view name;
  };
  static constexpr std::array<entry, 68> names{{
      {'(', "MARK"},
      {'.', "STOP"},
      {'0', "POP"},
      {'1', "POP_MARK"},
      {'2', "DUP"},
      {'F', "FLOAT"},
      {'I', "INT"},
      {'J', "BININT"},
      {'K', "BININT1"},
      {'L', "LONG"},
      {'M', "BININT2"},
      {'N', "NONE"},
      {'P', "PERSID"},
      {'Q', "BINPERSID"},
      {'R', "REDUCE"},
      {'S', "STRING"},
      {'T', "BINSTRING"},
      {'U', "SHORT_BINSTRING"},
      {'V', "UNICODE"},
      {'X', "BINUNICODE"},
      {'a', "APPEND"},
      {'b', "BUILD"},
      {'c', "GLOBAL"},
      {'d', "DICT"},
      {'}', "EMPTY_DICT"},
      {'e', "APPENDS"},
      {'g', "GET"},
      {'h', "BINGET"},
      {'i', "INST"},
      {'j', "LONG_BINGET"},
      {'l', "LIST"},
      {']', "EMPTY_LIST"},
      {'o', "OBJ"},
      {'p', "PUT"},
      {'q', "BINPUT"},
      {'r', "LONG_BINPUT"},
      {'s', "SETITEM"},
      {'t', "TUPLE"},
      {')', "EMPTY_TUPLE"},
      {'u', "SETITEMS"},
      {'G', "BINFLOAT"},
      {'B', "BINBYTES"},
      {'C', "SHORT_BINBYTES"},
      {0x80, "PROTO"},
      {0x81, "NEWOBJ"},
      {0x82, "EXT1"},
      {0x83, "EXT2"},
      {0x84, "EXT4"},
      {0x85, "TUPLE1"},
      {0x86, "TUPLE2"},
      {0x87, "TUPLE3"},
      {0x88, "NEWTRUE"},
      {0x89, "NEWFALSE"},
      {0x8a, "LONG1"},
      {0x8b, "LONG4"},
      {0x8c, "SHORT_BINUNICODE"},
      {0x8d, "BINUNICODE8"},
      {0x8e, "BINBYTES8"},
      {0x8f, "EMPTY_SET"},
      {0x90, "ADDITEMS"},
      {0x91, "FROZENSET"},
      {0x92, "NEWOBJ_EX"},
      {0x93, "STACK_GLOBAL"},
      {0x94, "MEMOIZE"},
      {0x95, "FRAME"},
      {0x96, "BYTEARRAY8"},
      {0x97, "NEXT_BUFFER"},
      {0x98, "READONLY_BUFFER"},
  }};
  for (const entry& e : names) {
    if (e.code == opcode) return e.name;
  }
  return {};
}

inline void pickle::read() {
  fetch(std::min<std::size_t>(bytes_.size(), 2));
  check<io_error>(bytes_.size() >= 2 && bytes_[0] == std::byte{0x80},
                  [&] { return source_ + ": not a pickle: expected PROTO at its beginning"; });
  while (step()) {
  }
  memo_ = {};
  file_ = nullptr;
}

inline bool pickle::step() {
  check<io_error>(at_ < bytes_.size(), [&] {
    return source_ + ": byte " + std::to_string(first_byte_ + at_) + ": truncated: expected an opcode, got " +
           (bytes_.size() == greatest_size ? "more than " + std::to_string(greatest_size) + " bytes"
                                           : "the end");
  });
  fetch(at_ + 1);
  opcode_at_ = at_;
  opcode_ = std::to_integer<unsigned char>(bytes_[at_++]);
  switch (opcode_) {
    case 0x80: {
      const auto protocol = take_number<std::uint8_t>();
      if (protocol != 2) refuse("protocol: expected 2, got " + std::to_string(int(protocol)));
      expect(opcode_at_ == 0, "expected it at the beginning alone");
      break;
    }
    case '.':
      root_ = pop();
      expect(stack_.empty() && marks_.empty(), "expected one value on the stack, got more");
      return false;
    case '(':
      expect(marks_.size() < deepest_marks, "nested too deeply");
      marks_.push_back(stack_.size());
      break;
    case '0':
      pop();
      break;
    case '2':
      stack_.push_back(top());
      bound_stack();
      break;

    case 'N':
      push({});
      break;
    case 0x88:
    case 0x89:
      push({.kind = pickle_kind::boolean, .integer = opcode_ == 0x88});
      break;
    case 'J':
      push_integer(take_number<std::int32_t>());
      break;
    case 'K':
      push_integer(take_number<std::uint8_t>());
      break;
    case 'M':
      push_integer(take_number<std::uint16_t>());
      break;
    case 0x8a:
      push_long(take_number<std::uint8_t>());
      break;
    case 0x8b: {
      const auto size = take_number<std::int32_t>();
      expect(size >= 0, "expected a length of at least 0");
      push_long(std::uint64_t(size));
      break;
    }
    case 'G':
      push_real();
      break;
    case 'X':
    case 'T': {
      const auto size = take_number<std::uint32_t>();
      push({.kind = pickle_kind::text, .text = take_text(size)});
      break;
    }
    case 'U': {
      const auto size = take_number<std::uint8_t>();
      push({.kind = pickle_kind::text, .text = take_text(size)});
      break;
    }

    case ']':
      push_items(pickle_kind::list, {});
      break;
    case 'l':
      push_items(pickle_kind::list, pop_to_mark());
      break;
    case 'a':
      append({pop()});
      break;
    case 'e':
      append(pop_to_mark());
      break;
    case ')':
      push_items(pickle_kind::tuple, {});
      break;
    case 't':
      push_items(pickle_kind::tuple, pop_to_mark());
      break;
    case 0x85:
    case 0x86:
    case 0x87:
      push_items(pickle_kind::tuple, pop_some(opcode_ - 0x84u));
      break;
    case '}':
      push({.kind = pickle_kind::dict});
      break;
    case 'd': {
      auto pairs = pop_to_mark();
      expect(pairs.size() % 2 == 0, "expected a value for every key");
      push({.kind = pickle_kind::dict, .pairs = std::move(pairs)});
      break;
    }
    case 's':
      set(pop_some(2));
      break;
    case 'u':
      set(pop_to_mark());
      break;

    case 'q':
      remember(take_number<std::uint8_t>());
      break;
    case 'r':
      remember(take_number<std::uint32_t>());
      break;
    case 'h':
      recall(take_number<std::uint8_t>());
      break;
    case 'j':
      recall(take_number<std::uint32_t>());
      break;

    case 'c':
      push_global();
      break;
    case 'R':
      call(pickle_kind::call);
      break;
    case 0x81:
      call(pickle_kind::object);
      break;
    case 'b':
      build();
      break;
    case 'Q': {
      const pickle_ref id = pop();
      push({.kind = pickle_kind::persistent, .argument = id});
      break;
    }
    default:
      refuse("not one that weights are written with");
  }
  return true;
}

}  // namespace coop

#endif
