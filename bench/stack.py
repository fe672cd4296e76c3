#!/usr/bin/env python3
"""Compares backup, verify and restore of Neo4j, Qdrant and Redis in 256 MiB of heap with plain reads and writes.

usage: bench/stack.py [SIZE [VARIANT [OPTION…]]]     run from the repository's root; S clean by default

SIZE is tiny, T, S, M or L; VARIANT is clean or fork. Options are those of the tool's `fill`, such as --dense, and
  --rounds N   number of rounds, 5 by default
  --zstd       compress with zstd
  --large      leave out what needs all the data a second time on disk or in memory: packing alone, plain writes, and the
               backup by hand

Servers are started on free ports and removed at the end: Neo4j from Maven artifacts, the machine's redis-server, and the
Qdrant that QDRANT_BIN names. M needs about 12 GB of memory and 20 GB in the temporary folder (TMPDIR); L needs 24 GB of
memory, better 40, and 60 GB of disk.

Each round does, in this order:
  1. plain reads of the three stores, alone and in parallel (a scan over Bolt, SCAN with GET, snapshots that are discarded);
  2. a backup;
  3. packing the same bytes alone;
  4. a verification;
  5. plain writes, one store after the other as a restore does (batches by two sessions, SET in pipelines, snapshot uploads);
  6. a restore into empty stores.
Tables show medians; ratios are between numbers of the same round.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from measure import middle, run, seconds, table

ROOT = pathlib.Path(__file__).resolve().parent.parent
NGBAK = ROOT / "ngbak"
HEAP = {"NGBAK_JAVA_OPTS": "-Xmx256m"}
STORES = {"graph": "Neo4j", "vector": "Qdrant", "kv": "Redis"}


def build():
    subprocess.run(["mvn", "-q", "-B", "-Pbench", "-f", ROOT / "pom.xml", "-pl", "testing/stack-tests,bench/jmh", "-am", "-Dmaven.test.skip=true",
                    "-Dspotless.check.skip=true", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true", "package"], check=True, stdout=sys.stderr)
    return [f"{target / 'classes'}:{(target / 'tool.classpath').read_text().strip()}"
            for target in (ROOT / "testing" / "stack-tests" / "target", ROOT / "bench" / "jmh" / "target")]


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
            print(line, end="", file=sys.stderr, flush=True)
    raise SystemExit("the servers did not start")


def by_store(out, pattern):
    """Returns the seconds by store, parsed from log lines such as `graph: 470000 records in 12.3 s.`"""
    found = re.findall(r"(graph|vector|kv): " + pattern + r" in ((?:\d+ min )?[0-9.]+ s)\.", out)
    return {store: seconds(time) for store, time in found}


def by_phase(out):
    """Returns the seconds by phase, parsed from the last line of the log: `It took 12.3 s: exporting 10.1 s, ….`"""
    parts = re.search(r"It took [^:]*: (.*)\.\"", out)[1].split(", ")
    phases = {}
    for part in parts:
        match = re.fullmatch(r"(.*?)(?:: .*?)? ((?:\d+ min )?[0-9.]+ s)", part)
        phases[match[1]] = phases.get(match[1], 0) + seconds(match[2])
    return phases


def plain(tool, environment, *command):
    out = subprocess.run([*tool, *command], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {name: (float(wall), int(size)) for name, wall, size in (line.split() for line in out.splitlines())}


def unpack(archive, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run(["tar", "xf", archive, "-C", folder], check=True)


def by_hand(environment, temp):
    """Measures a backup by hand: RDB, snapshots by curl, and tar czf. Leaves out Neo4j, which would have to be stopped for a dump."""
    folder = temp / "hand"
    folder.mkdir()
    qdrant, redis = environment["QDRANT_URL"], environment["REDIS_URL"]
    wall = run(f"""set -e
        redis-cli -u {redis} --rdb {folder}/dump.rdb
        for c in entities chunks; do
          url={qdrant}/collections/api_working_dir_$c/snapshots
          name=$(curl -sf -X POST $url | sed 's/.*"name":"\\([^"]*\\)".*/\\1/')
          curl -sf $url/$name -o {folder}/$c.snapshot
          curl -sf -X DELETE $url/$name
        done
        tar czf {temp}/hand.tar.gz -C {temp} hand""")[0]
    size = os.path.getsize(temp / "hand.tar.gz")
    os.remove(temp / "hand.tar.gz")
    shutil.rmtree(folder)
    return wall, size


def round_of(tool, environment, temp, options):
    """Runs one round; returns its durations by name, costs, manifest and archive size."""
    took = {}
    cost = {}

    def ngbak(name, command):
        wall, cpu, rss, out = run(f"{NGBAK} {command} --json", **environment, **HEAP)
        took[name] = wall
        cost[name] = (wall, cpu, rss)
        return out.decode()

    for store, (wall, _) in plain(tool, environment, "read").items():
        took["read " + store] = wall
    took["reads"] = plain(tool, environment, "read", "--together")["all"][0]
    out = ngbak("backup", "backup --id x")
    for store, wall in by_store(out, r"(?:exported|\d+ records)").items():
        took["export " + store] = wall
    took.update({"backup: " + phase: wall for phase, wall in by_phase(out).items()})
    if not options.large:
        unpack(temp / "x.ngbak", temp / "unpacked")
        took["pack"] = run(f"java -Xmx256m -cp {options.packer} dev.ngbak.archive.ArchiveTool pack {options.form} {temp / 'packed.ngbak'}"
                           f" $(find {temp / 'unpacked'} -type f)")[0]
        shutil.rmtree(temp / "unpacked")
        os.remove(temp / "packed.ngbak")
    ngbak("verify", "verify x")
    if not options.large:
        for store, (wall, _) in plain(tool, environment, "rewrite").items():
            took["write " + store] = wall
        took["writes"] = sum(took["write " + store] for store in STORES)
    subprocess.run([*tool, "wipe"], env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
    out = ngbak("restore", "restore x --yes")
    for store, wall in by_store(out, "written").items():
        took["restore " + store] = wall
    took.update({"restore: " + phase: wall for phase, wall in by_phase(out).items()})
    info = json.loads(run(f"{NGBAK} inspect x --json", **environment)[3].splitlines()[-1])
    size = os.path.getsize(temp / "x.ngbak")
    os.remove(temp / "x.ngbak")
    return took, cost, info, size


def main():
    parser = argparse.ArgumentParser(usage="bench/stack.py [SIZE [VARIANT [OPTION…]]]")
    parser.add_argument("size", nargs="?", default="S")
    parser.add_argument("variant", nargs="?", default="clean")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--zstd", action="store_true")
    parser.add_argument("--large", action="store_true")
    options, fill = parser.parse_known_args()
    options.form = "zstd" if options.zstd else "gzip"
    classes, options.packer = build()
    with tempfile.TemporaryDirectory() as folder:
        temp = pathlib.Path(folder)
        tool = ["java", f"-Djava.io.tmpdir={temp}", "-cp", classes, "dev.ngbak.stack.Main"]
        servers, environment = serve(tool)
        try:
            environment |= {"BACKUP_DIR": folder, "BACKUP_RETRIES": "0", "BACKUP_COMPRESSION": options.form}
            subprocess.run([*tool, "fill", options.size, options.variant, *fill], env={**os.environ, **environment}, check=True, stdout=sys.stderr)
            hand = None if options.large else by_hand(environment, temp)
            rounds = []
            for number in range(options.rounds):
                rounds.append(round_of(tool, environment, temp, options))
                print(f"round {number + 1}: load {os.getloadavg()[0]:.1f}, "
                      + ", ".join(f"{name} {wall:.1f}" for name, wall in rounds[-1][0].items()), file=sys.stderr, flush=True)
            report(options, rounds, hand)
        finally:
            servers.stdin.close()
            servers.wait()


def report(options, rounds, hand):
    took = [each[0] for each in rounds]
    info, size = rounds[0][2:]
    digests = {tuple(each[2]["stores"][store]["content_digest"] for store in STORES) for each in rounds}
    assert len(digests) == 1 and None not in digests.pop(), "rounds differ in content"

    def of(name):
        return middle([each.get(name, 0) for each in took])

    def ratio(top, *bottoms):
        return f"{middle([top(each) / max(each[bottom] for bottom in bottoms) for each in took]):.2f}"

    print(f"Size {options.size} {options.variant}: {'1 round' if len(rounds) == 1 else f'{len(rounds)} rounds, medians'}; "
          + ", ".join(f"{product} {info['stores'][store]['records']:,} records" for store, product in STORES.items())
          + f"; archive of {size / 1e6:,.0f} MB, {options.form}, {info['consistency']['grade']}; all rounds proved equal by content digest.\n")
    table(["command, with -Xmx256m", "wall s", "CPU s", "peak RSS MiB"],
          [(name, *(f"{middle([each[1][name][part] for each in rounds]):.{digits}f}" for part, digits in ((0, 1), (1, 1), (2, 0))))
           for name in ("backup", "verify", "restore")])
    print()
    columns = {"read ": "plain read, alone, s", "export ": "export, in parallel, s", "write ": "plain write, s", "restore ": "restore, s"}
    if options.large:
        del columns["write "]
    table(["store", *columns.values()], [(product, *(f"{of(name + store):.1f}" for name in columns)) for store, product in STORES.items()])
    print()
    for command in ("backup", "restore"):
        phases = [name for name in took[0] if name.startswith(command + ": ")]
        print(f"Phases of the {command}: " + ", ".join(f"{name.split(': ', 1)[1]} {of(name):.1f} s" for name in phases) + ".")
    print(f"The three plain reads at the same time: {of('reads'):.1f} s.")
    if not options.large:
        print(f"Packing the same bytes alone: {of('pack'):.1f} s; the three plain writes: {of('writes'):.1f} s. By hand, once, and without Neo4j, "
              f"which would have to be stopped for a dump (redis-cli --rdb, snapshots by curl, tar czf): {hand[0]:.1f} s, {hand[1] / 1e6:,.0f} MB.\n")
        table(["ratio", "median", "target"],
              [("backup without its verification / the larger of plain reads and packing",
                ratio(lambda each: each["backup"] - each["backup: verifying"], "reads", "pack"), "1.25"),
               ("restore's replacement / plain writes", ratio(lambda each: each["restore: restoring"], "writes"), "1.25")])


if __name__ == "__main__":
    main()
