// SPDX-License-Identifier: MIT
//
// Weights as PyTorch saves them: torch.save's zip file, the same before PyTorch 1.6 (five pickles, then the
// storages), and TorchScript modules such as OpenAI's own CLIP files. Nothing in the file is run. Tensors are the
// ones of a state dict, at the top level or under `state_dict`, or all that hang on a module's attributes; what
// else a checkpoint keeps (optimizer, scheduler, their Python objects) is passed over. A tensor is a window of a
// storage with an offset and strides; the storages stay in the file, and only a window that is not
// contiguous is gathered, when it is read.
#ifndef COOP_IO_TORCH_ARCHIVE_HPP
#define COOP_IO_TORCH_ARCHIVE_HPP

#include <coop/io/archive.hpp>
#include <coop/io/detail/read_floats.hpp>
#include <coop/io/lazy_file.hpp>
#include <coop/io/pickle.hpp>
#include <coop/io/zip_archive.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace coop {

/// How PyTorch laid a file out.
enum class torch_layout { saved, scripted, legacy };

/// "torch.save", "TorchScript", "torch.save before PyTorch 1.6".
constexpr std::string_view name(torch_layout layout) {
  constexpr std::array<std::string_view, 3> names{"torch.save", "TorchScript",
                                                  "torch.save before PyTorch 1.6"};
  return names[std::size_t(layout)];
}

namespace detail {

/// A tensor as its pickle describes it, its storage found and all numbers checked.
struct torch_tensor {
  element_type type = element_type::f32;
  std::vector<std::int64_t> extents;
  std::vector<std::int64_t> strides;   // in elements, all at least 0
  std::span<const std::byte> storage;  // of the whole storage
  std::size_t offset = 0;              // elements

  [[nodiscard]] std::size_t elements() const {
    std::size_t count = 1;
    for (const std::int64_t extent : extents) count *= std::size_t(extent);
    return count;
  }
  [[nodiscard]] bool contiguous() const {
    std::int64_t next = 1;
    for (std::size_t axis = extents.size(); axis-- > 0;) {
      if (extents[axis] != 1 && strides[axis] != next) return elements() == 0;
      next *= extents[axis];
    }
    return true;
  }
  /// The elements from the window's first on.
  [[nodiscard]] std::span<const std::byte> from_offset() const {
    return elements() == 0 ? std::span<const std::byte>() : storage.subspan(offset * bytes(type));
  }
  /// From the window's first element to its last.
  [[nodiscard]] std::span<const std::byte> window() const {
    if (elements() == 0) return {};
    std::size_t last = 0;
    for (std::size_t axis = 0; axis < extents.size(); ++axis)
      last += std::size_t(extents[axis] - 1) * std::size_t(strides[axis]);
    return from_offset().first((last + 1) * bytes(type));
  }
  /// The elements in row-major order, side by side, from a file that the storage is places of.
  [[nodiscard]] std::vector<std::byte> gathered(const lazy_file& file, const std::string& what) const {
    const std::size_t size = bytes(type);
    const std::size_t count = elements();
    const auto source = window();
    std::vector<std::byte> packed = zeros<std::byte>(count * size, what);
    // Elements that lie far apart are fetched by themselves: what is between them may be all of a large file.
    constexpr std::size_t far_apart = 16;
    const bool whole = source.size() / far_apart <= packed.size() + std::size_t(64) * 1024;
    if (whole) static_cast<void>(file.bytes(source));
    std::vector<std::int64_t> index(extents.size(), 0);
    std::size_t at = 0;  // elements from the first
    for (std::size_t i = 0; i < count; ++i) {
      const auto element = source.subspan(at * size, size);
      std::memcpy(packed.data() + i * size, (whole ? element : file.bytes(element)).data(), size);
      for (std::size_t axis = extents.size(); axis-- > 0;) {
        at += std::size_t(strides[axis]);
        if (++index[axis] < extents[axis]) break;
        at -= std::size_t(strides[axis]) * std::size_t(extents[axis]);
        index[axis] = 0;
      }
    }
    return packed;
  }
};

struct torch_storage_class {
  std::string_view name;
  element_type type;
};

inline constexpr std::array<torch_storage_class, 11> torch_storage_classes{
    {{"HalfStorage", element_type::f16},
     {"BFloat16Storage", element_type::bf16},
     {"FloatStorage", element_type::f32},
     {"DoubleStorage", element_type::f64},
     {"LongStorage", element_type::i64},
     {"IntStorage", element_type::i32},
     {"ShortStorage", element_type::i16},
     {"CharStorage", element_type::i8},
     {"ByteStorage", element_type::u8},
     {"BoolStorage", element_type::boolean},
     {"UntypedStorage", element_type::u8}}};

/// What a persistent id says of a storage; `view` is the part of it that is meant, in elements.
struct torch_storage_id {
  element_type type = element_type::f32;
  std::string_view key;
  std::size_t elements = 0;
  std::optional<std::pair<std::size_t, std::size_t>> view;  // offset and size
};

/// Reads the calls and persistent ids by which PyTorch writes tensors. Messages begin with `what`.
class torch_objects {
 public:
  explicit torch_objects(const pickle& source) : pickle_(&source) {}

