# Folding of events into the current state: pure, so it and its tests need none of the rooms that deliver documents.
wayleave_room(state
  SOURCES state.cpp state_element.cpp state_event.cpp state_network.cpp state_parties.cpp
  USES base document formats asio
)
