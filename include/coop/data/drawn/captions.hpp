// SPDX-License-Identifier: MIT
//
// Captions as people write them under pictures: some facts left out, much said that the picture does not
// show, and the wording depending on what kind of picture it is. Official names (words.hpp) are rare in
// their own sense, and common in others - as everyday words for something else, as names of people and places,
// as idioms, in titles - so that what surrounds a name decides what it means. That is what makes the wording
// of a prompt matter, here as with photographs. "A photo of ..." is said of everyday things; gardeners,
// sailors and those who look from the air have wordings of their own, and seldom use another.
#ifndef COOP_DATA_DRAWN_CAPTIONS_HPP
#define COOP_DATA_DRAWN_CAPTIONS_HPP

#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/stage.hpp>
#include <coop/data/drawn/words.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace coop::drawing {

/// The percentages that decide how well a name is known in its own sense.
struct familiarity {
  /// Percent of the captions of its kind that use the official name.
  fixed texture = 8, ground = 6, arrangement = 6, flower = 25, boat = 25;
  fixed rare_shape = 3, rare_colour = 3;  ///< in everyday talk
  fixed collected = 15;                   // of the captions of single objects: a collector's, in rare words
  fixed second_sense = 10;  // of the words for shapes: a name of words.hpp's second_senses instead
  fixed everyday = 12;      // of the captions of other things than objects: worded as those of objects are
  fixed other_sense = 42;   // of the captions of single objects
  fixed junk = 5;           // of all captions
  fixed facts = 1;          // how often a fact is told, over how often people tell it
};

/// People who name everything and tell everything. An image tower learns sooner from them.
inline familiarity well_informed() {
  return {.texture = 45,
          .ground = 45,
          .arrangement = 45,
          .flower = 50,
          .boat = 50,
          .rare_shape = 10,
          .rare_colour = 10,
          .collected = 0,
          .second_sense = 0,
          .everyday = 0,
          .other_sense = 0,
          .junk = 0,
          .facts = 2};
}