  [[nodiscard]] bool is_dict(pickle_ref ref) const {
    if (pickle_->is(ref, pickle_kind::dict)) return true;
    if (!pickle_->is(ref, pickle_kind::call)) return false;
    const pickle_ref callee = node(ref).callee;
    return pickle_->is_global(callee, "collections", "OrderedDict") ||
           pickle_->is_global(callee, "collections", "defaultdict") ||
           pickle_->is_global(callee, "__builtin__", "dict") ||
           pickle_->is_global(callee, "builtins", "dict");
  }

  /// The call that rebuilds a tensor, behind a Parameter's too; no_node if it is none.
  [[nodiscard]] pickle_ref tensor_call(pickle_ref ref, const std::string& what) const {
    if (!pickle_->is(ref, pickle_kind::call)) return no_node;
    if (is_rebuild(ref, "_rebuild_parameter")) {
      const auto& arguments = node(node(ref).argument).items;
      check<io_error>(!arguments.empty() && is_rebuild(arguments[0], "_rebuild_tensor_v2"),
                      [&] { return what + ": a Parameter: expected a tensor inside, got another value"; });
      return arguments[0];
    }
    return is_rebuild(ref, "_rebuild_tensor_v2") ? ref : no_node;
  }

  [[nodiscard]] torch_storage_id storage_id(pickle_ref ref, const std::string& what) const {
    check<io_error>(
        pickle_->is(ref, pickle_kind::persistent) && pickle_->is(node(ref).argument, pickle_kind::tuple),
        [&] { return what + ": storage: expected a persistent id, got " + pickle_->describe(ref); });
    const auto& id = node(node(ref).argument).items;
    check<io_error>((id.size() == 5 || id.size() == 6) && pickle_->is(id[0], pickle_kind::text),
                    [&] { return what + ": persistent id: expected PyTorch's of a storage, got another"; });
    check<io_error>(node(id[0]).text == "storage", [&] {
      return what + ": persistent id: expected a storage, got a '" + std::string(node(id[0]).text) +
             "': save the state dict, not the module";
    });
    torch_storage_id found;
    const pickle_ref storage_class = id[1];
    check<io_error>(pickle_->is(storage_class, pickle_kind::global), [&] {
      return what + ": storage class: expected a name, got " + pickle_->describe(storage_class);
    });
    const std::string_view module = node(storage_class).module;
    const auto known = std::find_if(torch_storage_classes.begin(), torch_storage_classes.end(),
                                    [&](const auto& c) { return c.name == node(storage_class).text; });
    check<io_error>(known != torch_storage_classes.end() &&
                        (module == "torch" || module == "torch.cuda" || module == "torch.storage"),
                    [&] {
                      return what + ": storage class: expected one of torch's of plain numbers, got " +
                             std::string(module) + "." + std::string(node(storage_class).text);
                    });
    found.type = known->type;
    check<io_error>(pickle_->is(id[2], pickle_kind::text),
                    [&] { return what + ": storage key: expected a text, got " + pickle_->describe(id[2]); });
    found.key = node(id[2]).text;
    found.elements = natural(id[4], what, "storage size");
    if (id.size() == 6 && !pickle_->is(id[5], pickle_kind::none)) {
      check<io_error>(pickle_->is(id[5], pickle_kind::tuple) && node(id[5]).items.size() == 3, [&] {
        return what + ": storage view: expected its key, offset and size, got " + pickle_->describe(id[5]);
      });
      const auto& view = node(id[5]).items;
      found.view.emplace(natural(view[1], what, "storage view"), natural(view[2], what, "storage view"));
      check<io_error>(
          found.view->first <= found.elements && found.view->second <= found.elements - found.view->first,
          [&] { return what + ": storage view: outside its storage"; });
    }
    return found;
  }

