#!/usr/bin/env python3
"""Runs the benchmarks and writes their results into docs/BENCHMARKS.md, between the markers of each section.

usage: bench/run.py [SECTION…]     run from the repository's root; all sections by default, which takes hours

Sections: archive, check, encryption, listing, object-storage, object-storage-large, folder, stack-S, stack-M, stack-L. Each script lists its
requirements. The text about the numbers is outside the markers: review it after each run.
"""

import datetime
import pathlib
import re
import subprocess
import sys

from measure import machine

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "BENCHMARKS.md"
SECTIONS = {
    "archive": ["archive.py"],
    "check": ["check.py"],
    "encryption": ["encryption.py"],
    "listing": ["listing.py"],
    "object-storage": ["object_storage.py"],
    "object-storage-large": ["object_storage.py", "--large"],
    "folder": ["working_folder.py", "2000"],
    "stack-S": ["stack.py", "S", "clean"],
    "stack-M": ["stack.py", "M", "clean"],
    "stack-L": ["stack.py", "L", "clean", "--dense", "--large", "--rounds", "1"],
}


def main():
    for name in sys.argv[1:] or SECTIONS:
        script, *arguments = SECTIONS[name]
        result = subprocess.run([sys.executable, ROOT / "bench" / script, *arguments], stdout=subprocess.PIPE, text=True, check=True)
        body = f"{datetime.date.today()}, {machine()}.\n\n{result.stdout.strip()}"
        page = PAGE.read_text()
        pattern = re.compile(f"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        assert pattern.search(page), f"docs/BENCHMARKS.md has no markers for {name}"
        PAGE.write_text(pattern.sub(lambda marks: marks[1] + body + marks[2], page))
        print(body, flush=True)


if __name__ == "__main__":
    main()
