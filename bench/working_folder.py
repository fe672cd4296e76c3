#!/usr/bin/env python3
"""Compares backup, verify and restore of a large working folder in 256 MiB of heap with tar of the same folder.

usage: bench/working_folder.py [MEGABYTES]   run from the repository's root; 2000 by default; needs four times that in
                                             the temporary folder (TMPDIR)

The folder is generated from a seed: documents, chunks, reports and a cache of random words, vectors of random numbers in
Base64, and a GraphML graph. All commands run in alternation, three times; the table shows the run of median wall time.
"""

import base64
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile

from measure import median, run, table

NGBAK = pathlib.Path(__file__).resolve().parent.parent / "ngbak"
ROUNDS = 3
HEAP = {"NGBAK_JAVA_OPTS": "-Xmx256m"}


def words(rng, size, text):
    at = rng.randrange(len(text) - size)
    return text[at:at + size]


def make(folder, megabytes):
    rng = random.Random(7)
    syllables = ["ka", "ro", "mi", "sen", "tal", "vor", "ul", "ne", "pri", "ost", "and", "el", "dur", "fa", "gi"]
    lexicon = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(20_000)]
    text = " ".join(rng.choices(lexicon, weights=[1 / (n + 5) for n in range(20_000)], k=4_000_000))
    budget = megabytes * 1_000_000
    rows, dim = int(budget * 0.55 / (1536 * 4 * 4 / 3)), 1536
    with open(folder / "vdb_entities.json", "w") as out:
        out.write(f'{{"embedding_dim": {dim}, "data": [')
        out.write(", ".join(json.dumps({"__id__": f"ent-{n:032x}", "entity_name": f"E{n}"}) for n in range(rows)))
        out.write('], "matrix": "')
        for start in range(0, rows, 999):
            # Three bytes make four characters, so groups of 999 rows can be encoded separately.
            out.write(base64.b64encode(rng.randbytes(min(999, rows - start) * dim * 4)).decode())
        out.write('"}')
    for name, share, size in (("full_docs", .1, 60_000), ("text_chunks", .12, 5_000),
                              ("community_reports", .05, 9_000), ("llm_response_cache", .08, 3_500)):
        with open(folder / f"kv_store_{name}.json", "w") as out:
            out.write("{")
            for n in range(int(budget * share / (size + 100))):
                value = {"content": words(rng, size, text), "order": n}
                out.write(("," if n else "") + f'\n  "{name}-{n:032x}": ' + json.dumps(value))
            out.write("\n}")
    nodes = int(budget * 0.1 / 1_700)
    with open(folder / "graph_chunk_entity_relation.graphml", "w") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
                  '<key id="d0" for="node" attr.name="description" attr.type="string"/>'
                  '<key id="d1" for="edge" attr.name="weight" attr.type="double"/>'
                  '<key id="d2" for="edge" attr.name="description" attr.type="string"/>'
                  '<graph edgedefault="undirected">\n')
        for n in range(nodes):
            out.write(f'<node id="E{n}"><data key="d0">{words(rng, 600, text)}</data></node>\n')
        for n in range(2 * nodes):
            out.write(f'<edge source="E{rng.randrange(nodes)}" target="E{n % nodes}"><data key="d1">{n % 9}.0</data>'
                      f'<data key="d2">{words(rng, 400, text)}</data></edge>\n')
        out.write("</graph></graphml>")


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        working = temp / "working_dir"
        working.mkdir()
        make(working, megabytes)
        raw = sum(file.stat().st_size for file in working.iterdir())
        print(f"{raw / 1e6:,.0f} MB in {len(list(working.iterdir()))} files, {os.cpu_count()} cores\n", flush=True)
        costs, sizes = {}, {}

        def cost(name, command, result=None, **environment):
            costs.setdefault(name, []).append(run(command, **environment))
            if result:
                sizes[name] = os.path.getsize(result)
                result.unlink()

        for _ in range(ROUNDS):
            for form in ("gzip", "zstd"):
                backups = temp / form
                where = {"WORKING_DIR": str(working), "BACKUP_DIR": str(backups), "BACKUP_COMPRESSION": form, **HEAP}
                cost(f"ngbak backup, {form} (written and verified)", f"{NGBAK} backup --id x", **where)
                archive = backups / "x.ngbak"
                cost(f"ngbak verify, {form}", f"{NGBAK} verify x", **where)
                target = temp / "restored"
                cost(f"ngbak restore, {form} (checked, replaced, proved)", f"{NGBAK} restore x --yes",
                     **{**where, "WORKING_DIR": str(target)})
                for file in working.iterdir():
                    assert (target / file.name).stat().st_size == file.stat().st_size
                shutil.rmtree(target)
                sizes[f"ngbak backup, {form} (written and verified)"] = os.path.getsize(archive)
                shutil.rmtree(backups)
            cost("tar czf", f"tar czf {temp}/x.tgz -C {working} .", temp / "x.tgz")
            cost("tar --zstd -cf", f"tar --zstd -cf {temp}/x.tzst -C {working} .", temp / "x.tzst")

        rows = []
        for name, runs in costs.items():
            wall, cpu, rss, _ = median(runs)
            size = f"{sizes[name] / 1e6:,.0f}" if name in sizes else ""
            rows.append((name, f"{wall:.1f}", f"{cpu:.1f}", f"{rss:.0f}", f"{raw / wall / 1e6:.0f}", size))
        table(["what", "wall s", "CPU s", "peak RSS MiB", "MB/s", "result MB"], rows)


if __name__ == "__main__":
    main()