  /// The tensor that a call rebuilds; `bytes_of(id, what)` finds the bytes of a storage.
  template <class Bytes>
  torch_tensor tensor(pickle_ref rebuild, const std::string& what, const Bytes& bytes_of) const {
    const auto& arguments = node(node(rebuild).argument).items;
    check<io_error>(arguments.size() >= 6 && arguments.size() <= 7, [&] {
      return what + ": _rebuild_tensor_v2: expected 6 or 7 arguments, got " +
             std::to_string(arguments.size());
    });
    check<io_error>(
        arguments.size() == 6 || pickle_->is(arguments[6], pickle_kind::none) ||
            (is_dict(arguments[6]) && node(arguments[6]).pairs.empty()),
        [&] { return what + ": expected a plain tensor, got one with marks (conjugate or negative)"; });
    const torch_storage_id id = storage_id(arguments[0], what);
    torch_tensor t;
    t.type = id.type;
    t.offset = natural(arguments[1], what, "storage offset");
    t.extents = numbers(arguments[2], what, "size");
    t.strides = numbers(arguments[3], what, "stride");
    check<io_error>(t.extents.size() == t.strides.size(), [&] {
      return what + ": stride: expected " + std::to_string(t.extents.size()) + " numbers, got " +
             std::to_string(t.strides.size());
    });
    t.storage = bytes_of(id, what);
    std::size_t available = id.elements;
    if (id.view) {
      t.storage = t.storage.subspan(id.view->first * bytes(t.type), id.view->second * bytes(t.type));
      available = id.view->second;
    }
    const auto refusal = [&](const char* problem) {
      return what + ": of shape " + to_text(t.extents) + ", strides " + to_text(t.strides) + ", offset " +
             std::to_string(t.offset) + ": " + problem + " its storage of " + std::to_string(available) +
             " elements";
    };
    std::size_t count = 0;
    check<io_error>(count_bytes(t.extents, t.type, std::max(t.storage.size(), bytes(t.type)), count),
                    [&] { return refusal("more elements than"); });
    check<io_error>(within(t, count, available), [&] { return refusal("outside"); });
    return t;
  }

  /// A whole number of at least 0.
  [[nodiscard]] std::size_t natural(pickle_ref ref, const std::string& what, const char* number) const {
    check<io_error>(pickle_->is(ref, pickle_kind::integer) && node(ref).integer >= 0, [&] {
      const bool negative = pickle_->is(ref, pickle_kind::integer);
      return what + ": " + number + ": expected a whole number of at least 0, got " +
             (negative ? std::to_string(node(ref).integer) : pickle_->describe(ref));
    });
    return std::size_t(node(ref).integer);
  }

 private:
  [[nodiscard]] const pickle_node& node(pickle_ref ref) const { return (*pickle_)[ref]; }
  [[nodiscard]] bool is_rebuild(pickle_ref ref, std::string_view function) const {
    return pickle_->is(ref, pickle_kind::call) &&
           pickle_->is_global(node(ref).callee, "torch._utils", function);
  }
  [[nodiscard]] std::vector<std::int64_t> numbers(pickle_ref ref, const std::string& what,
                                                  const char* which) const {
    constexpr std::size_t greatest_rank = 16;
    check<io_error>(
        (pickle_->is(ref, pickle_kind::tuple) || pickle_->is(ref, pickle_kind::list)) &&
            node(ref).items.size() <= greatest_rank,
        [&] { return what + ": " + which + ": expected at most 16 numbers, got " + pickle_->describe(ref); });
    std::vector<std::int64_t> values;
    for (const pickle_ref item : node(ref).items) values.push_back(std::int64_t(natural(item, what, which)));
    return values;
  }
  /// The window lies in a storage of so many elements, and no product leaves 64 bits on the way.
  [[nodiscard]] static bool within(const torch_tensor& t, std::size_t count, std::size_t available) {
    constexpr std::size_t most = std::numeric_limits<std::int64_t>::max();
    if (t.offset > available) return false;
    if (count == 0) return true;
    std::size_t last = t.offset;
    for (std::size_t axis = 0; axis < t.extents.size(); ++axis) {
      const auto steps = std::size_t(t.extents[axis] - 1);
      const auto stride = std::size_t(t.strides[axis]);
      if (steps != 0 && stride > (most - last) / steps) return false;
      last += steps * stride;
    }
    return last < available;
  }

