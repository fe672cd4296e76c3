#!/usr/bin/env python3
"""Makes an archive as the backup tool of the nano-graphrag fork writes it, with little data.

    QDRANT_URL=http://localhost:6333 python3 make.py ARCHIVE

It copies what nano_graphrag/backup of the fork does: the container, the manifest, the checksum and the JSON files. The
Cypher text has the shapes that APOC 5.26 exports. The snapshots are native ones of the server at QDRANT_URL, in which this
makes and deletes two collections. Needs nothing but Python.
"""

import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile
import tempfile
import urllib.request

LABEL = "GraphRAG_chunk_entity_relation"
QDRANT = os.environ["QDRANT_URL"]

CHUNK = "chunk-" + hashlib.md5(b"doc-1::ALICE knows BOB.").hexdigest()
DOCUMENT = "doc-" + hashlib.md5("ALICE knows BOB. Café 🚀".encode()).hexdigest()
KV = {
    "full_docs": {DOCUMENT: {"content": "ALICE knows BOB. Café 🚀"}},
    "text_chunks": {
        CHUNK: {
            "tokens": 4,
            "content": "ALICE knows BOB.",
            "chunk_order_index": 0,
            "full_doc_id": "doc-0",
            "doc_id": DOCUMENT,
        }
    },
    "community_reports": {
        "3": {
            "report_string": "# Two people\n\n\"Alice\" and Bob",
            "report_json": {"title": "Two people", "rating": 5.0, "findings": [], "extra": {}},
            "level": 1,
            "title": "Cluster 3",
            "edges": [["ALICE", "BOB"]],
            "nodes": ["ALICE", "BOB"],
            "chunk_ids": [CHUNK],
            "occurrence": float("nan"),
            "sub_communities": [],
        }
    },
    "llm_response_cache": {"0" * 32: {"return": "not \\u0041 an escape: \t", "model": "m"}, "text": "no JSON"},
}

PERSON = 'entity_type:"PERSON", description:"says \\"hi\\"\\nand \\\\u0041 é 🚀", source_id:"%s", has_vector:false' % CHUNK
DUMP = f""":begin
CREATE FULLTEXT INDEX index_bc2f6294 FOR ()-[rel:PAID_BY|RELATED]-() ON EACH [rel.`remark`];
CREATE RANGE INDEX FOR (n:{LABEL}) ON (n.entity_type);
CREATE RANGE INDEX FOR (n:{LABEL}) ON (n.source_id);
CREATE CONSTRAINT constraint_d1b75167 FOR (node:{LABEL}) REQUIRE (node.id) IS UNIQUE;
:commit
CALL db.awaitIndexes(300);
:begin
UNWIND [{{id:"ALICE", properties:{{{PERSON}, communityIds:[17, 3]}}}}, {{id:"BOB", properties:{{{PERSON}, communityIds:[18, 3]}}}}] AS row
CREATE (n:{LABEL}{{id: row.id}}) SET n += row.properties SET n:PERSON;
UNWIND [{{id:"BACK`QUOTE", properties:{{`odd name`:[], entity_type:"3d-model"}}}}] AS row
CREATE (n:{LABEL}{{id: row.id}}) SET n += row.properties SET n:_3d_model;
:commit
:begin
UNWIND [{{start: {{id:"ALICE"}}, end: {{id:"BOB"}}, properties:{{weight:6.9, relation_type:"KNOWS", source_id:"{CHUNK}", order:1}}}}, {{start: {{id:"ALICE"}}, end: {{id:"BOB"}}, properties:{{weight:Infinity}}}}] AS row
MATCH (start:{LABEL}{{id: row.start.id}})
MATCH (end:{LABEL}{{id: row.end.id}})
CREATE (start)-[r:RELATED]->(end) SET r += row.properties;
:commit
"""

POINTS = {
    "api_working_dir_entities": [
        (11693927382042138613, [0.6, 0.8, 0, 0], {"id": "ent-" + hashlib.md5(b"ALICE").hexdigest(), "content": "ALICE says hi", "entity_name": "ALICE"}),
        (5, [0, 0.6, 0.8, 0], {"id": "ent-" + hashlib.md5(b"BOB").hexdigest(), "content": "BOB says hi", "entity_name": "BOB"}),
    ],
    "api_working_dir_chunks": [(7, [1, 0, 0, 0], {"id": CHUNK, "content": "ALICE knows BOB.", "doc_id": DOCUMENT})],
}

CONFIG = {"llm": {"model": "m"}, "storage": {"neo4j_password": "not-a-real-password", "redis_password": None}}


def call(method, path, body=None):
    request = urllib.request.Request(QDRANT + path, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, None if body is None else json.dumps(body).encode()) as answer:
        return answer.read()


def snapshot(collection, points):
    path = "/collections/" + collection
    vectors = {"size": 4, "distance": "Cosine"}
    call("PUT", path, {"vectors": vectors, "wal_config": {"wal_capacity_mb": 1}, "optimizers_config": {"default_segment_number": 1}})
    try:
        rows = [{"id": number, "vector": vector, "payload": payload} for number, vector, payload in points]
        call("PUT", path + "/points?wait=true", {"points": rows})
        made = json.loads(call("POST", path + "/snapshots?wait=true"))["result"]["name"]
        return call("GET", path + "/snapshots/" + made)
    finally:
        call("DELETE", path)


def manifest(checksum=None):
    members = {
        "backup_id": "snapshot_2025-10-06T14-30-00Z",
        "created_at": "2025-10-06 14:30:00.120000+00:00",
        "nano_graphrag_version": "0.0.8.2",
        "storage_backends": {"graph": "neo4j", "vector": "qdrant", "kv": "redis"},
        "statistics": {
            "entities": 3,
            "relationships": 2,
            "communities": 1,
            "entities_vectors": 2,
            "entities_dimensions": 0,
            "chunks_vectors": 1,
            "chunks_dimensions": 0,
            "documents": 2,  # The tool counts live keys, so this is wrong after a write.
            "chunks": 1,
            "reports": 1,
        },
    }
    if checksum:
        members["checksum"] = checksum
    return json.dumps(members, indent=2)


def write(folder):
    def put(path, content):
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    put("graph/neo4j.dump", DUMP)
    for collection, points in POINTS.items():
        put(f"qdrant/{collection}.snapshot", snapshot(collection, points))
    for namespace, values in KV.items():
        put(f"kv/{namespace}.json", json.dumps(values, indent=2))
    put("config/graphrag_config.json", json.dumps(CONFIG, indent=2))
    put("manifest.json", manifest())
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(str(file.relative_to(folder)).encode())
        digest.update(file.read_bytes())
    put("manifest.json", manifest("sha256:" + digest.hexdigest()))


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write(folder)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            tar.add(folder, arcname=".")
        pathlib.Path(sys.argv[1]).write_bytes(packed.getvalue())


main()
