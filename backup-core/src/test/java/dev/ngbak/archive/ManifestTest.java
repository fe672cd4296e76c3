package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.archive.Manifest.Store;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {

    private static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    @Test
    void textHasMembersInOrderAndTwoSpacesOfIndentation() {
        assertThat(manifest().text()).isEqualTo("""
                        {
                          "format": "ngbak/1",
                          "backup_id": "snapshot_2025-10-06T14-30-00Z",
                          "created_at": "2025-10-06T14:30:00Z",
                          "created_by": "ngbak 0.1.0",
                          "nano_graphrag_version": "0.1.0",
                          "note": "before re-index",
                          "storage_backends": {
                            "graph": "neo4j",
                            "vector": "qdrant",
                            "kv": "redis"
                          },
                          "statistics": {
                            "documents": 1250,
                            "entities": 15420
                          },
                          "system": "nano-graphrag",
                          "stores": {
                            "graph": {
                              "product": "Neo4j",
                              "version": "5.26.30",
                              "form": "x",
                              "scope": {
                                "label": "L"
                              },
                              "records": 47520,
                              "content_digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                              "counts": {
                                "entities": 15420
                              },
                              "names": { }
                            },
                            "vector": {
                              "product": "Qdrant",
                              "version": "1.18.0",
                              "form": "snapshot",
                              "scope": { },
                              "records": null,
                              "content_digest": null,
                              "counts": { },
                              "names": { }
                            },
                            "kv": {
                              "product": "Redis",
                              "version": "7.0.15",
                              "form": "y",
                              "scope": { },
                              "records": 11085,
                              "content_digest": null,
                              "counts": { },
                              "names": {
                                "kv/full_docs.json": "full_docs"
                              }
                            }
                          },
                          "consistency": {
                            "grade": "fuzzy",
                            "stores": {
                              "graph": "unchanged",
                              "vector": "unknown",
                              "kv": "changed"
                            }
                          },
                          "duration_ms": 4210,
                          "files": [
                            {
                              "path": "graph/neo4j.dump",
                              "size": 0,
                              "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                            },
                            {
                              "path": "kv/full_docs.json",
                              "size": 0,
                              "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                            },
                            {
                              "path": "vectors/qdrant/chunks.snapshot",
                              "size": 0,
                              "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                            }
                          ],
                          "checksum": "%s"
                        }
                        """.formatted(manifest().checksum()));
    }

    @Test
    void writtenManifestIsReadBack() throws IOException {
        assertThat(read(manifest().text())).isEqualTo(manifest());
    }

    @Test
    void unknownMembersAreIgnored() throws IOException {
        String text = manifest()
                .text()
                .replace("  \"duration_ms\"", "  \"weather\": [ { \"rain\": 1.5 } ],\n  \"duration_ms\"")
                .replace("\"statistics\": {", "\"statistics\": { \"languages\": [ \"en\" ], \"mean\": 1.5,")
                .replace("\"ngbak/1\"", "\"ngbak/1.3\"");
        assertThat(read(text)).isEqualTo(manifest());
    }

    /** The digest is that of {@code printf '' | sha256sum}, the checksum that of the listed lines. */
    @Test
    void checksumSortsPathsByTheirUtf8Bytes() {
        List<ManifestEntry> files = List.of(
                new ManifestEntry("kv/\uff5e.json", 0, EMPTY_SHA256),
                new ManifestEntry("kv/\ud83d\ude00.json", 0, EMPTY_SHA256),
                new ManifestEntry("kv/B.json", 0, EMPTY_SHA256),
                new ManifestEntry("kv/a.json", 0, EMPTY_SHA256));
        // U+1F600 sorts after U+FF5E in UTF-8, but before it in UTF-16.
        String lines = EMPTY_SHA256 + "  kv/B.json\n" + EMPTY_SHA256 + "  kv/a.json\n" + EMPTY_SHA256
                + "  kv/\uff5e.json\n" + EMPTY_SHA256 + "  kv/\ud83d\ude00.json\n";
        assertThat(Manifest.checksumOf(files))
                .isEqualTo("sha256:" + TestArchives.sha256(lines.getBytes(StandardCharsets.UTF_8)));
        assertThat(Manifest.checksumOf(List.of())).isEqualTo("sha256:" + EMPTY_SHA256);
    }

    private static Manifest withCheck(Manifest.Check check) {
        Manifest manifest = manifest();
        return new Manifest(
                manifest.backupId(),
                manifest.createdAt(),
                manifest.createdBy(),
                manifest.system(),
                manifest.note(),
                manifest.statistics(),
                check,
                manifest.stores(),
                manifest.consistency(),
                manifest.durationMs(),
                manifest.files(),
                manifest.checksum());
    }

    @Test
    void resultOfACheckStandsBeforeTheStores() throws IOException {
        Manifest manifest = withCheck(new Manifest.Check(1, 2, Map.of("R6", 3L)));

        String text = manifest.text();

        assertThat(text).contains(CHECK + ",\n  \"stores\": {");
        assertThat(read(text)).isEqualTo(manifest);
        assertThat(read(manifest().text()).check()).isNull();
    }

    private static final String CHECK = "  \"check\": {\n    \"errors\": 1,\n    \"warnings\": 2,\n    \"rules\": {\n"
            + "      \"R6\": 3\n    }\n  }";

    private static Manifest readWithCheck(String check) throws IOException {
        String text = withCheck(new Manifest.Check(1, 2, Map.of("R6", 3L))).text();
        return read(text.replace(CHECK, "  \"check\": " + check));
    }

    @Test
    void unknownMembersOfACheckAreIgnored() throws IOException {
        assertThat(readWithCheck("{\"warnings\": 0, \"more\": [{}], \"errors\": 4}")
                        .check())
                .isEqualTo(new Manifest.Check(4, 0, Map.of()));
        assertThat(readWithCheck("null").check()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "0",
                "\"passed\"",
                "{}",
                "{\"errors\": 0}",
                "{\"errors\": -1, \"warnings\": 0}",
                "{\"errors\": \"0\", \"warnings\": 0}",
                "{\"errors\": 0.5, \"warnings\": 0}",
                "{\"errors\": 0, \"errors\": 0, \"warnings\": 0}",
                "{\"errors\": 0, \"warnings\": 0, \"rules\": {\"R1\": -1}}",
                "{\"errors\": 0, \"warnings\": 0, \"rules\": {\"R1\": {}}}",
                "{\"errors\": 0, \"warnings\": 0, \"rules\": {\"<b>\": 1}}"
            })
    void checkOfAnotherTypeIsRefused(String check) {
        assertThatThrownBy(() -> readWithCheck(check)).isInstanceOf(RefusedArchiveException.class);
    }

    private static Manifest read(String text) throws IOException {
        return ManifestReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Manifest manifest() {
        Map<Role, Store> stores = new LinkedHashMap<>();
        stores.put(
                Role.GRAPH,
                new Store(
                        "neo4j",
                        new StoreInfo("Neo4j", "5.26.30", "x", Map.of("label", "L"), -1),
                        new StoreSummary(47520, new StoreCounts(Map.of("entities", 15420L)), EMPTY_SHA256, List.of()),
                        Map.of()));
        stores.put(
                Role.VECTOR,
                new Store(
                        "qdrant",
                        new StoreInfo("Qdrant", "1.18.0", "snapshot", Map.of(), -1),
                        StoreSummary.opaque(),
                        Map.of()));
        stores.put(
                Role.KV,
                new Store(
                        "redis",
                        new StoreInfo("Redis", "7.0.15", "y", Map.of(), -1),
                        new StoreSummary(11085, StoreCounts.NONE, null, List.of()),
                        Map.of("kv/full_docs.json", "full_docs")));
        Map<String, Long> statistics = new LinkedHashMap<>();
        statistics.put("documents", 1250L);
        statistics.put("entities", 15420L);
        Map<Role, Comparison> markers = new LinkedHashMap<>();
        markers.put(Role.GRAPH, Comparison.UNCHANGED);
        markers.put(Role.VECTOR, Comparison.UNKNOWN);
        markers.put(Role.KV, Comparison.CHANGED);
        List<ManifestEntry> files = List.of(
                new ManifestEntry("graph/neo4j.dump", 0, EMPTY_SHA256),
                new ManifestEntry("kv/full_docs.json", 0, EMPTY_SHA256),
                new ManifestEntry("vectors/qdrant/chunks.snapshot", 0, EMPTY_SHA256));
        return new Manifest(
                new BackupId("snapshot_2025-10-06T14-30-00Z"),
                Instant.parse("2025-10-06T14:30:00Z"),
                "ngbak 0.1.0",
                new Manifest.SourceSystem("nano-graphrag", "0.1.0", null),
                "before re-index",
                statistics,
                stores,
                new Consistency(Grade.FUZZY, markers),
                4210,
                files,
                Manifest.checksumOf(files));
    }
}