  const pickle* pickle_;
};

}  // namespace detail

/// A file that PyTorch has written, its tensors found and checked. Moves, never copies; const and safe to read
/// from several threads.
class torch_archive {
 public:
  /// Opens the file and reads its pickle as data; nothing in it is run, and a file that lies about itself is an io_error.
  explicit torch_archive(const std::string& path) : path_(path), file_(lazy_file(path)) {
    const lazy_file& file = std::get<lazy_file>(file_);
    const auto head = file.bytes(file.place(0, std::min<std::size_t>(file.size(), 2)));
    if (head.size() >= 2 && head[0] == std::byte{'P'} && head[1] == std::byte{'K'}) {
      lazy_file opened = std::move(std::get<lazy_file>(file_));  // emplace would destroy it first
      file_.emplace<zip_archive>(path, std::move(opened));
      read_zip();
    } else {
      layout_ = torch_layout::legacy;
      read_legacy();
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Which of PyTorch's formats it is.
  [[nodiscard]] torch_layout layout() const { return layout_; }
  /// All tensors, sorted by name.
  [[nodiscard]] const std::vector<archive_entry>& entries() const { return entries_; }
  /// Numbers and texts beside the tensors at the top level (epoch, val_result ...), as text.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] bool contains(std::string_view name) const {
    return detail::find_entry(entries_, name) != nullptr;
  }
  [[nodiscard]] const archive_entry& entry(std::string_view name) const {
    return detail::entry_of(entries_, name, path_);
  }

  /// A floating tensor as float32, row-major; another shape than `extents` is a shape_error.
  [[nodiscard]] std::vector<float> read(std::string_view name,
                                        const std::vector<std::int64_t>& extents) const {
    detail::expect_extents(entry(name), extents, path_);
    return read(name);
  }
  /// The same into memory of the caller's, of as many floats as the shape has.
  void read_into(std::string_view name, const std::vector<std::int64_t>& extents, std::span<float> to) const {
    detail::expect_extents(entry(name), extents, path_);
    const archive_entry& e = entry(name);
    const detail::torch_tensor& t = tensor_of(e);
    const std::string what = detail::tensor_title(path_, name);
    if (t.contiguous()) return detail::read_floats(file(), t.from_offset().first(bytes(e)), e.type, what, to);
    with_bytes(e, [&](std::span<const std::byte> source) { detail::write_floats(source, e.type, what, to); });
  }
  /// A floating tensor of whatever shape as float32.
  [[nodiscard]] std::vector<float> read(std::string_view name) const {
    const archive_entry& e = entry(name);
    const detail::torch_tensor& t = tensor_of(e);
    const std::string what = detail::tensor_title(path_, name);
    if (t.contiguous()) return detail::read_floats(file(), t.from_offset().first(bytes(e)), e.type, what);
    std::vector<float> values;
    with_bytes(e,
               [&](std::span<const std::byte> source) { values = detail::as_floats(source, e.type, what); });
    return values;
  }
  /// An integer or boolean tensor.
  [[nodiscard]] std::vector<std::int64_t> read_integers(std::string_view name) const {
    const archive_entry& e = entry(name);
    const detail::torch_tensor& t = tensor_of(e);
    const std::string what = detail::tensor_title(path_, name);
    if (t.contiguous()) return detail::read_integers(file(), t.from_offset().first(bytes(e)), e.type, what);
    std::vector<std::int64_t> values;
    with_bytes(
        e, [&](std::span<const std::byte> source) { values = detail::as_integers(source, e.type, what); });
    return values;
  }

  /// The source text of a TorchScript file; empty for others. Only to be searched.
  [[nodiscard]] std::string code() const;
  /// The values of the one-element floating tensors among the constants of a TorchScript file's code.
  [[nodiscard]] std::vector<float> scalar_constants() const;
  /// Compares all bytes with their CRC-32, where the layout has any; reads the whole file.
  void verify() const {
    if (const auto* zip = std::get_if<zip_archive>(&file_)) zip->verify();
  }

 private:
  using named_ref = std::pair<std::string, pickle_ref>;
  using storages = std::map<std::string, std::span<const std::byte>, std::less<>>;

  [[nodiscard]] const lazy_file& file() const {
    const auto* zip = std::get_if<zip_archive>(&file_);
    return zip != nullptr ? zip->file() : std::get<lazy_file>(file_);
  }
  [[nodiscard]] const detail::torch_tensor& tensor_of(const archive_entry& e) const {
    return tensors_[std::size_t(&e - entries_.data())];
  }
  /// convert(bytes) of a tensor that is not contiguous, row-major.
  template <class Convert>
  void with_bytes(const archive_entry& e, const Convert& convert) const {
    const detail::torch_tensor& t = tensor_of(e);
    convert(std::span<const std::byte>(t.gathered(file(), detail::tensor_title(path_, e.name))));
  }
  /// The pickle that a member is.
  [[nodiscard]] pickle pickled(const std::string& name) const {
    const auto& zip = std::get<zip_archive>(file_);
    return {zip.file(), zip.place(zip.entry(folder_ + name)), path_ + ": " + name};
  }
  [[nodiscard]] std::span<const std::byte> zip_storage(const std::string& folder,
                                                       const detail::torch_storage_id& id,
                                                       const std::string& what) const;

  void read_zip();
  void read_legacy();
  [[nodiscard]] storages legacy_storages(std::size_t at, const pickle& objects, const pickle& keys) const;
  template <class Bytes>
  void add_tensors(const pickle& objects, std::vector<named_ref> found, const Bytes& bytes_of);
  [[nodiscard]] std::vector<named_ref> state_dict(const pickle& objects);
  [[nodiscard]] std::vector<named_ref> attributes(const pickle& objects);
  void add_scalar(const pickle& objects, std::string_view key, pickle_ref value);

  std::string path_;
  std::variant<lazy_file, zip_archive> file_;
  torch_layout layout_ = torch_layout::saved;
  std::string folder_;  // that a zip file's members lie in
  std::vector<archive_entry> entries_;
  std::vector<detail::torch_tensor> tensors_;  // of the entries
  std::map<std::string, std::string> metadata_;
};

static_assert(Archive<torch_archive>);

namespace detail {

/// The walk from a pickle's root to named values, bounded: what contains itself is refused, and so is sharing
/// that makes more values, or more letters of names, than the pickle has bytes for.
class torch_walk {
 public:
  /// Dicts or modules within each other.
  static constexpr std::size_t deepest = 64;
  /// Letters of all names, for each byte of the pickle: names repeat what lies above them.
  static constexpr std::size_t most_letters_of_a_byte = 64;

