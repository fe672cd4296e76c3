#!/usr/bin/env python3
"""Measures what listing 10,000 archives of 100 MB costs beyond an empty listing, and how long the server takes to start.

usage: bench/listing.py [COUNT]     run from the repository's root; needs about 1 GB in the temporary folder (TMPDIR)

One archive of 100 MB is made of random numbers in Base64. The others are separate sparse files of the same size with the
same first 64 KiB: a listing opens each and reads its beginning, as it would with as many complete archives. All files were
just written, so they are in the page cache. The start of the server is measured as often, from the command to the first
answer of /health/live.
"""

import base64
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from measure import median, middle, run, table

NGBAK = pathlib.Path(__file__).resolve().parent.parent / "ngbak"
PAIRS = 5


def make(working):
    rows, dim = 17_000, 1536
    rng = random.Random(1)
    with open(working / "vdb_entities.json", "w") as out:
        out.write(f'{{"embedding_dim": {dim}, "data": [')
        out.write(", ".join(f'{{"__id__": "ent-{n}"}}' for n in range(rows)) + '], "matrix": "')
        for _ in range(0, rows, 100):
            out.write(base64.b64encode(rng.randbytes(100 * dim * 4)).decode())
        out.write('"}')


def answers(folder):
    """Returns the seconds from the command to the first successful answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.monotonic()
    server = subprocess.Popen([NGBAK, "serve"], env={**os.environ, "PORT": str(port), "BACKUP_DIR": str(folder)},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live"):
                    return time.monotonic() - start
            except urllib.error.URLError:
                if server.poll() is not None:
                    raise SystemExit("the server did not start")
                time.sleep(.01)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        folder, empty, working = temp / "backups", temp / "empty", temp / "working_dir"
        for path in (folder, empty, working):
            path.mkdir()
        make(working)
        run(f"{NGBAK} backup --id a0", WORKING_DIR=str(working), BACKUP_DIR=str(folder))
        size = os.path.getsize(folder / "a0.ngbak")
        with open(folder / "a0.ngbak", "rb") as archive:
            beginning = archive.read(1 << 16)
        for n in range(1, count):
            with open(folder / f"a{n}.ngbak", "wb") as copy:
                copy.write(beginning)
                copy.truncate(size)

        full, none, starts, loads = [], [], [], []
        for _ in range(PAIRS):
            loads.append(os.getloadavg()[0])
            none.append(run(f"{NGBAK} list --json", BACKUP_DIR=str(empty)))
            full.append(run(f"{NGBAK} list --json", BACKUP_DIR=str(folder)))
            assert full[-1][3].count(b'"backup_id"') == count and b'"error"' not in full[-1][3]
            starts.append(answers(empty))
        rows = [(name, f"{wall:.2f}", f"{cpu:.2f}", f"{rss:.0f}")
                for name, (wall, cpu, rss, _) in (("an empty folder", median(none)),
                                                  (f"{count:,} archives of {size / 1e6:.0f} MB", median(full)))]
        table(["ngbak list", "wall s", "CPU s", "peak MiB"], rows)
        cpu = middle([f[1] - n[1] for f, n in zip(full, none)])
        print(f"\nbeyond an empty listing: {cpu:.2f} s of CPU (median of {PAIRS} pairs)")
        print(f"ngbak serve, to the first answer: {middle(starts):.2f} s (median of {PAIRS})")
        print(f"load of the machine: {min(loads):.1f} to {max(loads):.1f}")


if __name__ == "__main__":
    main()