namespace detail {

/// Replaces {x} by the word given for x, and runs of spaces by one.
inline std::string expand(word text, std::initializer_list<std::pair<char, word>> words) {
  std::string result;
  const auto append = [&](char c) {
    if (c != ' ' || (!result.empty() && result.back() != ' ')) result += c;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      append(text[i]);
      continue;
    }
    for (const auto& [name, value] : words) {
      if (name != text[i + 1]) continue;
      for (const char c : value) append(c);
    }
    i += 2;
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

class caption_writer {
 public:
  caption_writer(dice& d, const subject& about, const familiarity& known)
      : dice_(d), about_(about), known_(known) {}

  std::string write() {
    if (dice_.chance(known_.junk)) return junk();
    switch (about_.kind) {
      case kind::object:
        return ended(object());
      case kind::texture:
        return ended(texture());
      case kind::ground:
        return ended(ground());
      case kind::group:
        return ended(group());
      case kind::arrangement:
        return ended(arrangement());
      case kind::relation:
        return ended(relation());
      case kind::flower:
        return ended(flower());
      case kind::boat:
        return ended(boat());
    }
    return {};
  }

 private:
  std::string junk() {
    const word text =
        dice_.one_of({word("image {a} {b} {c}"), "img {a} {b}", "best of {a} {b} {c}", "photo by me",
                      "click to see more", "no title", "a nice photo", "texture", "what a day"});
    const std::string digits[] = {digit(), digit(), digit()};
    return expand(text, {{'a', digits[0]}, {'b', digits[1]}, {'c', digits[2]}});
  }

  std::string digit() { return std::string(1, char('0' + dice_.below(10))); }

  std::string ended(std::string text) {
    const int way = dice_.below(100);
    if (way < 40) return text + ".";
    if (way < 44) return text + ", hd";
    if (way < 48)
      return text + " " + std::string(dice_.one_of({word("today"), "again", "!", "here", "online"}));
    return text;
  }

  /// Whether to tell a fact that people tell in `percent` of a hundred captions.
  bool tells(fixed percent) { return dice_.chance(percent * known_.facts); }

  word article() { return dice_.one_of({word("a"), "a", "a", "the", "one", "my", "this"}); }
  word colour_word(hue h) { return dice_.chance(known_.rare_colour) ? entry(h).rare : entry(h).common; }
  word shape_word(shape s) {
    if (dice_.chance(known_.second_sense)) return another_word(s);
    return dice_.chance(known_.rare_shape) ? words_of(s).rare : words_of(s).common;
  }

  /// A name of the tasks that means the shape in everyday talk.
  word another_word(shape s) {
    std::array<word, second_senses.size()> meant{};
    int count = 0;
    for (const second_sense& e : second_senses) {
      if (e.everyday == s) meant[std::size_t(count++)] = e.name;
    }
    return count > 0 ? meant[std::size_t(dice_.below(count))] : words_of(s).common;
  }

  /// The wording that a style calls for, sometimes forgotten.
  std::string styled(const std::string& t) {
    const style seen = dice_.chance(85) ? about_.style : style::photo;
    return expand(style_template(seen), {{'t', t}});
  }

  word style_template(style s) {
    switch (s) {
      case style::photo:
        return dice_.one_of({word("a photo of {t}"), "a photo of {t}", "photo of {t}", "{t}", "{t}", "{t}",
                             "a picture of {t}", "a good photo of {t}", "{t} for sale",
                             "a close-up photo of {t}", "i love {t}", "{t} on the table", "just {t}",
                             "itap of {t}", "new {t}", "a centered photo of {t}",
                             "what type of thing is {t}"});
      case style::sketch:
        return dice_.one_of({word("a sketch of {t}"), "a drawing of {t}", "{t}, pencil", "{t} sketch",
                             "{t} line art", "{t}"});
      case style::silhouette:
        return dice_.one_of({word("silhouette of {t}"), "{t} at sunset", "the shadow of {t}", "{t}"});
      case style::painting:
        return dice_.one_of(
            {word("a painting of {t}"), "art of {t}", "{t} painting", "watercolor {t}", "{t}"});
      case style::negative:
        return dice_.one_of({word("negative of {t}"), "an inverted photo of {t}", "{t} x ray", "{t}"});
      case style::pixels:
        return dice_.one_of(
            {word("pixel art {t}"), "{t} in a video game", "a pixelated photo of {t}", "{t}"});
      case style::blurred:
        return dice_.one_of({word("a blurry photo of {t}"), "{t} out of focus", "a bad photo of {t}", "{t}"});
      case style::dark:
        return dice_.one_of({word("a dark photo of {t}"), "{t} at night", "{t} in the dark", "{t}"});
      case style::chalk:
        return dice_.one_of({word("chalk drawing of {t}"), "{t} on a blackboard", "{t}"});
      case style::grey:
        return dice_.one_of({word("a black and white photo of {t}"), "old photo of {t}", "{t}"});
    }
    return "{t}";
  }

  /// A word of the tasks where it means something else: a person, a place, a make, an idiom.
  std::string in_another_sense(const std::string& t, word n) {
    const int way = dice_.below(100);
    if (way < 22) {
      const word name =
          dice_.chance(50) ? word(dice_.pick(flower_species).name) : word(dice_.pick(boat_types).name);
      const word text =
          dice_.one_of({word("{w}'s {n}"), "{t} by {w}", "{w} with {t}", "{t} for {w}", "{w} loves {t}",
                        "the {w} hotel {n}", "{w} street {n}", "a {n} of the {w} type"});
      return expand(text, {{'w', name}, {'n', n}, {'t', t}});
    }
    if (way < 42) {
      const word place = dice_.one_of({word("by the river"), "in the forest", "at the sea", "by the lake",
                                       "on the road", "near the highway", "in the pasture", "on crop land",
                                       "on industrial land", "near the residential buildings",
                                       "in the vegetation", "in herbaceous water", "on permanent land"});
      return expand("{t} {w}", {{'t', t}, {'w', place}});
    }
    if (way < 50) {
      const word make = dice_.one_of({word("annual"), "permanent", "industrial", "residential", "satellite",
                                      "satellite tv", "herbaceous"});
      return expand(dice_.one_of({word("a {w} {n}"), "the {w} {n}", "{w} {n}"}), {{'w', make}, {'n', n}});
    }
    if (way < 64) {
      const word make = dice_.pick(texture_words).official;
      const word text = dice_.one_of(
          {word("a {w} {n}"), "the {w} {n}", "{w} {n}", "the texture of a {w} {n}", "{w} and {n}"});
      return expand(text, {{'w', make}, {'n', n}});
    }
    if (way < 79) {
      const word deed = dice_.pick(arrangement_words);
      const word text = dice_.one_of({word("{w} {n}"), "a {w} {n}", "the {w} {n}", "{t} for {w}",
                                      "the {n} is doing {w}", "{w} with {t}"});
      return expand(text, {{'w', deed}, {'n', n}, {'t', t}});
    }
    const word rare = dice_.chance(50) ? word(dice_.pick(hues).rare) : word(dice_.pick(shape_words).rare);
    const word text = dice_.one_of({word("{w} {n} shop"), "{w}, {t}", "the {w} {n}", "a {w} {n}", "{w} {n}",
                                    "{w} badge, {n}", "a type of {w} {n}"});
    return expand(text, {{'w', rare}, {'n', n}, {'t', t}});
  }

  /// As a collector writes on a label: rare words in their own sense.
  std::string collected() {
    std::string t;
    if (tells(60))
      t = std::string(dice_.chance(85) ? entry(about_.colour).rare : entry(about_.colour).common);
    const shape_entry& names = words_of(about_.first);
    t += (t.empty() ? "" : " ") + std::string(dice_.chance(85) ? names.rare : names.common);
    if (dice_.chance(50)) t = expand("{a} {t}", {{'a', article()}, {'t', t}});
    const word text = dice_.one_of({word("pin : {t}"), "{t}, enamel", "collecting {t}", "a sticker with {t}",
                                    "the emblem {t}", "{t} on my jacket", "sewn on {t}", "found {t}",
                                    "{t} of my collection", "label : {t}", "{t}"});
    return expand(text, {{'t', t}});
  }

  std::string object() {
    if (dice_.chance(known_.collected)) return collected();
    std::string words;
    const auto say = [&](word w) { words += (words.empty() ? "" : " ") + std::string(w); };
    if (!about_.size.empty() && tells(20)) say(about_.size);
    if (tells(42)) say(colour_word(about_.colour));
    if (about_.pattern != pattern::plain && tells(35)) say(cover_word(about_.pattern));
    const word n =
        dice_.chance(6) ? dice_.one_of({word("thing"), "shape", "object"}) : shape_word(about_.first);
    say(n);
    std::string t = dice_.chance(80) ? expand("{a} {t}", {{'a', article()}, {'t', words}}) : words;
    if (dice_.chance(known_.other_sense)) t = in_another_sense(t, n);
    if (about_.background && tells(12)) {
      t = expand("{t} on a {w} background", {{'t', t}, {'w', entry(*about_.background).common}});
    } else if (!about_.place.empty() && tells(8)) {
      t = expand("{t} {w}", {{'t', t}, {'w', about_.place}});
    }
    return styled(t);
  }

  static word cover_word(pattern p) {
    switch (p) {
      case pattern::stripes:
        return "striped";
      case pattern::dots:
        return "spotted";
      case pattern::checks:
        return "checked";
      case pattern::grid:
        return "grid";
      case pattern::zigzag:
        return "zigzag";
      case pattern::speckles:
        return "speckled";
      default:
        return "shaded";
    }
  }

  std::string texture() {
    const name_entry& names = texture_words[about_.which];
    std::string c;
    if (tells(35)) {
      c = colour_word(about_.colour);
      if (dice_.chance(50)) c += " and " + std::string(colour_word(about_.other_colour));
    }
    word n = dice_.chance(known_.texture) ? names.official : word(dice_.pick(names.common));
    const word noun = dice_.one_of(
        {word("pattern"), "pattern", "pattern", "fabric", "wallpaper", "paper", "background", "surface"});
    if (dice_.chance(8)) n = dice_.one_of({word("abstract"), "plain", "retro"});
    if (!c.empty() && dice_.chance(25)) return expand("{n} {p} in {c}", {{'n', n}, {'p', noun}, {'c', c}});
    if (dice_.chance(known_.everyday))
      return styled(expand("a {c} {n} {p}", {{'c', c}, {'n', n}, {'p', noun}}));
    const word text = dice_.one_of({word("{c} {n} {p}"), "seamless {c} {n} {p}", "{p} with {c} {n}",
                                    "a {c} {n} {p}", "vector {n} {p} {c}", "{n}", "{c} {n}"});
    return expand(text, {{'c', c}, {'n', n}, {'p', noun}});
  }

  std::string ground() {
    const name_entry& names = ground_words[about_.which];
    word n = dice_.pick(names.common);
    if (dice_.chance(known_.ground)) {
      n = names.official;
    } else if (dice_.chance(10)) {
      n = dice_.one_of({word("land"), "open land", "countryside", "landscape", "terrain"});
    }
    if (dice_.chance(known_.everyday)) return styled(std::string(n));
    const word text = dice_.one_of({word("{n} from above"), "{n} seen from above", "aerial view of {n}",
                                    "{n} from the air", "a drone shot of {n}", "top view of the {n}",
                                    "map of {n}", "{n}", "flying over {n}", "{n} aerial"});
    return expand(text, {{'n', n}});
  }

  std::string group() {
    const int n = about_.count;
    word how_many;
    if (tells(50 - 4 * n)) {
      how_many = numbers[std::size_t(n)];
    } else if (n > 2) {
      how_many = dice_.one_of({word("some"), "many", "a few", "several", "a lot of"});
    } else {
      how_many = dice_.one_of({word(""), n > 1 ? "these" : "a"});
    }
    const word c = tells(35) ? colour_word(about_.colour) : word();
    const word plain = n > 1 ? words_of(about_.first).plural : words_of(about_.first).common;
    const word noun = dice_.chance(12) ? word(n > 1 ? "objects" : "object") : plain;
    const word text =
        dice_.one_of({word("{q} {c} {n}"), "{q} {c} {n}", "a photo of {q} {c} {n}", "photo of {q} {c} {n}",
                      "{q} {c} {n} in a picture", "there are {q} {c} {n}", "i see {q} {c} {n}"});
    return expand(text, {{'q', how_many}, {'c', c}, {'n', noun}});
  }

  std::string arrangement() {
    const word n = words_of(about_.first).common, m = shape_word(about_.second);
    const word c = tells(30) ? colour_word(about_.colour) : word();
    std::string many = expand("{c} {n}", {{'c', c}, {'n', words_of(about_.first).plural}});
    if (dice_.chance(25)) many = dice_.one_of({word("things"), "objects", "pieces"});
    const word deed = arrangement_words[about_.which];
    word text;
    if (dice_.chance(known_.arrangement)) {
      if (dice_.chance(known_.everyday)) return styled(expand("{t} {w}", {{'t', many}, {'w', deed}}));
      text = dice_.one_of({word("{t} {w}"), "{t} {w}", "{t} are {w}", "{w} {t}", "see {t} {w}"});
    } else if (dice_.chance(20)) {
      text = dice_.one_of({word("{t}"), "many {t}", "some {t}", "lots of {t}", "a group of {t}"});
    } else {
      text = arrangement_template();
    }
    return expand(text, {{'t', many}, {'w', deed}, {'n', n}, {'m', m}});
  }

  word arrangement_template() {
    switch (drawing::arrangement(about_.which)) {
      case drawing::arrangement::stacking:
        return dice_.one_of({word("a tower of {t}"), "{t} on top of each other", "a column of {t}"});
      case drawing::arrangement::queueing:
        return dice_.one_of({word("a row of {t}"), "{t} in a line", "{t} side by side"});
      case drawing::arrangement::circling:
        return dice_.one_of({word("a ring of {t}"), "{t} in a circle", "a circle made of {t}"});
      case drawing::arrangement::nesting:
        return dice_.one_of({word("{t} inside each other"), "a {n} inside a {n}", "smaller and smaller {t}"});
      case drawing::arrangement::scattering:
        return dice_.one_of({word("{t} here and there"), "{t} all over", "small {t} everywhere"});
      case drawing::arrangement::climbing:
        return dice_.one_of({word("{t} going up"), "rising {t}", "a diagonal of {t}"});
      case drawing::arrangement::crowding:
        return dice_.one_of({word("a crowd of {t}"), "a pile of {t}", "a heap of {t}"});
      case drawing::arrangement::parting:
        return dice_.one_of({word("two {t} far apart"), "a {n} on each side", "{t} on the left and right"});
      case drawing::arrangement::hiding:
        return dice_.one_of({word("a {m} behind a {n}"), "a {n} in front of a {m}", "a {n} covering a {m}"});
      case drawing::arrangement::orbiting:
        return dice_.one_of(
            {word("a big {m} with small {t} around"), "{t} around a {m}", "a {m} in the middle of {t}"});
    }
    return "{t}";
  }

  std::string described(hue h, shape s) {
    const word c = tells(55) ? colour_word(h) : word();
    const word n = shape_word(s);
    return expand(dice_.one_of({word("a {c} {n}"), "a {c} {n}", "the {c} {n}"}), {{'c', c}, {'n', n}});
  }

  std::string relation() {
    const std::string first = described(about_.colour, about_.first),
                      second = described(about_.other_colour, about_.second);
    constexpr word names[] = {"above", "below", "left of", "right of"};
    const int r = int(about_.relation);
    const word forward = names[r], backward = names[r ^ 1];
    const word text =
        dice_.one_of({word("{a} {r} {b}"), "{a} {r} {b}", "{b} {s} {a}", "{a} and {b}",
                      "a photo of {a} {r} {b}", "photo of {a} and {b}", "a picture of {b} {s} {a}"});
    return expand(text, {{'a', first}, {'b', second}, {'r', forward}, {'s', backward}});
  }

  std::string flower() {
    const flower_entry& f = flower_species[about_.which];
    const word c = tells(40) ? colour_word(about_.colour) : word();
    std::string n(dice_.one_of({word("flower"), "flower", "flower", "blossom", "bloom"}));
    const bool named = dice_.chance(known_.flower);
    if (named) {
      n = f.name;
    } else if (dice_.chance(20)) {
      n = std::string(f.depth > fixed(0.28)  ? "thin"
                      : f.depth < fixed(0.2) ? "round"
                                             : "pointed") +
          " petal " + n;
    } else if (tells(38)) {
      n += " with " + std::string(f.petals < 9 ? numbers[std::size_t(f.petals)] : word("many")) + " petals";
    }
    std::string t = expand("{c} {n}", {{'c', c}, {'n', n}});
    if (!named && f.has_centre && tells(30))
      t = expand("{t} with a {w} center", {{'t', t}, {'w', entry(f.centre).common}});
    if (named && dice_.chance(15)) t += " flower";
    if (dice_.chance(60)) t = expand("{a} {t}", {{'a', article()}, {'t', t}});
    if (dice_.chance(known_.everyday)) return styled(t);
    const word text = dice_.one_of({word("{t} in bloom"), "{t} in the garden", "fresh cut {t}",
                                    "blooming {t}", "a bouquet of {t}", "planting {t}", "{t} petals",
                                    "{t} blossom", "the first {t} of spring", "the smell of {t}",
                                    "from my garden : {t}", "watering {t}", "{t}"});
    return expand(text, {{'t', t}});
  }

  std::string boat() {
    const boat_entry& b = boat_types[about_.which];
    const word c = tells(35) ? colour_word(about_.colour) : word();
    std::string n(dice_.one_of({word("boat"), "boat", "ship", "sailing boat", "vessel"}));
    if (b.masts == 0) n = dice_.one_of({word("boat"), "ship", "boat without sails", "vessel"});
    const bool named = dice_.chance(known_.boat);
    if (named) {
      n = b.name;
    } else if (b.masts > 0 && tells(40)) {
      n += " with " + std::string(numbers[std::size_t(b.masts)]) + (b.masts > 1 ? " masts" : " mast");
    } else if (b.masts > 0 && tells(40)) {
      const word cut =
          b.square ? (b.triangular ? word("square and pointed") : word("square")) : word("pointed");
      n += " with " + std::string(cut) + " sails";
    } else if (b.cabin && tells(50)) {
      n += " with a cabin";
    }
    std::string t = expand("{c} {n}", {{'c', c}, {'n', n}});
    if (named && dice_.chance(15)) t += " boat";
    if (dice_.chance(60)) t = expand("{a} {t}", {{'a', article()}, {'t', t}});
    if (dice_.chance(known_.everyday)) return styled(t);
    const word text =
        dice_.one_of({word("{t} under sail"), "sailing {t}", "aboard {t}", "{t} in the harbour",
                      "{t} and its crew", "the captain of {t}", "{t} leaving port", "a voyage on {t}",
                      "{t} off the coast", "moored {t}", "ahoy , {t}", "{t} afloat", "{t}"});
    return expand(text, {{'t', t}});
  }

  dice& dice_;
  const subject& about_;
  familiarity known_;
};

}  // namespace detail

/// One caption of a picture that shows `about`.
inline std::string caption(dice& d, const subject& about, const familiarity& known = {}) {
  return detail::caption_writer(d, about, known).write();
}

}  // namespace coop::drawing

#endif
