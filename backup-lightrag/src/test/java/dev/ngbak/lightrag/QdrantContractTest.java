package dev.ngbak.lightrag;

import static dev.ngbak.lightrag.SharedCollection.ENTITIES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.qdrant.QdrantExporter;
import dev.ngbak.qdrant.QdrantRestorer;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.StorageContract;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract for one workspace in collections that all workspaces share. */
class QdrantContractTest implements StorageContract {

    private static final String CHUNKS = "lightrag_vdb_chunks_stub_8d";
    private static final List<String> OTHERS = List.of("w", "ws_2", "_", "WS");

    private static QdrantServer server;
    private static SharedCollection entities;
    private static SharedCollection chunks;
    private static SharedCollection relationships;

    @BeforeAll
    static void start() throws IOException {
        server = QdrantServer.start();
        entities = new SharedCollection(server, ENTITIES);
        chunks = new SharedCollection(server, CHUNKS);
        relationships = new SharedCollection(server, "lightrag_vdb_relationships_other_model_8d");
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void empty() throws IOException {
        entities.drop();
        chunks.drop();
        relationships.drop();
    }

    @Override
    public StorageExporter exporter() {
        return new QdrantExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new QdrantRestorer();
    }

    @Override
    public Settings settings() {
        return settings("ws");
    }

    private static Settings settings(String workspace) {
        return server.settings().with("GRAPHRAG_SYSTEM", "lightrag").with("WORKSPACE", workspace);
    }

    @Override
    public Settings deadSettings() {
        return settings().with("QDRANT_URL", "http://127.0.0.1:1");
    }

    @Override
    public String deadSetting() {
        return "QDRANT_URL";
    }

    @Override
    public boolean looksUp() {
        return true;
    }

    @Override
    public boolean replacesAtOnce() {
        return false;
    }

    /** More than two batches. */
    @Override
    public int many() {
        return 1_500;
    }

    @Override
    public void fill(int records, long seed) throws IOException {
        entities.create().deletePointsOf("ws");
        chunks.create().deletePointsOf("ws");
        entities.add("ws", records - records / 4, seed);
        chunks.add("ws", records / 4, seed + 1000);
    }

    @Override
    public void change() throws IOException {
        entities.change("ws");
    }

    @Override
    public Object contents() throws IOException {
        return List.of(entities.points().stream("ws"::equals), chunks.points().stream("ws"::equals));
    }

    @Override
    public void fillForeign() throws IOException {
        for (String workspace : OTHERS) {
            entities.create().add(workspace, 20, workspace.hashCode());
            relationships.create().add(workspace, 5, workspace.hashCode());
        }
    }

    @Override
    public Object foreign() throws IOException {
        return List.of(
                entities.points().stream(workspace -> !workspace.equals("ws")),
                relationships.points().all(),
                entities.definition(),
                relationships.definition());
    }

    /** A lost server: no collection is left. */
    @Override
    public void remove() throws IOException {
        entities.drop();
        chunks.drop();
    }

    private static InMemoryEntries newEntries() {
        return new InMemoryEntries("vectors/qdrant/");
    }

    private static String digest(Settings settings) throws IOException {
        try (ExportSession session = new QdrantExporter().open(settings)) {
            return Summaries.read(session, Progress.NONE).contentDigest();
        }
    }

    private StoreSummary restore(EntrySource source, Settings settings) throws IOException {
        try (RestoreSession session = restorer().open(settings)) {
            return Summaries.restore(session, source, Progress.NONE);
        }
    }

    private EntrySource backup(InMemoryEntries entries) throws IOException {
        try (ExportSession session = exporter().open(settings())) {
            Summaries.export(session, entries, Progress.NONE);
            return entries.source(session.info());
        }
    }

    @Test
    void pointsOfOtherTenantsKeepTheirDigest() throws Exception {
        fillForeign();
        fill(40, 1);
        Map<String, String> before = new TreeMap<>();
        for (String other : OTHERS) {
            before.put(other, digest(settings(other)));
        }
        EntrySource archive = backup(newEntries());
        fill(90, 2);

        restore(archive, settings());

        for (String other : OTHERS) {
            assertThat(digest(settings(other))).isEqualTo(before.get(other)).isNotNull();
        }
    }

    @Test
    void missingCollectionIsCreatedWithItsTenantIndex() throws Exception {
        fill(8, 1);
        String definition = entities.definition();
        EntrySource archive = backup(newEntries());
        remove();

        restore(archive, settings());

        assertThat(entities.definition()).isEqualTo(definition).contains("is_tenant");
    }

    @Test
    void snapshotOfAllTenantsIsNotMadeEvenIfItIsAskedFor() throws Exception {
        fillForeign();
        fill(8, 1);
        InMemoryEntries entries = newEntries();
        try (ExportSession session = exporter().open(settings().with("QDRANT_BACKUP_MODE", "snapshot"))) {
            Summaries.export(session, entries, Progress.NONE);
            assertThat(session.info().form()).isEqualTo("scroll");
            assertThat(session.info().scope()).containsEntry("payload.workspace_id", "ws");
        }
        assertThat(entries.paths()).allSatisfy(path -> assertThat(path).endsWith(".jsonl"));
    }

    @Test
    void archivedPointOfAnotherTenantIsNotWritten() throws Exception {
        fillForeign();
        fill(4, 1);
        Object foreign = foreign();
        InMemoryEntries entries = newEntries();
        StoreInfo info = backup(entries).archived();
        InMemoryEntries hostile = newEntries();
        String text = new String(entries.content(ENTITIES), StandardCharsets.UTF_8);
        hostile.put(
                ENTITIES,
                ".jsonl",
                out -> out.write(text.replace("\"workspace_id\":\"ws\"", "\"workspace_id\":\"w\"")
                        .getBytes(StandardCharsets.UTF_8)));

        assertThatThrownBy(() -> restore(hostile.source(info), settings()))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                .hasMessageContaining("workspace_id \"ws\"");
        assertThat(foreign()).isEqualTo(foreign);
    }

    /** Without the check, an upsert would take over the point of the other tenant. */
    @Test
    void archivedPointWithTheIdOfAnotherTenantsPointIsNotWritten() throws Exception {
        fill(1, 1);
        EntrySource archive = backup(newEntries());
        String id = entities.points().all().keySet().iterator().next();
        entities.deletePointsOf("ws");
        ObjectNode batch = new ObjectMapper().createObjectNode();
        ObjectNode point = batch.putArray("points").addObject().put("id", id);
        point.putArray("vector")
                .add(1)
                .add(2)
                .add(3)
                .add(4)
                .add(5)
                .add(6)
                .add(7)
                .add(8);
        point.putObject("payload").put("workspace_id", "w");
        entities.put(batch);
        Object foreign = entities.points();

        assertThatThrownBy(() -> restore(archive, settings()))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll(id, "another tenant");
        assertThat(entities.points()).isEqualTo(foreign);
    }

    @Test
    void collectionWithOtherVectorsIsRefusedAndKept() throws Exception {
        fill(4, 1);
        EntrySource archive = backup(newEntries());
        entities.drop();
        server.call("PUT", "/collections/" + ENTITIES, "{\"vectors\":{\"size\":4,\"distance\":\"Cosine\"}}");

        assertThatThrownBy(() -> restore(archive, settings()))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll(ENTITIES, "4 Cosine", "8 Cosine");
    }

    @Test
    void archiveOfAnotherWorkspaceOrOfWholeCollectionsIsRefused() throws Exception {
        fill(4, 1);
        StoreInfo archived = backup(newEntries()).archived();
        try (RestoreSession other = restorer().open(settings("ws_2"));
                RestoreSession whole =
                        restorer().open(server.settings().with("QDRANT_NAMESPACE_PREFIX", "lightrag_vdb"))) {
            assertThat(other.problems(archived, 0))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem)
                            .hasMessageContainingAll(
                                    "workspace_id \"ws\"", "workspace_id \"ws_2\"", "WORKSPACE or QDRANT_WORKSPACE"));
            assertThat(whole.problems(archived, 0))
                    .anySatisfy(problem -> assertThat(problem)
                            .hasMessageContainingAll("settings select whole collections", "GRAPHRAG_SYSTEM"));
        }
    }

    /** The guard for users of other layouts, whose scope is whole collections. */
    @Test
    void wholeCollectionsOfSeveralWorkspacesAreNotReplaced() throws Exception {
        fillForeign();
        Settings whole = server.settings()
                .with("QDRANT_NAMESPACE_PREFIX", "lightrag_vdb")
                .with("QDRANT_BACKUP_MODE", "scroll");
        InMemoryEntries entries = newEntries();
        try (ExportSession session = exporter().open(whole);
                RestoreSession restore = restorer().open(whole)) {
            StoreSummary summary = Summaries.export(session, entries, Progress.NONE);

            assertThat(summary.warnings())
                    .anySatisfy(warning -> assertThat(warning).contains(ENTITIES, "\"ws_2\"", "\"w\"", "\"WS\""));
            assertThat(restore.problems(session.info(), 0))
                    .anySatisfy(problem -> assertThat(problem)
                            .hasMessageContainingAll(ENTITIES, "\"ws_2\"", "\"w\"", "\"WS\"", "GRAPHRAG_SYSTEM"));
        }
    }

    @Test
    void missingWorkspaceIsNotTakenForAnEmptyOne() throws Exception {
        fillForeign();
        try (ExportSession session = exporter().open(settings())) {
            assertThat(session.scopeProblem().orElseThrow())
                    .hasMessageContainingAll("workspace_id \"ws\"", "\"ws_2\"", "WORKSPACE or QDRANT_WORKSPACE");
        }
    }

    /** Returns the points of a workspace as they are if it has another name. */
    private static Map<String, JsonNode> renamed(SharedCollection collection, String from, String to)
            throws IOException {
        Map<String, JsonNode> renamed = new TreeMap<>();
        for (JsonNode point : collection.points().stream(from::equals).values()) {
            ObjectNode copy = point.deepCopy();
            ((ObjectNode) copy.path("payload")).put("workspace_id", to);
            String id =
                    SharedCollection.pointId(to, copy.path("payload").path("id").asText());
            renamed.put(id, copy.put("id", id));
        }
        return renamed;
    }

    @Test
    void workspaceIsCopiedWithNewIdsAndTheOthersStayAsTheyAre() throws Exception {
        fill(600, 1);
        fillForeign();
        Object everything = List.of(entities.points(), chunks.points(), relationships.points());

        Rewritten copy = Rewritten.copy(exporter(), restorer(), settings(), settings("ws_copy"));

        assertThat(copy.summary().records()).isEqualTo(600);
        for (SharedCollection collection : List.of(entities, chunks)) {
            assertThat(collection.points().stream("ws_copy"::equals))
                    .isEqualTo(renamed(collection, "ws", "ws_copy"))
                    .isNotEmpty();
            collection.deletePointsOf("ws_copy");
        }
        assertThat(List.of(entities.points(), chunks.points(), relationships.points()))
                .isEqualTo(everything);
    }

    @Test
    void unnamedWorkspaceIsCopiedAndBack() throws Exception {
        entities.create().add("_", 20, 3);
        Object unnamed = entities.points();

        Rewritten.copy(exporter(), restorer(), settings(""), settings("named"));
        assertThat(entities.points().stream("named"::equals)).isEqualTo(renamed(entities, "_", "named"));
        entities.deletePointsOf("_");
        Rewritten.copy(exporter(), restorer(), settings("named"), settings(""));
        entities.deletePointsOf("named");

        assertThat(entities.points()).isEqualTo(unnamed);
    }

    private Rewritten changed(String before, String after) throws IOException {
        InMemoryEntries entries = newEntries();
        StoreInfo info = backup(entries).archived();
        String text = new String(entries.content(ENTITIES), StandardCharsets.UTF_8);
        assertThat(text).containsPattern(before);
        byte[] content = text.replaceAll(before, after).getBytes(StandardCharsets.UTF_8);
        EntrySource source = newEntries().with(ENTITIES, ".jsonl", content).source(info);
        return Rewritten.of(restorer(), source, settings("ws_copy"), Map.of());
    }

    @Test
    void pointsWithOneKeyOrWithoutAKeyCannotBeRenamed() throws Exception {
        entities.create().add("ws", 2, 1);
        assertThatThrownBy(() -> changed("\"id\":\"ent-\\w+\"", "\"id\":\"ent-same\""))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
                .hasMessageContainingAll(ENTITIES, "have the same key");
        assertThatThrownBy(() -> changed("\"id\":\"ent-\\w+\"", "\"id\":7"))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll(ENTITIES, "has no key in its payload");
        assertThatThrownBy(() -> changed("\"workspace_id\":\"ws\"", "\"workspace_id\":\"w\""))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }

    @Test
    void snapshotsAndWholeCollectionsCannotBeRenamed() {
        Map<String, String> whole = Map.of("QDRANT_NAMESPACE_PREFIX", "lightrag_vdb");
        for (StoreInfo archived : List.of(
                new StoreInfo("Qdrant", "1", "snapshot", whole, -1),
                new StoreInfo("Qdrant", "1", "scroll", whole, -1))) {
            assertThatThrownBy(() -> Rewritten.of(restorer(), newEntries().source(archived), settings(), Map.of()))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll(archived.form(), "all points", "cannot be renamed");
        }
    }
}
