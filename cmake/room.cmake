# The headers that most files read anyway, compiled once (WAYLEAVE_PCH). Without it every file must name what it uses, so
# the dev and sanitizer presets build without.
function(wayleave_precompiled target kind)
  if(WAYLEAVE_PCH)
    target_precompile_headers(${target} REUSE_FROM wayleave_${kind})
    target_link_libraries(${target} PRIVATE wayleave_asio)   # whose headers everybody now reads
  endif()
endfunction()

# wayleave_precompile(KIND header… ): the library wayleave_KIND, whose precompiled headers others reuse.
function(wayleave_precompile kind)
  add_library(wayleave_${kind} STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
  target_precompile_headers(wayleave_${kind} PRIVATE ${ARGN})
  target_link_libraries(wayleave_${kind} PUBLIC Boost::system fmt::fmt spdlog::spdlog Threads::Threads)
endfunction()

# wayleave_room(NAME SOURCES… [USES room…] [LINKS target…])
# A room of src/ as a static library `wayleave_NAME`. USES are the rooms whose headers it may include:
# the include rules of docs/architecture.md, checked by tests/rooms.py.
function(wayleave_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(wayleave_${name} STATIC ${ROOM_SOURCES})
  foreach(used ${ROOM_USES})
    target_link_libraries(wayleave_${name} PUBLIC wayleave_${used})
  endforeach()
  target_link_libraries(wayleave_${name} PUBLIC ${ROOM_LINKS})
  wayleave_precompiled(wayleave_${name} pch)
endfunction()

# Tests are compiled often and run briefly: what they test is optimised, they are not.
function(wayleave_test_options target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)
endfunction()

# wayleave_test(ROOM FILES… ): one Catch2 executable a room, `tests/<room>/…_test.cpp`, label = room.
function(wayleave_test room)
  cmake_parse_arguments(T "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${room}_test ${T_SOURCES})
  target_link_libraries(${room}_test PRIVATE catch_main ${T_LINKS})
  wayleave_precompiled(${room}_test test_pch)
  wayleave_test_options(${room}_test)
  target_compile_definitions(${room}_test PRIVATE WAYLEAVE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             WAYLEAVE_BINARY="$<TARGET_FILE:wayleave>")
  add_test(NAME ${room} COMMAND ${room}_test)
  set_tests_properties(${room} PROPERTIES LABELS "unit;${room}")
endfunction()
