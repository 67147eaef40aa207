# SPDX-License-Identifier: MIT
#
# For scripts that call programs: include it and set ${run_title}, which begins the message about a failure.

# run(<command>...): it must succeed; its output, both streams, becomes ${text}.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${run_title}: failed (${status}): ${command}\n${text}")
  endif()
  message("${text}")
  string(STRIP "${text}" text)
  set(text "${text}" PARENT_SCOPE)
endfunction()
