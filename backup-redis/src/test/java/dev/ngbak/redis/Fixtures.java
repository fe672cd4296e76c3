package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import redis.clients.jedis.Jedis;

/** Helpers that the tests share. */
final class Fixtures {

    /** The information about an archive that contains only strings. */
    static final StoreInfo ARCHIVED = new StoreInfo("Redis", "7", NamespaceReader.FORM, Map.of(), -1);

    private Fixtures() {}

    /** An exported store. */
    record Archive(InMemoryEntries entries, StoreInfo info, StoreSummary summary) {

        EntrySource source() {
            return entries.source(info);
        }

        /** Returns the lines with everything that the JSON objects cannot represent. */
        String lines() throws IOException {
            StringBuilder lines = new StringBuilder();
            source().forEach((entry, content) -> {
                if (entry.path().endsWith(NamespaceWriter.LINES_SUFFIX)) {
                    lines.append(new String(content.readAllBytes(), StandardCharsets.UTF_8));
                }
            });
            return lines.toString();
        }
    }

    static Settings settings(RedisServer server) {
        return Settings.of(Map.of("REDIS_URL", server.url()));
    }

    static Jedis jedis(RedisServer server) {
        return new Jedis("127.0.0.1", server.port());
    }

    /** Writes JSON objects of a little more than a size, by the keys {@code nano_graphrag:full_docs:0} and so on. */
    static void fill(Jedis jedis, int keys, int size) {
        var pipeline = jedis.pipelined();
        for (int i = 0; i < keys; i++) {
            pipeline.set("nano_graphrag:full_docs:" + i, "{\"n\": " + i + ", \"c\": \"" + "x".repeat(size) + "\"}");
        }
        pipeline.sync();
    }

    static ExportSession open(Map<String, String> settings) {
        return new RedisExporter().open(Settings.of(settings));
    }

    static Archive export(Settings settings) throws IOException {
        InMemoryEntries entries = new InMemoryEntries("kv/");
        try (ExportSession session = new RedisExporter().open(settings)) {
            StoreSummary summary = export(session, entries);
            return new Archive(entries, session.info(), summary);
        }
    }

    static StoreSummary export(ExportSession session, EntrySink sink) throws IOException {
        return Summaries.export(session, sink, Progress.NONE);
    }

    static StoreSummary read(ExportSession session) throws IOException {
        return Summaries.read(session, Progress.NONE);
    }

    static StoreSummary readArchive(EntrySource source) throws IOException {
        return Summaries.read(new RedisRestorer(), source, Settings.of(Map.of()));
    }

    static StoreSummary restore(RestoreSession session, EntrySource source) throws IOException {
        return Summaries.restore(session, source, Progress.NONE);
    }

    static StoreSummary readBack(RestoreSession session) throws IOException {
        return Summaries.readBack(session, Progress.NONE).orElseThrow();
    }

    /** Compares everything but the warnings. */
    static void assertSameContent(StoreSummary actual, StoreSummary expected) {
        assertThat(actual.records()).isEqualTo(expected.records());
        assertThat(actual.counts()).isEqualTo(expected.counts());
        assertThat(actual.contentDigest()).isEqualTo(expected.contentDigest());
    }

    static BackupException failure(ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(BackupException.class);
        return (BackupException) thrown;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
