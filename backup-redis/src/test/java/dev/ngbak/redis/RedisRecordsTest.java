package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.settings;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.spi.support.RecordViewer;
import dev.ngbak.testkit.RedisServer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

final class RedisRecordsTest {

    @Test
    void digestsTheCanonicalBytesOfTheFormat() throws Exception {
        byte[] content = new byte[32];
        content[5] = 7;
        RecordDigester digester = RecordDigester.digesting();
        RedisRecords records = new RedisRecords(digester);
        records.add(utf8("ns:a"), KeyValue.string(utf8("value"), 4_000_000_000_123L));
        records.add(utf8("b"), new KeyValue("set", KeyValue.NEVER, content, new byte[0]));

        StoreSummary summary = digester.summary();

        byte[] string = canonical('s', utf8("ns:a"), sha256(utf8("value")));
        byte[] expiry = canonical('t', utf8("ns:a"), new byte[] {0, 0, 3, (byte) 0xa3, 0x52, (byte) 0x94, 0x40, 0x7b});
        byte[] set = canonical('o', utf8("b"), new byte[] {0, 0, 0, 0, 0, 0, 0, 3, 's', 'e', 't'}, content);
        BigInteger sum = BigInteger.ZERO;
        for (byte[] record : List.of(string, expiry, set)) {
            sum = sum.add(new BigInteger(1, sha256(record)));
        }
        String expected = "0".repeat(64) + sum.mod(BigInteger.TWO.pow(256)).toString(16);
        assertThat(summary.contentDigest()).isEqualTo(expected.substring(expected.length() - 64));
        assertThat(summary.records()).isEqualTo(2);
        assertThat(summary.counts().counts()).containsOnly(Map.entry("ns", 1L), Map.entry("_other", 1L));
    }

    @Test
    void keyThatIsNotUtf8IsNotShownAsAnother() throws Exception {
        List<String> shown = new ArrayList<>();
        RecordViewer viewer = new RecordViewer(new RecordVisitor() {
            @Override
            public void entry(String namespace, String key, byte[] value, long expires) {
                shown.add("entry " + namespace);
            }

            @Override
            public void composite(String namespace, String key, String type, long expires) {
                shown.add("composite " + namespace + " " + type);
            }
        });
        RedisRecords records = new RedisRecords(viewer);

        records.add(new byte[] {'n', 's', ':', -1}, KeyValue.string(utf8("value"), KeyValue.NEVER));
        records.add(utf8("ns:\ufffd"), KeyValue.string(utf8("value"), KeyValue.NEVER));

        assertThat(shown).containsExactly("composite ns string with a key that is not UTF-8", "entry ns");
    }

    private static byte[] canonical(char kind, byte[] suffix, byte[]... rest) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(kind);
        out.writeLong(suffix.length);
        out.write(suffix);
        for (byte[] part : rest) {
            out.write(part);
        }
        return bytes.toByteArray();
    }

    private static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    @Test
    void refusesMoreNamespacesThanAManifestCanList() throws IOException {
        RedisRecords records = new RedisRecords(RecordDigester.counting());
        for (int i = 0; i < RecordDigester.MAX_COUNTS; i++) {
            records.count(utf8("namespace" + i + ":key"));
        }
        records.count(utf8("namespace0:another key"));
        BackupException e = failure(() -> records.count(utf8("one more:key")));
        assertThat(e).hasMessageContaining("10000").hasMessageContaining("REDIS_KEY_PREFIX");
    }

    @Test
    void showsLiveAndArchivedKeysAlike() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            jedis.sadd("nano_graphrag:doc_status__sched:a", "1");
            jedis.set("nano_graphrag:full_docs:b", "{}");
            jedis.pexpire("nano_graphrag:full_docs:b", 1_000_000_000);
            Archive archive = export(settings(server));
            List<String> live = new ArrayList<>();
            List<String> archived = new ArrayList<>();

            try (ExportSession session = new RedisExporter().open(settings(server))) {
                session.read(new RecordViewer(collectInto(live)), Progress.NONE);
            }
            new RedisRestorer()
                    .read(
                            archive.source(),
                            Settings.of(Map.of()),
                            new RecordViewer(collectInto(archived)),
                            Progress.NONE);

            assertThat(live).containsExactly("doc_status__sched a set", "full_docs b {} expires");
            assertThat(archived).isEqualTo(live);
        }
    }

    private static RecordVisitor collectInto(List<String> seen) {
        return new RecordVisitor() {
            @Override
            public void entry(String namespace, String key, byte[] value, long expires) {
                seen.add(namespace + " " + key + " " + RedisConnection.text(value)
                        + (expires == NEVER ? "" : " expires"));
            }

            @Override
            public void composite(String namespace, String key, String type, long expires) {
                seen.add(namespace + " " + key + " " + type);
            }
        };
    }
}
