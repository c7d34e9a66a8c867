#!/usr/bin/env python3
"""Checks who includes whom against the table of docs/architecture.md, and that third-party types stay in their room."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BELOW = {
    "base": set(), "crypto": {"base"}, "document": {"base"}, "schema": {"base", "document"}, "formats": {"base", "document", "schema"},
    "mapping": {"base", "document", "schema", "formats"}, "config": {"base", "document", "schema", "formats"},
    "partners": {"base", "crypto", "document", "config"}, "store": {"base"}, "adapter": {"base"}, "desk": {"base", "document", "schema", "formats", "mapping"},
    "process": {"base", "crypto", "document", "schema", "formats", "mapping", "config", "store", "adapter"},
    "feed": {"base", "crypto", "document", "schema", "formats", "store"},
    "pipeline": {"base", "crypto", "document", "schema", "formats", "mapping", "config", "partners", "store", "adapter", "process", "feed"},
    "net": {"base", "crypto"},
}
ADAPTERS = {"base", "crypto", "net", "adapter", "document", "feed", "store"}   # webhook implements feed's Poster
OWNERS = {  # third-party header -> rooms (or folders) that may name it
    "xercesc/": ("src/schema/", "src/formats/xml/"), "sqlite3.h": ("src/store/",), "openssl/": ("src/net/", "src/crypto/"),
    "boost/beast": ("src/net/",), "libxml/": ("src/mapping/",), "libxslt/": ("src/mapping/",), "re2/": ("src/schema/", "src/mapping/"),
}
ASIO_FREE = ("document", "schema", "formats", "mapping", "config", "partners", "desk", "base", "crypto")


def main():
    wrong = []
    for path in sorted([*ROOT.glob("src/**/*.?pp"), *ROOT.glob("adapters/**/*.?pp")]):
        relative = path.relative_to(ROOT).as_posix()
        room = relative.split("/")[1] if relative.startswith("src/") else "adapters"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            own = re.match(r'#include "([a-z_]+)/', line)
            foreign = re.match(r"#include <([^>]+)>", line)
            if own and room not in ("gateway", "cli", "main.cpp"):
                to = own.group(1)
                allowed = ADAPTERS if room == "adapters" else BELOW.get(room, set())
                if to not in allowed | {room} and (ROOT / "src" / to).is_dir():
                    wrong.append(f"{relative}:{number}: {room} includes {to}/")
                if to == "adapters" and room != "adapters":
                    wrong.append(f"{relative}:{number}: only gateway sees adapters")
            if foreign:
                for header, owners in OWNERS.items():
                    if foreign.group(1).startswith(header) and not relative.startswith(owners or ("-",)):
                        wrong.append(f"{relative}:{number}: <{foreign.group(1)}> belongs to {', '.join(owners) or 'no room'}")
                if foreign.group(1).startswith("boost/asio") and room in ASIO_FREE:
                    wrong.append(f"{relative}:{number}: {room} is free of Asio")
    print("\n".join(wrong) or "every include keeps to its room")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
