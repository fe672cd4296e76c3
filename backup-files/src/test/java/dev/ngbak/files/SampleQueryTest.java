package dev.ngbak.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.CheckReport;
import dev.ngbak.engine.CheckRule;
import dev.ngbak.engine.CheckRule.Severity;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.SampleAnswer;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.ForwardingExportSession;
import dev.ngbak.testkit.ForwardingRecordHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the sample query and the check on the sample data, and on stores that show it incorrectly. */
class SampleQueryTest {

    @TempDir
    Path temp;

    private Path folder;
    private final List<String> log = new ArrayList<>();

    @BeforeEach
    void copySample() throws IOException {
        folder = Files.createDirectory(temp.resolve("working_dir"));
        try (Stream<Path> files = Files.list(Path.of("../samples/working_dir"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    private BackupManager manager() {
        return manager(Role.KV, session -> session);
    }

    /** Returns a manager whose sessions of one role are wrapped. */
    private BackupManager manager(Role role, UnaryOperator<ExportSession> wrapper) {
        Settings settings = Settings.of(Map.of(
                "WORKING_DIR",
                folder.toString(),
                "BACKUP_DIR",
                temp.resolve("backups").toString()));
        List<StorageExporter> exporters = Stream.of(new NetworkxExporter(), new NanoExporter(), new JsonExporter())
                .map(exporter -> exporter.role() == role ? Faults.exporter(exporter, wrapper) : exporter)
                .toList();
        return new BackupManager(
                settings,
                exporters,
                List.of(new NetworkxRestorer(), new NanoRestorer(), new JsonRestorer()),
                Clock.systemUTC());
    }

    private RestoreResult restore(BackupManager manager, ArchiveInfo archive) {
        return manager.restore(
                manager.archive(archive),
                RestoreOptions.DEFAULT,
                plan -> true,
                new Job(line -> log.add(line.level() + " " + line.message())));
    }

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private void edit(String file, UnaryOperator<String> edit) throws IOException {
        Path path = folder.resolve(file);
        String before = Files.readString(path);
        String after = edit.apply(before);
        assertThat(after).isNotEqualTo(before);
        Files.writeString(path, after);
    }

    /** Returns a session that shows its records to another visitor. */
    private static ExportSession showing(ExportSession real, UnaryOperator<RecordVisitor> other) {
        return new ForwardingExportSession(real) {
            @Override
            public void read(RecordHandler records, Progress progress) throws IOException {
                if (records.detail() != Detail.CONTENT) {
                    super.read(records, progress);
                    return;
                }
                super.read(
                        new ForwardingRecordHandler(records) {
                            @Override
                            public void add(StoredRecord record) throws IOException {
                                super.add(new AlteredRecord(record, other));
                            }
                        },
                        progress);
            }
        };
    }

    /** A record that shows itself to another visitor. */
    private record AlteredRecord(StoredRecord real, UnaryOperator<RecordVisitor> other) implements StoredRecord {

        @Override
        public String countedAs() {
            return real.countedAs();
        }

        @Override
        public byte[] digest() {
            return real.digest();
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            real.show(other.apply(visitor));
        }
    }

    @Test
    void everySampledEntityIsFoundAfterARestore() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());
        edit("vdb_entities.json", text -> text.replace("SØLVHAVN", "SOLVHAVN"));

        RestoreResult result = restore(manager(), archive);

        assertThat(result.sample()).hasSize(10).doesNotHaveDuplicates();
        assertThat(result.sample()).allSatisfy(answer -> {
            assertThat(answer.score()).isBetween(0.9999, 1.0001).isGreaterThan(answer.secondScore());
            assertThat(answer.second()).isNotEmpty().isNotEqualTo(answer.entity());
            assertThat(answer.chunk()).startsWith("chunk-");
            assertThat(answer.document()).startsWith("doc-");
            assertThat(answer.excerpt()).isNotBlank();
        });
        assertThat(log).anyMatch(line -> line.contains("with chunks and documents: 10 of 10, in"));
        assertThat(log).noneMatch(line -> line.startsWith("WARN Sample query"));
    }

    @Test
    void swappedVectorsFailTheRestoreAndAreRolledBack() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());
        edit("kv_store_full_docs.json", text -> text.replace("Sølvhavn", "Solvhavn"));
        Map<String, String> before = contents();
        BackupManager swapping = manager(Role.VECTOR, real -> showing(real, new Swapped()::before));

        BackupException e = catchThrowableOfType(BackupException.class, () -> restore(swapping, archive));

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.detail())
                .contains("sample query")
                .contains("in the vector store, the vector of \"")
                .contains("finds \"")
                .contains("although the archive contains it")
                .contains("All stores were rolled back to their previous data");
        assertThat(contents()).isEqualTo(before);
    }

    /** Gives each point the vector of the point before it. */
    private static final class Swapped implements RecordVisitor {
        private RecordVisitor real;
        private List<Vector> before;

        RecordVisitor before(RecordVisitor visitor) {
            real = visitor;
            return this;
        }

        @Override
        public void collection(String name, Map<String, Integer> dimensions) throws IOException {
            before = null;
            real.collection(name, dimensions);
        }

        @Override
        public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
            real.point(id, payload, before == null ? List.of() : before);
            before = vectors;
        }
    }

    @Test
    void missingNodeFailsTheRestore() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());
        BackupManager incomplete = manager(
                Role.GRAPH,
                real -> showing(real, visitor -> new RecordVisitor() {
                    @Override
                    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                            throws IOException {
                        if (!id.equals("\"SØLVHAVN\"")) {
                            visitor.node(number, id, labels, properties);
                        }
                    }
                }));

        BackupException e = catchThrowableOfType(BackupException.class, () -> restore(incomplete, archive));

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem()).contains("\"SØLVHAVN\" has no node in the graph store");
    }

    @Test
    void missingChunksAndDocumentsFailTheRestore() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());
        for (String namespace : List.of("text_chunks", "full_docs")) {
            BackupManager incomplete = manager(
                    Role.KV,
                    real -> showing(real, visitor -> new RecordVisitor() {
                        @Override
                        public void entry(String of, String key, byte[] value, long expires) throws IOException {
                            if (!of.equals(namespace)) {
                                visitor.entry(of, key, value, expires);
                            }
                        }
                    }));

            BackupException e = catchThrowableOfType(BackupException.class, () -> restore(incomplete, archive));

            assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
            assertThat(e.problem()).contains("is not in " + namespace + " in the kv store");
        }
    }

    @Test
    void documentThatTheArchiveLacksIsOnlyAWarning() throws IOException {
        edit("kv_store_full_docs.json", text -> "{}");
        ArchiveInfo archive = manager().create(null, null, new Job());

        RestoreResult result = restore(manager(), archive);

        assertThat(result.sample()).isEmpty();
        assertThat(log)
                .filteredOn(line -> line.startsWith("WARN Sample query"))
                .singleElement()
                .asString()
                .contains("is not in full_docs")
                .contains("The archive itself is so");
        assertThat(log).anyMatch(line -> line.contains("with chunks and documents: 0 of 10, in"));
    }

    @Test
    void identicalVectorsPassTheSampleQuery() throws IOException {
        edit(
                "vdb_entities.json",
                text -> text.replaceAll(
                        "\"matrix\": \"[^\"]*\"",
                        "\"matrix\": \"" + java.util.Base64.getEncoder().encodeToString(new byte[87 * 96 * Float.BYTES])
                                + "\""));
        ArchiveInfo archive = manager().create(null, null, new Job());

        assertThat(restore(manager(), archive).sample()).hasSize(10);
    }

    @Test
    void restoreOfOneStoreSkipsTheSampleQuery() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());

        RestoreResult result = manager()
                .restore(
                        manager().archive(archive),
                        new RestoreOptions(EnumSet.of(Role.KV), false, true),
                        plan -> true,
                        new Job(line -> log.add(line.message())));

        assertThat(result.sample()).isEmpty();
        assertThat(log).anyMatch(line -> line.contains("not all were restored"));
    }

    @Test
    void storeWithoutVisibleRecordsSkipsTheSampleQuery() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());
        BackupManager opaque = manager(Role.GRAPH, real -> new ForwardingExportSession(real) {
            @Override
            public void read(RecordHandler records, Progress progress) throws IOException {
                super.read(records, progress);
                if (records.detail() == Detail.CONTENT) {
                    records.markOpaque(StoreCounts.NONE);
                }
            }
        });

        assertThat(restore(opaque, archive).sample()).isEmpty();
        assertThat(log).anyMatch(line -> line.contains("does not show its records"));
    }

    @Test
    void sampleDataBreaksNoRuleLiveAndInAnArchive() {
        ArchiveInfo archive = manager().create(null, null, new Job());

        for (CheckReport report :
                List.of(manager().check(new Job()), manager().check(manager().archive(archive), new Job()))) {
            assertThat(report.results())
                    .filteredOn(result -> result.count() > 0 || result.unchecked() != null)
                    .isEmpty();
            assertThat(report.warnings()).isEmpty();
            assertThat(report.seen())
                    .isEqualTo(new HashMap<>(Map.of(
                            "documents", 5L,
                            "chunks", 29L,
                            "community_reports", 37L,
                            "nodes", 87L,
                            "relationships", 211L,
                            "entity_vectors", 87L,
                            "chunk_vectors", 29L)));
        }
    }

    @Test
    void checkFindsBrokenReferences() throws IOException {
        edit("kv_store_text_chunks.json", text -> text.replace("chunk-e0ddeeb15d04805f70d1fbd5457b63ad", "chunk-0"));
        edit("vdb_entities.json", text -> text.replaceFirst("INGRID ÅSMUND", "INGRID ÅSMUNDSEN"));
        edit(
                "graph_chunk_entity_relation.graphml",
                text -> text.replaceFirst("<edge source=\"[^\"]*\"", "<edge source=\"NOBODY\""));

        CheckReport report = manager().check(new Job());

        assertThat(report.results())
                .filteredOn(result -> result.count() > 0 && result.rule().severity() == Severity.ERROR)
                .extracting(CheckReport.Result::rule)
                .containsExactly(CheckRule.R6, CheckRule.R7, CheckRule.R8, CheckRule.R10, CheckRule.R11, CheckRule.R14);
        assertThat(report.results().get(CheckRule.R11.ordinal()).samples()).containsExactly("\"INGRID ÅSMUNDSEN\"");
    }

    @Test
    void checkFailsIfAFileCannotBeRead() throws IOException {
        edit("kv_store_text_chunks.json", text -> text.substring(0, text.length() / 2));

        BackupException e =
                catchThrowableOfType(BackupException.class, () -> manager().check(new Job()));

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.getMessage()).contains("kv_store_text_chunks.json").doesNotContain("backed up");
    }

    @Test
    void backupWarnsIfCommunitiesHaveNoReports() throws IOException {
        manager().create(null, null, new Job(line -> log.add(line.level() + " " + line.message())));
        assertThat(log).noneMatch(line -> line.startsWith("WARN"));

        edit("kv_store_community_reports.json", text -> "{}");
        manager().create(null, null, new Job(line -> log.add(line.level() + " " + line.message())));
        assertThat(log).anyMatch(line -> line.matches("WARN The graph has \\d+ communities, but there is no report.*"));
    }

    @Test
    void sampleAnswersAreReadable() throws IOException {
        ArchiveInfo archive = manager().create(null, null, new Job());

        SampleAnswer answer = restore(manager(), archive).sample().get(0);

        assertThat(answer.entity()).isEqualTo("\"SØLVHAVN\"");
        assertThat(answer.excerpt().codePointCount(0, answer.excerpt().length()))
                .isLessThanOrEqualTo(81);
    }
}
