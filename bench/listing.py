#!/usr/bin/env python3
"""What it costs to list 10,000 archives of 100 MB, beyond an empty listing; and how long a start takes.

usage: bench/listing.py [COUNT]     run from the repository's root; needs about 1 GB in the temporary folder (TMPDIR chooses it)

One archive of 100 MB is made of random numbers in base64. The others are files of their own with the same first 64 KiB and the same size,
of which the rest is a hole: a listing opens each and reads its beginning, as it would with as many whole ones. All were
just written, so none has to come from the disk. The server is started and stopped as often, from the command to the first answer of /health/live.
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
    """Seconds from the command to the first good answer."""
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
