// SPDX-License-Identifier: MIT
//
// repeatability_compare <file> <other file> [tolerance]
//
// Whether two runs of `repeatability` found the same. "bytes" must be equal; so must the bits of "numbers" when no
// tolerance is given, and with one the greatest difference may be that part of the greatest number. Says how far
// numbers are apart; 1 is the answer when something differs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct result {
  std::string kind, name, digest;
  std::vector<double> numbers;
};

std::vector<result> read(const char* path) {
  std::ifstream file(path);
  std::vector<result> all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    result one;
    words >> one.kind >> one.name >> one.digest;
    for (std::string number; words >> number;) one.numbers.push_back(std::strtod(number.c_str(), nullptr));
    all.push_back(one);
  }
  if (all.empty()) std::fprintf(stderr, "repeatability: %s: expected results, got none\n", path);
  return all;
}

double apart(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return HUGE_VAL;
  double difference = 0;
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return HUGE_VAL;
    difference = std::max(difference, std::abs(a[i] - b[i]));
    greatest = std::max(greatest, std::abs(b[i]));
  }
  return difference / greatest;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3 && count != 4) {
    std::fprintf(stderr, "repeatability_compare <file> <other file> [tolerance]\n");
    return 2;
  }
  const auto a = read(arguments[1]);
  const auto b = read(arguments[2]);
  if (a.empty() || b.empty()) return 1;
  const double tolerance = count == 4 ? std::strtod(arguments[3], nullptr) : 0;
  if (a.size() != b.size()) {
    std::printf("  expected %zu results, got %zu\n", b.size(), a.size());
    return 1;
  }
  bool same = true;
  double furthest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].kind == b[i].kind && a[i].name == b[i].name && a[i].digest == b[i].digest) continue;
    const bool numbers = a[i].kind == "numbers" && a[i].kind == b[i].kind && a[i].name == b[i].name;
    const double by = numbers ? apart(a[i].numbers, b[i].numbers) : HUGE_VAL;
    furthest = std::max(furthest, by);
    if (by <= tolerance && tolerance > 0) continue;
    same = false;
    std::printf("  %s differs from %s (by %.2g)\n", a[i].name.c_str(), b[i].name.c_str(), by);
  }
  if (same && furthest > 0) std::printf("  numbers are apart by %.2g\n", furthest);
  if (same && furthest == 0) std::printf("  every bit is the same\n");
  return same ? 0 : 1;
}
