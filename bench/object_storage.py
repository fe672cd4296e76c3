#!/usr/bin/env python3
"""Compares backups into a bucket with backups into a folder, and uploads with rclone; lists many archives in a bucket.

usage: bench/object_storage.py [MEGABYTES [COUNT]]                     1000 and 10,000 by default; COUNT 0 lists nothing
       bench/object_storage.py --no-slow-network [MEGABYTES [COUNT]]   the same in less than half of the time
       bench/object_storage.py --large [MEGABYTES]                     8700 MB by default: backup, verification, restore

Run it from the repository's root. It needs six times the size in the temporary folder (TMPDIR), or twice with --large.

VERSITYGW_BIN names versitygw (https://github.com/versity/versitygw), which serves a folder of the same disk as a bucket.
RCLONE_BIN names rclone. The working folder is that of bench/working_folder.py. Three rounds, in alternation; the table shows
the run of median wall time. The slow network is a proxy that passes on a fixed number of bytes per second.

To list many archives, one small archive is stored under COUNT names.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

from measure import median, middle, run, seconds, table
from working_folder import make

NGBAK = pathlib.Path(__file__).resolve().parent.parent / "ngbak"
HEAP = "-Xmx256m"
ROUNDS = 3
KEYS = ("bench-access", "bench-secret")
SLOW = 20_000_000


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Gateway:
    """versitygw on a folder, which counts requests by their log."""

    def __init__(self, folder):
        self.port = free_port()
        self.objects = folder / "objects"
        self.objects.mkdir()
        self.log = folder / "access.log"
        self.process = subprocess.Popen(
            [os.environ["VERSITYGW_BIN"], "--port", f"127.0.0.1:{self.port}", "--access-log", self.log, "posix", self.objects],
            env={**os.environ, "ROOT_ACCESS_KEY": KEYS[0], "ROOT_SECRET_KEY": KEYS[1]},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(.05)

        self.rclone("mkdir bench:bench")

    def rclone(self, command):
        """Runs rclone; the bucket is bench:bench. Returns the wall seconds."""
        return run(f"{os.environ['RCLONE_BIN']} {command}", RCLONE_CONFIG_BENCH_TYPE="s3", RCLONE_CONFIG_BENCH_PROVIDER="Other",
                   RCLONE_CONFIG_BENCH_ENDPOINT=f"http://127.0.0.1:{self.port}", RCLONE_CONFIG_BENCH_ACCESS_KEY_ID=KEYS[0],
                   RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY=KEYS[1])[0]

    def requests(self):
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def stop(self):
        self.process.terminate()
        self.process.wait()


class SlowNetwork:
    """Passes connections on, all of them together with at most SLOW bytes per second towards the service."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.clear_at = time.monotonic()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()

    def pump(self, source, target, limited):
        try:
            while data := source.recv(65536):
                if limited:
                    with self.lock:
                        self.clear_at = max(self.clear_at, time.monotonic()) + len(data) / SLOW
                        wait = self.clear_at - time.monotonic()
                    if wait > 0:
                        time.sleep(wait)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Peak:
    """Samples the size of a folder."""

    def __init__(self, folder):
        self.folder, self.bytes, self.stopped = folder, 0, False
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()

    def sample(self):
        while not self.stopped:
            total = 0
            for directory, _, files in os.walk(self.folder):
                for file in files:
                    try:
                        total += os.path.getsize(os.path.join(directory, file))
                    except FileNotFoundError:
                        pass
            self.bytes = max(self.bytes, total)
            time.sleep(.05)

    def stop(self):
        self.stopped = True
        self.thread.join()
        return self.bytes


def bucket(port, staging):
    return {"BACKUP_REPOSITORY": "s3://bench/ngbak", "BACKUP_S3_ENDPOINT": f"http://127.0.0.1:{port}",
            "BACKUP_S3_ACCESS_KEY": KEYS[0], "BACKUP_S3_SECRET_KEY": KEYS[1], "BACKUP_S3_STAGING": staging}


def backup(temp, state, settings):
    """Returns (wall, CPU, RSS, seconds by phase, peak bytes in BACKUP_DIR)."""
    peak = Peak(state)
    log = temp / "log"
    try:
        wall, cpu, rss, _ = run(f"exec {NGBAK} -v backup --id x 2>{log}", WORKING_DIR=str(temp / "working_dir"),
                                BACKUP_DIR=str(state), NGBAK_JAVA_OPTS=HEAP, **settings)
    finally:
        most = peak.stop()
    summary = re.search(r"It took .*", log.read_text())[0]
    phases = {name: seconds(text) for name, text in re.findall(r"(\w+) ((?:\d+ min )?[0-9.]+ s)(?=[,.])", summary)}
    return wall, cpu, rss, phases, most