  explicit torch_walk(const pickle& objects) : pickle_(&objects), open_(objects.nodes().size(), false) {}

  /// f(key, value) for each pair of a node that is not being walked already.
  template <class F>
  void each_pair(pickle_ref ref, pickle_ref pairs_of, const std::string& where, const F& f) {
    check<io_error>(!open_[ref], [&] { return pickle_->source() + ": '" + where + "' contains itself"; });
    check<io_error>(depth_ < deepest, [&] {
      return pickle_->source() + ": '" + where + "': nested too deeply: expected at most " +
             std::to_string(deepest) + " levels";
    });
    open_[ref] = true;
    ++depth_;
    const auto& pairs = (*pickle_)[pairs_of].pairs;
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      check<io_error>(++steps_ <= pickle_->size(), [&] {
        return pickle_->source() + ": too many values: expected at most one for each of its " +
               std::to_string(pickle_->size()) + " bytes, got shared ones many times";
      });
      f(pairs[i], pairs[i + 1]);
    }
    --depth_;
    open_[ref] = false;
  }

  /// The name that a key has behind what lies above it: a text or a whole number.
  [[nodiscard]] std::string name(const std::string& where, pickle_ref key) {
    const pickle_node& k = (*pickle_)[key];
    const bool number = k.kind == pickle_kind::integer;
    check<io_error>(number || (k.kind == pickle_kind::text && k.text.find('\0') == std::string_view::npos),
                    [&] {
                      return pickle_->source() + ": '" + where +
                             "': expected names without zero bytes as keys, got " + pickle_->describe(key);
                    });
    letters_ += where.size() + k.text.size();
    check<io_error>(letters_ / most_letters_of_a_byte <= pickle_->size(), [&] {
      return pickle_->source() + ": names too long: expected at most " +
             std::to_string(most_letters_of_a_byte) + " letters for each of its " +
             std::to_string(pickle_->size()) + " bytes";
    });
    return number ? where + std::to_string(k.integer) : where + std::string(k.text);
  }

 private:
  const pickle* pickle_;
  std::vector<bool> open_;
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
  std::size_t letters_ = 0;
};

}  // namespace detail

