package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.read;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** Prefixes that match nothing, or only a part of a system. */
final class ScopeInspectionTest {

    private static RedisServer server;
    private Jedis jedis;

    @BeforeAll
    static void startServer() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void connect() {
        jedis = jedis(server);
        jedis.flushAll();
    }

    @AfterEach
    void disconnect() {
        jedis.close();
    }

    private static ExportSession open(String prefix) {
        return new RedisExporter().open(settings(server).with("REDIS_KEY_PREFIX", prefix));
    }

    @Test
    void anEmptyDatabaseAndKeysOfTheSystemAreNoProblem() throws IOException {
        try (ExportSession session = open("nano_graphrag:")) {
            assertThat(session.scopeProblem()).isEmpty();
            jedis.set("job:1", "{}");
            assertThat(session.scopeProblem()).isEmpty();
        }
    }

    @Test
    void anEmptyScopeBesideForeignKeysIsAProblem() throws IOException {
        jedis.set("other_graphrag:full_docs:doc-1", "a-secret-value");
        try (ExportSession session = open("nano_graphrag:")) {
            assertThat(session.scopeProblem()).hasValueSatisfying(e -> {
                assertThat(e.kind()).isEqualTo(Kind.INVALID);
                assertThat(e)
                        .hasMessageContaining("other_graphrag:")
                        .hasMessageContaining("REDIS_KEY_PREFIX")
                        .hasMessageNotContaining("a-secret-value");
            });
        }
        try (ExportSession whole = open("*")) {
            assertThat(whole.scopeProblem()).isEmpty();
            assertThat(whole.counts().counts()).containsEntry("other_graphrag", 1L);
        }
    }

    @Test
    void anEmptyScopeExportsNoFiles() throws IOException {
        jedis.set("other_graphrag:full_docs:doc-1", "{}");
        try (ExportSession session = open("nano_graphrag:")) {
            InMemoryEntries entries = new InMemoryEntries("kv/");
            StoreSummary summary = export(session, entries);
            assertThat(entries.paths()).isEmpty();
            assertThat(summary.records()).isZero();
            assertThat(summary.contentDigest()).isEqualTo("0".repeat(64));
            assertThat(read(session)).isEqualTo(summary);
            assertThat(session.counts().counts()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "full_docs:               | \"llm_response_cache:\", \"text_chunks:\"",
                "full                     | \"llm_response_cache:\", \"text_chunks:\"",
                "text_chunks:1            | \"full_docs:\", \"llm_response_cache:\"",
                "tenant2_text_chunks:     | \"tenant2_full_docs:\", \"tenant2_llm_response_cache:\"",
                "nano_graphrag:full_docs: | \"nano_graphrag:llm_response_cache:\", \"nano_graphrag:text_chunks:\""
            })
    void warnsAboutOtherNamespacesOfTheSameSystem(String prefix, String leftOut) throws IOException {
        fillThreeSystems();
        try (ExportSession session = open(prefix)) {
            assertThat(session.outsideScope())
                    .singleElement()
                    .asString()
                    .contains(leftOut + " ARE LEFT OUT", "REDIS_KEY_PREFIX");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nano_graphrag:", "tenant2_", "job:", "*"})
    void doesNotWarnAboutAPrefixOfAWholeSystem(String prefix) throws IOException {
        fillThreeSystems();
        try (ExportSession session = open(prefix)) {
            assertThat(session.outsideScope()).isEmpty();
        }
    }

    private void fillThreeSystems() {
        List<String> keys = List.of(
                "full_docs:1", "text_chunks:1", "llm_response_cache:a:b", "doc_status__sched:status:x", "job:1");
        for (String key : keys) {
            jedis.set(key, "{}");
            jedis.set("tenant2_" + key, "{}");
            jedis.set("nano_graphrag:" + key, "{}");
        }
    }
}
