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

/** All three stores through the engine, as an application that embeds it would use it; nothing but addresses is configured. */
class WholeStackTest {

    private static Stack stack;

    @TempDir
    Path backups;

    private BackupManager manager;
    private final List<String> log = new ArrayList<>();

    @BeforeAll
    static void start() {
        stack = Stack.startBesideSharedNeo4j();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void empty() {
        stack.clear();
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
    void whatBelongsToOthersStaysAsItIs(Variant variant) {
        stack.fillForeign();
        Map<Role, String> foreign = stack.foreignPictures();
        stack.fill(new Dataset(Size.T, variant, 1));
        Map<Role, String> ours = stack.pictures();
        assertThat(stack.foreignPictures()).isEqualTo(foreign);

        ArchiveInfo archive = backUp("first");
        assertThat(digests(archive)).isEqualTo(stack.digests());
        assertThat(stack.foreignPictures()).as("after the backup").isEqualTo(foreign);
        stack.wipe();
        assertThat(stack.pictures().get(Role.GRAPH)).startsWith("0 records");
        assertThat(stack.foreignPictures()).as("after the loss").isEqualTo(foreign);
        restore(archive);
        assertThat(stack.foreignPictures()).as("after the restore").isEqualTo(foreign);
        assertThat(stack.pictures()).isEqualTo(ours);

        // Others go on with their work, and the system with its own; only the latter is undone.
        stack.graph().run("MATCH (n:Invoice) WHERE n.number > 40 DETACH DELETE n");
        stack.graph().run("CREATE (:Invoice {number: 999, id: 'ALICE'})-[:RELATED]->(:Customer:PERSON {name: 'new'})");
        stack.vectors()
                .call(
                        "PUT",
                        "/collections/shop_products/points?wait=true",
                        "{\"points\":[{\"id\":7,\"vector\":[9,9,9],\"payload\":{\"sku\":\"changed\"}}]}");
        stack.keys().jedis().set("job:00000000-0000-4000-8000-000000000009", "{\"status\": \"processing\"}");
        stack.keys().jedis().del("session:1");
        Map<Role, String> later = stack.foreignPictures();
        for (Role role : Role.values()) {
            assertThat(later.get(role)).isNotEqualTo(foreign.get(role));
        }
        stack.graph().run("MATCH (n:" + Graph.LABEL + ") WITH n LIMIT 100 SET n.description = 'new', n.more = 1");
        stack.keys().jedis().set(Keys.PREFIX + "full_docs:doc-new", "{}");
        restore(archive);
        assertThat(stack.foreignPictures()).as("after the second restore").isEqualTo(later);
        assertThat(stack.pictures()).isEqualTo(ours);
    }

    @ParameterizedTest
    @EnumSource
    void theCheckFindsWhatLeadsNowhereAndNothingElse(Variant variant) {
        stack.fill(new Dataset(Size.T, variant, 7));
        CheckReport whole = ReferenceCheck.live(manager, new Job());
        assertThat(whole.broken(Severity.ERROR)).as(whole.results().toString()).isZero();
        assertThat(whole.count(CheckReport.Outcome.NOT_CHECKED)).isZero();

        Set<String> chunks = stack.keys().jedis().keys(Keys.PREFIX + "text_chunks:*");
        stack.keys().jedis().del(chunks.iterator().next());
        CheckReport lacking = ReferenceCheck.live(manager, new Job());
        assertThat(lacking.broken(Severity.ERROR))
                .as(lacking.results().toString())
                .isPositive();
    }

    /** Size S, with vectors of the real size where the server is; the double keeps them on this test's heap. */
    private static Dataset large(Variant variant) {
        return new Dataset(Size.S, variant, 7, stack.hasRealQdrant() ? 1536 : 32, true);
    }

    @ParameterizedTest
    @EnumSource
    void everythingComesBackAndASecondBackupIsOfTheSame(Variant variant) {
        comesBack(new Dataset(Size.T, variant, 7));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("full")
    void everythingComesBackInSizeSToo(Variant variant) {
        comesBack(large(variant));
    }

    private void comesBack(Dataset data) {
        stack.fill(data);

        ArchiveInfo first = backUp("first");
        assertThat(first.manifest().consistency().grade()).isEqualTo(Grade.QUIESCENT);
        assertThat(digests(first)).hasSize(3).doesNotContainValue(null);

        stack.wipe();
        RestoreResult result = restore(first);
        assertThat(result.proofs().values()).containsOnly("content digest");

        ArchiveInfo second = backUp("second");
        assertThat(digests(second)).isEqualTo(digests(first));
        assertThat(second.manifest().statistics()).isEqualTo(first.manifest().statistics());
    }

    @Test
    void whatElseIsInScopeIsGoneAfterwards() {
        stack.fill(new Dataset(Size.T, Variant.CLEAN, 1));
        Map<Role, String> before = stack.pictures();
        ArchiveInfo archive = backUp("first");

        stack.wipe();
        stack.fillForeign();
        stack.fill(new Dataset(Size.T, Variant.FORK, 2, 8, false));
        stack.vectors()
                .call(
                        "PUT",
                        "/collections/" + Vectors.PREFIX + "more",
                        "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}");
        stack.graph().run("CREATE INDEX FOR (n:" + Graph.LABEL + ") ON (n.more)");
        stack.keys().jedis().set(Keys.PREFIX + "more:key", "value");
        Map<Role, String> foreign = stack.foreignPictures();
        restore(archive);

        assertThat(stack.pictures()).isEqualTo(before);
        assertThat(stack.foreignPictures()).isEqualTo(foreign);
    }

    /** Both ways of carrying vectors, for both kinds of collections. */
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void aSystemWithoutHybridSearchComesBackToo(String mode) {
        Settings settings = stack.settings(backups).with("QDRANT_BACKUP_MODE", mode);
        manager = new BackupManager(settings);
        stack.fill(new Dataset(Size.T, Variant.CLEAN, 3, 256, false));
        Map<Role, String> before = stack.pictures();
        ArchiveInfo archive = backUp("first");
        stack.wipe();
        restore(archive);
        assertThat(stack.pictures()).isEqualTo(before);
        assertThat(digests(backUp("second"))).isEqualTo(digests(archive));
    }
}
