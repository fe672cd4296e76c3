package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.testkit.RedisServer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

final class DumpTest {

    @Test
    void isIntactAcceptsADumpOfAServerAndDetectsEveryFlippedBit() {
        byte[] dump;
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            jedis.rpush("list", "a", "b");
            dump = jedis.dump("list");
        }
        assertThat(Dump.isIntact(dump)).isTrue();
        for (int bit = 0; bit < dump.length * 8; bit++) {
            byte[] damaged = dump.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(Dump.isIntact(damaged)).as("bit " + bit).isFalse();
        }
    }

    @Test
    void isIntactAcceptsAMissingChecksumAndRejectsShortPayloads() {
        byte[] withoutChecksum = Arrays.copyOf(utf8("v\u000b\u0000"), 1 + Dump.FOOTER_BYTES);
        assertThat(Dump.isIntact(withoutChecksum)).isTrue();
        assertThat(Dump.version(withoutChecksum)).isEqualTo(11);
        assertThat(Dump.isIntact(new byte[Dump.FOOTER_BYTES])).isFalse();
    }

    @Test
    void unloadableHasTheVersionAndAValidChecksum() {
        byte[] dump = Dump.unloadable(0x1234);
        assertThat(Dump.version(dump)).isEqualTo(0x1234);
        assertThat(Dump.isIntact(dump)).isTrue();
    }
}