/// The tensors of a state dict: the value under `state_dict`, or else the root itself.
inline std::vector<torch_archive::named_ref> torch_archive::state_dict(const pickle& objects) {
  const detail::torch_objects reader(objects);
  detail::torch_walk walk(objects);
  std::vector<named_ref> found;
  const pickle_ref root = objects.root();
  check<io_error>(reader.is_dict(root), [&] {
    return path_ + ": expected a state dict, or a checkpoint with one under 'state_dict', got " +
           objects.describe(root);
  });
  const pickle_ref inner = objects.find(root, "state_dict");
  check<io_error>(inner == no_node || reader.is_dict(inner), [&] {
    return path_ + ": 'state_dict': expected a dict of tensors, got " + objects.describe(inner);
  });
  walk.each_pair(root, root, "", [&](pickle_ref key, pickle_ref value) {
    if (objects.is(key, pickle_kind::text)) add_scalar(objects, objects[key].text, value);
  });

  const auto collect = [&](const auto& self, pickle_ref dict, const std::string& prefix) -> void {
    walk.each_pair(dict, dict, prefix, [&](pickle_ref key, pickle_ref value) {
      const std::string name = walk.name(prefix, key);
      const std::string what = detail::tensor_title(path_, name);
      if (const pickle_ref call = reader.tensor_call(value, what); call != no_node) {
        found.emplace_back(name, call);
      } else if (reader.is_dict(value)) {
        self(self, value, name + ".");
      } else {
        const pickle_kind kind = objects[value].kind;
        check<io_error>(kind != pickle_kind::call && kind != pickle_kind::object &&
                            kind != pickle_kind::persistent && kind != pickle_kind::global,
                        [&] { return what + ": expected a plain tensor, got " + objects.describe(value); });
      }
    });
  };
  collect(collect, inner == no_node ? root : inner, "");
  return found;
}

/// The tensors that hang on a TorchScript module, named by the attributes on the way to them.
inline std::vector<torch_archive::named_ref> torch_archive::attributes(const pickle& objects) {
  const detail::torch_objects reader(objects);
  detail::torch_walk walk(objects);
  std::vector<named_ref> found;
  check<io_error>(objects.is(objects.root(), pickle_kind::object), [&] {
    return path_ + ": expected a TorchScript module, got " + objects.describe(objects.root());
  });
  const auto collect = [&](const auto& self, pickle_ref object, const std::string& prefix) -> void {
    const pickle_ref state = objects[object].state;
    if (state == no_node) return;
    check<io_error>(reader.is_dict(state), [&] {
      return path_ + ": '" + prefix + "': expected a module's attributes, got " + objects.describe(state);
    });
    walk.each_pair(object, state, prefix, [&](pickle_ref key, pickle_ref value) {
      const std::string name = walk.name(prefix, key);
      const std::string what = detail::tensor_title(path_, name);
      if (const pickle_ref call = reader.tensor_call(value, what); call != no_node) {
        found.emplace_back(name, call);
      } else if (objects.is(value, pickle_kind::object)) {
        self(self, value, name + ".");
      } else if (objects.is(value, pickle_kind::call)) {
        // Typed containers, devices, complex numbers and enums are no parameters; other rebuilt tensors might be.
        const pickle_ref callee = objects[value].callee;
        const std::string_view home =
            objects.is(callee, pickle_kind::global) ? objects[callee].module : std::string_view();
        check<io_error>(home == "torch.jit._pickle" || home == "torch" || home == "builtins" ||
                            home.starts_with("__torch__"),
                        [&] { return what + ": expected a plain tensor, got " + objects.describe(value); });
      } else if (prefix.empty() && name != "training" && !name.starts_with('_')) {
        add_scalar(objects, name, value);
      }
    });
  };
  collect(collect, objects.root(), "");
  return found;
}

/// A number or text of the top level becomes metadata; anything else does not.
inline void torch_archive::add_scalar(const pickle& objects, std::string_view key, pickle_ref value) {
  const pickle_node& node = objects[value];
  std::string text;
  switch (node.kind) {
    case pickle_kind::boolean:
      text = node.integer != 0 ? "true" : "false";
      break;
    case pickle_kind::integer:
      text = std::to_string(node.integer);
      break;
    case pickle_kind::real: {
      std::array<char, 32> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), node.real).ptr;
      text.assign(digits.data(), end);
      break;
    }
    case pickle_kind::text:
      text = node.text;
      break;
    default:
      return;
  }
  metadata_.insert_or_assign(std::string(key), std::move(text));
}

