package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.TestCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

final class TlsTest {

    @TempDir
    Path folder;

    @Test
    void connectsOnlyWithATrustedCertificateForTheHost() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        int port = freePort();
        try (RedisServer server = RedisServer.start(options(certificate, port).toArray(new String[0]));
                Jedis jedis = new Jedis("127.0.0.1", server.port())) {
            jedis.set("nano_graphrag:full_docs:doc-1", "{\"a\": 1}");

            assertThat(roundTrip("rediss://127.0.0.1:" + port, certificate)).isEqualTo("1");
            // The certificate is valid for the address only.
            assertThat(roundTrip("rediss://localhost:" + port, certificate)).contains("UNREACHABLE", "TLS");
            assertRefused("rediss://127.0.0.1:" + port, "trustStore");
            assertRefused("rediss://127.0.0.1:" + server.port(), "Write redis:// in REDIS_URL");
        }
    }

    @Test
    void connectsToEveryNodeOfACluster() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        List<Integer> ports = new ArrayList<>();
        try (RedisCluster cluster = RedisCluster.start(3, () -> {
            ports.add(freePort());
            List<String> options = new ArrayList<>(options(certificate, ports.get(ports.size() - 1)));
            options.addAll(List.of("--tls-cluster", "yes"));
            return options;
        })) {
            for (RedisServer node : cluster.nodes()) {
                // Nothing but TLS is left.
                node.command("CONFIG SET port 0");
            }
            assertThat(roundTrip("rediss://127.0.0.1:" + ports.get(1), certificate))
                    .isEqualTo("0");
        }
    }

    private static void assertRefused(String url, String text) {
        RedisSettings settings = RedisSettings.from(Settings.of(Map.of("REDIS_URL", url)));
        assertThat(catchThrowable(() -> RedisConnection.open(settings, 2_000, Patience.DEFAULT)))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
                .hasMessageContaining(text)
                .hasMessageNotContaining("Exception");
    }

    private static int freePort() {
        try {
            return RedisServer.freePort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> options(TestCertificate certificate, int port) {
        return List.of(
                "--tls-port",
                Integer.toString(port),
                "--tls-cert-file",
                certificate.certificate().toString(),
                "--tls-key-file",
                certificate.key().toString(),
                "--tls-ca-cert-file",
                certificate.certificate().toString(),
                "--tls-auth-clients",
                "no");
    }

    /** Runs {@link #main} in a new JVM, because Java reads the trust store only once. */
    private static String roundTrip(String url, TestCertificate certificate) throws IOException {
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djavax.net.ssl.trustStore=" + certificate.trustStore(),
                        "-Djavax.net.ssl.trustStorePassword=" + TestCertificate.PASSWORD,
                        "-cp",
                        System.getProperty("java.class.path"),
                        TlsTest.class.getName(),
                        url)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    /** Exports and restores, and prints the number of keys. */
    public static void main(String[] arguments) throws IOException {
        Settings settings = Settings.of(Map.of("REDIS_URL", arguments[0]));
        try (ExportSession export = new RedisExporter().open(settings);
                RestoreSession restore = new RedisRestorer().open(settings)) {
            InMemoryEntries entries = new InMemoryEntries("kv/");
            StoreSummary exported = Fixtures.export(export, entries);
            StoreSummary restored = Fixtures.restore(restore, entries.source(export.info()));
            System.out.println(restored.equals(exported) ? exported.records() : "different content");
        } catch (BackupException e) {
            System.out.println(e.kind() + " " + e.getMessage());
        }
    }
}
