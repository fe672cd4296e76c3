package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
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

/** Several systems in one collection that a payload field separates, such as the workspaces of LightRAG. */
class TenantFieldsTest {

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

    /**
     * Creates a collection with a point for each payload.
     *
     * @param index the schema of the index on {@code workspace_id}, or empty for none
     */
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

    /** A backup, and what a restore of it would report. */
    private record TenantBackup(Fixtures.Backup backup, Settings settings) {

        static TenantBackup of(String mode) throws IOException {
            Settings settings = TenantFieldsTest.settings(mode);
            return new TenantBackup(Fixtures.Backup.of(settings), settings);
        }

        StoreInfo info() {
            return backup.info();
        }

        List<String> warnings() {
            return backup.summary().warnings();
        }

        List<BackupException> problems() throws IOException {
            return problems(info());
        }

        List<BackupException> problems(StoreInfo archived) throws IOException {
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                return restore.problems(archived, 0);
            }
        }

        /** Returns the description that version 0.1 wrote, which did not look for tenants. */
        StoreInfo ofVersion01() {
            String prefix = info().scope().get("QDRANT_NAMESPACE_PREFIX");
            return new StoreInfo(
                    info().product(), info().version(), info().form(), Map.of("QDRANT_NAMESPACE_PREFIX", prefix), -1);
        }

        void assertRestores() throws IOException {
            backup.restore(settings);
            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
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
    void severalTenantsCauseAWarningAndAProblem(String mode) throws Exception {
        fill(
                NAME,
                KEYWORD,
                "{\"workspace_id\":\"alpha\"}",
                "{\"workspace_id\":\"beta\"}",
                "{\"workspace_id\":\"beta\"}");
        fill("lightrag_vdb_chunks", KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"alpha\"}");
        TenantBackup backup = TenantBackup.of(mode);

        assertThat(backup.warnings())
                .filteredOn(warning -> warning.contains("tenants"))
                .singleElement()
                .asString()
                .contains(NAME, "\"alpha\"", "\"beta\"", "workspace_id");
        assertShared(backup.problems(), "\"alpha\"", "\"beta\"");
        assertShared(backup.problems(backup.ofVersion01()), "\"alpha\"", "\"beta\"");
        assertThat(Fixtures.read(settings(mode)).warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void oneTenantCausesNeither(String mode) throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"alpha\"}");
        fill("lightrag_vdb_chunks", "\"keyword\"", "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        TenantBackup backup = TenantBackup.of(mode);
        assertThat(backup.warnings()).isEmpty();
        assertThat(backup.problems()).isEmpty();
    }

    @Test
    void tenantThatWasAddedAfterTheBackupIsAProblem() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}");
        TenantBackup backup = TenantBackup.of("scroll");
        add(NAME, 9, "{\"workspace_id\":\"beta\"}");
        assertShared(backup.problems(), "\"alpha\", \"beta\" on the server", "\"alpha\" in the archive");
    }

    @Test
    void onlyTenantOfTheServerIsAProblemIfTheArchiveHasAnother() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}");
        TenantBackup backup = TenantBackup.of("scroll");
        empty();
        fill(NAME, KEYWORD, "{\"workspace_id\":\"beta\"}");
        assertShared(backup.problems(), "\"beta\" on the server", "\"alpha\" in the archive");
    }

    @Test
    void collectionThatTheArchiveLacksIsAProblem() throws Exception {
        TenantBackup backup = TenantBackup.of("scroll");
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        assertShared(backup.problems(), "\"alpha\"", "\"beta\"");
    }

    @Test
    void tenantsOfTheArchiveAreAProblemForACollectionWithoutTenantIndex() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        TenantBackup backup = TenantBackup.of("scroll");
        empty();
        fill(NAME, "", "{\"workspace_id\":\"gamma\"}");
        assertShared(backup.problems(), "\"alpha\", \"beta\" in the archive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void collectionWithoutPointsIsRestoredWithAllTenants(String mode) throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        TenantBackup backup = TenantBackup.of(mode);
        empty();
        assertThat(backup.problems()).isEmpty();
        fill(NAME, KEYWORD);
        assertThat(backup.problems()).isEmpty();
        backup.assertRestores();
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void restoreItselfIsNotRefusedSoThatItCanRollBack(String mode) throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"workspace_id\":\"beta\"}");
        TenantBackup safety = TenantBackup.of(mode);
        add(NAME, 9, "{\"workspace_id\":\"gamma\"}");
        safety.assertRestores();
    }

    @Test
    void pointsWithoutTheFieldCountAsATenant() throws Exception {
        fill(NAME, KEYWORD, "{\"workspace_id\":\"alpha\"}", "{\"other\":1}", "{\"workspace_id\":null}");
        assertShared(TenantBackup.of("scroll").problems(), "\"alpha\"", "absent");
        empty();
        fill(NAME, KEYWORD, "{\"other\":1}", "{\"workspace_id\":[]}");
        assertThat(TenantBackup.of("scroll").problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"uuid", "keyword"})
    void valuesAreReadForEachTypeOfIndex(String type) throws Exception {
        String one = "550e8400-e29b-41d4-a716-446655440000";
        String other = "550e8400-e29b-41d4-a716-446655440001";
        fill(
                NAME,
                "{\"type\":\"" + type + "\",\"is_tenant\":true}",
                "{\"workspace_id\":[\"" + one + "\",\"" + other + "\"]}");
        assertShared(TenantBackup.of("scroll").problems(), one, other);
    }

    @Test
    void valuesAreReadFromANestedFieldInStrictMode() throws Exception {
        assumeTrue(server.isReal(), "the double supports neither");
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
        TenantBackup backup = TenantBackup.of("scroll");
        assertShared(backup.problems(), "system.workspace_id", "\"tenant 1\", \"tenant 2\" on the server");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"a\":null}", "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":1}}", "{"})
    void malformedTenantsInTheManifestAreCorrupt(String text) {
        StoreInfo archived = new StoreInfo("Qdrant", "1.18.3", "scroll", Map.of("tenants", text), -1);
        assertThatThrownBy(() -> TenantFields.ofArchive(archived))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }

    @Test
    void valuesAreLimitedAndMadeSafeToShow() throws Exception {
        String[] payloads = new String[40];
        for (int i = 0; i < payloads.length; i++) {
            payloads[i] = "{\"workspace_id\":\"\\u001b[31m" + i + "x".repeat(5_000) + "\"}";
        }
        fill(NAME, KEYWORD, payloads);
        TenantBackup backup = TenantBackup.of("scroll");
        assertThat(backup.info().scope().get("tenants").length()).isLessThan(1_000);
        assertThat(backup.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.getMessage())
                        .hasSizeLessThan(2_000)
                        .contains("?[31m", "perhaps more")
                        .doesNotContain("\u001b"));
    }
}