/// Turns named calls into entries, without the prefix of data-parallel training.
template <class Bytes>
void torch_archive::add_tensors(const pickle& objects, std::vector<named_ref> found, const Bytes& bytes_of) {
  const bool parallel = !found.empty() && found.front().first.starts_with("module.");
  for (auto& [name, ref] : found) name = std::string(detail::without_parallel(name, parallel));
  std::sort(found.begin(), found.end());
  const detail::torch_objects reader(objects);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [name, ref] = found[i];
    const std::string what = detail::tensor_title(path_, name);
    check<io_error>(i == 0 || found[i - 1].first != name, [&] { return what + ": there twice"; });
    detail::torch_tensor t = reader.tensor(ref, what, bytes_of);
    entries_.push_back({name, t.type, t.extents});
    tensors_.push_back(std::move(t));
  }
}

/// The member that holds a storage, which must be stored as it is and of the size that is claimed.
inline std::span<const std::byte> torch_archive::zip_storage(const std::string& folder,
                                                             const detail::torch_storage_id& id,
                                                             const std::string& what) const {
  const std::string name = folder + std::string(id.key);
  const auto& zip = std::get<zip_archive>(file_);
  check<io_error>(zip.contains(name), [&] { return what + ": storage: no member '" + name + "'"; });
  const auto stored = zip.place(zip.entry(name));
  check<io_error>(id.elements <= stored.size() && id.elements * bytes(id.type) == stored.size(), [&] {
    return what + ": storage: expected " + std::to_string(id.elements) + " elements of " +
           std::to_string(bytes(id.type)) + " bytes, got " + std::to_string(stored.size()) + " bytes in '" +
           name + "'";
  });
  return stored;
}

inline void torch_archive::read_zip() {
  const auto& zip = std::get<zip_archive>(file_);
  folder_ = zip.folder() + "/";
  const auto there = [&](const char* name) { return zip.contains(folder_ + name); };
  check<io_error>(!there("model.json"), [&] {
    return path_ + ": TorchScript's first format (model.json): expected one of PyTorch 1.4 or later";
  });
  check<io_error>(there("data.pkl"), [&] {
    return path_ + ": a zip file, but not PyTorch's: expected a member '" + folder_ + "data.pkl'";
  });
  if (there("version")) {
    const std::string text = zip.read(zip.entry(folder_ + "version"), 64);
    int number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool clean = end.ec == std::errc() &&
                       std::string_view(end.ptr, text.data() + text.size()).find_first_not_of("\r\n ") ==
                           std::string_view::npos;
    check<io_error>(clean && number >= 1 && number <= 10, [&] {
      return path_ + ": PyTorch's file version: expected 1 to 10, got '" +
             text.substr(0, text.find_first_of("\r\n")) + "'";
    });
  }
  if (there("byteorder")) {
    const std::string order = zip.read(zip.entry(folder_ + "byteorder"), 64);
    check<io_error>(order == "little",
                    [&] { return path_ + ": byte order: expected little, got '" + order + "'"; });
  }
  layout_ = there("constants.pkl") ? torch_layout::scripted : torch_layout::saved;
  const pickle objects = pickled("data.pkl");
  auto found = layout_ == torch_layout::scripted ? attributes(objects) : state_dict(objects);
  add_tensors(objects, std::move(found), [&](const detail::torch_storage_id& id, const std::string& what) {
    return zip_storage(folder_ + "data/", id, what);
  });
}

