package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readArchive;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

/** Keys of types that no server here has, and keys that change while they are read. A double answers as such a server would. */
final class UnknownTypeTest {

    private static final String KEY = "nano_graphrag:ns:key";

    private final AtomicInteger reads = new AtomicInteger();

    /** Returns a server with one key. */
    private RespServer server(String type, RespServer.Replies value) throws IOException {
        return new RespServer((name, command) -> switch (name) {
            case "INFO" -> RespServer.bulk("redis_version:8.8.0\r\nrole:master");
            case "SCAN" -> RespServer.array(RespServer.bulk("0"), RespServer.array(RespServer.bulk(KEY)));
            case "STRLEN" -> RespServer.line("-WRONGTYPE Operation against a key holding the wrong kind of value");
            case "TYPE" -> RespServer.bulk(type);
            case "PEXPIRETIME" -> RespServer.line(":-1");
            case "MEMORY" -> RespServer.line(":100");
            case "TIME" -> RespServer.array(RespServer.bulk("1800000000"), RespServer.bulk("0"));
            case "MODULE" ->
                RespServer.array(RespServer.array(
                        RespServer.bulk("name"),
                        RespServer.bulk("new"),
                        RespServer.bulk("ver"),
                        RespServer.line(":3")));
            default -> value.to(name, command);
        });
    }

    private static Settings to(RespServer server) {
        return Settings.of(Map.of("REDIS_URL", server.url()));
    }

    @Test
    void unknownTypeIsCarriedByItsDumpAndNamedInTheScope() throws IOException {
        try (RespServer server = server("new-type1", (name, command) -> RespServer.bulk(Dump.unloadable(14)))) {
            Archive archive = export(to(server));
            assertThat(archive.info().scope())
                    .containsEntry("rdb_version", "14")
                    .containsEntry("dump_only", "new-type1=1")
                    .containsEntry("modules", "new=3")
                    .doesNotContainKey("portable");
            assertThat(archive.lines()).contains("\"type\": \"new-type1\"");
            assertThat(readArchive(archive.source()).contentDigest())
                    .isEqualTo(archive.summary().contentDigest());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"new-type1=2", "new-type2=1", "new-type1=1 list=1"})
    void archiveWithOtherTypesThanItsScopeStatesIsDamaged(String dumpOnly) throws IOException {
        try (RespServer server = server("new-type1", (name, command) -> RespServer.bulk(Dump.unloadable(14)))) {
            Archive archive = export(to(server));
            Map<String, String> scope = new HashMap<>(archive.info().scope());
            scope.put("dump_only", dumpOnly);
            StoreInfo info = new StoreInfo("Redis", "8.8.0", archive.info().form(), scope, -1);
            BackupException e = failure(() -> readArchive(archive.entries().source(info)));
            assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
            assertThat(e.problem()).contains("1 new-type1");
        }
    }

    @Test
    void knownTypeInAnUnknownEncodingIsCarriedByItsDump() throws IOException {
        try (RespServer server = server(
                "list",
                (name, command) -> name.equals("LRANGE")
                        ? RespServer.array(RespServer.bulk("a"))
                        : RespServer.bulk(Dump.unloadable(14)))) {
            assertThat(export(to(server)).info().scope())
                    .containsEntry("dump_only", "list=1")
                    .doesNotContainKey("portable");
        }
    }

    @Test
    void typeThatCannotBeDumpedStopsTheBackup() throws IOException {
        try (RespServer server =
                server("new-type1", (name, command) -> RespServer.line("-ERR this type has no serialization"))) {
            BackupException e = failure(() -> export(to(server)));
            assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(e.problem()).contains(KEY, "\"new-type1\"", "this type has no serialization");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"with space", "a=b", "", "ü"})
    void typeThatAnArchiveCannotNameStopsTheBackup(String type) throws IOException {
        try (RespServer server = server(type, (name, command) -> RespServer.bulk(Dump.unloadable(14)))) {
            BackupException e = failure(() -> export(to(server)));
            assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(e.problem()).contains(KEY, '"' + type + '"');
        }
    }

    @Test
    void dumpThatAReaderWouldRefuseStopsTheBackup() throws IOException {
        for (byte[] dump : new byte[][] {new byte[5], "wrong checksum of a value".getBytes(StandardCharsets.UTF_8)}) {
            try (RespServer server = server("new-type1", (name, command) -> RespServer.bulk(dump))) {
                BackupException e = failure(() -> export(to(server)));
                assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                assertThat(e.problem()).contains(KEY, "checksum");
            }
        }
    }

    /** The DUMP has the element "b" at first, and "a" from then on. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void keyThatChangesBetweenItsElementsAndItsDumpIsReadAgain(int changes) throws IOException {
        try (RespServer server = server(
                "list",
                (name, command) -> name.equals("LRANGE")
                        ? RespServer.array(RespServer.bulk("a"))
                        : RespServer.bulk(dumpOfList(reads.incrementAndGet() <= changes ? "b" : "a")))) {
            Map<String, String> scope = export(to(server)).info().scope();
            // What is never seen unchanged is not claimed to be portable.
            assertThat(scope).containsKey(changes < 3 ? "portable" : "dump_only");
            assertThat(reads).hasValue(Math.min(3, changes + 1));
        }
    }

    /** A newer server accepts an older DUMP, but writes its own encoding. The restore must not fail because of that. */
    @Test
    void streamInAnUnknownEncodingIsProvedByCounts() throws IOException {
        Archive archive;
        try (RedisServer real = RedisServer.startEmbedded();
                Jedis jedis = jedis(real)) {
            jedis.xadd(KEY, XAddParams.xAddParams().id("5-1"), Map.of("a", "b"));
            jedis.xgroupCreate(KEY, "g", new StreamEntryID(0, 0), false);
            jedis.xgroupCreateConsumer(KEY, "g", "c");
            archive = export(settings(real));
        }
        assertThat(archive.info().form()).isEqualTo("redis/2");
        try (RespServer newer = server("stream", (name, command) -> switch (name) {
                    case "DUMP" -> RespServer.bulk(Dump.unloadable(14));
                    case "RESTORE" -> RespServer.line(command.get(3)[0] == -1 ? "-ERR Bad data format" : "+OK");
                    case "XRANGE" -> RespServer.array(RespServer.array());
                    case "XINFO" -> RespServer.array(RespServer.array());
                    case "SET" -> RespServer.line("$-1");
                    default -> RespServer.line(":1");
                });
                RestoreSession session = new RedisRestorer().open(to(newer))) {
            restore(session, archive.source());
            StoreSummary found = readBack(session);
            assertThat(found.records()).isEqualTo(1);
            assertThat(found.contentDigest()).isNull();
            assertThat(found.warnings()).singleElement().asString().contains("could not be compared");
        }
    }

    /** Encodes a list with one element of one character, without a checksum. */
    private static byte[] dumpOfList(String element) {
        byte[] dump = new byte[4 + Dump.FOOTER_BYTES];
        dump[0] = 1;
        dump[1] = 1;
        dump[2] = 1;
        dump[3] = (byte) element.charAt(0);
        dump[4] = 12;
        return dump;
    }
}
