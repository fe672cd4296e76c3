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

/** Somebody writes while a backup is made: the archive must not say that all stood still. A hundred runs. */
class WriterTest {

    /** How often each kind of write is tried; a hundred runs in all. */
    private static final int RUNS = 10;

    private static final int PATIENCE_SECONDS = 60;

    /** Between the writes of one who writes always. */
    private static final int PACE_MILLIS = 50;

    /** Never the same twice: Neo4j does not write a property that already has its value. */
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private static Stack stack;

    @TempDir
    Path backups;

    private final ExecutorService threads = Executors.newSingleThreadExecutor();

    @BeforeAll
    static void start() {
        stack = Stack.startBesideSharedNeo4j();
        stack.fill(new Dataset(Size.TINY, Variant.CLEAN, 1, 8, true));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    /** What is written, again and again. Most leave every count as it is, and many even every record. */
    enum Write {
        PROPERTY_OVERWRITTEN(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.graph()
                        .run("MATCH (n:" + Graph.LABEL + " {id: 'ALICE'}) SET n.weight = $number", "number", number);
            }
        },
        PROPERTY_THERE_AND_BACK(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.graph().run("MATCH (n:" + Graph.LABEL + " {id: 'ALICE'}) SET n.has_vector = true");
                stack.graph().run("MATCH (n:" + Graph.LABEL + " {id: 'ALICE'}) SET n.has_vector = false");
            }
        },
        NODE_MADE_AND_DELETED(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.graph().run("CREATE (:" + Graph.LABEL + " {id: $id})", "id", "new " + number);
                stack.graph().run("MATCH (n:" + Graph.LABEL + " {id: $id}) DELETE n", "id", "new " + number);
            }
        },
        RELATIONSHIP_MADE_ANEW(Role.GRAPH) {
            @Override
            void run(int number) {
                stack.graph()
                        .run(
                                "MATCH (a:" + Graph.LABEL
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
        POINT_MADE_AND_DELETED(Role.VECTOR) {
            @Override
            void run(int number) {
                putPoint("18446744073709551615", 1);
                stack.vectors().call("POST", POINTS + "/delete?wait=true", "{\"points\":[18446744073709551615]}");
            }
        },
        KEY_OVERWRITTEN(Role.KV) {
            @Override
            void run(int number) {
                stack.keys().jedis().set(Keys.PREFIX + "full_docs:doc-text", Integer.toString(number));
            }
        },
        KEY_WRITTEN_AS_IT_WAS(Role.KV) {
            @Override
            void run(int number) {
                stack.keys().jedis().set(Keys.PREFIX + "text_chunks:chunk-empty", "");
            }
        },
        KEY_DELETED_AND_MADE(Role.KV) {
            @Override
            void run(int number) {
                stack.keys().jedis().del(Keys.PREFIX + "extra:list");
                stack.keys().jedis().rpush(Keys.PREFIX + "extra:list", "one", "two", "one", "");
            }
        },
        EXPIRY_MOVED(Role.KV) {
            @Override
            void run(int number) {
                stack.keys().jedis().expire(Keys.PREFIX + "extra:set", 80_000L + number % 1_000);
            }
        };

        private static final String POINTS = "/collections/" + Vectors.PREFIX + "entities/points";

        final Role role;

        Write(Role role) {
            this.role = role;
        }

        abstract void run(int number);

        private static void putPoint(String id, int number) {
            stack.vectors()
                    .call(
                            "PUT",
                            POINTS + "?wait=true",
                            "{\"points\":[{\"id\":" + id + ",\"vector\":{\"dense\":[1,2,3,4,5,6,7," + number
                                    + "]},\"payload\":{\"id\":\"new\"}}]}");
        }
    }

    /** When something is written: once before the store is read, once after, or again and again from before the backup on. */
    private enum Moment {
        BEFORE,
        AFTER,
        ALWAYS
    }

    /** A backup whose markers are watched, and the writer that knows of them. */
    private final class Run {
        private final Write write;
        private final Moment moment;
        private final AtomicBoolean between = new AtomicBoolean();
        private final AtomicInteger counted = new AtomicInteger();
        private final AtomicBoolean over = new AtomicBoolean();
        private final Semaphore wanted = new Semaphore(0);
        private final Semaphore written = new Semaphore(0);

        Run(Write write, Moment moment) {
            this.write = write;
            this.moment = moment;
        }

        /** @return {@code null} when nothing was written between the first marker and the last */
        Consistency run() throws Exception {
            Future<?> writer = threads.submit(() -> {
                while (!over.get()) {
                    if (!wanted.tryAcquire(PACE_MILLIS, TimeUnit.MILLISECONDS) && moment != Moment.ALWAYS) {
                        continue;
                    }
                    boolean started = between.get();
                    write.run(NUMBERS.incrementAndGet());
                    if (started && between.get()) {
                        counted.incrementAndGet();
                    }
                    written.release();
                }
                return null;
            });
            try {
                Settings settings = stack.settings(backups).with("BACKUP_RETRIES", "0");
                List<StorageExporter> exporters = ServiceLoader.load(StorageExporter.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .map(this::watched)
                        .toList();
                Consistency consistency = new BackupManager(settings, exporters, List.of(), Clock.systemUTC())
                        .create(null, null, new Job())
                        .manifest()
                        .consistency();
                return counted.get() > 0 ? consistency : null;
            } finally {
                over.set(true);
                writer.get();
            }
        }

        private StorageExporter watched(StorageExporter exporter) {
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
                    return watched(exporter.open(settings));
                }
            };
        }

        private ExportSession watched(ExportSession session) {
            return new ForwardingExportSession(session) {
                private boolean first = true;

                @Override
                public ChangeMarker marker() throws IOException {
                    between.set(false);
                    ChangeMarker marker = super.marker();
                    between.set(first);
                    first = false;
                    return marker;
                }

                @Override
                public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
                    writeAt(Moment.BEFORE);
                    super.export(sink, records, progress);
                    writeAt(Moment.AFTER);
                }
            };
        }

        private void writeAt(Moment now) throws IOException {
            try {
                if (moment == now) {
                    wanted.release();
                    assertThat(written.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS))
                            .as("the writer wrote")
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
    void aBackupDuringWritesIsNeverBetterThanFuzzy(Write write) throws Exception {
        for (int done = 0, tried = 0; done < RUNS; tried++) {
            assertThat(tried).as("runs in which nothing was written in time").isLessThan(5 * RUNS);
            Moment moment = Moment.values()[done % Moment.values().length];
            Consistency consistency = new Run(write, moment).run();
            if (consistency != null) {
                done++;
                assertThat(consistency.grade()).as("%s, %s", write, moment).isEqualTo(Grade.FUZZY);
                assertThat(consistency.stores().get(write.role))
                        .as("%s, %s", write, moment)
                        .isNotEqualTo(Comparison.UNCHANGED);
            }
        }
    }

    @Test
    void aBackupThatNobodyDisturbsIsQuiescent() {
        BackupManager manager = new BackupManager(stack.settings(backups));
        for (int i = 0; i < 3; i++) {
            Consistency consistency =
                    manager.create(null, null, new Job()).manifest().consistency();
            assertThat(consistency.stores().values()).containsOnly(Comparison.UNCHANGED);
            assertThat(consistency.grade()).isEqualTo(Grade.QUIESCENT);
        }
    }
}
