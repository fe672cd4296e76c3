package dev.ngbak.archive;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Creates the archives in src/test/resources/golden, one for each compression. The committed ones were created for
 * the first release of the format and must not be replaced. Other tests create similar archives.
 */
final class GoldenArchives {

    static final Map<String, String> FILES = files();

    private static final Map<String, String> SCOPE = Map.of("WORKING_DIR", "working_dir");

    private GoldenArchives() {}

    /** Writes {@code ngbak-1-<compression>.ngbak} to each given directory. */
    public static void main(String[] folders) throws IOException {
        for (String folder : folders) {
            for (Compression compression : Compression.values()) {
                System.out.println(write(Path.of(folder), compression));
            }
        }
    }

    static Path write(Path folder, Compression compression) throws IOException {
        String id = "ngbak-1-" + compression.name().toLowerCase(Locale.ROOT);
        Path target = folder.resolve(id + BackupId.SUFFIX);
        Path work = Files.createTempDirectory(folder, "work");
        try (ArchiveWriter writer = new ArchiveWriter(new LocalStaging(work), compression)) {
            put(writer, Role.GRAPH, "networkx", "graph_chunk_entity_relation", ".graphml");
            put(writer, Role.VECTOR, "nano", "entities", ".json");
            put(writer, Role.KV, "json", "full_docs", ".json");
            put(writer, Role.KV, "json", "text_chunks", ".json");
            writer.putConfig(FILES.get(ArchivePaths.CONFIG));
            TestArchives.write(writer, manifest(id, writer), target);
        }
        return target;
    }

    private static void put(ArchiveWriter writer, Role role, String backend, String name, String suffix)
            throws IOException {
        String content = FILES.get(role.folder(backend) + name + suffix);
        writer.sink(role, backend).put(name, suffix, out -> out.write(content.getBytes(StandardCharsets.UTF_8)));
    }

    private static Manifest manifest(String id, ArchiveWriter writer) {
        Map<Role, Store> stores = new LinkedHashMap<>();
        // These are the content digests that the file plugins compute.
        stores.put(
                Role.GRAPH,
                store(
                        writer,
                        Role.GRAPH,
                        "networkx",
                        new StoreInfo("NetworkX GraphML files", "unknown", "graphml", SCOPE, -1),
                        new StoreSummary(
                                3,
                                new StoreCounts(counts("entities", 2, "relationships", 1, "communities", 0)),
                                "3763dd2d281fda9ebad984f53541e7c4e7ddb6c06827e487c64d5cfafbae896c",
                                List.of())));
        stores.put(
                Role.VECTOR,
                store(
                        writer,
                        Role.VECTOR,
                        "nano",
                        new StoreInfo("NanoVectorDB files", "unknown", "nano-vectordb", SCOPE, -1),
                        new StoreSummary(
                                2,
                                new StoreCounts(counts("entities", 2)),
                                "de0836b71963aa767b03be825f5ff6e25bfc1bb886c7d9d1873e3bd6287fc1cd",
                                List.of())));
        stores.put(
                Role.KV,
                store(
                        writer,
                        Role.KV,
                        "json",
                        new StoreInfo("nano-graphrag JSON files", "unknown", "json", SCOPE, -1),
                        new StoreSummary(
                                2,
                                new StoreCounts(counts("full_docs", 1, "text_chunks", 1)),
                                "072400bfb6fd2001288a4758b4c584049ea1f662a4bca613e93d2e6e9dc4a7d9",
                                List.of())));
        Map<Role, Comparison> unchanged = new LinkedHashMap<>();
        stores.keySet().forEach(role -> unchanged.put(role, Comparison.UNCHANGED));
        List<ManifestEntry> files = writer.files();
        return new Manifest(
                new BackupId(id),
                TestArchives.TIME,
                "ngbak 0.1.0",
                new Manifest.SourceSystem("nano-graphrag", "0.0.8.2", null),
                "the first of its kind",
                counts(
                        "documents", 1,
                        "entities", 2,
                        "relationships", 1,
                        "communities", 0,
                        "chunks", 1,
                        "community_reports", 0,
                        "vectors.entities", 2,
                        "kv.full_docs", 1,
                        "kv.text_chunks", 1),
                stores,
                new Consistency(Grade.QUIESCENT, unchanged),
                17,
                files,
                Manifest.checksumOf(files));
    }

    private static Store store(ArchiveWriter writer, Role role, String backend, StoreInfo info, StoreSummary summary) {
        return new Store(backend, info, summary, writer.names(role, backend));
    }

    private static Map<String, Long> counts(Object... namesAndNumbers) {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = 0; i < namesAndNumbers.length; i += 2) {
            counts.put((String) namesAndNumbers[i], ((Integer) namesAndNumbers[i + 1]).longValue());
        }
        return counts;
    }

    private static Map<String, String> files() {
        Map<String, String> files = new TreeMap<>();
        files.put("graph/graph_chunk_entity_relation.graphml", """
                <?xml version='1.0' encoding='utf-8'?>
                <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
                  <key id="d1" for="edge" attr.name="weight" attr.type="double" />
                  <key id="d0" for="node" attr.name="source_id" attr.type="string" />
                  <graph edgedefault="undirected">
                    <node id="&quot;INGRID&quot;">
                      <data key="d0">chunk-1</data>
                    </node>
                    <node id="&quot;THE LIGHT&quot;">
                      <data key="d0">chunk-1</data>
                    </node>
                    <edge source="&quot;INGRID&quot;" target="&quot;THE LIGHT&quot;">
                      <data key="d1">9.0</data>
                    </edge>
                  </graph>
                </graphml>
                """);
        // Two rows of two float32: 1, 0 and 0, 1.
        files.put("vectors/nano/entities.json", """
                {"embedding_dim": 2, "data": [{"__id__": "ent-1", "entity_name": "\\"INGRID\\""}, \
                {"__id__": "ent-2", "entity_name": "\\"THE LIGHT\\""}], "matrix": "AACAPwAAAAAAAAAAAACAPw=="}""");
        files.put("kv/full_docs.json", "{\n  \"doc-1\": {\n    \"content\": \"Ingrid keeps the light.\"\n  }\n}");
        files.put(
                "kv/text_chunks.json",
                "{\n  \"chunk-1\": {\n    \"tokens\": 5,\n    \"content\": \"Ingrid keeps the light.\",\n"
                        + "    \"chunk_order_index\": 0,\n    \"full_doc_id\": \"doc-1\"\n  }\n}");
        files.put(ArchivePaths.CONFIG, "{\n  \"GRAPH_BACKEND\": \"networkx\"\n}\n");
        return files;
    }
}
