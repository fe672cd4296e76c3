package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection that breaks, is slow or hangs, at the worst moment. */
@Timeout(180)
class ConnectionFailureTest {

    private static final int NODES = 12_000;

    private TcpProxy proxy;

    @BeforeEach
    void startProxy() {
        TestDatabase.wipe();
        proxy = new TcpProxy("127.0.0.1", TestDatabase.SERVER.port());
    }

    @AfterEach
    void stopProxy() {
        proxy.close();
    }

    private Settings settings() {
        return TestDatabase.settings("NEO4J_URL", "bolt://127.0.0.1:" + proxy.port());
    }

    private ExportedGraph archive(int nodes) throws IOException {
        TestDatabase.run("UNWIND range(1, " + nodes + ") AS i CREATE (:" + TestDatabase.LABEL
                + " {id: i % 100, text: 'some words that take room ' + i})");
        TestDatabase.run("MATCH (a:" + TestDatabase.LABEL + " {id: 7}) CREATE (a)-[:R {x: 1}]->(a)");
        return ExportedGraph.of(TestDatabase.settings());
    }

    private static BackupException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        BackupException failure = catchThrowableOfType(BackupException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private void assertUnreachable(BackupException failure) {
        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure)
                .hasMessageContaining("Neo4j at bolt://127.0.0.1:" + proxy.port())
                .hasMessageContaining("NEO4J_URL");
    }

    /** Counts the threads of open drivers. */
    private static long driverThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("Neo4jDriverIO")
                        || thread.getName().startsWith("ngbak-neo4j"))
                .count();
    }

    private static void assertDriversAreClosed(long threadsBefore) throws InterruptedException {
        while (driverThreads() > threadsBefore) {
            Thread.sleep(50);
        }
    }

    @Test
    void brokenConnectionDuringExportIsUnreachable() throws Exception {
        archive(NODES);
        long threads = driverThreads();
        try (ExportSession session = new Neo4jExporter().open(settings())) {
            Summaries.export(session, new InMemoryEntries("graph/"), Progress.NONE);
            proxy.cutAfterBytesToClient(proxy.toClient() / 2);
            assertUnreachable(failure(() -> Summaries.export(session, new InMemoryEntries("graph/"), Progress.NONE)));
        }
        assertUnreachable(failure(() -> new Neo4jExporter().open(settings()).close()));
        assertDriversAreClosed(threads);
    }

    /** The connection breaks before, during and after commits. No batch is retried. */
    @Test
    void secondRestoreRepairsOneWhoseConnectionBroke() throws Exception {
        ExportedGraph archive = archive(NODES);
        archive.restore(settings());
        long sent = proxy.toServer();
        long answered = proxy.toClient();
        long threads = driverThreads();
        for (double place : new double[] {0.3, 0.6, 0.95}) {
            proxy.cutAfterBytesToServer((long) (sent * place));
            assertUnreachable(failure(() -> archive.restore(settings())));
            proxy.mend();
            proxy.cutAfterBytesToClient((long) (answered * place));
            assertUnreachable(failure(() -> archive.restore(settings())));
            proxy.mend();
        }
        assertDriversAreClosed(threads);

        StoreSummary again = archive.restore(settings());
        assertThat(again).isEqualTo(archive.summary());
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
        assertThat(TestDatabase.number("MATCH (n) RETURN count(n)")).isEqualTo(NODES);
    }

    @Test
    void slowServerDoesNotTimeOut() throws Exception {
        ExportedGraph archive = archive(2_000);
        Neo4jSettings limited = Neo4jSettings.from(settings()).withIdleTimeout(Duration.ofSeconds(30));
        proxy.pauseEachBlock(Duration.ofMillis(20));
        try (ExportSession session = Neo4jExport.open(limited)) {
            assertThat(Summaries.export(session, new InMemoryEntries("graph/"), Progress.NONE))
                    .isEqualTo(archive.summary());
        }
        try (RestoreSession session = Neo4jRestore.open(limited)) {
            assertThat(Summaries.restore(session, archive.source(), Progress.NONE))
                    .isEqualTo(archive.summary());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void hangingServerTimesOutOrIsAborted(boolean aborted) throws Exception {
        archive(NODES);
        long threads = driverThreads();
        Neo4jSettings limited = Neo4jSettings.from(settings())
                .withIdleTimeout(aborted ? Duration.ofMinutes(10) : Duration.ofSeconds(8));
        try (ExportSession session = Neo4jExport.open(limited)) {
            proxy.pauseEachBlock(Duration.ofHours(1));
            FutureTask<StoreSummary> export = new FutureTask<>(() -> Summaries.read(session, Progress.NONE));
            new Thread(export, "work").start();
            if (aborted) {
                session.abort();
            }
            assertThatThrownBy(export::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .satisfies(cause -> {
                        if (aborted) {
                            assertThat(cause).isInstanceOf(CancellationException.class);
                        } else {
                            assertUnreachable((BackupException) cause);
                            assertThat(cause).hasMessageContaining("did not answer for 8 s");
                        }
                    });
        }
        assertDriversAreClosed(threads);
    }

    @Test
    void untrustedCertificateIsReported(@TempDir Path folder) throws Exception {
        try (SSLServerSocket server = selfSigned(folder)) {
            Thread handshakes = new Thread(() -> acceptHandshakes(server), "handshakes");
            handshakes.setDaemon(true);
            handshakes.start();
            Settings settings = TestDatabase.settings("NEO4J_URL", "bolt+s://127.0.0.1:" + server.getLocalPort());
            BackupException failure =
                    failure(() -> new Neo4jExporter().open(settings).close());
            assertThat(failure.kind()).isEqualTo(Kind.INVALID);
            assertThat(failure).hasMessageContaining("certificate").hasMessageContaining("NEO4J_URL");
        }
    }

    private static SSLServerSocket selfSigned(Path folder) throws Exception {
        Path store = folder.resolve("server.p12");
        String password = "server-password";
        int exit = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        password)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assertThat(exit).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
    }

    private static void acceptHandshakes(SSLServerSocket server) {
        while (!server.isClosed()) {
            try (SSLSocket client = (SSLSocket) server.accept()) {
                client.startHandshake();
            } catch (IOException e) {
                // The client does not trust the certificate, as expected, or the test has ended.
            }
        }
    }
}
