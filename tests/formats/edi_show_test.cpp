#include <catch2/catch.hpp>

#include "edi_fixture.hpp"
#include "formats/edi/show.hpp"

using namespace wayleave;
using namespace wayleave::edi;

namespace {

std::string show(const std::string& bytes, const std::vector<std::string>& names, bool colour = false) {
  Guides guides;
  for (const auto& name : names) guides.add(fixture::guide(name));
  std::string out;
  Show listener([&](std::string_view piece) { out += piece; }, colour);
  fixture::read(bytes, guides, listener);
  return out;
}

const std::string isa =
    "ISA*00*          *00*          *01*123456789      *ZZ*SELLER         *250314*0912*U*00501*000000905*0*P*:~";

}  // namespace

TEST_CASE("a set is shown by its guide, indented by loop", "[formats][edi]") {
  const auto out = show(
      isa +
          "GS*PO*BUYER*SELLER*20250314*0912*1*X*005010~ST*850*0001~BEG*00*SA*PO-4711**20250314~"
          "N1*ST*Warehouse 12~N3*1 Dock "
          "Rd~PO1*1*12*EA*9.95**BP*SKU-1~PID*F****Widget~CTT*1*12~SE*8*0001~GE*1*1~IEA*1*000000905~",
      {"850"}
  );
  CHECK(
      out ==
      "X12 interchange 000000905   01 123456789 → ZZ SELLER   250314 0912   version 00501   delimiters ~ * : none none "
      ".\n"
      "  group 1   PO   BUYER → SELLER   20250314 0912   X 005010\n"
      "    850 0001   005010   guide Test 850   8 segments\n"
      "      ST*850*0001\n"
      "      BEG*00*SA*PO-4711**20250314\n"
      "        BEG01 (353) 00 = a new order\n"
      "        BEG02 (92) SA\n"
      "        BEG03 (324) PO-4711 — purchase order number\n"
      "        BEG05 (373) 20250314 — date of the order\n"
      "      N1*ST*Warehouse 12\n"
      "        N101 (98) ST\n"
      "        N102 (93) Warehouse 12\n"
      "        N3*1 Dock Rd\n"
      "          N301 (166) 1 Dock Rd\n"
      "      PO1*1*12*EA*9.95**BP*SKU-1\n"
      "        PO101 (350) 1\n"
      "        PO102 (330) 12\n"
      "        PO103 (355) EA = each\n"
      "        PO104 (212) 9.95\n"
      "        PO106 (235) BP\n"
      "        PO107 (234) SKU-1\n"
      "        PID*F****Widget\n"
      "          PID01 (349) F\n"
      "          PID05 (352) Widget\n"
      "      CTT*1*12\n"
      "        CTT01 (354) 1\n"
      "        CTT02 (347) 12\n"
      "      SE*8*0001\n"
  );
}

TEST_CASE("what is wrong is shown where it is", "[formats][edi]") {
  const auto out = show(
      isa +
          "GS*PO*BUYER*SELLER*20250314*0912*1*X*005010~ST*850*0001~BEG*00*SA*PO-4711**20250231~QQQ*1~PO1*1*12*BX~SE*5*"
          "0001~GE*1*1~IEA*1*000000905~",
      {"850"}
  );
  INFO(out);
  CHECK(out.find("      BEG*00*SA*PO-4711**20250231\n                         ^^^^^^^^\n      E314 ") != out.npos);
  CHECK(out.find("      QQQ*1\n      ^^^^^\n      E201 ") != out.npos);
  CHECK(out.find("        QQQ01 1\n") != out.npos);
  CHECK(out.find("      PO1*1*12*BX\n               ^^\n      E312 ") != out.npos);
  CHECK(out.find("5 segments   REFUSED\n") != out.npos);
}

TEST_CASE("a set without a guide shows positions", "[formats][edi]") {
  const auto out = show(
      "UNB+UNOC:3+A:14+B:14+250314:0912+7'UNH+1+ORDERS:D:96A:UN'BGM+220:::x+4711'FTX+AAI+++it?'s:Caf\xe9'UNT+4+1'UNZ+1+"
      "7'",
      {}
  );
  CHECK(
      out ==
      "EDIFACT interchange 7   14 A → 14 B   250314 0912   version UNOC 3   delimiters ' + : none ? .\n"
      "  ORDERS 1   D.96A   no guide   4 segments\n"
      "    UNH+1+ORDERS:D:96A:UN\n"
      "    E170 ORDERS D.96A has no guide here: only its syntax was checked\n"
      "    BGM+220:::x+4711\n"
      "      BGM01/01 220\n"
      "      BGM01/04 x\n"
      "      BGM02 4711\n"
      "    FTX+AAI+++it?'s:Café\n"
      "      FTX01 AAI\n"
      "      FTX04/01 it's\n"
      "      FTX04/02 Café\n"
      "    UNT+4+1\n"
  );
}

TEST_CASE("octets are shown as one segment, whatever they are", "[formats][edi]") {
  const auto out = show(
      isa +
          "GS*IN*B*S*20250314*0912*1*X*005010~ST*810*0001~BIN*7*a~b*c~d~BDS*ASC*3*~:*~BIN*x*1~SE*5*0001~GE*1*1~IEA*1*"
          "000000905~",
      {}
  );
  INFO(out);
  CHECK(
      out.find("      BIN*7*a~b*c~d\n        BIN01 7\n        BIN02 a~b*c~d\n"
               "      BDS*ASC*3*~:*\n        BDS01 ASC\n        BDS02 3\n        BDS03 ~:*\n"
               "      BIN*x*1\n        BIN01 x\n        BIN02 1\n      SE*5*0001\n") != out.npos
  );
}

TEST_CASE("EDIFACT components have the names of the guide", "[formats][edi]") {
  const auto out = show(
      "UNB+UNOC:3+A:14+B:14+250314:0912+7'UNH+1+ORDERS:D:96A:UN'BGM+220'LIN+1++4000862141404:EN'QTY+21:48'UNS+S'UNT+6+"
      "1'UNZ+1+7'",
      {"orders"}
  );
  INFO(out);
  CHECK(out.find("      C002/E1001 (1001) 220\n") != out.npos);
  CHECK(
      out.find("    LIN+1++4000862141404:EN\n      E1082 (1082) 1\n      C212/E7140 (7140) 4000862141404\n      "
               "C212/E7143 (7143) EN\n      QTY+21:48\n        C186/E6063 (6063) 21\n") != out.npos
  );
}

TEST_CASE("colour only where it is asked for", "[formats][edi]") {
  const std::string bytes = isa +
                            "GS*PO*BUYER*SELLER*20250314*0912*1*X*005010~ST*850*0001~BEG*00*SA*PO-4711**20250231~PO1*1*"
                            "12*EA~SE*4*0001~GE*1*1~IEA*1*000000905~";
  CHECK(show(bytes, {"850"}).find('\x1b') == std::string::npos);
  const auto coloured = show(bytes, {"850"}, true);
  CHECK(coloured.find("\x1b[31mBEG*00*SA*PO-4711**20250231\x1b[0m") != coloured.npos);
  CHECK(coloured.find("\x1b[2mBEG01 (353)\x1b[0m 00\x1b[2m = a new order\x1b[0m\n") != coloured.npos);
}
