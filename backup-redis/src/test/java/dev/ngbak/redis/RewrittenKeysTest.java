package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

final class RewrittenKeysTest {

    /** The target must know the types of a rewritten archive, too, and prove it by the rules of the same form. */
    @Test
    void keysForAnotherPrefixKeepTheirTypesAndAreRestoredWithCommands() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer older = RedisServer.startEmbedded();
                Jedis from = jedis(source);
                Jedis to = jedis(older)) {
            SampleValues.write(from);
            Archive archive = export(settings(source));
            Settings target = Settings.of(Map.of("REDIS_URL", older.url(), "REDIS_KEY_PREFIX", "copy:"));
            InMemoryEntries rewritten = new InMemoryEntries("kv/");
            RecordDigester written = RecordDigester.digesting();

            StoreInfo info = new RedisRestorer()
                    .rewrite(archive.source(), new Rewriting(target, Map.of()), rewritten, written, Progress.NONE);

            assertThat(info.form()).isEqualTo(archive.info().form());
            assertThat(info.scope())
                    .containsEntry("REDIS_KEY_PREFIX", "copy:")
                    .containsEntry("portable", archive.info().scope().get("portable"));
            try (RestoreSession session = new RedisRestorer().open(target)) {
                assertThat(session.problems(info, 0)).isEmpty();
                restore(session, rewritten.source(info));
                assertThat(readBack(session).contentDigest())
                        .isEqualTo(written.summary().contentDigest())
                        .isEqualTo(archive.summary().contentDigest());
            }
            assertThat(to.keys("*")).hasSize(from.keys("*").size()).allMatch(key -> key.startsWith("copy:values:"));
        }
    }
}
