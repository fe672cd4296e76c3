package dev.ngbak.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.DrillResult;
import dev.ngbak.engine.Job;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.ForwardingRestoreSession;
import dev.ngbak.testkit.Gate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drills of files. Whatever happens in them, the live files stay as they are, and nothing of the drill remains. */
class DrillTest {

    private static final BackupId ID = new BackupId("one");

    @TempDir
    Path temp;

    private final List<String> log = new ArrayList<>();
    private Path folder;
    private Path backups;
    private Settings settings;
    private Map<String, String> live;
    private UnaryOperator<RestoreSession> fault = UnaryOperator.identity();
    private Clock clock = Clock.systemUTC();

    @BeforeEach
    void backUpAndChange() throws IOException {
        folder = temp.resolve("working_dir");
        backups = temp.resolve("backups");
        settings = Settings.of(Map.of("WORKING_DIR", folder.toString(), "BACKUP_DIR", backups.toString()));
        Random random = new Random(7);
        SampleFiles.write(folder, "graph_chunk_entity_relation.graphml", SampleFiles.graph(40, random));
        SampleFiles.write(folder, "vdb_entities.json", SampleFiles.vectors(40, random));
        SampleFiles.write(folder, "kv_store_full_docs.json", SampleFiles.kv(40, random));
        manager().create(ID.text(), null, new Job());
        SampleFiles.write(folder, "kv_store_full_docs.json", SampleFiles.kv(3, random));
        live = SampleFiles.tree(folder);
    }

    @AfterEach
    void nothingChangedAndNothingRemains() throws IOException {
        assertThat(SampleFiles.tree(folder)).isEqualTo(live);
        Path state = backups.resolve(".ngbak");
        try (Stream<Path> files = Files.walk(state)) {
            Set<String> top = files.filter(Files::isRegularFile)
                    .map(file -> state.relativize(file).getName(0).toString())
                    .collect(Collectors.toSet());
            assertThat(top).isSubsetOf("lock", "verified", "sidecars");
        }
        assertThat(state.resolve("drill")).doesNotExist();
    }

    private BackupManager manager() {
        List<StorageExporter> exporters = new ArrayList<>();
        ServiceLoader.load(StorageExporter.class).forEach(exporters::add);
        List<StorageRestorer> restorers = new ArrayList<>();
        for (StorageRestorer restorer : ServiceLoader.load(StorageRestorer.class)) {
            restorers.add(
                    restorer.role() == Role.KV ? Faults.restorer(restorer, session -> fault.apply(session)) : restorer);
        }
        return new BackupManager(settings, exporters, restorers, clock);
    }

    private DrillResult drill() {
        BackupManager manager = manager();
        return manager.drill(manager.archive(ID), new Job(line -> log.add(line.message())));
    }

    private BackupException failure() {
        return catchThrowableOfType(BackupException.class, this::drill);
    }

    private List<DrillOutcome> drills() {
        return manager().inspect(manager().archive(ID)).marks().drills();
    }

    private String evidence(boolean markdown) {
        return manager().drillEvidence(ID, drills().get(0), markdown);
    }

    @Test
    void passedDrillIsProvedByContentDigest() {
        DrillResult drill = drill();

        assertThat(drill.proofs().values()).hasSize(3).containsOnly("content digest");
        assertThat(drills()).containsExactly(drill.outcome());
        assertThat(evidence(true)).isEqualTo(drill.evidence());
        assertThat(evidence(false))
                .contains(
                        "\"result\" : \"passed\"",
                        "\"removed\" : true",
                        drill.archive().manifest().checksum());
        assertThat(log).anyMatch(line -> line.matches("It took .*restoring .*proving .*removing the scratch stores.*"));
    }

