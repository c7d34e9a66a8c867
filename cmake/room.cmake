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
endfunction()

# wayleave_test(ROOM FILES… ): one Catch2 executable a room, `tests/<room>/…_test.cpp`, label = room.
function(wayleave_test room)
  cmake_parse_arguments(T "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${room}_test ${T_SOURCES})
  target_link_libraries(${room}_test PRIVATE catch_main ${T_LINKS})
  target_compile_definitions(${room}_test PRIVATE WAYLEAVE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             WAYLEAVE_BINARY="$<TARGET_FILE:wayleave>")
  add_test(NAME ${room} COMMAND ${room}_test)
  set_tests_properties(${room} PROPERTIES LABELS "unit;${room}")
endfunction()
