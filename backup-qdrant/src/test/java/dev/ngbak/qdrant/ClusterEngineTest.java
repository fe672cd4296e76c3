package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.ForwardingExportSession;
import dev.ngbak.testkit.ForwardingRestoreSession;
import dev.ngbak.testkit.MemoryStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole backups and restores, in which the vectors are in a cluster that changes meanwhile. */
class ClusterEngineTest extends OnCluster {

    @TempDir
    Path folder;

    private final MemoryStorage others = MemoryStorage.named("other stores of a cluster");
    private final List<String> log = new ArrayList<>();

    /** What happens before each file of the vectors is written or read. */
    private Action onFile = () -> {};

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    @AfterEach
    void close() {
        others.close();
    }

    private BackupManager manager() {
        Settings settings = cluster.settings()
                .with("BACKUP_DIR", folder.toString())
                .with("VECTOR_BACKEND", "qdrant")
                .with("GRAPH_BACKEND", MemoryStorage.BACKEND)
                .with("KV_BACKEND", MemoryStorage.BACKEND)
                .with(MemoryStorage.SETTING, others.settings().text(MemoryStorage.SETTING));
        return new BackupManager(
                settings,
                List.of(
                        MemoryStorage.exporter(Role.GRAPH),
                        MemoryStorage.exporter(Role.KV),
                        Faults.exporter(new QdrantExporter(), real -> new ForwardingExportSession(real) {
                            @Override
                            public void export(EntrySink sink, RecordHandler records, Progress progress)
                                    throws IOException {
                                EntrySink watched = (name, suffix, contents) -> {
                                    onFile.run();
                                    sink.put(name, suffix, contents);
                                };
                                super.export(watched, records, progress);
                            }
                        })),
                List.of(
                        MemoryStorage.restorer(Role.GRAPH),
                        MemoryStorage.restorer(Role.KV),
                        Faults.restorer(new QdrantRestorer(), real -> new ForwardingRestoreSession(real) {
                            @Override
                            public void restore(EntrySource source, RecordHandler records, Progress progress)
                                    throws IOException {
                                super.restore(watched(source), records, progress);
                            }
                        })),
                Clock.systemUTC());
    }

    private EntrySource watched(EntrySource source) {
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return source.archived();
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                source.forEach((entry, content) -> {
                    onFile.run();
                    visitor.visit(entry, content);
                });
            }
        };
    }

    private Job job() {
        return new Job(line -> log.add(line.message()));
    }

    /** Returns an action that happens once, before the n-th file. */
    private static Action at(int n, Action action) {
        int[] files = new int[1];
        return () -> {
            if (++files[0] == n) {
                action.run();
            }
        };
    }

    @Test
    void movingShardMakesTheBackupTryAgainUntilTheClusterIsAtRest() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 200, 1);
        onFile = at(2, () -> ClusterFixtures.moveShard(cluster, COLLECTION, 1));
        try (BackupManager manager = manager()) {
            ArchiveInfo archive = manager.create("moved", null, job());

            assertThat(archive.manifest().consistency().grade()).isEqualTo(Grade.QUIESCENT);
            assertThat(log).anyMatch(line -> line.contains("Trying again"));
        }
        cluster.awaitSettled(COLLECTION);
    }

    @Test
    void nodeThatDiesDuringABackupLeavesNoArchive() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.REPLICATED, 200, 1);
        Object before = contents();
        onFile = at(2, () -> cluster.kill(2));
        try (BackupManager manager = manager()) {
            BackupException failure =
                    catchThrowableOfType(BackupException.class, () -> manager.create("dead", null, job()));
            assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(failure).hasMessageContaining(cluster.node(2).url());
            assertThat(manager.list()).isEmpty();
        } finally {
            cluster.restart(2);
        }
        cluster.awaitSettled(COLLECTION);
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void restoreThatADeadNodeInterruptsIsRolledBackWhenTheNodeIsBack() throws Exception {
        try (BackupManager manager = manager()) {
            ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.REPLICATED, 200, 1);
            manager.create("new", null, job());
            cluster.drop(COLLECTION);
            ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 50, 2);
            Object old = contents();
            onFile = at(6, () -> cluster.kill(2)); // The safety archive has four files, and the second one is a shard.
            try {
                BackupException failure = catchThrowableOfType(
                        BackupException.class,
                        () -> manager.restore(
                                manager.archive("new"),
                                new RestoreOptions(Set.of(Role.VECTOR), false, true),
                                plan -> true,
                                job()));
                assertThat(failure.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
                assertThat(failure).hasMessageContaining(cluster.node(2).url());
            } finally {
                cluster.restart(2);
            }

            assertThat(manager.recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
            assertThat(contents()).isEqualTo(old);
        }
    }
}
