package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.check.CheckReport;
import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Breaks the sample in one place at a time, and looks at which rules notice it. */
class LightRagRulesTest {

    private static final Pattern ROW = Pattern.compile("\\| (R\\d+) \\| (\\w+) \\| (.+) \\| (.*)\\|");

    @TempDir
    Path folder;

    private Path workspace;

    @BeforeEach
    void copySample() throws IOException {
        workspace = folder.resolve("rag_storage/harbour_2");
        Folders.copy(
                Folders.SAMPLE.resolve("harbour_2"),
                Files.createDirectories(workspace.getParent()).resolve("harbour_2"));
    }

    private CheckReport check() {
        Settings settings = Settings.of(Map.of(
                "GRAPHRAG_SYSTEM",
                "lightrag",
                "WORKSPACE",
                "harbour_2",
                "WORKING_DIR",
                workspace.getParent().toString(),
                "BACKUP_DIR",
                folder.resolve("backups").toString()));
        try (BackupManager manager = new BackupManager(settings)) {
            return ReferenceCheck.live(manager, new Job());
        }
    }

    private static Set<Id> broken(CheckReport report) {
        return report.results().stream()
                .filter(result -> result.outcome() == Outcome.BROKEN)
                .map(result -> result.rule().id())
                .collect(Collectors.toSet());
    }

    /** Replaces the first occurrence in a file. */
    private void replace(String file, String old, String by) throws IOException {
        Path path = workspace.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(old);
        Files.writeString(path, text.replaceFirst(Pattern.quote(old), Matcher.quoteReplacement(by)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "kv_store_full_docs.json; \"doc-; \"other-; DOCUMENT_KEY_IS_HASH DOCUMENT_HAS_CHUNKS DOCUMENT_HAS_STATUS"
                        + " STATUS_HAS_DOCUMENT CHUNK_HAS_DOCUMENT",
                "kv_store_doc_status.json; \"doc-; \"other-; DOCUMENT_HAS_STATUS STATUS_HAS_DOCUMENT",
                "kv_store_doc_status.json; -chunk-000\"; -chunk-999\"; LISTED_CHUNKS_EXIST",
                "kv_store_relation_chunks.json; -chunk-000\"; -chunk-999\"; LISTED_CHUNKS_EXIST",
                "kv_store_entity_chunks.json; \"Zofia Nowak\": {; \"Nobody\": {; NODE_HAS_CHUNK_LIST",
                "kv_store_relation_chunks.json; <SEP>; <SEP>x; RELATIONSHIP_HAS_CHUNK_LIST",
                "vdb_relationships.json; \"src_id\": \"; \"src_id\": \"x; RELATIONSHIP_HAS_VECTOR"
                        + " RELATIONSHIP_VECTOR_HAS_RELATIONSHIP",
                "vdb_entities.json; \"entity_name\": \"; \"entity_name\": \"x; ENTITY_VECTOR_KEY_IS_HASH"
                        + " ENTITY_VECTOR_HAS_NODE TYPED_NODE_HAS_VECTOR",
            })
    void brokenPlaceIsNoticedByTheRulesAboutIt(String file, String old, String by, String rules) throws IOException {
        replace(file, old, by);

        assertThat(broken(check()))
                .isEqualTo(List.of(rules.split(" ")).stream().map(Id::valueOf).collect(Collectors.toSet()));
    }

    @Test
    void systemWithoutListsHasNothingToCompare() throws IOException {
        Files.delete(workspace.resolve("kv_store_entity_chunks.json"));
        Files.delete(workspace.resolve("kv_store_relation_chunks.json"));

        CheckReport report = check();

        assertThat(broken(report)).isEmpty();
        assertThat(report.result(Id.NODE_HAS_CHUNK_LIST).outcome()).isEqualTo(Outcome.NOTHING_TO_CHECK);
    }

    @Test
    void pageListsTheRulesWithTheirSeverityAndWhetherTheyHaveABenignCause() throws IOException {
        List<String> documented = Files.readString(Path.of("../docs/LIGHTRAG.md"))
                .lines()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row ->
                        row.group(1) + " " + row.group(2) + " " + (row.group(4).isBlank() ? "" : "benign"))
                .toList();

        assertThat(documented)
                .isEqualTo(new LightRagLayout()
                        .rules().stream().map(LightRagRulesTest::row).toList());
    }

    private static String row(CheckRule rule) {
        return rule.code() + " " + rule.severity().name().toLowerCase(Locale.ROOT) + " "
                + (rule.benignCause().isEmpty() ? "" : "benign");
    }
}
