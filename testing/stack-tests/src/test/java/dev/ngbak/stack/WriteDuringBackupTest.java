package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.testkit.ForwardingExportSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Writes to a store during a backup. The consistency grade of the archive must report it. A hundred runs. */
class WriteDuringBackupTest {

    private static final int RUNS_PER_WRITE = 10;

    private static final int TIMEOUT_SECONDS = 60;

    /** The interval of {@link Moment#CONTINUOUSLY}. */
    private static final int WRITE_INTERVAL_MILLIS = 50;

    /** Each write gets a new number, because Neo4j does not write a property that already has the value. */
    private static final AtomicInteger NEXT_NUMBER = new AtomicInteger();

    private static Stack stack;

    @TempDir
    Path backups;

    private final ExecutorService writerThread = Executors.newSingleThreadExecutor();

    @BeforeAll
    static void start() {
        stack = Stack.startWithSharedNeo4j();
        stack.fill(new Dataset(DatasetSize.TINY, GraphVariant.CLEAN, 1, 8, true));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void stopWriter() {
        writerThread.shutdownNow();
    }

    /** A kind of write. Most kinds leave all counts unchanged, and some leave all records unchanged. */
    enum Write {
        PROPERTY_OVERWRITTEN(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.neo4j()
                        .run(
                                "MATCH (n:" + Neo4jStore.LABEL + " {id: 'ALICE'}) SET n.weight = $number",
                                "number",
                                number);
            }
        },
        PROPERTY_CHANGED_AND_CHANGED_BACK(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.neo4j().run("MATCH (n:" + Neo4jStore.LABEL + " {id: 'ALICE'}) SET n.has_vector = true");
                stack.neo4j().run("MATCH (n:" + Neo4jStore.LABEL + " {id: 'ALICE'}) SET n.has_vector = false");
            }
        },
        NODE_CREATED_AND_DELETED(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.neo4j().run("CREATE (:" + Neo4jStore.LABEL + " {id: $id})", "id", "new " + number);
                stack.neo4j().run("MATCH (n:" + Neo4jStore.LABEL + " {id: $id}) DELETE n", "id", "new " + number);
            }
        },
        RELATIONSHIP_RECREATED(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.neo4j()
                        .run(
                                "MATCH (a:" + Neo4jStore.LABEL
                                        + " {id: 'ALICE'}) OPTIONAL MATCH (a)-[old:NEW]->() DELETE old"
                                        + " WITH DISTINCT a CREATE (a)-[:NEW {order: $number}]->(a)",
                                "number",
                                number);
            }
        },
        POINT_OVERWRITTEN(Role.VECTOR) {
            @Override
            void run(int number) {
                putPoint("1", number % 89 + 1);
            }
        },
        POINT_CREATED_AND_DELETED(Role.VECTOR) {
            @Override
            void run(int number) {
                putPoint("18446744073709551615", 1);
                stack.qdrant().call("POST", POINTS + "/delete?wait=true", "{\"points\":[18446744073709551615]}");
            }
        },
        KEY_OVERWRITTEN(Role.KV) {
            @Override
            void run(int number) {
                stack.redis().jedis().set(RedisStore.PREFIX + "full_docs:doc-text", Integer.toString(number));
            }
        },
        KEY_OVERWRITTEN_WITH_SAME_VALUE(Role.KV) {
            @Override
            void run(int number) {
                stack.redis().jedis().set(RedisStore.PREFIX + "text_chunks:chunk-empty", "");
            }
        },
        KEY_DELETED_AND_RECREATED(Role.KV) {
            @Override
            void run(int number) {
                stack.redis().jedis().del(RedisStore.PREFIX + "extra:list");
                stack.redis().jedis().rpush(RedisStore.PREFIX + "extra:list", "one", "two", "one", "");
            }
        },
        EXPIRY_CHANGED(Role.KV) {
            @Override
            void run(int number) {
                stack.redis().jedis().expire(RedisStore.PREFIX + "extra:set", 80_000L + number % 1_000);
            }
        };

        private static final String POINTS = "/collections/" + QdrantStore.PREFIX + "entities/points";

        final Role role;

        Write(Role role) {
            this.role = role;
        }

        abstract void run(int number);

        private static void putPoint(String id, int number) {
            stack.qdrant()
                    .call(
                            "PUT",
                            POINTS + "?wait=true",
                            "{\"points\":[{\"id\":" + id + ",\"vector\":{\"dense\":[1,2,3,4,5,6,7," + number
                                    + "]},\"payload\":{\"id\":\"new\"}}]}");
        }
    }

    /** The time of a write: once before the store is exported, once after, or repeatedly during the whole backup. */
    private enum Moment {
        BEFORE_EXPORT,
        AFTER_EXPORT,
        CONTINUOUSLY
    }

    /** A backup with a concurrent writer. It counts the writes that happen between the first and the last change marker. */
    private final class Run {
        private final Write write;
        private final Moment moment;
        private final AtomicBoolean betweenMarkers = new AtomicBoolean();
        private final AtomicInteger writesBetweenMarkers = new AtomicInteger();
        private final AtomicBoolean backupEnded = new AtomicBoolean();
        private final Semaphore requestedWrites = new Semaphore(0);
        private final Semaphore completedWrites = new Semaphore(0);

        Run(Write write, Moment moment) {
            this.write = write;
            this.moment = moment;
        }

        /** Returns the consistency of the archive, or {@code null} if nothing was written between the two markers. */
        Consistency run() throws Exception {
            Future<?> writer = writerThread.submit(() -> {
                while (!backupEnded.get()) {
                    if (!requestedWrites.tryAcquire(WRITE_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)
                            && moment != Moment.CONTINUOUSLY) {
                        continue;
                    }
                    boolean started = betweenMarkers.get();
                    write.run(NEXT_NUMBER.incrementAndGet());
                    if (started && betweenMarkers.get()) {
                        writesBetweenMarkers.incrementAndGet();
                    }
                    completedWrites.release();
                }
                return null;
            });
            try {
                Settings settings = stack.settings(backups).with("BACKUP_RETRIES", "0");
                List<StorageExporter> exporters = ServiceLoader.load(StorageExporter.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .map(this::withObservedMarkers)
                        .toList();
                Consistency consistency = new BackupManager(settings, exporters, List.of(), Clock.systemUTC())
                        .create(null, null, new Job())
                        .manifest()
                        .consistency();
                return writesBetweenMarkers.get() > 0 ? consistency : null;
            } finally {
                backupEnded.set(true);
                writer.get();
            }
        }

        private StorageExporter withObservedMarkers(StorageExporter exporter) {
            if (exporter.role() != write.role) {
                return exporter;
            }
            return new StorageExporter() {
                @Override
                public Role role() {
                    return exporter.role();
                }

                @Override
                public String backend() {
                    return exporter.backend();
                }

                @Override
                public ExportSession open(Settings settings) {
                    return withObservedMarkers(exporter.open(settings));
                }
            };
        }

        private ExportSession withObservedMarkers(ExportSession session) {
            return new ForwardingExportSession(session) {
                private boolean first = true;

                @Override
                public ChangeMarker marker() throws IOException {
                    betweenMarkers.set(false);
                    ChangeMarker marker = super.marker();
                    betweenMarkers.set(first);
                    first = false;
                    return marker;
                }

                @Override
                public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
                    writeAt(Moment.BEFORE_EXPORT);
                    super.export(sink, records, progress);
                    writeAt(Moment.AFTER_EXPORT);
                }
            };
        }

        /** Requests a write and waits for it, if this run writes at this moment. */
        private void writeAt(Moment now) throws IOException {
            try {
                if (moment == now) {
                    requestedWrites.release();
                    assertThat(completedWrites.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS))
                            .as("the write completed in time")
                            .isTrue();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void backupDuringWritesIsFuzzy(Write write) throws Exception {
        for (int counted = 0, attempts = 0; counted < RUNS_PER_WRITE; attempts++) {
            assertThat(attempts)
                    .as("attempts, including those without a write between the markers")
                    .isLessThan(5 * RUNS_PER_WRITE);
            Moment moment = Moment.values()[counted % Moment.values().length];
            Consistency consistency = new Run(write, moment).run();
            if (consistency != null) {
                counted++;
                assertThat(consistency.grade()).as("%s, %s", write, moment).isEqualTo(Grade.FUZZY);
                assertThat(consistency.stores().get(write.role))
                        .as("%s, %s", write, moment)
                        .isNotEqualTo(Comparison.UNCHANGED);
            }
        }
    }

    @Test
    void backupWithoutWritesIsQuiescent() {
        BackupManager manager = new BackupManager(stack.settings(backups));
        for (int i = 0; i < 3; i++) {
            Consistency consistency =
                    manager.create(null, null, new Job()).manifest().consistency();
            assertThat(consistency.stores().values()).containsOnly(Comparison.UNCHANGED);
            assertThat(consistency.grade()).isEqualTo(Grade.QUIESCENT);
        }
    }
}
