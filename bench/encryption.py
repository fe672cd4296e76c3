#!/usr/bin/env python3
"""Compares backups of a working folder that are encrypted and signed with backups that are not.

usage: bench/encryption.py [MEGABYTES]   run from the repository's root; 1000 by default; needs four times that in the
                                         temporary folder (TMPDIR), and the programs age-keygen and openssl

The folder is that of working_folder.py. The commands run in alternation, five times; the table shows the run of median wall
time.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from measure import median, run, table
from working_folder import HEAP, NGBAK, make

ROUNDS = 5


def keys(folder):
    """Makes keys and returns the settings that use them."""
    identity = folder / "identity.txt"
    subprocess.run(["age-keygen", "-o", identity], check=True, stderr=subprocess.DEVNULL)
    recipient = subprocess.run(["age-keygen", "-y", identity], check=True, stdout=subprocess.PIPE, text=True).stdout
    signing = folder / "signing.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", signing], check=True)
    return {"BACKUP_ENCRYPTION_RECIPIENTS": recipient.strip(), "BACKUP_SIGNING_KEY_FILE": str(signing)}, str(identity)


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        working = temp / "working_dir"
        working.mkdir()
        make(working, megabytes)
        raw = sum(file.stat().st_size for file in working.iterdir())
        print(f"{raw / 1e6:,.0f} MB in {len(list(working.iterdir()))} files\n", flush=True)
        protection, identity = keys(temp)
        costs, sizes = {}, {}
        for _ in range(ROUNDS):
            for form in ("gzip", "zstd"):
                for kind, settings in (("plain", {}), ("encrypted and signed", protection)):
                    backups = temp / "backups"
                    where = {"WORKING_DIR": str(working), "BACKUP_DIR": str(backups), "BACKUP_COMPRESSION": form, **HEAP}
                    name = (form, "backup", kind)
                    costs.setdefault(name, []).append(run(f"{NGBAK} backup --id x", **where, **settings))
                    sizes[name] = os.path.getsize(backups / "x.ngbak")
                    costs.setdefault((form, "verify", kind), []).append(
                        run(f"{NGBAK} verify x", **where, BACKUP_IDENTITY_FILE=identity))
                    shutil.rmtree(backups)
        rows = []
        for (form, what, kind), runs in costs.items():
            wall, cpu, rss, _ = median(runs)
            plain = median(costs[form, what, "plain"])[0]
            size = f"{sizes[form, what, kind] / 1e6:,.1f}" if (form, what, kind) in sizes else ""
            rows.append((f"{what}, {form}, {kind}", f"{wall:.1f}", f"{cpu:.1f}", f"{rss:.0f}", size, f"{wall / plain:.2f}"))
        table(["what", "wall s", "CPU s", "peak RSS MiB", "result MB", "of plain"], rows)


if __name__ == "__main__":
    main()