    @Test
    void storeThatIsNotEqualToTheArchiveFailsTheDrillWithEvidence() {
        fault = session -> new ForwardingRestoreSession(session) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                super.restore(source, records, progress);
                try (Stream<Path> found = Files.walk(backups.resolve(".ngbak/drill"))) {
                    Path documents = found.filter(file -> file.endsWith("kv_store_full_docs.json"))
                            .findFirst()
                            .orElseThrow();
                    Files.writeString(documents, SampleFiles.kv(40, new Random(8)), StandardCharsets.UTF_8);
                }
            }
        };

        BackupException failed = failure();

        assertThat(failed.kind()).isEqualTo(Kind.INTERNAL);
        assertThat(failed.role()).contains(Role.KV);
        assertThat(failed)
                .hasMessageContainingAll(
                        "The drill failed", "does not contain what was written", "Nothing was changed");
        assertThat(drills())
                .singleElement()
                .satisfies(drill -> assertThat(drill.passed()).isFalse());
        assertThat(evidence(false))
                .contains("\"result\" : \"failed\"", "\"problem\" : \"the store", "\"removed\" : true");
        assertThat(evidence(true)).contains("failed", "| Problem | the store does not contain");
    }

    @Test
    void pluginThatCannotRemoveRefusesBeforeItWrites() {
        List<String> calls = new ArrayList<>();
        fault = session -> new ForwardingRestoreSession(session) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                calls.add("restore");
                super.restore(source, records, progress);
            }

            @Override
            public void clear() {
                calls.add("clear");
                throw new BackupException(Kind.INCOMPATIBLE, "The plugin cannot do that", "");
            }
        };

        BackupException refused = failure();

        assertThat(refused.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(calls).containsExactly("clear");
        assertThat(drills()).isEmpty();
    }

    @Test
    void failureToRemoveIsReportedAndTheNextJobRemoves() {
        int[] calls = {0};
        fault = session -> new ForwardingRestoreSession(session) {
            @Override
            public void clear() throws IOException {
                if (calls[0]++ == 1) {
                    throw new BackupException(Kind.UNREACHABLE, "The connection broke", "");
                }
                super.clear();
            }
        };

        BackupException failed = failure();

        assertThat(failed.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failed)
                .hasMessageContainingAll(
                        "was restored and proved, but", "The connection broke", "The next job removes them");
        assertThat(drills()).isEmpty();
        assertThat(backups.resolve(".ngbak/drill.journal")).exists();
        List<String> lines = new ArrayList<>();
        manager().recover(new Job(line -> lines.add(line.message())));
        assertThat(lines).anyMatch(line -> line.endsWith("was interrupted. What was left of it was removed."));
    }

    @Test
    void cancelledDrillSaysNothingAboutTheArchive() throws Exception {
        Gate gate = new Gate();
        fault = session -> Faults.hanging(session, gate);
        BackupManager manager = manager();
        Job job = new Job();
        CompletableFuture<DrillResult> drill =
                CompletableFuture.supplyAsync(() -> manager.drill(manager.archive(ID), job));
        gate.awaitArrival();

        assertThat(job.cancel()).isTrue();

        CompletionException ended = catchThrowableOfType(CompletionException.class, drill::join);
        assertThat(ended.getCause())
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
        assertThat(drills()).isEmpty();
    }

    @Test
    void fullDiskSaysNothingAboutTheArchive() {
        fault = session -> new ForwardingRestoreSession(session) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                throw new IOException("No space left on device");
            }
        };

        BackupException failed = failure();

        assertThat(failed.kind()).isEqualTo(Kind.NO_SPACE);
        assertThat(failed).hasMessageContainingAll("BACKUP_DIR", "Nothing was changed");
        assertThat(drills()).isEmpty();
    }

    @Test
    void newestTenDrillsAreKept() {
        Instant now = Clock.systemUTC().instant();
        for (int n = 1; n <= 12; n++) {
            clock = Clock.fixed(now.plus(Duration.ofDays(n)), ZoneOffset.UTC);
            drill();
        }

        assertThat(drills()).hasSize(10);
        assertThat(drills().get(0).at()).isAfter(now.plus(Duration.ofDays(11)));
        assertThat(backups.resolve(".ngbak/sidecars/one").toFile().list()).hasSize(20);
    }

    @Test
    void filesAreRestoredIntoTheFolderThatTheSettingsName() throws IOException {
        Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
        settings = settings.with("DRILL_WORKING_DIR", elsewhere.toString());

        assertThat(drill().evidence()).contains(elsewhere + "/ngbak_drill_");
        assertThat(elsewhere).isEmptyDirectory();
    }
}
