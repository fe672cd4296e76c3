package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.DrillResult;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
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

    private static Stack stack;

    @TempDir
    Path backups;

    private Settings settings;
    private Map<Role, String> live;
    private Map<Role, String> foreign;

    @BeforeAll
    static void start() {
        stack = Stack.startWithSharedNeo4j();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void fill() {
        stack.wipeAll();
        stack.fillForeign();
        stack.fill(new Dataset(DatasetSize.TINY, GraphVariant.CLEAN, 1, 8, true));
        // An index that other data shares must neither be created nor dropped.
        stack.neo4j().run("CREATE INDEX weights FOR ()-[r:RELATED]-() ON (r.weight)");
        stack.neo4j().run("CALL db.awaitIndexes(60)");
        settings = stack.settings(backups);
        remember();
    }

    private void remember() {
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

    private ArchiveInfo backup() {
        try (BackupManager manager = new BackupManager(settings)) {
            return manager.create("one", null, new Job());
        }
    }

    private List<ArchiveInfo> archives() {
        try (BackupManager manager = new BackupManager(settings)) {
            return manager.list();
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
    void drillOnTheLiveServersProvesTheArchiveAndLeavesNothing(String mode) {
        settings = settings.with("QDRANT_BACKUP_MODE", mode);
        backup();

        DrillResult drill = drill("one");

        assertProvedByDigest(drill);
        assertThat(drill.evidence()).contains("passed", "ngbak_drill");
        assertThat(archives())
                .singleElement()
                .satisfies(archive -> assertThat(archive.marks().drills())
                        .singleElement()
                        .satisfies(outcome -> assertThat(outcome.passed()).isTrue()));
    }

    /** After a loss of the live data, too, a drill does not write to it. */
    @Test
    void drillOfAnArchiveOfLostDataDoesNotRestoreIt() {
        backup();
        stack.wipeScope();
        remember();

        assertProvedByDigest(drill("one"));
    }

    @Test
    void scratchServersWithTheScopeOfTheArchiveAreEmptyAfterwards() {
        backup();
        try (Stack scratch = Stack.startWithSharedNeo4jUnchanged()) {
            Map<Role, String> empty = scratch.foreignFingerprints();
            useScratchServers(scratch);
            settings = settings.with("DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX)
                    .with("DRILL_QDRANT_NAMESPACE_PREFIX", "api_working_dir");

            assertProvedByDigest(drill("one"));

            assertThat(scratch.foreignFingerprints()).isEqualTo(empty);
            assertThat(scratch.redis().jedis().dbSize()).isZero();
            assertThat(scratch.qdrant().isEmpty()).isTrue();
        }
    }

    /** Nothing then proves that the servers are others, because the live data cannot be told from that of the scratch server. */
    @Test
    void scopeOfTheArchiveIsRefusedOnScratchServersIfTheLiveStoreIsEmpty() {
        backup();
        stack.wipeScope();
        remember();
        try (Stack scratch = Stack.startWithSharedNeo4jUnchanged()) {
            useScratchServers(scratch);
            settings = settings.with("DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX);

            BackupException refused = refusal("one");

            assertThat(refused.kind()).isEqualTo(Kind.INVALID);
            assertThat(refused)
                    .hasMessageContainingAll("Nothing proves", "DRILL_REDIS_KEY_PREFIX", "Nothing was changed");
        }
    }

    private void useScratchServers(Stack scratch) {
        Map<String, String> there = scratch.environment();
        settings = settings.with("DRILL_REDIS_URL", there.get("REDIS_URL"))
                .with("DRILL_QDRANT_URL", there.get("QDRANT_URL"))
                .with("DRILL_QDRANT_GRPC_PORT", there.get("QDRANT_GRPC_PORT"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "127.0.0.1", "0x7f000001", "127.0.0.1 slash"})
    void liveServerUnderAnotherSpellingIsNotAScratchServer(String host) throws Exception {
        backup();
        String port = settings.text("REDIS_URL").replaceFirst(".*:(\\d+).*", "$1");
        settings = settings.with("DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX);
        if (!host.isEmpty()) {
            settings = settings.with(
                    "DRILL_REDIS_URL",
                    "redis://" + host.replace(" slash", "") + ":" + port + (host.endsWith("slash") ? "/" : ""));
        }

        BackupException refused = refusal("one");

        assertThat(refused.kind()).isEqualTo(host.startsWith("0x") ? refused.kind() : Kind.INVALID);
        assertThat(refused).hasMessageContaining("Nothing was changed");
        assertThat(archives().get(0).marks().drills()).isEmpty();
    }

    @Test
    void liveScopeOfEachStoreIsRefused() {
        backup();
        Settings before = settings;
        for (Map.Entry<String, String> scope : Map.of(
                        "DRILL_NEO4J_GRAPH_NAMESPACE", Neo4jStore.LABEL,
                        "DRILL_QDRANT_NAMESPACE_PREFIX", "api_working_dir",
                        "DRILL_REDIS_KEY_PREFIX", RedisStore.PREFIX)
                .entrySet()) {
            settings = before.with(scope.getKey(), scope.getValue());
            assertThat(refusal("one"))
                    .hasMessageContainingAll(
                            "would write to the live", "Unset " + scope.getKey(), "Nothing was changed");
        }
        for (Map.Entry<String, String> scope : Map.of(
                        "DRILL_NEO4J_GRAPH_NAMESPACE", "Invoice",
                        "DRILL_QDRANT_NAMESPACE_PREFIX", "shop",
                        "DRILL_REDIS_KEY_PREFIX", "job:")
                .entrySet()) {
            settings = before.with(scope.getKey(), scope.getValue());
            assertThat(refusal("one")).hasMessageContainingAll("is not empty", "Nothing was changed");
            settings = before.with(scope.getKey(), "vacant");
            assertThat(refusal("one")).hasMessageContainingAll("Nothing proves", "Nothing was changed");
        }
        settings = before;
    }

    @Test
    void wholeDatabaseNeedsAScratchServer() {
        settings = settings.with("NEO4J_GRAPH_NAMESPACE", "*");
        backup();

        BackupException refused = refusal("one");

        assertThat(refused.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(refused)
                .hasMessageContainingAll("cannot be renamed", "DRILL_NEO4J_URL", "DRILL_NEO4J_GRAPH_NAMESPACE");
        assertThat(archives().get(0).marks().drills()).isEmpty();
    }

    @Test
    void scratchServerThatCannotBeReachedSaysNothingAboutTheArchive() throws Exception {
        backup();
        settings = settings.with("DRILL_REDIS_URL", "redis://127.0.0.1:" + closedPort());

        BackupException failed = refusal("one");

        assertThat(failed.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failed).hasMessageContaining("Nothing was changed");
        assertThat(archives().get(0).marks().drills()).isEmpty();
        assertThat(Files.exists(backups.resolve(".ngbak/sidecars"))).isFalse();
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
