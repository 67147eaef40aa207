// SPDX-License-Identifier: MIT
//
// A report as one page: no network, no script, its styles and figures inside.
#ifndef COOP_COMMAND_LINE_REPORT_HTML_HPP
#define COOP_COMMAND_LINE_REPORT_HTML_HPP

#include "report_tables.hpp"
#include "results.hpp"
#include "summary.hpp"

#include <string>

namespace app {

/// The page of a sweep and its tables.
std::string html_page(const sweep_results& sweep, const summary& numbers, const report_tables& tables);

}  // namespace app

#endif
