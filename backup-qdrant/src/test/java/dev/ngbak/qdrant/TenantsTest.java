package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several systems in one collection, told apart by a payload field, as LightRAG's workspaces are. */
class TenantsTest {

    private static final String NAME = "lightrag_vdb_entities";
    private static final String KEYWORD = "{\"type\":\"keyword\",\"is_tenant\":true}";

    private static QdrantServer server;

    @BeforeAll
    static void start() throws IOException {
        server = QdrantServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void empty() throws IOException {
        server.status("DELETE", "/collections/" + NAME, null);
        server.status("DELETE", "/collections/lightrag_vdb_chunks", null);
    }

    private static Settings settings(String mode) {
        return server.settings().with("QDRANT_NAMESPACE_PREFIX", "lightrag_vdb").with("QDRANT_BACKUP_MODE", mode);
    }

    /** Makes a collection with an index on {@code workspace_id}, and a point for each payload. */
    private static void fill(String collection, String index, String... payloads) throws IOException {
        server.call("PUT", "/collections/" + collection, "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
        if (!index.isEmpty()) {
            server.call(
                    "PUT",
                    "/collections/" + collection + "/index?wait=true",
                    "{\"field_name\":\"workspace_id\",\"field_schema\":" + index + "}");
        }
        int id = 1;
        for (String payload : payloads) {
            add(collection, id++, payload);
        }
    }

    private static void add(String collection, int id, String payload) throws IOException {
        server.call(
                "PUT",
                "/collections/" + collection + "/points?wait=true",
                "{\"points\":[{\"id\":" + id + ",\"vector\":[1,2],\"payload\":" + payload + "}]}");
    }

    private record Backup(InMemoryEntries shelf, StoreInfo info, StoreSummary summary, Settings settings) {

        static Backup of(String mode) throws IOException {
            InMemoryEntries shelf = new InMemoryEntries("vectors/qdrant/");
            try (ExportSession export = new QdrantExporter().open(TenantsTest.settings(mode))) {
                StoreSummary summary = export.export(shelf, Progress.NONE);
                return new Backup(shelf, export.info(), summary, TenantsTest.settings(mode));
            }
        }

        List<BackupException> problems() throws IOException {
            return problems(info);
        }

        List<BackupException> problems(StoreInfo archived) throws IOException {
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                return restore.problems(archived, 0);
            }
        }

        /** The same backup as version 0.1 made it, which did not look for tenants. */
        StoreInfo ofVersion01() {
            return new StoreInfo(
                    info.product(),
                    info.version(),
                    info.form(),
                    Map.of("QDRANT_NAMESPACE_PREFIX", info.scope().get("QDRANT_NAMESPACE_PREFIX")),
                    -1);
        }

        void restore() throws IOException {
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                restore.restore(shelf.source(info), Progress.NONE);
            }
        }
    }

