#!/usr/bin/env python3
"""What it costs to list 1,000 archives of 100 MB, beyond an empty listing.

usage: bench/listing.py [COUNT]     run from the repository's root; needs about 300 MB in the temporary folder

One archive of 100 MB is made of random numbers and stands under COUNT names (hard links): a listing opens each of them
and reads its beginning, as it would with as many files.
"""

import base64
import os
import pathlib
import random
import sys
import tempfile

from measure import median, run, table

NGBAK = pathlib.Path(__file__).resolve().parent.parent / "ngbak"
PAIRS = 5


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        folder, empty, working = temp / "backups", temp / "empty", temp / "working_dir"
        for path in (folder, empty, working):
            path.mkdir()
        rows, dim = 17_000, 1536
        rng = random.Random(1)
        with open(working / "vdb_entities.json", "w") as out:
            out.write(f'{{"embedding_dim": {dim}, "data": [')
            out.write(", ".join(f'{{"__id__": "ent-{n}"}}' for n in range(rows)) + '], "matrix": "')
            for _ in range(0, rows, 100):
                out.write(base64.b64encode(rng.randbytes(100 * dim * 4)).decode())
            out.write('"}')
        run(f"{NGBAK} backup --id a0", WORKING_DIR=str(working), BACKUP_DIR=str(folder))
        size = os.path.getsize(folder / "a0.ngbak")
        for n in range(1, count):
            os.link(folder / "a0.ngbak", folder / f"a{n}.ngbak")

        full, none = [], []
        for _ in range(PAIRS):
            none.append(run(f"{NGBAK} list --json", BACKUP_DIR=str(empty)))
            full.append(run(f"{NGBAK} list --json", BACKUP_DIR=str(folder)))
            assert full[-1][3].count(b'"backup_id"') == count
        rows = [(name, f"{wall:.2f}", f"{cpu:.2f}", f"{rss:.0f}")
                for name, (wall, cpu, rss, _) in (("an empty folder", median(none)),
                                                  (f"{count:,} archives of {size / 1e6:.0f} MB", median(full)))]
        table(["ngbak list", "wall s", "CPU s", "peak MiB"], rows)
        cpu = sorted(f[1] - n[1] for f, n in zip(full, none))[PAIRS // 2]
        print(f"\nbeyond an empty listing: {cpu:.2f} s of CPU (median of {PAIRS} pairs)")


main()
