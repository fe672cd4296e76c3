#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the sample working folder.

    python check.py [FOLDER] [--reopen]

Reads the files with only the standard library and numpy.  --reopen also opens a
copy of the folder with the package itself and runs local and naive queries.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import shutil
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
NS = "{http://graphml.graphdrawing.org/xmlns}"
failed = 0


def check(what, holds, shown=""):
    global failed
    failed += not holds
    print(f"{'ok  ' if holds else 'FAIL'}  {what}" + (f"  [{shown}]" if shown != "" else ""))


def md5(text, prefix=""):
    return prefix + hashlib.md5(text.encode()).hexdigest()


def read_graph(path):
    root = ET.parse(path).getroot()
    keys = {k.get("id"): (k.get("attr.name"), k.get("attr.type")) for k in root.iter(NS + "key")}
    data = lambda el: {keys[d.get("key")][0]: d.text or "" for d in el.iter(NS + "data")}
    nodes = {n.get("id"): data(n) for n in root.iter(NS + "node")}
    edges = [(e.get("source"), e.get("target"), data(e)) for e in root.iter(NS + "edge")]
    return nodes, edges


def read_vdb(path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    matrix = np.frombuffer(base64.b64decode(stored["matrix"]), dtype="<f4").reshape(-1, stored["embedding_dim"])
    return stored["data"], matrix


def check_vectors(label, data, matrix):
    check(f"{label}: one vector for each row of data", len(data) == len(matrix), matrix.shape)
    check(f"{label}: all vectors are distinct", len({r.tobytes() for r in matrix}) == len(matrix))
    check(f"{label}: all vectors are finite and of length 1", np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-6))
    cosine = matrix.astype(np.float64) @ matrix.T.astype(np.float64)
    first = cosine.argmax(axis=1) == np.arange(len(matrix))
    np.fill_diagonal(cosine, -1)
    check(f"{label}: each vector finds itself first", first.all(), f"{first.sum()} of {len(first)}")
    check(f"{label}: the nearest other vector is clearly further away", cosine.max() < 0.99, f"highest cosine {cosine.max():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HERE.parent / "working_dir")
    parser.add_argument("--reopen", action="store_true")
    args = parser.parse_args()
    folder = args.folder
    kv = {
        n: json.loads((folder / f"kv_store_{n}.json").read_text(encoding="utf-8"))
        for n in ("full_docs", "text_chunks", "community_reports", "llm_response_cache")
    }
    docs, chunks, reports, cache = kv.values()
    nodes, edges = read_graph(folder / "graph_chunk_entity_relation.graphml")
    entities, matrix = read_vdb(folder / "vdb_entities.json")
    chunk_rows, chunk_matrix = read_vdb(folder / "vdb_chunks.json")

    print("files")
    total = 0
    for p in sorted(folder.iterdir()):
        total += p.stat().st_size
        print(f"      {p.name:40}{p.stat().st_size:9,}  sha256 {hashlib.sha256(p.read_bytes()).hexdigest()[:16]}")
    check("whole folder under 3 MB", total < 3_000_000, f"{total:,} bytes")
    check("exactly seven files", len(list(folder.iterdir())) == 7)

    levels = {}
    for k, r in reports.items():
        levels[r["level"]] = levels.get(r["level"], 0) + 1
    print("counts")
    for what, n in (
        ("documents", len(docs)), ("chunks", len(chunks)), ("chunk vectors", len(chunk_rows)),
        ("entity vectors", len(entities)), ("numbers in a vector", matrix.shape[1]),
        ("graph nodes", len(nodes)), ("graph edges", len(edges)),
        ("community reports", len(reports)), ("  of each level", dict(sorted(levels.items()))),
        ("cached model answers", len(cache)),
        ("nodes with more than one chunk", sum("<SEP>" in a["source_id"] for a in nodes.values())),
        ("nodes with joined descriptions", sum("<SEP>" in a["description"] for a in nodes.values())),
        ("names with non-ASCII letters", sum(not n.isascii() for n in nodes)),
    ):
        print(f"      {what:40}{n}")
    check("at least 3 documents, 20 chunks, 50 entities", len(docs) >= 3 and len(chunks) >= 20 and len(entities) >= 50)

    print("documents and chunks")
    check("each document's key is the md5 of its text", all(k == md5(d["content"], "doc-") for k, d in docs.items()))
    check("each chunk's key is the md5 of its text", all(k == md5(c["content"], "chunk-") for k, c in chunks.items()))
    check("each chunk's document exists", all(c["full_doc_id"] in docs for c in chunks.values()))
    check("each chunk's text occurs in its document", all(c["content"] in docs[c["full_doc_id"]]["content"] for c in chunks.values()))
    check("each chunk has a vector", {r["__id__"] for r in chunk_rows} == set(chunks))
    check_vectors("chunk vectors", chunk_rows, chunk_matrix)

    print("entities")
    check("each entity's id is the md5 of its name", all(e["__id__"] == md5(e["entity_name"], "ent-") for e in entities))
    check("entity names are unique", len({e["entity_name"] for e in entities}) == len(entities))
    check_vectors("entity vectors", entities, matrix)
    check("each entity is a node of the graph", all(e["entity_name"] in nodes for e in entities))
    check("each node of the graph is an entity", {e["entity_name"] for e in entities} == set(nodes))

    print("graph")
    sources = [s for a in nodes.values() for s in a["source_id"].split("<SEP>")]
    check("each chunk named by a node exists", all(s in chunks for s in sources), f"{len(sources)} references")
    sources = [s for *_, a in edges for s in a["source_id"].split("<SEP>")]
    check("each chunk named by an edge exists", all(s in chunks for s in sources), f"{len(sources)} references")
    check("both ends of each edge are nodes", all(s in nodes and t in nodes for s, t, _ in edges))
    check("weights are positive", all(float(a["weight"]) > 0 for *_, a in edges))

    print("communities")
    clusters = {n: json.loads(a.get("clusters", "[]")) for n, a in nodes.items()}
    depth = {}
    for c in clusters.values():
        depth[len(c)] = depth.get(len(c), 0) + 1
    check("each node has at least 2 levels", min(depth) >= 2, f"levels: nodes {dict(sorted(depth.items()))}")
    check("the first entry is level 0, the last the deepest", all(
        [x["level"] for x in c] == list(range(len(c))) for c in clusters.values()))
    check("each node's level 0 cluster has a report", all(
        reports.get(str(c[0]["cluster"]), {}).get("level") == 0 for c in clusters.values()))
    check("each node's last cluster has a report", all(
        reports.get(str(c[-1]["cluster"]), {}).get("level") == c[-1]["level"] for c in clusters.values()))
    member = {}
    for n, c in clusters.items():
        for x in c:
            member.setdefault(str(x["cluster"]), set()).add(n)
    check("each report's nodes are the cluster's nodes", all(set(r["nodes"]) == member[k] for k, r in reports.items()))
    check("each report's chunks and sub-communities exist", all(
        set(r["chunk_ids"]) <= set(chunks) and set(r["sub_communities"]) <= set(reports) for r in reports.values()))
    check("each report has title, summary, rating and findings", all(
        {"title", "summary", "rating", "rating_explanation", "findings"} <= set(r["report_json"])
        and r["report_json"]["findings"] and r["report_string"] for r in reports.values()))

    print("cache")
    check("each cached answer has a text and the stub's name", all(
        set(v) == {"return", "model"} and v["model"].startswith("stand-in-table") for v in cache.values()))

    sys.path.insert(0, str(HERE))
    import make

    print("vectors and texts")
    again = np.stack([make.embed_text(e["entity_name"] + nodes[e["entity_name"]]["description"]) for e in entities])
    check("name + description embeds to the stored vector", np.allclose(again, matrix, atol=1e-6))
    again = np.stack([make.embed_text(chunks[r["__id__"]]["content"]) for r in chunk_rows])
    check("chunk text embeds to the stored vector", np.allclose(again, chunk_matrix, atol=1e-6))
    places = []
    for i, e in enumerate(entities):
        score = matrix @ make.embed_text(e["entity_name"])
        places.append(int((score > score[i]).sum()))
    print(f"      the bare name as a query: {places.count(0)} of {len(places)} first, "
          f"{sum(p < 5 for p in places)} of {len(places)} among the first five")
    check("the bare name finds its entity among the first 20", max(places) < 20, f"worst rank {max(places) + 1}")

    if args.reopen:
        print("the package reopens a copy")
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "copy"
            shutil.copytree(folder, copy)
            asyncio.set_event_loop(asyncio.new_event_loop())
            rag, _ = make.open_rag(copy)
            from nano_graphrag import QueryParam

            question = "Who polishes the lens of the lighthouse on the skerry?"
            local = rag.query(question, QueryParam(mode="local", only_need_context=True))
            check("local query: context contains Ingrid Åsmund", "INGRID ÅSMUND" in local, f"{len(local):,} characters")
            naive = rag.query(question, QueryParam(mode="naive", only_need_context=True))
            check("naive query: passage about the lens", "Old Bertha" in naive, f"{len(naive):,} characters")
    print("all checks passed" if not failed else f"{failed} checks failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
