// SPDX-License-Identifier: MIT
//
// Words that a program of measurements is called with: "--key value", each key with a value of its own where none is
// given.
#ifndef COOP_BENCHMARKS_OPTIONS_HPP
#define COOP_BENCHMARKS_OPTIONS_HPP

#include <coop/error.hpp>
#include <coop/tensor/view.hpp>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace coop::benchmarks {

/// Keys and their values.
class options {
 public:
  /// `usage` is what an error begins with; a key that `known` lacks, or one without a value, is a choice_error.
  options(std::string usage, std::map<std::string, std::string> known, const std::vector<std::string>& given)
      : words_(std::move(known)) {
    for (std::size_t i = 0; i < given.size(); i += 2) {
      const std::string& key = given[i];
      check<choice_error>(key.starts_with("--") && i + 1 < given.size() && words_.contains(key.substr(2)),
                          [&] {
                            for (const auto& [name, value] : words_)
                              usage += " [--" + name + " " + (value.empty() ? "WORD" : value) + "]";
                            return "option '" + key + "' is unknown or lacks its value: " + usage;
                          });
      words_[key.substr(2)] = given[i + 1];
    }
  }

  [[nodiscard]] const std::string& operator[](const std::string& key) const { return words_.at(key); }
  [[nodiscard]] bool has(const std::string& key) const { return !words_.at(key).empty(); }
  [[nodiscard]] index_t number(const std::string& key) const {
    return index_t(std::atoi(words_.at(key).c_str()));
  }
  [[nodiscard]] double real(const std::string& key) const { return std::atof(words_.at(key).c_str()); }
  [[nodiscard]] std::size_t bytes(const std::string& key) const {
    return std::size_t(std::atoll(words_.at(key).c_str()));
  }
  /// A list with commas between.
  [[nodiscard]] std::vector<std::string> list(const std::string& key) const {
    std::vector<std::string> values;
    std::istringstream stream(words_.at(key));
    for (std::string word; std::getline(stream, word, ',');) values.push_back(word);
    return values;
  }
  [[nodiscard]] std::vector<index_t> numbers(const std::string& key) const {
    std::vector<index_t> values;
    for (const std::string& word : list(key)) values.push_back(index_t(std::atoi(word.c_str())));
    return values;
  }

 private:
  std::map<std::string, std::string> words_;
};

}  // namespace coop::benchmarks

#endif
