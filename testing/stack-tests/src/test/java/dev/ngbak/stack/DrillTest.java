package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.DrillResult;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drills on Neo4j, Qdrant and Redis. Each must leave the servers as they were, in scope and out of it. */
class DrillTest {

    private static final Dataset DATA = new Dataset(DatasetSize.TINY, GraphVariant.CLEAN, 1, 8, true);

    @TempDir
    static Path backups;

    private static Stack stack;
    private static long now;

    private Settings settings;
    private Map<Role, String> live;
    private Map<Role, String> foreign;

    /** No test changes the data, so all share it and its archives. */
    @BeforeAll
    static void backUp() {
        stack = Stack.startWithSharedNeo4j();
        stack.fillForeign();
        now = System.currentTimeMillis();
        stack.fill(DATA, now);
        // An index that other data shares must neither be created nor dropped.
        stack.neo4j().run("CREATE INDEX weights FOR ()-[r:RELATED]-() ON (r.weight)");
        stack.neo4j().run("CALL db.awaitIndexes(60)");
        backUp("snapshot", "QDRANT_BACKUP_MODE", "snapshot");
        backUp("scroll", "QDRANT_BACKUP_MODE", "scroll");
        backUp("whole", "NEO4J_GRAPH_NAMESPACE", "*");
    }

    private static void backUp(String id, String setting, String value) {
        try (BackupManager manager = new BackupManager(stack.settings(backups).with(setting, value))) {
            manager.create(id, null, new Job());
        }
    }

    @AfterAll
    static void stop() {
        stack.neo4j().run("DROP INDEX weights IF EXISTS");
        stack.close();
    }

    @BeforeEach
    void remember() {
        settings = stack.settings(backups);
        live = stack.fingerprints();
        foreign = stack.foreignFingerprints();
    }

    @AfterEach
    void nothingChanged() {
        assertThat(stack.fingerprints()).isEqualTo(live);
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
        assertThat(backups.resolve(".ngbak/drill")).doesNotExist();
        assertThat(backups.resolve(".ngbak/drill.journal")).doesNotExist();
    }

    private DrillResult drill(String archive) {
        try (BackupManager manager = new BackupManager(settings)) {
            return manager.drill(archive);
        }
    }

    private BackupException refusal(String archive) {
        return catchThrowableOfType(BackupException.class, () -> drill(archive));
    }

    private List<DrillOutcome> drills(String archive) {
        try (BackupManager manager = new BackupManager(settings)) {
            return manager.inspect(manager.archive(new BackupId(archive)))
                    .marks()
                    .drills();
        }
    }

    private static void assertProvedByDigest(DrillResult drill) {
        assertThat(drill.proofs())
                .containsOnlyKeys(Role.values())
                .values()
                .allSatisfy(proof -> assertThat(proof).isEqualTo("content digest"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void drillOnTheLiveServersProvesTheArchiveAndLeavesNothing(String archive) {
        DrillResult drill = drill(archive);

        assertProvedByDigest(drill);
        assertThat(drill.evidence()).contains("passed", "keys ngbak_drill");
        assertThat(drills(archive).get(0)).isEqualTo(drill.outcome());
    }

    /** After a loss of the live data, too, a drill does not write to it. Then nothing proves which server is another one. */
    @Test
    void drillOfAnArchiveOfLostDataDoesNotRestoreIt() {
        stack.wipeScope();
        remember();
        try (Stack scratch = Stack.startWithSharedNeo4jUnchanged()) {
            assertProvedByDigest(drill("scroll"));
            nothingChanged();

            useScratchServers(scratch);
            settings = settings.with("DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX);
            BackupException refused = refusal("scroll");

            assertThat(refused.kind()).isEqualTo(Kind.INVALID);
            assertThat(refused)
                    .hasMessageContainingAll("Nothing proves", "DRILL_REDIS_KEY_PREFIX", "Nothing was changed");
            nothingChanged();
        } finally {
            stack.fill(DATA, now);
            remember();
        }
    }

    @Test
    void scratchServersWithTheScopeOfTheArchiveAreEmptyAfterwards() {
        try (Stack scratch = Stack.startWithSharedNeo4jUnchanged()) {
            useScratchServers(scratch);
            settings = settings.with("DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX)
                    .with("DRILL_QDRANT_NAMESPACE_PREFIX", "api_working_dir");

            assertProvedByDigest(drill("snapshot"));

            assertThat(scratch.redis().jedis().dbSize()).isZero();
            assertThat(scratch.qdrant().isEmpty()).isTrue();
        }
    }

    private void useScratchServers(Stack scratch) {
        Map<String, String> there = scratch.environment();
        settings = settings.with("DRILL_REDIS_URL", there.get("REDIS_URL"))
                .with("DRILL_QDRANT_URL", there.get("QDRANT_URL"))
                .with("DRILL_QDRANT_GRPC_PORT", there.get("QDRANT_GRPC_PORT"));
    }

    @Test
    void liveServerUnderAnotherSpellingIsNotAScratchServer() {
        String address = settings.text("REDIS_URL").replaceFirst(".*//[^:]*", "");
        settings = settings.with("DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX);
        for (String url : List.of("", "redis://localhost" + address, "redis://127.0.0.1" + address + "/")) {
            settings = settings.with("DRILL_REDIS_URL", url);

            BackupException refused = refusal("scroll");

            assertThat(refused.kind()).as(url).isEqualTo(Kind.INVALID);
            assertThat(refused).hasMessageContaining("Nothing was changed");
        }
    }

    @Test
    void liveAndForeignScopesAreRefused() {
        refuse("would write to the live", Neo4jStore.LABEL, "api_working_dir", RedisStore.PREFIX);
        refuse("is not empty", "Invoice", "shop", "job:");
        refuse("Nothing proves", "vacant", "vacant", "vacant");
    }

    private void refuse(String problem, String label, String collections, String keys) {
        Map.of(
                        "DRILL_NEO4J_GRAPH_NAMESPACE", label,
                        "DRILL_QDRANT_NAMESPACE_PREFIX", collections,
                        "DRILL_REDIS_KEY_PREFIX", keys)
                .forEach((setting, scope) -> {
                    settings = stack.settings(backups).with(setting, scope);
                    assertThat(refusal("scroll"))
                            .hasMessageContainingAll(problem, "Unset " + setting, "Nothing was changed");
                });
    }

    @Test
    void wholeDatabaseNeedsAScratchServer() {
        BackupException refused = refusal("whole");

        assertThat(refused.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refused)
                .hasMessageContainingAll("cannot be renamed", "DRILL_NEO4J_URL", "DRILL_NEO4J_GRAPH_NAMESPACE");
        assertThat(drills("whole")).isEmpty();
    }

    @Test
    void scratchServerThatCannotBeReachedSaysNothingAboutTheArchive() throws Exception {
        int before = drills("scroll").size();
        settings = settings.with("DRILL_REDIS_URL", "redis://127.0.0.1:" + closedPort());

        BackupException failed = refusal("scroll");

        assertThat(failed.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failed).hasMessageContaining("Nothing was changed");
        assertThat(drills("scroll")).hasSize(before);
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
