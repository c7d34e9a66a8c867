#include "base/nearest.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace wayleave;

TEST_CASE("the edit distance counts insertions, deletions, changes and swaps", "[base]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("Quantity", "Quantity") == 0);
  CHECK(edit_distance("Quantity", "Qantity") == 1);
  CHECK(edit_distance("Quantity", "Quantityy") == 1);
  CHECK(edit_distance("Quantity", "Quantaty") == 1);
  CHECK(edit_distance("Quantity", "Quantiyt") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("a", "A") == 1);
}

TEST_CASE("the nearest name is found within a third of its length", "[base]") {
  const std::vector<std::string> names{"Order", "OrderChange", "Quantity", "N104", "N103", "ShipTo"};
  CHECK(nearest("Qauntity", names) == "Quantity");
  CHECK(nearest("Ordre", names) == "Order");
  CHECK(nearest("N14", names) == "N104");
  CHECK(nearest("N105", names) == "N104");
  CHECK(nearest("SHIPTO", names) == "ShipTo");
  CHECK(nearest("ORDERCHANGE", names) == "OrderChange");
  CHECK(nearest("Remarks", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest("x", {}).empty());
  CHECK(nearest(std::string(100'000, 'x'), names).empty());
}
