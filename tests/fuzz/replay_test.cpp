// SPDX-License-Identifier: MIT
//
// Every fuzz target with its seeds, and with each input that once was a finding, by any compiler and without libFuzzer.
// What libFuzzer would call a finding ends this program too.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#define COOP_FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef COOP_FUZZ_TARGET

namespace {

namespace fs = std::filesystem;

struct target {
  std::string name;
  int (*run)(const std::uint8_t* data, std::size_t size);

  friend std::ostream& operator<<(std::ostream& out, const target& t) { return out << t.name; }
};

const std::vector<target> targets{
#define COOP_FUZZ_TARGET(name) {#name, &fuzz_##name},
#include "fuzz_targets.inc"
#undef COOP_FUZZ_TARGET
};

const fs::path here = fs::path(__FILE__).parent_path();

/// Whether a name fits a pattern of one '*' or none.
bool fits(const std::string& name, const std::string& pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return name == pattern;
  return name.size() + 1 >= pattern.size() && name.starts_with(pattern.substr(0, star)) &&
         name.ends_with(pattern.substr(star + 1));
}

void add_files(const fs::path& folder, const std::string& pattern, std::vector<fs::path>& files) {
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fits(entry.path().filename().string(), pattern)) files.push_back(entry.path());
  }
}

/// The files that targets.txt names, by target.
std::map<std::string, std::vector<fs::path>> inputs() {
  std::map<std::string, std::vector<fs::path>> all;
  std::ifstream list(here / "targets.txt");
  for (std::string line; std::getline(list, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<fs::path>& files = all[name];
    for (const char* kind : {"seeds", "regressions"}) add_files(here / kind / name, "*", files);
    for (std::string word; words >> word;) {
      const fs::path pattern = here.parent_path() / word;
      const std::size_t before = files.size();
      add_files(pattern.parent_path(), pattern.filename().string(), files);
      if (files.size() == before) throw std::runtime_error("targets.txt: no file is called " + word);
    }
    std::sort(files.begin(), files.end());
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_DATA_TEST_CASE(seeds_and_former_findings_are_read_or_refused, boost::unit_test::data::make(targets)) {
  const std::vector<fs::path> files = inputs()[sample.name];
  BOOST_TEST_REQUIRE(!files.empty());
  for (const fs::path& file : files) {
    BOOST_TEST_CONTEXT(file) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      BOOST_TEST(sample.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_folder_of_inputs_belongs_to_a_target) {
  const auto known = inputs();
  for (const char* kind : {"seeds", "regressions"}) {
    for (const auto& entry : fs::directory_iterator(here / kind)) {
      BOOST_TEST(known.contains(entry.path().filename().string()), entry.path());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
