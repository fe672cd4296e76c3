package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.check.CheckReport;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backs up and restores all three stores through the engine, as an embedding application does. The scope is the default. */
class WholeStackTest {

    private static Stack stack;

    @TempDir
    Path backups;

    private BackupManager manager;
    private final List<String> log = new ArrayList<>();

    @BeforeAll
    static void start() {
        stack = Stack.startWithSharedNeo4j();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void wipeStores() {
        stack.wipeAll();
        manager = new BackupManager(stack.settings(backups));
    }

    private ArchiveInfo backUp(String id) {
        return manager.create(id, null, new Job(line -> log.add(line.message())));
    }

    private RestoreResult restore(ArchiveInfo archive) {
        return manager.restore(
                manager.archive(archive),
                RestoreOptions.DEFAULT,
                plan -> plan.problems().isEmpty(),
                new Job(line -> log.add(line.message())));
    }

    private static Map<Role, String> digests(ArchiveInfo archive) {
        Map<Role, String> digests = new EnumMap<>(Role.class);
        archive.manifest()
                .stores()
                .forEach((role, store) -> digests.put(role, store.summary().contentDigest()));
        return digests;
    }

    @ParameterizedTest
    @EnumSource
    void backupAndRestoreLeaveForeignDataUnchanged(GraphVariant variant) {
        stack.fillForeign();
        Map<Role, String> foreign = stack.foreignFingerprints();
        stack.fill(new Dataset(DatasetSize.T, variant, 1));
        Map<Role, String> inScope = stack.fingerprints();
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);

        ArchiveInfo archive = backUp("first");
        assertThat(digests(archive)).isEqualTo(stack.digests());
        assertThat(stack.foreignFingerprints()).as("after the backup").isEqualTo(foreign);
        stack.wipeScope();
        assertThat(stack.fingerprints().get(Role.GRAPH)).startsWith("0 records");
        assertThat(stack.foreignFingerprints()).as("after the loss").isEqualTo(foreign);
        restore(archive);
        assertThat(stack.foreignFingerprints()).as("after the restore").isEqualTo(foreign);
        assertThat(stack.fingerprints()).isEqualTo(inScope);

        // Now foreign data and data in scope change. The restore must undo only the latter.
        stack.neo4j().run("MATCH (n:Invoice) WHERE n.number > 40 DETACH DELETE n");
        stack.neo4j().run("CREATE (:Invoice {number: 999, id: 'ALICE'})-[:RELATED]->(:Customer:PERSON {name: 'new'})");
        stack.qdrant()
                .call(
                        "PUT",
                        "/collections/shop_products/points?wait=true",
                        "{\"points\":[{\"id\":7,\"vector\":[9,9,9],\"payload\":{\"sku\":\"changed\"}}]}");
        stack.redis().jedis().set("job:00000000-0000-4000-8000-000000000009", "{\"status\": \"processing\"}");
        stack.redis().jedis().del("session:1");
        Map<Role, String> later = stack.foreignFingerprints();
        for (Role role : Role.values()) {
            assertThat(later.get(role)).isNotEqualTo(foreign.get(role));
        }
        stack.neo4j().run("MATCH (n:" + Neo4jStore.LABEL + ") WITH n LIMIT 100 SET n.description = 'new', n.more = 1");
        stack.redis().jedis().set(RedisStore.PREFIX + "full_docs:doc-new", "{}");
        restore(archive);
        assertThat(stack.foreignFingerprints()).as("after the second restore").isEqualTo(later);
        assertThat(stack.fingerprints()).isEqualTo(inScope);
    }

    @ParameterizedTest
    @EnumSource
    void checkPassesOnIntactStoresAndReportsAMissingChunk(GraphVariant variant) {
        stack.fill(new Dataset(DatasetSize.T, variant, 7));
        CheckReport intact = ReferenceCheck.live(manager, new Job());
        assertThat(intact.broken(Severity.ERROR))
                .as(intact.results().toString())
                .isZero();
        assertThat(intact.count(CheckReport.Outcome.NOT_CHECKED)).isZero();

        Set<String> chunks = stack.redis().jedis().keys(RedisStore.PREFIX + "text_chunks:*");
        stack.redis().jedis().del(chunks.iterator().next());
        CheckReport damaged = ReferenceCheck.live(manager, new Job());
        assertThat(damaged.broken(Severity.ERROR))
                .as(damaged.results().toString())
                .isPositive();
    }

    /** Returns a data set of size S. Its vectors are short if Qdrant is a double, which keeps them on this heap. */
    private static Dataset large(GraphVariant variant) {
        return new Dataset(DatasetSize.S, variant, 7, stack.hasRealQdrant() ? 1536 : 32, true);
    }

    @ParameterizedTest
    @EnumSource
    void restoredStoresGiveABackupWithTheSameDigests(GraphVariant variant) {
        assertRestoredExactly(new Dataset(DatasetSize.T, variant, 7));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("full")
    void restoredStoresOfSizeSGiveABackupWithTheSameDigests(GraphVariant variant) {
        assertRestoredExactly(large(variant));
    }

    private void assertRestoredExactly(Dataset data) {
        stack.fill(data);

        ArchiveInfo first = backUp("first");
        assertThat(first.manifest().consistency().grade()).isEqualTo(Grade.QUIESCENT);
        assertThat(digests(first)).hasSize(3).doesNotContainValue(null);

        stack.wipeScope();
        RestoreResult result = restore(first);
        assertThat(result.proofs().values()).containsOnly("content digest");

        ArchiveInfo second = backUp("second");
        assertThat(digests(second)).isEqualTo(digests(first));
        assertThat(second.manifest().statistics()).isEqualTo(first.manifest().statistics());
    }

    @Test
    void restoreDeletesEverythingElseInScope() {
        stack.fill(new Dataset(DatasetSize.T, GraphVariant.CLEAN, 1));
        Map<Role, String> before = stack.fingerprints();
        ArchiveInfo archive = backUp("first");

        stack.wipeScope();
        stack.fillForeign();
        stack.fill(new Dataset(DatasetSize.T, GraphVariant.FORK, 2, 8, false));
        stack.qdrant()
                .call(
                        "PUT",
                        "/collections/" + QdrantStore.PREFIX + "more",
                        "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
        stack.neo4j().run("CREATE INDEX FOR (n:" + Neo4jStore.LABEL + ") ON (n.more)");
        stack.redis().jedis().set(RedisStore.PREFIX + "more:key", "value");
        Map<Role, String> foreign = stack.foreignFingerprints();
        restore(archive);

        assertThat(stack.fingerprints()).isEqualTo(before);
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
    }

    /** Hybrid search, which the other tests use, gives points named vectors. Here they have one unnamed vector. */
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void systemWithoutHybridSearchIsRestoredExactly(String mode) {
        Settings settings = stack.settings(backups).with("QDRANT_BACKUP_MODE", mode);
        manager = new BackupManager(settings);
        stack.fill(new Dataset(DatasetSize.T, GraphVariant.CLEAN, 3, 256, false));
        Map<Role, String> before = stack.fingerprints();
        ArchiveInfo archive = backUp("first");
        stack.wipeScope();
        restore(archive);
        assertThat(stack.fingerprints()).isEqualTo(before);
        assertThat(digests(backUp("second"))).isEqualTo(digests(archive));
    }
}
