#!/usr/bin/env python3
"""Backup, verify and restore of Neo4j, Qdrant and Redis in 256 MiB of heap, against plain reads of the same stores.

usage: bench/stack.py [SIZE [VARIANT [OPTION…]]]     run from the repository's root; M clean by default

SIZE is tiny, T, S, M or L and VARIANT clean or fork; options are those of the tool's `fill`, such as --dense. Servers
are started on free ports and removed at the end: Neo4j from Maven artifacts, the machine's redis-server, and the Qdrant
that QDRANT_BIN names. M needs some 12 GB of memory and 20 GB in the temporary folder (TMPDIR chooses it). The plain reads
are a scan over Bolt, SCAN with GET, and snapshots downloaded to nowhere; they are made before the backup and after the
restore, so that what the machine does meanwhile shows.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from measure import run, table

ROOT = pathlib.Path(__file__).resolve().parent.parent
NGBAK = ROOT / "ngbak"
HEAP = {"NGBAK_JAVA_OPTS": "-Xmx256m"}
STORES = {"graph": "Neo4j", "vector": "Qdrant", "kv": "Redis"}


def build():
    subprocess.run(["mvn", "-q", "-B", "-f", ROOT / "pom.xml", "-pl", "stack-tests", "-am", "-Dmaven.test.skip=true",
                    "-Dspotless.check.skip=true", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true", "package"], check=True)
    target = ROOT / "stack-tests" / "target"
    return f"{target / 'classes'}:{(target / 'tool.classpath').read_text().strip()}"


def serve(tool):
    servers = subprocess.Popen([*tool, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    environment = {}
    for line in servers.stdout:
        if line == "ready\n":
            return servers, environment
        if re.match(r"[A-Z0-9_]+=", line):
            name, value = line.rstrip("\n").split("=", 1)
            environment[name] = value
        else:
            print(line, end="", flush=True)
    raise SystemExit("the servers did not start")


def seconds(out, pattern):
    """By store, from what the log says: `graph: 470000 records in 12.3 s.`"""
    times = {}
    for line in out.decode().splitlines():
        message = json.loads(line).get("message", "")
        match = re.match(r"(graph|vector|kv): " + pattern + r" in (?:(\d+) min )?([0-9.]+) s", message)
        if match:
            times[match[1]] = 60 * int(match[2] or 0) + float(match[3])
    return times


def reads(tool, environment):
    out = subprocess.run([*tool, "read"], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {name: (float(wall), int(size)) for name, wall, size in (line.split() for line in out.splitlines())}


def main():
    wanted = sys.argv[1:] + ["M", "clean"][len(sys.argv) - 1:]
    tool = ["java", "-cp", build(), "dev.ngbak.stack.Main"]
    with tempfile.TemporaryDirectory() as temp:
        servers, environment = serve(tool)
        try:
            environment["BACKUP_DIR"] = temp
            subprocess.run([*tool, "fill", *wanted], env={**os.environ, **environment}, check=True)
            plain = reads(tool, environment)
            rows = []

            def cost(name, command):
                wall, cpu, rss, out = run(f"{NGBAK} {command} --json", **environment, **HEAP)
                rows.append((name, f"{wall:.1f}", f"{cpu:.1f}", f"{rss:.0f}"))
                print(f"{name}: {wall:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
                return out

            exported = seconds(cost("backup (written and verified)", "backup --id x"), r"(?:exported|\d+ records)")
            cost("verify", "verify x")
            subprocess.run([*tool, "wipe"], env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
            restored = seconds(cost("restore into empty stores (checked, replaced, proved)", "restore x --yes"), "restored")
            cost("a second backup", "backup --id y")
            later = reads(tool, environment)
            first, second = (json.loads(run(f"{NGBAK} inspect {each} --json", **environment)[3].splitlines()[-1]) for each in "xy")
            for store in STORES:
                for member in ("records", "content_digest"):
                    assert first["stores"][store][member] == second["stores"][store][member] is not None, (store, member)
            print(f"\narchive: {os.path.getsize(pathlib.Path(temp) / 'x.ngbak') / 1e6:,.0f} MB; consistency "
                  f"{first['consistency']['grade']}; both backups have the same content digests\n")
            table(["what", "wall s", "CPU s", "peak RSS MiB"], rows)
            print()
            table(["store", "records", "MB", "plain read s, before and after", "export s", "export MB/s", "restore s"],
                  [(product, f"{first['stores'][store]['records']:,}", f"{plain[store][1] / 1e6:,.0f}",
                    f"{plain[store][0]:.1f}, {later[store][0]:.1f}", f"{exported[store]:.1f}",
                    f"{plain[store][1] / 1e6 / exported[store]:.0f}", f"{restored[store]:.1f}")
                   for store, product in STORES.items()])
        finally:
            servers.stdin.close()
            servers.wait()


main()
