package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.RecordDigester;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the keys of nano-graphrag's own backup tool, and writes them as ngbak does. Needs no server. */
class ToolKeysTest {

    private static final Settings PREFIX = Settings.of(Map.of("REDIS_KEY_PREFIX", "mine:"));

    private final RedisRestorer restorer = new RedisRestorer();

    private record Files(Map<String, String> files, String form) implements EntrySource {

        @Override
        public StoreInfo archived() {
            return new StoreInfo("Redis", "unknown", form, Map.of(), -1);
        }

        @Override
        public void forEach(Visitor visitor) throws IOException {
            for (var file : files.entrySet()) {
                byte[] bytes = file.getValue().getBytes(StandardCharsets.UTF_8);
                String name = file.getKey().replaceFirst("\\..*", "");
                visitor.visit(
                        new Entry(name, "kv/" + file.getKey(), bytes.length, ""), new ByteArrayInputStream(bytes));
            }
        }
    }

    private Map<String, String> rewrite(Map<String, String> files, Settings settings, RecordDigester written)
            throws IOException {
        Map<String, String> result = new LinkedHashMap<>();
        StoreInfo info = restorer.rewrite(
                new Files(files, StoreInfo.OTHER_TOOL),
                new Rewriting(settings, Map.of()),
                (name, suffix, contents) -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    contents.writeTo(out);
                    result.put(name + suffix, out.toString(StandardCharsets.UTF_8));
                },
                written,
                Progress.NONE);
        assertThat(info.form()).isEqualTo(NamespaceReader.FORM);
        assertThat(info.scope()).containsEntry("REDIS_KEY_PREFIX", "mine:");
        return result;
    }

    private RecordDigester read(Map<String, String> files, String form) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        restorer.read(new Files(files, form), PREFIX, records, Progress.NONE);
        return records;
    }

    @Test
    void valuesAreWrittenAsNanoGraphRagWritesThem() throws IOException {
        Map<String, String> archived = Map.of("full_docs.json", """
                {
                  "doc-2": {
                    "content": "a, b: \\"c\\" \\\\",
                    "list": [
                      1,
                      2.5e-07
                    ],
                    "none": {}
                  },
                  "doc-1": "text",
                  "caf\\u00e9:x": {
                    "weight": NaN
                  }
                }""", "llm_response_cache.json", "{}");
        RecordDigester written = RecordDigester.digesting();

        Map<String, String> rewritten = rewrite(archived, PREFIX, written);

        assertThat(rewritten)
                .isEqualTo(Map.of(
                        "full_docs.json",
                        """
                        {
                        "doc-1": "text",
                        "doc-2": {"content": "a, b: \\"c\\" \\\\", "list": [1, 2.5e-07], "none": {}}
                        }
                        """,
                        "full_docs.redis.jsonl",
                        "{\"id\": \"café:x\", \"text\": \"{\\\"weight\\\": NaN}\"}\n"));
        assertThat(written.records()).isEqualTo(3);
        RecordDigester original = read(archived, StoreInfo.OTHER_TOOL);
        assertThat(original.summary().contentDigest())
                .isEqualTo(written.summary().contentDigest())
                .isEqualTo(read(rewritten, NamespaceReader.FORM).summary().contentDigest());
        assertThat(original.summary().warnings())
                .anySatisfy(warning -> assertThat(warning).contains("no expiry times"))
                .anySatisfy(warning -> assertThat(warning).contains("keys of full_docs only"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\": 1, \"a\": 2}",
                "{\"a\": 1",
                "[{\"content\": \"an array as the tool writes it for files\"}]",
                "{\"a\": x}",
                "{\"a\": 1} more"
            })
    void contentThatIsNotOneObjectIsRefused(String content) {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> read(Map.of("full_docs.json", content), StoreInfo.OTHER_TOOL))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }

    @Test
    void deeplyNestedValueIsRefused() {
        String deep = "{\"a\": " + "[".repeat(1_001) + "]".repeat(1_001) + "}";
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> read(Map.of("full_docs.json", deep), StoreInfo.OTHER_TOOL))
                .satisfies(e -> assertThat(e.problem()).contains("nested more than 1000 deep"));
    }

    @Test
    void otherFileIsRefused() {
        for (String name : new String[] {"full_docs.redis.jsonl", "full_docs.txt"}) {
            assertThatExceptionOfType(BackupException.class)
                    .isThrownBy(() -> read(Map.of(name, "{}"), StoreInfo.OTHER_TOOL))
                    .satisfies(e -> assertThat(e.problem()).contains("is not a file of this form"));
        }
    }

    @Test
    void wholeDatabaseAsTargetIsRefused() {
        Settings whole = Settings.of(Map.of("REDIS_KEY_PREFIX", "*"));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> rewrite(Map.of("full_docs.json", "{}"), whole, RecordDigester.digesting()))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(e.remedy()).contains("REDIS_KEY_PREFIX=");
                });
    }
}