/// The storages behind the five pickles, in the order of the last: a count of elements, then the elements. What
/// an element is, only the tensors know.
inline torch_archive::storages torch_archive::legacy_storages(std::size_t at, const pickle& objects,
                                                              const pickle& keys) const {
  const std::span<const std::byte> all =
      file().place(0, file().size());  // of which only the counts are read here
  const detail::torch_objects reader(objects);
  const std::string& source = keys.source();
  std::map<std::string_view, detail::torch_storage_id> known;
  for (pickle_ref ref = 0; ref < objects.nodes().size(); ++ref) {
    if (!objects.is(ref, pickle_kind::persistent)) continue;
    const detail::torch_storage_id id = reader.storage_id(ref, objects.source());
    const auto [same, added] = known.emplace(id.key, id);
    check<io_error>(added || (same->second.type == id.type && same->second.elements == id.elements), [&] {
      return source + ": storage '" + std::string(id.key) + "': described in two ways";
    });
  }
  check<io_error>(keys.is(keys.root(), pickle_kind::list), [&] {
    return source + ": expected a list of storage keys, got " + keys.describe(keys.root());
  });
  storages found;
  for (const pickle_ref ref : keys[keys.root()].items) {
    check<io_error>(keys.is(ref, pickle_kind::text) && known.contains(keys[ref].text), [&] {
      return source + ": expected keys of storages that tensors have, got " + keys.describe(ref);
    });
    const detail::torch_storage_id& id = known.at(keys[ref].text);
    const std::string what = source + ": storage '" + std::string(id.key) + "'";
    std::uint64_t count = 0;
    check<io_error>(all.size() - at >= sizeof count, [&] { return what + ": truncated"; });
    std::memcpy(&count, file().bytes(all.subspan(at, sizeof count)).data(), sizeof count);
    at += sizeof count;
    check<io_error>(count == id.elements, [&] {
      return what + ": expected " + std::to_string(id.elements) + " elements, got " + std::to_string(count);
    });
    const std::size_t size = bytes(id.type);
    check<io_error>(count <= (all.size() - at) / size, [&] {
      return what + ": truncated: expected " + std::to_string(count) + " elements of " +
             std::to_string(size) + " bytes, got " + std::to_string(all.size() - at) + " bytes";
    });
    const bool added = found.emplace(std::string(id.key), all.subspan(at, std::size_t(count) * size)).second;
    check<io_error>(added, [&] { return what + ": there twice"; });
    at += std::size_t(count) * size;
  }
  return found;
}

inline void torch_archive::read_legacy() {
  std::size_t at = 0;
  const auto next = [&](const char* what) {
    pickle read(file(), file().place(at, file().size() - at), path_ + ": " + what, at);
    at += read.size();
    return read;
  };
  constexpr std::string_view magic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
  const pickle begin = next("magic number");
  check<io_error>(begin.is(begin.root(), pickle_kind::wide_integer) && begin[begin.root()].text == magic,
                  [&] { return path_ + ": a pickle, but not PyTorch's: expected its magic number first"; });
  const pickle protocol = next("protocol");
  check<io_error>(
      protocol.is(protocol.root(), pickle_kind::integer) && protocol[protocol.root()].integer == 1001,
      [&] { return path_ + ": protocol: expected PyTorch's 1001, got another"; });
  const pickle system = next("system");
  const pickle_ref little = system.find(system.root(), "little_endian");
  check<io_error>(system.is(little, pickle_kind::boolean) && system[little].integer == 1,
                  [&] { return path_ + ": byte order: expected little, got another"; });
  const pickle objects = next("objects");
  const pickle keys = next("storage keys");
  const storages stored = legacy_storages(at, objects, keys);
  add_tensors(objects, state_dict(objects), [&](const detail::torch_storage_id& id, const std::string& what) {
    const auto found = stored.find(id.key);
    check<io_error>(found != stored.end(),
                    [&] { return what + ": storage '" + std::string(id.key) + "': not in this file"; });
    return found->second;
  });
}

inline std::string torch_archive::code() const {
  std::string text;
  if (layout_ != torch_layout::scripted) return text;
  const auto& zip = std::get<zip_archive>(file_);
  constexpr std::size_t limit = zip_archive::greatest_member;  // of all together
  for (const zip_entry& e : zip.entries()) {
    if (!e.name.starts_with(folder_ + "code/") || !e.name.ends_with(".py")) continue;
    text += zip.read(e, limit - text.size());
  }
  return text;
}

inline std::vector<float> torch_archive::scalar_constants() const {
  std::vector<float> values;
  if (layout_ != torch_layout::scripted) return values;
  const std::string what = path_ + ": constants.pkl";
  const pickle constants = pickled("constants.pkl");
  const detail::torch_objects reader(constants);
  check<io_error>(constants.is(constants.root(), pickle_kind::tuple), [&] {
    return what + ": expected a tuple of tensors, got " + constants.describe(constants.root());
  });
  for (const pickle_ref item : constants[constants.root()].items) {
    const pickle_ref call = reader.tensor_call(item, what);
    if (call == no_node) continue;
    const auto t =
        reader.tensor(call, what, [&](const detail::torch_storage_id& id, const std::string& title) {
          return zip_storage(folder_ + "constants/", id, title);
        });
    if (t.elements() != 1 || !is_floating(t.type)) continue;
    values.push_back(detail::read_floats(file(), t.from_offset().first(bytes(t.type)), t.type, what).front());
  }
  return values;
}

}  // namespace coop

#endif
