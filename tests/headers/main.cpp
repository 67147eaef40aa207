// SPDX-License-Identifier: MIT
//
// That this program links is the test: every header stands in two of its sources.
int main() {}
