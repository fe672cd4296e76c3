package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.ARCHIVED;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.readArchive;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.InMemoryEntries;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MalformedArchiveTest {

    private static BackupException readFailure(String suffix, String content) {
        InMemoryEntries entries = new InMemoryEntries("kv/").with("ns", suffix, utf8(content));
        return failure(() -> readArchive(entries.source(ARCHIVED)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\": 1, \"a\": 2}",
                "{\"a\": NaN}",
                "[]",
                "{\"a\": 1",
                "{\"\\ud800\": 1}",
                "{\"a\": \"\\udc00\"}",
                "{} {}",
                ""
            })
    void readRejectsAMalformedObject(String object) {
        assertThat(readFailure(".json", object).kind()).isEqualTo(Kind.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\": \"x\"}",
                "{\"id\": \"x\", \"expires\": 5}",
                "{\"id\": \"x\", \"text\": \"a\", \"strange\": 1}",
                "{\"id\": \"x\", \"text\": \"a\"}{\"id\": \"x\", \"text\": \"b\"}",
                "{\"id\": \"x\", \"text\": \"a\", \"text\": \"a\"}",
                "{\"id\": \"x\", \"text\": \"\", \"base64\": \"\"}",
                "{\"id\": \"x\", \"id64\": \"eA==\", \"text\": \"a\"}",
                "{\"id64\": \"!\", \"text\": \"a\"}",
                "{\"id64\": \"eA==eA==\", \"text\": \"a\"}",
                "{\"text\": \"a\"}",
                "{\"id\": \"x\", \"type\": \"set\", \"full_content\": \"00\", \"content\": \"00\", \"dump\": \"AAAA\"}",
                "{\"id\": \"x\", \"type\": \"set\", \"dump\": \"AAAA\"}",
                "{\"id\": \"x\", \"type\": \"set\", \"content\": \"00\", \"dump\": \"AAAA\"}"
            })
    void readRejectsAMalformedLine(String line) {
        assertThat(readFailure(".redis.jsonl", line).kind()).isEqualTo(Kind.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-5", "-1", "1.5", "1e9", "\"5\"", "null", "9223372036854775808", "18446744073709551617"})
    void readRejectsAMalformedExpiry(String expires) {
        String line = "{\"id\": \"x\", \"text\": \"a\", \"expires\": " + expires + "}";
        assertThat(readFailure(".redis.jsonl", line).kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void readRejectsAnExpiryOfManyDigits() {
        String line = "{\"id\": \"x\", \"text\": \"a\", \"expires\": " + "9".repeat(100_000) + "}";
        assertThat(readFailure(".redis.jsonl", line).kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void readRejectsAKeyOfAnotherNamespace() {
        InMemoryEntries entries = new InMemoryEntries("kv/").with("_other", ".json", utf8("{\"ns:id\": 1}"));
        assertThat(failure(() -> readArchive(entries.source(ARCHIVED))))
                .hasMessageContaining("\"ns:id\"")
                .extracting(BackupException::kind)
                .isEqualTo(Kind.CORRUPT);
    }

    @Test
    void readRejectsAnUnknownFile() {
        assertThat(readFailure(".txt", "{}"))
                .hasMessageContaining("kv/ns.txt")
                .extracting(BackupException::kind)
                .isEqualTo(Kind.CORRUPT);
    }

    @Test
    void readRejectsAnUnknownForm() {
        StoreInfo newer = new StoreInfo("Redis", "9", "redis/3", Map.of(), -1);
        BackupException e = failure(() -> readArchive(new InMemoryEntries("kv/").source(newer)));
        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e).hasMessageContaining("redis/3");
    }
}
