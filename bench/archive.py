#!/usr/bin/env python3
"""Compares compressing and checking 1 GB of vectors and 1 GB of JSON with tar and its compressors, without any store.

usage: bench/archive.py [MEGABYTES [ROUNDS]]   run from the repository's root; 1000 and 5 by default; needs six times
                                               that in the temporary folder (TMPDIR), and pigz and zstd

Both files are generated from a seed: unit vectors of float32 as in a snapshot, and chunks, reports and cached answers as
JSON. "ngbak library" is `dev.ngbak.archive.ArchiveTool`, a command around ArchiveWriter and ArchiveReader, with the
launcher's Java options and class data sharing. Its time includes its start, SHA-256 of every byte, and syncing the archive
to disk. All commands run in alternation. A row has the medians of its rounds, and the ratio of its time to that of the
library in the same round. Peak RSS is that of the largest process of a pipeline.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from measure import middle, run, table

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULE = ROOT / "bench" / "jmh"
JAVA = "java -XX:+UseSerialGC -Xmx256m"


def build():
    subprocess.run(["mvn", "-q", "-B", "-Pbench", "-f", ROOT / "pom.xml", "-pl", "bench/jmh", "-am", "-Dmaven.test.skip=true",
                    "-Dspotless.check.skip=true", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true", "package"], check=True, stdout=sys.stderr)
    target = MODULE / "target"
    jar, = (each for each in target.glob("archive-bench-*.jar"))
    return f"{jar}:{(target / 'tool.classpath').read_text().strip()}"


def version(command):
    out = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    return out.splitlines()[0].strip()


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print("; ".join(version(each) for each in ("tar --version", "gzip --version", "pigz --version 2>&1", "zstd --version")), flush=True)
    loads = []
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        java = f"{JAVA} -Xlog:disable -cp {build()}"
        run(f"{java} -XX:ArchiveClassesAtExit={temp}/shared dev.ngbak.archive.ArchiveTool pack gzip {temp}/own.ngbak {__file__}")
        tool = f"{java} -XX:SharedArchiveFile={temp}/shared dev.ngbak.archive.ArchiveTool"
        for kind, name in (("vectors", "vectors.snapshot"), ("json", "text_chunks.json")):
            run(f"{tool} make {kind} {megabytes * 1_000_000} {temp / name}")
            size = (temp / name).stat().st_size
            costs, sizes = {}, {}

            def cost(what, command, result=None):
                loads.append(os.getloadavg()[0])
                costs.setdefault(what, []).append(run(command))
                if result:
                    sizes[what] = result.stat().st_size

            def pack(form, library, others):
                archive = temp / f"{form}.ngbak"
                cost(library, f"rm -f {archive}; {tool} pack {form} {archive} {temp / name}", archive)
                for packer, suffix in others:
                    out = temp / f"x.{suffix}"
                    cost(f"tar c, {packer}", f"tar c -C {temp} {name} | {packer} > {out}", out)
                    out.unlink()
                    if packer != "gzip -1":
                        hashed = f"tar c -C {temp} {name} | tee >(sha256sum >/dev/null) | {packer} > {out}; sync {out}"
                        cost(f"tar c, {packer}, with sha256sum and sync", hashed)
                        out.unlink()

            def check(form, library, other):
                archive = temp / f"{form}.ngbak"
                cost(library, f"{tool} read {archive}")
                cost(f"ngbak verify, {form}", f"NGBAK_JAVA_OPTS=-Xmx256m {ROOT / 'ngbak'} verify {archive}")
                cost(other, f"{other.replace(' …', ' ' + str(archive))}")

            for _ in range(rounds):
                pack("gzip", "ngbak library, gzip", [("pigz -1", "gz"), ("gzip -1", "gz")])
                pack("zstd", "ngbak library, zstd", [("zstd -1 -T0 -q", "zst")])
                check("gzip", "ngbak library, gzip, read and checked", "gzip -dc … | sha256sum")
                check("zstd", "ngbak library, zstd, read and checked", "zstd -dcq … | sha256sum")

            rows, library = [], None
            for what, runs in costs.items():
                if what.startswith("ngbak library"):
                    library = runs
                wall, cpu, rss = (middle([run[i] for run in runs]) for i in range(3))
                ratio = middle([theirs[0] / mine[0] for theirs, mine in zip(runs, library)])
                rows.append((what.replace("|", "\\|"), f"{wall:.2f}", f"{cpu:.2f}", f"{rss:.0f}", f"{size / wall / 1e6:.0f}",
                             f"{sizes[what] / size:.4f}" if what in sizes else "", "" if runs is library else f"{ratio:.2f}"))
            print(f"\n{size / 1e6:,.0f} MB of {kind}\n")
            table(["what", "wall s", "CPU s", "peak RSS MiB", "MB/s", "result, of the size", "ngbak library is … times as fast"], rows)
            (temp / name).unlink()
            sys.stdout.flush()
    print(f"\nmedians of {rounds} rounds; load of the machine before each run: {min(loads):.1f} to {max(loads):.1f}, median {middle(loads):.1f}")


if __name__ == "__main__":
    main()
