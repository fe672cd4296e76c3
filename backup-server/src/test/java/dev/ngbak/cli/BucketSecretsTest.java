package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import dev.ngbak.server.TestBucket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sets the credentials of a bucket to unique texts, and asserts that they appear nowhere: not in logs, answers, metrics,
 * archives, job files, or the output of commands, even if the service echoes them in its errors, as S3 does.
 */
class BucketSecretsTest extends ServerProcess {

    private static final String MARKER = "MARKER";
    private static final String ACCESS_KEY = MARKER + "-access-key";
    private static final String SECRET_KEY = MARKER + "-secret-key";

    private final StringBuilder output = new StringBuilder();

    private void add(CommandResult ended, int code) {
        assertThat(ended.code()).as(ended.out() + ended.err()).isEqualTo(code);
        output.append(ended.out()).append(ended.err());
    }

    private void assertNoSecretIsVisible() throws IOException {
        try (Stream<Path> files = Files.walk(ngbak.backups())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                output.append(file).append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(output.toString().lines()).noneMatch(line -> line.contains(MARKER));
    }

    /** Starts a service that refuses every request and repeats its credentials. */
    private static HttpServer echo() throws IOException {
        HttpServer service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        service.createContext("/", exchange -> {
            byte[] body = ("<Error><Code>SignatureDoesNotMatch</Code><Message>Not the signature of " + ACCESS_KEY + "; "
                            + SECRET_KEY + "</Message><AWSAccessKeyId>" + ACCESS_KEY + "</AWSAccessKeyId><StringToSign>"
                            + exchange.getRequestHeaders().values() + "</StringToSign></Error>")
                    .getBytes(StandardCharsets.UTF_8);
            boolean isHead = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(403, isHead ? -1 : body.length);
            if (!isHead) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        service.start();
        return service;
    }

    private static String address(HttpServer service) {
        return "http://127.0.0.1:" + service.getAddress().getPort();
    }

    @Test
    void keysOfTheSettingsStaySecret() throws Exception {
        HttpServer echo = echo();
        try (TestBucket bucket = new TestBucket(ACCESS_KEY, SECRET_KEY)) {
            Map<String, String> settings = bucket.settings();
            settings.putAll(Map.of(
                    "WORKING_DIR", ngbak.workingDir().toString(),
                    "BACKUP_DIR", ngbak.backups().toString(),
                    "BACKUP_COMPRESSION", "none")); // so that the archive can be searched for the text
            add(CommandRun.run(settings, "-v", "backup", "--id", "mine"), ExitCode.DONE);
            add(CommandRun.run(settings, "-v", "doctor"), ExitCode.DONE);
            add(CommandRun.run(settings, "inspect", "mine", "--json"), ExitCode.DONE);
            output.append(new String(bucket.archive("mine"), StandardCharsets.ISO_8859_1));
            assertThat(output).contains("BACKUP_S3_SECRET_KEY").contains("***");

            settings.put("BACKUP_S3_ENDPOINT", address(echo));
            for (String command : List.of("backup", "doctor", "list")) {
                add(CommandRun.run(settings, "-v", command), ExitCode.USAGE);
                add(CommandRun.run(settings, command, "--json"), ExitCode.USAGE);
            }
            assertThat(output).contains("SignatureDoesNotMatch");
        } finally {
            echo.stop(0);
        }
        assertNoSecretIsVisible();
    }

    @Test
    void sessionOfTheAwsConfigurationStaysSecret() throws Exception {
        HttpServer echo = echo();
        try (TestBucket bucket = new TestBucket(ACCESS_KEY, SECRET_KEY)) {
            ngbak.settings.putAll(bucket.settings());
            ngbak.settings.keySet().removeAll(List.of("BACKUP_S3_ACCESS_KEY", "BACKUP_S3_SECRET_KEY"));
            ngbak.settings.putAll(Map.of(
                    "AWS_ACCESS_KEY_ID",
                    ACCESS_KEY,
                    "AWS_SECRET_ACCESS_KEY",
                    SECRET_KEY,
                    "AWS_SESSION_TOKEN",
                    MARKER + "-session-token",
                    "BACKUP_COMPRESSION",
                    "none"));
            add(ngbak.run("-v", "backup", "--id", "mine"), ExitCode.DONE);
            output.append(new String(bucket.archive("mine"), StandardCharsets.ISO_8859_1));

            ngbak.settings.put("BACKUP_S3_ENDPOINT", address(echo));
            serve();
            output.append(text("POST", "api/v1/backup", null).body());
            for (String path : List.of("api/v1/stack", "api/v1/jobs", "api/v1/backup", "metrics", "health/ready")) {
                output.append(text("GET", path, null).body());
            }
            process.destroy();
            process.waitFor();
            output.append(Files.readString(out)).append(Files.readString(err));
            assertThat(output).contains("SignatureDoesNotMatch").contains("not ready");
        } finally {
            echo.stop(0);
        }
        assertNoSecretIsVisible();
    }
}