    private static void assertShared(List<BackupException> problems, String... words) {
        assertThat(problems).singleElement().satisfies(problem -> {
            assertThat(problem.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(problem.getMessage()).contains(NAME, "workspace_id").contains(words);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void aBackupWarnsAndARestoreRefuses(String mode) throws Exception {
        fill(
                NAME,
                KEYWORD,
                "{\"workspace_id\":\"alpha\"}",
                "{\"workspace_id\":\"beta\"}",
                "{\"workspace_id\":\"beta\"}");
        fill("lightrag_vdb_chunks", KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"alpha\"}");
        Backup backup = Backup.of(mode);

        assertThat(backup.summary().warnings())
                .filteredOn(warning -> warning.contains("tenants"))
                .singleElement()
                .asString()
                .contains(NAME, "\"alpha\"", "\"beta\"", "workspace_id");
        assertShared(backup.problems(), "\"alpha\"", "\"beta\"");
        assertShared(backup.problems(backup.ofVersion01()), "\"alpha\"", "\"beta\"");
        try (ExportSession export = new QdrantExporter().open(TenantsTest.settings(mode))) {
            assertThat(export.digest(Progress.NONE).warnings()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void oneTenantIsNoProblem(String mode) throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"alpha\"}");
        fill("lightrag_vdb_chunks", "\"keyword\"", "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        Backup backup = Backup.of(mode);
        assertThat(backup.summary().warnings()).isEmpty();
        assertThat(backup.problems()).isEmpty();
    }

    @Test
    void aTenantWhoCameLaterIsProtected() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}");
        Backup backup = Backup.of("scroll");
        add(NAME, 9, "{\"workspace_id\":\"beta\"}");
        assertShared(backup.problems(), "\"alpha\", \"beta\" on the server", "\"alpha\" in the archive");
    }

    @Test
    void aTenantWhoIsAloneThereAndNotInTheArchiveIsProtected() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}");
        Backup backup = Backup.of("scroll");
        empty();
        fill(NAME, KEYWORD, "{\"workspace_id\":\"beta\"}");
        assertShared(backup.problems(), "\"beta\" on the server", "\"alpha\" in the archive");
    }

    @Test
    void aCollectionThatTheArchiveLacksAndARestoreWouldDeleteIsProtected() throws Exception {
        Backup backup = Backup.of("scroll");
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        assertShared(backup.problems(), "\"alpha\"", "\"beta\"");
    }

    @Test
    void tenantsWhoAreOnlyInTheArchiveAreNotBroughtBackOverOthersPoints() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        Backup backup = Backup.of("scroll");
        empty();
        fill(NAME, "", "{\"workspace_id\":\"gamma\"}");
        assertShared(backup.problems(), "\"alpha\", \"beta\" in the archive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void allTenantsOfALostServerComeBack(String mode) throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        Backup backup = Backup.of(mode);
        empty();
        assertThat(backup.problems()).isEmpty();
        fill(NAME, KEYWORD);
        assertThat(backup.problems()).isEmpty();
        backup.restore();
        assertThat(FailureTest.digest(backup.settings()))
                .isEqualTo(backup.summary().contentDigest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void rollingBackIsNotRefused(String mode) throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        Backup safety = Backup.of(mode);
        add(NAME, 9, "{\"workspace_id\":\"gamma\"}");
        safety.restore();
        assertThat(FailureTest.digest(safety.settings()))
                .isEqualTo(safety.summary().contentDigest());
    }

    @Test
    void pointsWithoutTheFieldAreSomebodyElses() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"other\":1}", "{\"workspace_id\":null}");
        assertShared(Backup.of("scroll").problems(), "\"alpha\"", "absent");
        empty();
        fill(NAME, KEYWORD, "{\"other\":1}", "{\"workspace_id\":[]}");
        assertThat(Backup.of("scroll").problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"uuid", "keyword"})
    void eachTypeOfTenantIndexIsRead(String type) throws Exception {
        String one = "550e8400-e29b-41d4-a716-446655440000";
        String other = "550e8400-e29b-41d4-a716-446655440001";
        fill(
                NAME,
                "{\"type\":\"" + type + "\",\"is_tenant\":true}",
                "{\"workspace_id\":[\"" + one + "\",\"" + other + "\"]}");
        assertShared(Backup.of("scroll").problems(), one, other);
    }

    @Test
    void theRealServerTellsTenantsInANestedFieldAndInStrictMode() throws Exception {
        assumeTrue(server.isReal(), "the double knows neither");
        server.call(
                "PUT",
                "/collections/" + NAME,
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"},\"strict_mode_config\":{\"enabled\":true,"
                        + "\"unindexed_filtering_retrieve\":false,\"filter_max_conditions\":1,\"max_query_limit\":3}}");
        server.call(
                "PUT",
                "/collections/" + NAME + "/index?wait=true",
                "{\"field_name\":\"system.workspace_id\",\"field_schema\":" + KEYWORD + "}");
        for (int id = 1; id <= 3; id++) {
            add(NAME, id, "{\"system\":{\"workspace_id\":\"tenant " + id + "\"},\"other\":\"x\"}");
        }
        Backup backup = Backup.of("scroll");
        assertShared(backup.problems(), "system.workspace_id", "\"tenant 1\", \"tenant 2\" on the server");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"a\":null}", "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":1}}", "{"})
    void aManifestThatLiesAboutItsTenantsIsDamaged(String text) {
        assertThatThrownBy(() -> Tenants.from(text))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }

    @Test
    void valuesAreBoundedAndCleanedForDisplay() throws Exception {
        String[] payloads = new String[40];
        for (int i = 0; i < payloads.length; i++) {
            payloads[i] = "{\"workspace_id\":\"\\u001b[31m" + i + "x".repeat(5_000) + "\"}";
        }
        fill(NAME, KEYWORD, payloads);
        Backup backup = Backup.of("scroll");
        assertThat(backup.info().scope().get("tenants").length()).isLessThan(1_000);
        assertThat(backup.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.getMessage())
                        .hasSizeLessThan(2_000)
                        .contains("?[31m", "perhaps more")
                        .doesNotContain("\u001b"));
    }
}
