package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.check.CheckReport;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moves the state of nano-graphrag from files to servers and back. */
class ConversionTest {

    private static final Path SAMPLE = Path.of("../../samples/working_dir");

    private static Stack stack;

    @TempDir
    Path folder;

    private Path workingDir;
    private Settings files;
    private Settings servers;

    @BeforeAll
    static void start() {
        stack = Stack.startWithSharedNeo4j();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void copySample() throws IOException {
        stack.wipeAll();
        workingDir = folder.resolve("working_dir");
        Files.createDirectories(workingDir);
        for (Path file : list(SAMPLE)) {
            Files.copy(file, workingDir.resolve(file.getFileName()));
        }
        files = Settings.of(Map.of(
                "WORKING_DIR", workingDir.toString(),
                "BACKUP_DIR", folder.resolve("backups").toString()));
        servers = stack.settings(folder.resolve("backups")).with("WORKING_DIR", workingDir.toString());
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private static ArchiveInfo backup(Settings settings, String id) {
        try (BackupManager manager = new BackupManager(settings)) {
            return manager.create(id, null, new Job());
        }
    }

    private static RestoreResult convert(ArchiveInfo archive, Settings target, Role... only) {
        RestoreRequest.Builder request =
                RestoreRequest.builder(archive.id()).target(new RestoreTarget(null, false, true, Map.of()));
        if (only.length > 0) {
            request.stores(only[0], only);
        }
        try (BackupManager manager = new BackupManager(target)) {
            return manager.restore(request.build());
        }
    }

    private static long errors(Settings settings) {
        try (BackupManager manager = new BackupManager(settings)) {
            CheckReport report = ReferenceCheck.live(manager, new Job());
            return report.broken(Severity.ERROR);
        }
    }

    /** Returns the content of all files, in whatever order it is. */
    private Map<String, Object> contents() throws IOException {
        Map<String, Object> contents = new TreeMap<>();
        for (Path file : list(workingDir)) {
            String text = Files.readString(file);
            contents.put(file.getFileName().toString(), file.toString().endsWith(".json") ? json(text) : lines(text));
        }
        return contents;
    }

    private static Object json(String text) throws IOException {
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(text);
        if (json.has("matrix")) {
            byte[] matrix = json.path("matrix").binaryValue();
            int size = 4 * json.path("embedding_dim").asInt();
            for (int i = 0; i < json.path("data").size(); i++) {
                String vector = HexFormat.of().formatHex(matrix, i * size, (i + 1) * size);
                json.put(json.path("data").get(i).toString(), vector);
            }
            json.remove(List.of("matrix", "data"));
        }
        return json;
    }

    /** The ids of keys follow from their order. */
    private static List<String> lines(String graphml) {
        return graphml.replaceAll(" (key|id)=\"d\\d+\"", "").lines().sorted().toList();
    }

    @Test
    void stateMovesFromFilesToServersAndBack() throws Exception {
        long before = errors(files);
        Map<String, Object> contentsBefore = contents();
        ArchiveInfo original = backup(files, "original");

        RestoreResult moved = convert(original, servers);

        assertThat(moved.sample()).isNotEmpty();
        assertThat(errors(servers)).isEqualTo(before);
        assertThat(stack.neo4j()
                        .run("MATCH (n:GraphRAG_chunk_entity_relation:GEO) WHERE n.id = '\"SØLVHAVN\"'"
                                + " RETURN n.communityIds"))
                .hasSize(1)
                .first()
                .satisfies(row -> assertThat(row.get(0).asList()).isEqualTo(List.of(0L, 7L)));
        ArchiveInfo onServers = backup(servers.with("QDRANT_BACKUP_MODE", "scroll"), "on-servers");
        for (Path file : list(workingDir)) {
            Files.delete(file);
        }
        convert(onServers, files);
        assertThat(contents()).isEqualTo(contentsBefore);
        assertThat(errors(files)).isEqualTo(before);
    }

    @Test
    void onlyTheStoreOfAnotherBackendIsConverted() throws Exception {
        ArchiveInfo original = backup(files, "original");
        Settings mixed = servers.with("VECTOR_BACKEND", "nano").with("KV_BACKEND", "json");
        Map<String, Object> contentsBefore = contents();

        convert(original, mixed);

        assertThat(contents()).isEqualTo(contentsBefore);
        assertThat(stack.neo4j().run("MATCH (n:GraphRAG_chunk_entity_relation) RETURN count(n)"))
                .first()
                .satisfies(row -> assertThat(row.get(0).asLong())
                        .isEqualTo(original.manifest().statistics().get("entities")));
    }

    @Test
    void nativeSnapshotIsRefusedAndTheFilesStay() throws Exception {
        convert(backup(files, "original"), servers);
        ArchiveInfo onServers = backup(servers, "native");
        Map<String, Object> before = contents();

        assertThatThrownBy(() -> convert(onServers, files))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
                .hasMessageContaining("in the form snapshot, which only Qdrant itself can read");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void nodesOfTheForkWithTheSameNameBecomeOneNode() {
        stack.neo4j()
                .run("CREATE (a:GraphRAG_chunk_entity_relation:UNKNOWN {id: 'A', entity_type: 'UNKNOWN', weight: 1})"
                        + "CREATE (b:GraphRAG_chunk_entity_relation:GEO {id: 'A', entity_type: 'geo', communityIds: [3]})"
                        + "CREATE (c:GraphRAG_chunk_entity_relation:GEO {id: 'C', entity_type: 'geo'})"
                        + "CREATE (a)-[:RELATED {weight: 1.0}]->(c) CREATE (b)-[:RELATED {weight: 1.0}]->(c)"
                        + "CREATE (c)-[:RELATED {weight: 2.0}]->(b) CREATE (c)-[:OTHER]->(b)");
        ArchiveInfo original = backup(servers, "twins");

        RestoreResult moved = convert(original, files, Role.GRAPH);

        assertThat(workingDir.resolve("graph_chunk_entity_relation.graphml"))
                .content()
                .containsOnlyOnce("<node id=\"A\">")
                .containsOnlyOnce(">[{\"level\": 0, \"cluster\": 3}]<")
                .containsOnlyOnce("<edge ");
        assertThat(moved.plan().warnings())
                .anySatisfy(warning -> assertThat(warning)
                        .isEqualTo("graph: of several nodes with the same name, one is kept (1 time, for example: A)."))
                .anySatisfy(warning -> assertThat(warning).contains("of equal relationships between two nodes"))
                .anySatisfy(warning -> assertThat(warning).contains("of different relationships between two nodes"))
                .anySatisfy(
                        warning -> assertThat(warning).contains("relationships of a type that the system does not"));
    }
}
