package dev.ngbak.check;

import static dev.ngbak.check.TestSystem.DOCUMENT;
import static dev.ngbak.check.TestSystem.chunkKey;
import static dev.ngbak.check.TestSystem.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.layout.NanoGraphRagLayout;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyValueRulesTest {

    private final TestSystem system = TestSystem.healthy();

    @Test
    void documentKeyIsBrokenWhenTheContentDiffers() throws IOException {
        system.entry("full_docs", DOCUMENT, "{\"content\": \"hello\"}");

        assertThat(system.broken()).isEqualTo(Map.of(Id.DOCUMENT_KEY_IS_HASH, 1L));
        assertThat(system.check(Id.DOCUMENT_KEY_IS_HASH).samples()).containsExactly(DOCUMENT);
    }

    @Test
    void documentKeyIsBrokenWhenThereIsNoContent() throws IOException {
        system.entry("full_docs", DOCUMENT, "{\"content\": 1}");

        assertThat(system.check(Id.DOCUMENT_KEY_IS_HASH).samples()).containsExactly(DOCUMENT + " has no content");
    }

    @ParameterizedTest
    @ValueSource(strings = {" hello world\\n", "hello world"})
    void documentKeyHoldsForTheContentWithAndWithoutSurroundingSpace(String content) throws IOException {
        system.entry("full_docs", DOCUMENT, "{\"content\": \"" + content + "\"}");

        assertThat(system.broken()).isEmpty();
    }

    @Test
    void chunkHasDocumentIsBrokenForEachChunkOfAMissingDocument() throws IOException {
        system.entries.remove("full_docs");

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNK_HAS_DOCUMENT, 2L));
        assertThat(system.check(Id.CHUNK_HAS_DOCUMENT).samples()).containsExactly(DOCUMENT + " (2 chunks)");
    }

    @Test
    void chunkKeyIsBrokenWhenTheContentDiffers() throws IOException {
        system.entries
                .get("text_chunks")
                .computeIfPresent(chunkKey("world"), (key, value) -> value.replace("\"world\"", "\"word\""));

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNK_KEY_IS_HASH, 1L));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, -1, Integer.MAX_VALUE})
    void chunksAreNumberedIsBrokenByAnyOtherIndex(int index) throws IOException {
        system.chunk("world", index);

        assertThat(system.broken()).isEqualTo(Map.of(Id.CHUNKS_ARE_NUMBERED, 1L));
    }

    @Test
    void documentHasChunksIsBrokenByADocumentWithoutChunks() throws IOException {
        system.entry("full_docs", key("doc-", "lost"), "{\"content\": \"lost\"}");

        assertThat(system.broken()).isEqualTo(Map.of(Id.DOCUMENT_HAS_CHUNKS, 1L));
    }

    @Test
    void reportTitleIsBrokenByTheTitleOfAnotherReport() throws IOException {
        system.entries
                .get("community_reports")
                .computeIfPresent("1", (key, value) -> value.replace("Cluster 1", "Cluster 2"));

        assertThat(system.broken()).isEqualTo(Map.of(Id.REPORT_TITLE_IS_KEY, 1L));
        assertThat(system.check(Id.REPORT_TITLE_IS_KEY).samples()).containsExactly("1 is titled Cluster 2");
    }

    @Test
    void cachedAnswerIsBrokenWithoutAReturnMember() throws IOException {
        system.entry("llm_response_cache", "4567", "{\"answer\": 1}");

        assertThat(system.broken()).isEqualTo(Map.of(Id.CACHED_ANSWER_IS_COMPLETE, 1L));
    }

    @Test
    void valueThatIsNotShownBreaksNoRule() throws IOException {
        system.entry("full_docs", DOCUMENT, null);
        system.entry("text_chunks", chunkKey("world"), null);

        CheckReport report = system.check();

        assertThat(report.broken(Severity.ERROR)).isZero();
        assertThat(report.result(Id.DOCUMENT_KEY_IS_HASH).count()).isZero();
        assertThat(report.warnings()).singleElement().asString().startsWith("2 values were not checked");
    }

    @Test
    void valuesThatAreNotCheckedAreCountedByReason(@TempDir Path scratch) throws IOException {
        try (ReferenceChecker checker =
                new ReferenceChecker(new NanoGraphRagLayout(), Settings.of(Map.of()), TempFiles.in(scratch))) {
            RecordVisitor entries = checker.visitor(Role.KV);
            entries.entry("full_docs", "doc-1", null, RecordVisitor.NEVER);
            entries.composite("text_chunks", "chunk-1", "set", RecordVisitor.NEVER);
            entries.composite("text_chunks", "chunk-2", "set", RecordVisitor.NEVER);
            entries.composite("full_docs", "doc-2", "hash", RecordVisitor.NEVER);
            entries.entry("of_no_rule", "1", null, RecordVisitor.NEVER);

            assertThat(checker.report(List.of()).warnings())
                    .containsExactly(
                            "1 value was not checked, because it is longer than 16.0 MiB. Its key was checked.",
                            "1 value was not checked, because it is of the type hash instead of a text. Its key was"
                                    + " checked.",
                            "2 values were not checked, because they are of the type set instead of a text. Their keys"
                                    + " were checked.");
        }
    }
}
