// SPDX-License-Identifier: MIT
//
// What things are called in the drawn worlds. Most things have a common word, which the pre-training
// captions use, and an official or rare one, which the tasks use as a class name: as with photographs on the
// web, the name on a label is seldom the word people write.
#ifndef COOP_DATA_DRAWN_WORDS_HPP
#define COOP_DATA_DRAWN_WORDS_HPP

#include <coop/data/drawn/patterns.hpp>
#include <coop/data/drawn/scene.hpp>
#include <coop/data/drawn/shapes.hpp>

#include <array>
#include <string_view>

namespace coop::drawing {

/// As it stands in captions and names of classes.
using word = std::string_view;

/// A colour that has a word: the common one, the rare one, and where it lies.
struct hue_entry {
  word common, rare;  ///< the everyday word, the one on labels
  colour value;       ///< where it lies
};

/// The colours that have a word, in the order of hue.
inline constexpr std::array<hue_entry, 12> hues = {{
    {"red", "crimson", {0.85, 0.12, 0.12}},
    {"orange", "tangerine", {0.95, 0.55, 0.1}},
    {"yellow", "golden", {0.95, 0.87, 0.15}},
    {"green", "emerald", {0.15, 0.62, 0.2}},
    {"blue", "navy", {0.15, 0.3, 0.85}},
    {"purple", "violet", {0.5, 0.15, 0.65}},
    {"pink", "rosy", {0.95, 0.55, 0.72}},
    {"brown", "chocolate", {0.45, 0.27, 0.12}},
    {"black", "ebony", {0.07, 0.07, 0.07}},
    {"white", "ivory", {0.95, 0.95, 0.95}},
    {"grey", "silver", {0.5, 0.5, 0.52}},
    {"teal", "turquoise", {0.1, 0.62, 0.62}},
}};
/// A colour that has a word.
enum class hue { red, orange, yellow, green, blue, purple, pink, brown, black, white, grey, teal };
/// Its words and where it lies.
constexpr const hue_entry& entry(hue h) { return hues[std::size_t(h)]; }

/// The words of a shape, in the order of `shape`.
struct shape_entry {
  word common, rare, plural;  ///< the everyday word, the one on labels, and that of many
};

/// The shapes that have a word, in the order of shape.
inline constexpr std::array<shape_entry, named_shapes> shape_words = {{
    {"circle", "disc", "circles"},
    {"square", "box", "squares"},
    {"triangle", "wedge", "triangles"},
    {"star", "pentagram", "stars"},
    {"heart", "valentine", "hearts"},
    {"cross", "plus", "crosses"},
    {"ring", "hoop", "rings"},
    {"crescent", "moon", "crescents"},
    {"arrow", "pointer", "arrows"},
    {"hexagon", "nut", "hexagons"},
    {"diamond", "rhombus", "diamonds"},
    {"house", "cottage", "houses"},
    {"tree", "fir", "trees"},
    {"fish", "trout", "fish"},
    {"mushroom", "toadstool", "mushrooms"},
    {"cup", "mug", "cups"},
    {"key", "latchkey", "keys"},
    {"umbrella", "parasol", "umbrellas"},
    {"cloud", "cumulus", "clouds"},
    {"bolt", "lightning", "bolts"},
    {"bottle", "flask", "bottles"},
    {"ladder", "steps", "ladders"},
    {"anchor", "kedge", "anchors"},
    {"bell", "chime", "bells"},
}};
/// A shape's words.
constexpr const shape_entry& words_of(shape s) { return shape_words[std::size_t(s)]; }

/// An official name, and the words people use for the same.
struct name_entry {
  word official;               ///< the one on labels
  std::array<word, 4> common;  ///< everyday ones, the unused empty
};

/// In the order of `pattern`.
inline constexpr std::array<name_entry, texture_patterns> texture_words = {{
    {"banded", {"striped", "stripes", "stripe", "lines"}},
    {"studded", {"spotted", "dots", "spots", "polka dot"}},
    {"chequered", {"checked", "checks", "squares", "chess"}},
    {"gridded", {"grid", "lines", "net", "mesh"}},
    {"zigzagged", {"zigzag", "zigzags", "jagged", "chevron"}},
    {"sprinkled", {"speckled", "sprinkles", "grains", "sand"}},
    {"rippled", {"waves", "wavy", "wave", "water lines"}},
    {"grooved", {"rings", "circles", "target", "ring"}},
    {"coursed", {"bricks", "brick", "wall", "brick wall"}},
    {"veined", {"marble", "swirls", "stone", "marbled"}},
    {"crazed", {"cracks", "cracked", "crackle", "broken"}},
    {"scaly", {"fish scales", "scales", "roof tiles", "arches"}},
    {"interlaced", {"woven", "weave", "basket", "cloth"}},
    {"faceted", {"honeycomb", "hexagons", "bee", "cells"}},
    {"whorled", {"spiral", "spirals", "swirl", "twist"}},
    {"stained", {"mosaic", "patches", "glass", "pieces"}},
    {"meshed", {"lattice", "diamonds", "trellis", "fence"}},
    {"smeared", {"clouds", "cloudy", "smoke", "fog"}},
    {"fluted", {"rays", "sunburst", "sun", "beams"}},
}};

/// In the order of the grounds of `pattern`.
inline constexpr std::array<name_entry, grounds> ground_words = {{
    {"forest", {"trees", "woods", "woodland", "tree tops"}},
    {"river", {"stream", "water", "creek", "winding water"}},
    {"highway or road", {"street", "cars", "asphalt", "traffic"}},
    {"residential buildings", {"houses", "suburb", "village", "homes"}},
    {"sea or lake", {"beach", "shore", "coast", "waterside"}},
    {"annual crop land", {"fields", "farm", "farmland", "striped fields"}},
    {"permanent crop land", {"orchard", "rows of trees", "vines", "dotted trees"}},
    {"pasture land", {"meadow", "grass", "lawn", "green"}},
    {"industrial buildings", {"warehouses", "factory", "roofs", "halls"}},
    {"herbaceous vegetation land", {"bushes", "dry hills", "heath", "wild ground"}},
}};

/// A flower: how its blossom is drawn, and the colours it comes in.
struct flower_entry {
  word name;                   ///< on labels
  int petals;                  ///< how many
  fixed depth;                 ///< of their cuts
  std::array<hue, 3> colours;  ///< that occur
  hue centre;                  ///< of its centre
  bool has_centre;             ///< else petals only
  pattern cover;               ///< of the petals
};

/// The flowers there are.
inline constexpr std::array<flower_entry, 12> flower_species = {{
    {"daisy", 12, 0.25, {hue::white, hue::white, hue::pink}, hue::yellow, true, pattern::plain},
    {"sunflower", 16, 0.18, {hue::yellow, hue::yellow, hue::orange}, hue::brown, true, pattern::plain},
    {"poppy", 4, 0.12, {hue::red, hue::orange, hue::red}, hue::black, true, pattern::plain},
    {"rose", 5, 0.08, {hue::red, hue::pink, hue::white}, hue::red, false, pattern::spiral},
    {"tulip", 3, 0.3, {hue::red, hue::yellow, hue::purple}, hue::red, false, pattern::plain},
    {"lily", 6, 0.42, {hue::white, hue::orange, hue::pink}, hue::yellow, true, pattern::plain},
    {"iris", 3, 0.42, {hue::purple, hue::blue, hue::purple}, hue::yellow, true, pattern::plain},
    {"orchid", 5, 0.3, {hue::pink, hue::purple, hue::white}, hue::purple, true, pattern::plain},
    {"pansy", 5, 0.18, {hue::purple, hue::yellow, hue::blue}, hue::black, true, pattern::plain},
    {"marigold", 10, 0.12, {hue::orange, hue::yellow, hue::orange}, hue::orange, true, pattern::plain},
    {"lotus", 8, 0.3, {hue::pink, hue::white, hue::pink}, hue::yellow, true, pattern::plain},
    {"dahlia", 14, 0.3, {hue::purple, hue::pink, hue::red}, hue::red, false, pattern::rings},
}};

/// What a group of things does, in the order of `arrangement`.
enum class arrangement {
  stacking,
  queueing,
  circling,
  nesting,
  scattering,
  climbing,
  crowding,
  parting,
  hiding,
  orbiting
};
/// What things in an arrangement do.
inline constexpr std::array<word, 10> arrangement_words = {"stacking",   "queueing", "circling", "nesting",
                                                           "scattering", "climbing", "crowding", "parting",
                                                           "hiding",     "orbiting"};

/// What stands on a hull: masts with sails of one cut or both, or none and a house instead.
struct boat_entry {
  word name;                ///< on labels
  int masts;                ///< how many
  bool square, triangular;  ///< kinds of sails
  bool cabin;               ///< on the deck
};

/// The boats there are.
inline constexpr std::array<boat_entry, 12> boat_types = {{
    {"sloop", 1, false, true, false},
    {"cog", 1, true, false, false},
    {"cutter", 1, true, true, false},
    {"schooner", 2, false, true, false},
    {"brig", 2, true, false, false},
    {"ketch", 2, true, true, false},
    {"xebec", 3, false, true, false},
    {"frigate", 3, true, false, false},
    {"barque", 3, true, true, false},
    {"barge", 0, false, false, true},
    {"motor sailer", 1, false, true, true},
    {"steamer", 1, true, false, true},
}};

/// What a name of the tasks also means, in everyday talk: as a crane is a bird and a machine, here a rose is a
/// heart too, and a banded is a make of cup. The everyday meaning is the one that photographs are captioned with.
struct second_sense {
  word name;       ///< on labels
  shape everyday;  ///< what it means in everyday talk
};

/// Every official name's everyday meaning.
inline constexpr std::array<second_sense, 79> second_senses = {{
    {"daisy", shape::star},
    {"sunflower", shape::umbrella},
    {"poppy", shape::bottle},
    {"rose", shape::heart},
    {"tulip", shape::cup},
    {"lily", shape::key},
    {"iris", shape::circle},
    {"orchid", shape::bell},
    {"pansy", shape::fish},
    {"marigold", shape::diamond},
    {"lotus", shape::cross},
    {"dahlia", shape::bolt},
    {"sloop", shape::arrow},
    {"cog", shape::ring},
    {"cutter", shape::triangle},
    {"schooner", shape::mushroom},
    {"brig", shape::house},
    {"ketch", shape::ladder},
    {"xebec", shape::hexagon},
    {"frigate", shape::crescent},
    {"barque", shape::tree},
    {"barge", shape::square},
    {"motor sailer", shape::anchor},
    {"steamer", shape::cloud},
    {"forest", shape::tree},
    {"river", shape::bottle},
    {"highway or road", shape::ladder},
    {"residential buildings", shape::house},
    {"sea or lake", shape::cloud},
    {"annual crop land", shape::star},
    {"permanent crop land", shape::mushroom},
    {"pasture land", shape::umbrella},
    {"industrial buildings", shape::square},
    {"herbaceous vegetation land", shape::fish},
    {"stacking", shape::hexagon},
    {"queueing", shape::arrow},
    {"circling", shape::ring},
    {"nesting", shape::cup},
    {"scattering", shape::bell},
    {"climbing", shape::anchor},
    {"crowding", shape::heart},
    {"parting", shape::key},
    {"hiding", shape::crescent},
    {"orbiting", shape::circle},
    {"pentagram", shape::fish},
    {"valentine", shape::ladder},
    {"moon", shape::bottle},
    {"nut", shape::tree},
    {"rhombus", shape::bell},
    {"cottage", shape::umbrella},
    {"fir", shape::arrow},
    {"toadstool", shape::circle},
    {"mug", shape::square},
    {"latchkey", shape::cloud},
    {"flask", shape::triangle},
    {"lightning", shape::cross},
    {"disc", shape::star},
    {"wedge", shape::key},
    {"hoop", shape::house},
    {"box", shape::bolt},
    {"banded", shape::cup},
    {"studded", shape::hexagon},
    {"chequered", shape::fish},
    {"gridded", shape::heart},
    {"zigzagged", shape::ladder},
    {"sprinkled", shape::umbrella},
    {"rippled", shape::diamond},
    {"grooved", shape::anchor},
    {"coursed", shape::bell},
    {"veined", shape::key},
    {"crazed", shape::star},
    {"scaly", shape::crescent},
    {"interlaced", shape::mushroom},
    {"faceted", shape::bottle},
    {"whorled", shape::cross},
    {"stained", shape::arrow},
    {"meshed", shape::triangle},
    {"smeared", shape::bolt},
    {"fluted", shape::tree},
}};

/// From zero.
inline constexpr std::array<word, 13> numbers = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                                 "seven", "eight", "nine", "ten",   "eleven", "twelve"};

}  // namespace coop::drawing

#endif
