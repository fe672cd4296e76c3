package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** Decodes DUMPs of real servers, whole and damaged. CompatibilityTest compares the elements with those of the servers. */
final class DumpDecoderTest {

    private static final ElementVisitor IGNORING = new ElementVisitor() {};

    private static List<byte[]> dumpsOfEveryServer() {
        List<byte[]> dumps = new ArrayList<>();
        try (TestServers servers = new TestServers()) {
            servers.all().forEach((name, server) -> {
                try (Jedis jedis = jedis(server)) {
                    SampleValues.write(jedis);
                    if (servers.info(name).hasFieldExpiry()) {
                        SampleValues.writeExpiringFields(jedis);
                    }
                    for (String key : jedis.keys("*")) {
                        if (!jedis.type(key).equals("string")) {
                            dumps.add(jedis.dump(utf8(key)));
                        }
                    }
                }
            });
        }
        return dumps;
    }

    /** A damaged DUMP must end in the exception that callers expect, without much memory. */
    @Test
    void damagedDumpIsReportedAsUndecodableOrDecodesToSomethingElse() throws IOException {
        Random random = new Random(3);
        for (byte[] dump : dumpsOfEveryServer()) {
            DumpDecoder.decode(dump, IGNORING);
            for (int i = 0; i < 300; i++) {
                byte[] damaged = dump.clone();
                damaged[random.nextInt(Math.min(damaged.length, 200))] = (byte) random.nextInt();
                if (i % 3 == 0) {
                    damaged = Arrays.copyOf(damaged, Dump.FOOTER_BYTES + 1 + random.nextInt(damaged.length));
                }
                try {
                    DumpDecoder.decode(damaged, IGNORING);
                } catch (UndecodableDumpException e) {
                    assertThat(e).hasMessageMatching("is malformed|has an unknown encoding|contains a string .*");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 6, 7, 8, 9, 23, 26, 27, 28, 255})
    void unknownEncodingIsUndecodable(int encoding) {
        byte[] dump = Dump.unloadable(12);
        dump[0] = (byte) encoding;
        assertThatExceptionOfType(UndecodableDumpException.class)
                .isThrownBy(() -> DumpDecoder.decode(dump, IGNORING))
                .withMessage("has an unknown encoding");
    }

    /** Number 22 is a hash in Valkey 9, and was another one in a preview of Redis 7.4. */
    @Test
    void encodingOfTheOtherProductIsUndecodable() {
        for (int[] encodingAndVersion : new int[][] {{22, 12}, {24, 80}, {25, 80}}) {
            byte[] dump = Dump.unloadable(encodingAndVersion[1]);
            dump[0] = (byte) encodingAndVersion[0];
            assertThat(DumpDecoder.hasFieldExpiry(dump)).isFalse();
            assertThatExceptionOfType(UndecodableDumpException.class)
                    .isThrownBy(() -> DumpDecoder.decode(dump, IGNORING))
                    .withMessage("has an unknown encoding");
        }
    }

    /** A few bytes must not make the decoder allocate gigabytes. */
    @Test
    void lengthsThatTheBytesCannotHoldAreRefused() {
        byte[] huge = {(byte) 0x81, 0, 0, 0, 0, 0x7f, -1, -1, -1};
        byte[] bomb = {1, (byte) 0xc3, 2, (byte) 0x80, 0x7f, -1, -1, -1, 0x1f, 'x'};
        for (byte[] rest : List.of(huge, bomb)) {
            byte[] dump = RedisConnection.concat(RedisConnection.concat(new byte[] {1}, rest), new byte[10]);
            assertThatExceptionOfType(UndecodableDumpException.class)
                    .isThrownBy(() -> DumpDecoder.decode(dump, IGNORING));
        }
    }
}
