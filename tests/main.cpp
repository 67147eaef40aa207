// SPDX-License-Identifier: MIT
//
// The entry of every room's program of tests, compiled once.
#define BOOST_TEST_MODULE coop
#include <boost/test/unit_test.hpp>
