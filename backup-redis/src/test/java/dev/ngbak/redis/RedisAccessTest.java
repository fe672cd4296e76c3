package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.open;
import static dev.ngbak.redis.Fixtures.read;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;

/** Passwords and permissions. */
final class RedisAccessTest {

    private static final String PASSWORD = "right-secret";

    @TempDir
    Path folder;

    private RedisServer server;
    private Jedis jedis;

    @BeforeEach
    void startServer() {
        server = RedisServer.start("--requirepass", PASSWORD);
        jedis = jedis(server);
        jedis.auth(PASSWORD);
        jedis.set("nano_graphrag:full_docs:doc-1", "{}");
    }

    @AfterEach
    void stopServer() {
        jedis.close();
        server.close();
    }

    private static void assertInvalid(BackupException e, String setting) {
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining(setting).hasMessageNotContaining("secret");
    }

    @Test
    void openFailsWithoutThePasswordOrWithAWrongOne() {
        assertInvalid(failure(() -> open(Map.of("REDIS_URL", server.url()))), "REDIS_PASSWORD");
        assertInvalid(
                failure(() -> open(Map.of("REDIS_URL", server.url(), "REDIS_PASSWORD", "wrong-secret"))),
                "REDIS_PASSWORD");
    }

    @Test
    void openAcceptsThePasswordFromAFileOrFromTheUrl() throws IOException {
        Path file = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
        open(Map.of("REDIS_URL", server.url(), "REDIS_PASSWORD_FILE", file.toString()))
                .close();
        String url = server.url().replace("//", "//:" + PASSWORD + "@");
        open(Map.of("REDIS_URL", url, "REDIS_PASSWORD", "overruled")).close();
    }

    @Test
    void openFailsWhenTheDatabaseDoesNotExist() {
        assertInvalid(
                failure(() -> open(Map.of("REDIS_URL", server.url() + "/99", "REDIS_PASSWORD", PASSWORD))),
                "REDIS_URL");
    }

    @Test
    void readAndPreflightReportMissingPermissions() throws IOException {
        createUser("reader", ">s:e@cret", "+info", "+dbsize", "+scan");
        Settings settings =
                Settings.of(Map.of("REDIS_URL", server.url().replace("//", "//reader:s%3Ae%40cret@") + "/0"));
        try (ExportSession session = new RedisExporter().open(settings)) {
            BackupException e = failure(() -> read(session));
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e).hasMessageContaining("REDIS_URL").hasMessageNotContaining("s:e@cret");
        }
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(session.problems(session.info(), 0)).isNotEmpty();
        }
    }

    @Test
    void theDocumentedPermissionsSufficeForBackupAndRestore() throws IOException {
        jedis.flushAll();
        jedis.select(3);
        fill(jedis, 20, 10);
        jedis.sadd("nano_graphrag:sets:1", "a", "b");
        jedis.set("job:1", "foreign");
        createUser(
                "keeper",
                ">secret",
                "+@read",
                "+info",
                "+dbsize",
                "+scan",
                "+time",
                "+select",
                "+dump",
                "+xinfo",
                "+set",
                "+pexpireat",
                "+unlink",
                "+restore");
        Settings settings = Settings.of(Map.of("REDIS_URL", "redis://keeper:secret@127.0.0.1:" + server.port() + "/3"));
        Archive archive = export(settings);
        assertThat(archive.summary().records()).isEqualTo(21);
        jedis.set("nano_graphrag:full_docs:new", "not in the archive");
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(session.problems(archive.info(), archive.entries().size()))
                    .isEmpty();
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
            assertThat(readBack(session)).isEqualTo(archive.summary());
        }
        assertThat(jedis.dbSize()).isEqualTo(22);
        jedis.select(0);
        assertThat(jedis.dbSize()).isZero();
    }

    @Test
    void theDocumentedPermissionsSufficeForARestoreWithCommands() throws IOException {
        jedis.flushAll();
        SampleValues.write(jedis);
        Archive archive = export(Settings.of(Map.of("REDIS_URL", server.url(), "REDIS_PASSWORD", PASSWORD)));
        try (RedisServer older = RedisServer.startEmbedded();
                Jedis admin = jedis(older)) {
            createUser(
                    admin,
                    "keeper",
                    ">secret",
                    "+@read",
                    "+info",
                    "+dbsize",
                    "+scan",
                    "+time",
                    "+dump",
                    "+xinfo",
                    "+set",
                    "+pexpireat",
                    "+unlink",
                    "+restore",
                    "+multi",
                    "+discard",
                    "+hset",
                    "+rpush",
                    "+sadd",
                    "+zadd",
                    "+xadd",
                    "+xdel",
                    "+xgroup",
                    "+xclaim",
                    "+xsetid");
            Settings settings = Settings.of(Map.of("REDIS_URL", "redis://keeper:secret@127.0.0.1:" + older.port()));
            try (RestoreSession session = new RedisRestorer().open(settings)) {
                assertThat(session.problems(archive.info(), archive.entries().size()))
                        .isEmpty();
                assertThat(restore(session, archive.source()).records())
                        .isEqualTo(archive.summary().records());
                assertThat(readBack(session).contentDigest())
                        .isEqualTo(archive.summary().contentDigest());
            }
        }
    }

    private void createUser(String name, String password, String... permissions) {
        createUser(jedis, name, password, permissions);
    }

    private static void createUser(Jedis admin, String name, String password, String... permissions) {
        List<String> arguments = new ArrayList<>(List.of("SETUSER", name, "on", password, "~nano_graphrag:*"));
        arguments.addAll(List.of(permissions));
        admin.sendCommand(Protocol.Command.ACL, arguments.toArray(new String[0]));
    }
}
