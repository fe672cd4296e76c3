package dev.ngbak.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs two restores from different repositories into one working directory at the same time. */
class TwoRestoresTest {

    private static final int ROUNDS = 20;

    @TempDir
    Path temp;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);
    private Path folder;
    private Map<String, String> first;
    private Map<String, String> second;
    private ReadableArchive firstArchive;
    private ReadableArchive secondArchive;

    @BeforeEach
    void backUpTwoStates() throws IOException {
        folder = temp.resolve("working_dir");
        first = fill(1);
        firstArchive = manager("first").archive(manager("first").create(null, null, new Job()));
        second = fill(2);
        secondArchive = manager("second").archive(manager("second").create(null, null, new Job()));
    }

    @AfterEach
    void stopThreads() {
        threads.shutdown();
    }

    private BackupManager manager(String repository) {
        return new BackupManager(Settings.of(Map.of(
                "WORKING_DIR",
                folder.toString(),
                "BACKUP_DIR",
                temp.resolve(repository).toString())));
    }

    /** Replaces the files with a state that depends on the seed, in content and in names. */
    private Map<String, String> fill(int seed) throws IOException {
        Files.createDirectories(folder);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Random random = new Random(seed);
        SampleFiles.write(folder, "graph_chunk_entity_relation.graphml", SampleFiles.graph(20, random));
        SampleFiles.write(folder, "vdb_entities.json", SampleFiles.vectors(20, random));
        SampleFiles.write(folder, "kv_store_full_docs.json", SampleFiles.kv(20, random));
        SampleFiles.write(folder, "kv_store_only_in_" + seed + ".json", SampleFiles.kv(20, random));
        return SampleFiles.tree(folder);
    }

    private Callable<Kind> restore(String repository, ReadableArchive archive) {
        return () -> {
            start.await();
            try {
                manager(repository).restore(archive, RestoreOptions.DEFAULT, plan -> true, new Job());
                return null;
            } catch (BackupException e) {
                return e.kind();
            }
        };
    }

    /** Without a lock on the directory, the rollback of one restore often undid the other, which had completed. */
    @Test
    void completedRestoreIsNotUndoneByAnother() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            fill(3);
            List<Future<Kind>> ends =
                    threads.invokeAll(List.of(restore("first", firstArchive), restore("second", secondArchive)));
            Kind ofFirst = ends.get(0).get();
            Kind ofSecond = ends.get(1).get();
            Map<String, String> now = SampleFiles.tree(folder);

            assertThat(ofFirst).isIn(null, Kind.BUSY);
            assertThat(ofSecond).isIn(null, Kind.BUSY);
            assertThat(now)
                    .as("after %s and %s", ofFirst, ofSecond)
                    .isIn(
                            ofFirst == Kind.BUSY
                                    ? List.of(second)
                                    : ofSecond == Kind.BUSY ? List.of(first) : List.of(first, second));
        }
    }

    @Test
    void restoreFailsWhileAnotherHoldsTheDirectory() throws IOException {
        AtomicReference<BackupException> failure = new AtomicReference<>();
        manager("first").restore(firstArchive, RestoreOptions.DEFAULT, plan -> true, new Job(line -> {
            if (failure.get() == null && line.message().contains("written in")) {
                failure.set(catchThrowableOfType(
                        BackupException.class,
                        () -> manager("second")
                                .restore(secondArchive, RestoreOptions.DEFAULT, plan -> true, new Job())));
            }
        }));

        assertThat(failure.get().kind()).isEqualTo(Kind.BUSY);
        assertThat(failure.get().detail())
                .contains(
                        "Another restore on this machine",
                        folder.toAbsolutePath().toString(),
                        "Nothing was changed");
        assertThat(SampleFiles.tree(folder)).isEqualTo(first);
    }
}
