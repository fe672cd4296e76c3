#!/usr/bin/env python3
"""Compares backups with and without the reference check, of systems in which each reference leads somewhere.

usage: bench/check.py [CHUNKS]   run from the repository's root; 10000 by default; needs about 2 GB in the temporary folder
                                 (TMPDIR)

Per chunk, the system has a document for every fifth chunk, five entities and ten relationships. The vectors have 1536
numbers, or 64, so that the references weigh more. Both modes run in alternation, three times, in 256 MiB of heap; the table
shows the run of median CPU time, because other programs may use the machine, too.
"""

import base64
import hashlib
import json
import pathlib
import random
import sys
import tempfile

from measure import run, table
from working_folder import NGBAK, words

ROUNDS = 3


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def vectors(path, rng, dim, rows):
    with open(path, "w") as out:
        out.write(f'{{"embedding_dim": {dim}, "data": [')
        out.write(", ".join(json.dumps(row) for row in rows))
        out.write('], "matrix": "')
        for start in range(0, len(rows), 999):
            # Three bytes make four characters, so groups of 999 rows can be encoded separately.
            out.write(base64.b64encode(rng.randbytes(min(999, len(rows) - start) * dim * 4)).decode())
        out.write('"}')


def make(folder, chunks, dim):
    rng = random.Random(7)
    lexicon = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(20_000)]
    text = " ".join(rng.choices(lexicon, k=2_000_000))
    documents, texts, keys = {}, {}, []
    for _ in range(chunks // 5):
        parts = [words(rng, 4_000, text) for _ in range(5)]
        document = "doc-" + md5(" ".join(parts))
        documents[document] = {"content": " ".join(parts)}
        for order, part in enumerate(parts):
            keys.append("chunk-" + md5(part))
            texts[keys[-1]] = {"tokens": 1_000, "content": part, "full_doc_id": document, "chunk_order_index": order}
    for name, entries in (("full_docs", documents), ("text_chunks", texts), ("community_reports", {})):
        (folder / f"kv_store_{name}.json").write_text(json.dumps(entries, indent=2))
    names = [f"ENTITY {n} {rng.choice(lexicon)}" for n in range(5 * chunks)]
    sources = [rng.sample(keys, 3) for _ in names]
    with open(folder / "graph_chunk_entity_relation.graphml", "w") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
                  '<key id="d0" for="node" attr.name="entity_type" attr.type="string"/>'
                  '<key id="d1" for="node" attr.name="description" attr.type="string"/>'
                  '<key id="d2" for="node" attr.name="source_id" attr.type="string"/>'
                  '<key id="d3" for="edge" attr.name="description" attr.type="string"/>'
                  '<key id="d4" for="edge" attr.name="source_id" attr.type="string"/>'
                  '<graph edgedefault="undirected">\n')
        for name, of in zip(names, sources):
            out.write(f'<node id="{name}"><data key="d0">PERSON</data><data key="d1">{words(rng, 300, text)}</data>'
                      f'<data key="d2">{"&lt;SEP&gt;".join(of)}</data></node>\n')
        for n in range(2 * len(names)):
            at = n % len(names)
            out.write(f'<edge source="{names[at]}" target="{rng.choice(names)}"><data key="d3">{words(rng, 200, text)}'
                      f'</data><data key="d4">{sources[at][0]}</data></edge>\n')
        out.write("</graph></graphml>")
    vectors(folder / "vdb_entities.json", rng, dim,
            [{"__id__": "ent-" + md5(name), "entity_name": name} for name in names])
    vectors(folder / "vdb_chunks.json", rng, dim, [{"__id__": key} for key in keys])


def main():
    chunks = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = []
    for dim in (1536, 64):
        with tempfile.TemporaryDirectory() as temp:
            working = pathlib.Path(temp) / "working_dir"
            working.mkdir()
            make(working, chunks, dim)
            raw = sum(file.stat().st_size for file in working.iterdir())
            for form in ("gzip", "zstd"):
                runs = {"off": [], "warn": []}
                for at in range(ROUNDS):
                    for mode in runs:
                        where = {"WORKING_DIR": str(working), "BACKUP_DIR": f"{temp}/{form}-{mode}", "BACKUP_CHECK": mode,
                                 "BACKUP_COMPRESSION": form, "BACKUP_RETENTION": "1", "NGBAK_JAVA_OPTS": "-Xmx256m"}
                        cost = run(f"{NGBAK} backup --json --id b{at}", **where)
                        result = json.loads(cost[3].splitlines()[-1])
                        assert (result["check"] or {"errors": 0})["errors"] == 0, result["check"]
                        runs[mode].append(cost)
                off, warn = (sorted(runs[mode], key=lambda cost: cost[1])[ROUNDS // 2] for mode in ("off", "warn"))
                rows.append((f"{dim} numbers, {raw / 1e6:,.0f} MB, {form}", f"{off[0]:.1f}", f"{warn[0]:.1f}", f"{off[1]:.1f}",
                             f"{warn[1]:.1f}", f"{warn[1] / off[1]:.2f}", f"{off[2]:.0f}", f"{warn[2]:.0f}"))
    print(f"{chunks:,} chunks, {5 * chunks:,} entities, {10 * chunks:,} relationships.\n")
    table(["vectors of", "off, wall s", "warn, wall s", "off, CPU s", "warn, CPU s", "ratio of CPU", "off, peak RSS MiB",
           "warn, peak RSS MiB"], rows)


if __name__ == "__main__":
    main()
