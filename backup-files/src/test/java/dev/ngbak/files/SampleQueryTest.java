package dev.ngbak.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.check.CheckReport;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.ForwardingExportSession;
import dev.ngbak.testkit.ForwardingRecordHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference check and the sample query on the sample system, as the engine runs them. */
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
        return manager(session -> session);
    }

    /** @param wrapper replaces the sessions of the vector store */
    private BackupManager manager(UnaryOperator<ExportSession> wrapper) {
        Settings settings = Settings.of(Map.of(
                "WORKING_DIR",
                folder.toString(),
                "BACKUP_DIR",
                temp.resolve("backups").toString()));
        List<StorageExporter> exporters =
                List.of(new NetworkxExporter(), Faults.exporter(new NanoExporter(), wrapper), new JsonExporter());
        return new BackupManager(
                settings,
                exporters,
                List.of(new NetworkxRestorer(), new NanoRestorer(), new JsonRestorer()),
                Clock.systemUTC());
    }

    private Job job() {
        return new Job(line -> log.add(line.level() + " " + line.message()));
    }

    private ArchiveInfo backup() {
        return manager().create(null, null, job());
    }

    private RestoreResult restore(BackupManager manager, ArchiveInfo archive) {
        return manager.restore(manager.archive(archive), RestoreOptions.DEFAULT, plan -> true, job());
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

    @Test
    void restoreAsksForTenEntities() throws IOException {
        ArchiveInfo archive = backup();
        edit("vdb_entities.json", text -> text.replace("SØLVHAVN", "SOLVHAVN"));

        RestoreResult result = restore(manager(), archive);

        assertThat(result.sample()).hasSize(10).doesNotHaveDuplicates();
        assertThat(result.sample()).allSatisfy(answer -> {
            assertThat(answer.score()).isBetween(0.9999, 1.0001).isGreaterThan(answer.secondScore());
            assertThat(answer.second()).isNotEmpty().isNotEqualTo(answer.entity());
            assertThat(answer.chunk()).startsWith("chunk-");
            assertThat(answer.document()).startsWith("doc-");
            assertThat(answer.excerpt()).isNotBlank();
            assertThat(answer.excerpt().codePointCount(0, answer.excerpt().length()))
                    .isLessThanOrEqualTo(81);
        });
        assertThat(result.sample().get(0).entity()).isEqualTo("\"SØLVHAVN\"");
        assertThat(log).anyMatch(line -> line.contains("10 of 10 entities were found by vector"));
        assertThat(log).noneMatch(line -> line.startsWith("WARN Sample query"));
    }

    @Test
    void restoreIsRolledBackWhenVectorsAreSwapped() throws IOException {
        ArchiveInfo archive = backup();
        edit("kv_store_full_docs.json", text -> text.replace("Sølvhavn", "Solvhavn"));
        Map<String, String> before = contents();

        BackupException e =
                catchThrowableOfType(BackupException.class, () -> restore(manager(SwappedVectors::new), archive));

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.role()).contains(Role.VECTOR);
        assertThat(e.problem())
                .contains("the sample query failed: in the vector store, the vector of \"")
                .contains("although the archive contains it");
        assertThat(contents()).isEqualTo(before);
    }

    /** Shows each point with the vector of the point before it. Digests are not affected. */
    private static final class SwappedVectors extends ForwardingExportSession {

        SwappedVectors(ExportSession real) {
            super(real);
        }

        @Override
        public void read(RecordHandler records, Progress progress) throws IOException {
            super.read(new SwappingHandler(records), progress);
        }
    }

    private static final class SwappingHandler extends ForwardingRecordHandler {
        private List<RecordVisitor.Vector> previous = List.of();

        SwappingHandler(RecordHandler real) {
            super(real);
        }

        @Override
        public void add(StoredRecord record) throws IOException {
            super.add(new StoredRecord() {
                @Override
                public String countedAs() {
                    return record.countedAs();
                }

                @Override
                public byte[] digest() {
                    return record.digest();
                }

                @Override
                public void show(RecordVisitor visitor) throws IOException {
                    record.show(new RecordVisitor() {
                        @Override
                        public void collection(String name, Map<String, Integer> dimensions) throws IOException {
                            visitor.collection(name, dimensions);
                        }

                        @Override
                        public void point(String id, Map<String, Object> payload, List<Vector> vectors)
                                throws IOException {
                            visitor.point(id, payload, previous);
                            previous = vectors;
                        }
                    });
                }
            });
        }
    }

    @Test
    void restoreSucceedsWithAWarningWhenTheArchiveLacksDocuments() throws IOException {
        edit("kv_store_full_docs.json", text -> "{}");
        ArchiveInfo archive = backup();

        RestoreResult result = restore(manager(), archive);

        assertThat(result.sample()).isEmpty();
        assertThat(log)
                .filteredOn(line -> line.startsWith("WARN Sample query"))
                .singleElement()
                .asString()
                .contains("is not in full_docs")
                .contains("The archive lacks the same data");
    }

    @Test
    void restoreOfOneStoreIsNotAsked() {
        ArchiveInfo archive = backup();
        RestoreOptions options = new RestoreOptions(EnumSet.of(Role.KV), false, true);

        RestoreResult result = manager().restore(manager().archive(archive), options, plan -> true, job());

        assertThat(result.sample()).isEmpty();
        assertThat(log).anyMatch(line -> line.contains("The sample query was skipped, because it needs all three"));
    }

    @Test
    void sampleBreaksNoRuleLiveAndInAnArchive() {
        ArchiveInfo archive = backup();

        for (CheckReport report : List.of(
                ReferenceCheck.live(manager(), new Job()),
                ReferenceCheck.archive(manager(), manager().archive(archive), new Job()))) {
            assertThat(report.results())
                    .extracting(CheckReport.Result::outcome)
                    .containsOnly(CheckReport.Outcome.HOLDS, CheckReport.Outcome.NOTHING_TO_CHECK);
            assertThat(report.warnings()).isEmpty();
            assertThat(report.seen())
                    .isEqualTo(Map.of(
                            "documents", 5L,
                            "chunks", 29L,
                            "community_reports", 37L,
                            "nodes", 87L,
                            "relationships", 211L,
                            "entity_vectors", 87L,
                            "chunk_vectors", 29L));
        }
    }

    @Test
    void checkFindsBrokenReferencesInFiles() throws IOException {
        edit("kv_store_text_chunks.json", text -> text.replace("chunk-e0ddeeb15d04805f70d1fbd5457b63ad", "chunk-0"));
        edit("vdb_entities.json", text -> text.replaceFirst("INGRID ÅSMUND", "INGRID ÅSMUNDSEN"));
        edit(
                "graph_chunk_entity_relation.graphml",
                text -> text.replaceFirst("<edge source=\"[^\"]*\"", "<edge source=\"NOBODY\""));

        CheckReport report = ReferenceCheck.live(manager(), new Job());

        assertThat(report.results())
                .filteredOn(result -> result.count() > 0 && result.rule().severity() == Severity.ERROR)
                .extracting(result -> result.rule().id())
                .containsExactly(
                        Id.NODE_CHUNKS_EXIST,
                        Id.RELATIONSHIP_CHUNKS_EXIST,
                        Id.RELATIONSHIP_ENDS_EXIST,
                        Id.ENTITY_VECTOR_KEY_IS_HASH,
                        Id.ENTITY_VECTOR_HAS_NODE,
                        Id.CHUNK_VECTOR_HAS_CHUNK);
        assertThat(report.result(Id.ENTITY_VECTOR_HAS_NODE).samples()).containsExactly("\"INGRID ÅSMUNDSEN\"");
    }

    @Test
    void checkFailsWhenAFileCannotBeRead() throws IOException {
        edit("kv_store_text_chunks.json", text -> text.substring(0, text.length() / 2));

        BackupException e =
                catchThrowableOfType(BackupException.class, () -> ReferenceCheck.live(manager(), new Job()));

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.getMessage()).contains("kv_store_text_chunks.json").doesNotContain("backed up");
    }

    @Test
    void backupWarnsWhenNoCommunityHasAReport() throws IOException {
        backup();
        assertThat(log).noneMatch(line -> line.startsWith("WARN"));

        edit("kv_store_community_reports.json", text -> "{}");
        backup();
        assertThat(log).anyMatch(line -> line.matches("WARN The graph has \\d+ communities, but there is no report.*"));
    }
}
