// SPDX-License-Identifier: MIT
//
// What most tests of the lower floors include, compiled once where COOP_PRECOMPILE_TESTS is on. No source includes
// this file.
#ifndef COOP_TESTS_PRECOMPILED_HPP
#define COOP_TESTS_PRECOMPILED_HPP

#include <coop/data/datasets/all.hpp>
#include <coop/data/drawn.hpp>
#include <coop/device/cpu.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/prompt/tokenizer.hpp>

#include <boost/test/unit_test.hpp>

#endif