def transfers(temp, gateway, with_slow):
    raw = sum(file.stat().st_size for file in (temp / "working_dir").iterdir())
    slow = SlowNetwork(gateway.port)
    forms = {"to a folder": {},
             "to a bucket, sent while it is made": bucket(gateway.port, "stream"),
             "to a bucket, sent from the disk": bucket(gateway.port, "disk"),
             f"to a bucket at {SLOW / 1e6:.0f} MB/s, sent while it is made": bucket(slow.port, "stream"),
             f"to a bucket at {SLOW / 1e6:.0f} MB/s, sent from the disk": bucket(slow.port, "disk")}
    if not with_slow:
        forms = {name: settings for name, settings in forms.items() if " MB/s" not in name}
    runs, uploads, copies = {}, [], []
    states = {name: temp / f"state-{n}" for n, name in enumerate(forms)}
    for name, settings in forms.items():  # The first use of a state directory tests the service.
        states[name].mkdir()
        backup(temp, states[name], settings)
        for archive in temp.rglob("x.ngbak"):
            archive.unlink()
    for _ in range(ROUNDS):
        for name, settings in forms.items():
            runs.setdefault(name, []).append(backup(temp, states[name], settings))
            object_ = gateway.objects / "bench" / "ngbak" / "x.ngbak"
            archive = object_ if settings else states[name] / "x.ngbak"
            size = archive.stat().st_size
            if settings:
                if name == "to a bucket, sent from the disk":
                    uploads.append(size / runs[name][-1][3]["writing"] / 1e6)
            else:
                copies.append(size / gateway.rclone(f"copyto {archive} bench:bench/rclone.ngbak") / 1e6)
                (gateway.objects / "bench" / "rclone.ngbak").unlink()
            archive.unlink()
    print(f"{raw / 1e6:,.0f} MB of files, an archive of {size / 1e6:,.0f} MB, {HEAP}\n")
    rows, folder = [], median(runs["to a folder"])[0]
    for name, results in runs.items():
        wall, cpu, rss, phases, most = median(results)
        rows.append((name, f"{wall:.1f}", f"{wall / folder:.2f}", f"{cpu:.1f}", f"{rss:.0f}", f"{phases['exporting']:.1f}",
                     f"{most / 2**20:.0f}"))
    table(["backup", "wall s", "of the folder's", "CPU s", "peak RSS MiB", "stores read s", "local disk MiB"], rows)
    print(f"\nupload of the archive: ngbak {middle(uploads):.0f} MB/s, rclone copyto {middle(copies):.0f} MB/s, ratio"
          f" {middle([u / c for u, c in zip(uploads, copies)]):.2f} (median of {ROUNDS} pairs)")


def large(temp, gateway):
    settings = bucket(gateway.port, "stream")
    state = temp / "state"
    state.mkdir()
    rows = []

    def add(name, wall, cpu, rss, most):
        rows.append((name, f"{wall:.0f}", f"{cpu:.0f}", f"{rss:.0f}", f"{most / 2**20:.0f}"))

    raw = sum(file.stat().st_size for file in (temp / "working_dir").iterdir())
    wall, cpu, rss, _, most = backup(temp, state, settings)
    add("backup (sent, read back)", wall, cpu, rss, most)
    size = (gateway.objects / "bench" / "ngbak" / "x.ngbak").stat().st_size
    for file in (temp / "working_dir").iterdir():
        file.unlink()  # A restore to an empty system, which needs no safety archive.
    for name, command in (("verify", "verify x"), ("restore (verified, replaced, proved)", "restore x --yes")):
        peak = Peak(state)
        wall, cpu, rss, _ = run(f"exec {NGBAK} {command}", WORKING_DIR=str(temp / "working_dir"), BACKUP_DIR=str(state),
                              NGBAK_JAVA_OPTS=HEAP, **settings)
        add(name, wall, cpu, rss, peak.stop())
    assert sum(file.stat().st_size for file in (temp / "working_dir").iterdir() if file.is_file()) == raw
    print(f"{raw / 1e6:,.0f} MB of files, an archive of {size / 1e6:,.0f} MB, {HEAP}, one run\n")
    table(["ngbak", "wall s", "CPU s", "peak RSS MiB", "local disk MiB"], rows)


def listing(temp, gateway, count):
    small = temp / "small"
    (small / "working_dir").mkdir(parents=True)
    make(small / "working_dir", 1)
    run(f"{NGBAK} backup --id a0", WORKING_DIR=str(small / "working_dir"), BACKUP_DIR=str(small))
    many = temp / "many"
    many.mkdir()
    for n in range(count):
        os.link(small / "a0.ngbak", many / f"a{n}.ngbak")
    settings = {**bucket(gateway.port, "stream"), "BACKUP_REPOSITORY": "s3://bench/many", "BACKUP_DIR": str(small / "state")}
    gateway.rclone(f"copy --transfers 16 {many} bench:bench/many")
    before = gateway.requests()
    wall, cpu, rss, out = run(f"{NGBAK} list --json", **settings)
    assert out.count(b'"backup_id"') == count
    print(f"\n`ngbak list` of {count:,} archives in a bucket: {gateway.requests() - before:,} requests, {wall:.1f} s,"
          f" {cpu:.1f} s of CPU, {rss:.0f} MiB")


def main():
    arguments = sys.argv[1:]
    is_large = "--large" in arguments
    numbers = [int(argument) for argument in arguments if not argument.startswith("--")]
    megabytes = numbers[0] if numbers else 8700 if is_large else 1000
    count = numbers[1] if len(numbers) > 1 else 10_000
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        (temp / "working_dir").mkdir()
        make(temp / "working_dir", megabytes)
        gateway = Gateway(temp)
        try:
            if is_large:
                large(temp, gateway)
            else:
                transfers(temp, gateway, "--no-slow-network" not in arguments)
                if count:
                    listing(temp, gateway, count)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main()
