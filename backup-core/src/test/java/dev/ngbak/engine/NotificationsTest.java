package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The messages that other systems get. */
class NotificationsTest extends ThreeStores {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<String> paths = Collections.synchronizedList(new ArrayList<>());
    private final List<JsonNode> messages = Collections.synchronizedList(new ArrayList<>());
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private HttpServer receiver;
    private int status = 200;

    @BeforeEach
    void startReceiver() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", this::receive);
        receiver.start();
        String url = "http://127.0.0.1:" + receiver.getAddress().getPort();
        environment.put("BACKUP_NOTIFY_URL", url + "/notify?token=secret-token");
        environment.put("BACKUP_PING_URL", url + "/ping/");
    }

    private void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (exchange.getRequestURI().getPath().equals("/notify")) {
            messages.add(MAPPER.readTree(body));
        } else {
            paths.add(exchange.getRequestURI().getPath() + " " + new String(body, StandardCharsets.UTF_8));
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    @AfterEach
    void stopReceiver() {
        receiver.stop(0);
    }

    private Job job() {
        return new Job(line -> log.add(line.message()));
    }

    private ArchiveInfo backup(String id) {
        return manager().create(id, null, job());
    }

    private List<String> events() {
        return messages.stream().map(message -> message.path("event").asText()).toList();
    }

    @Test
    void successfulBackupIsReportedWithItsCounts() {
        backup("b1");

        assertThat(paths).containsExactly("/ping/start ", "/ping ");
        assertThat(events()).containsExactly("backup_succeeded");
        JsonNode message = messages.get(0);
        assertThat(message.path("backup_id").asText()).isEqualTo("b1");
        assertThat(message.path("consistency").asText()).isEqualTo("quiescent");
        assertThat(message.path("statistics").path("documents").asInt()).isEqualTo(1);
        assertThat(message.path("system").asText()).isEqualTo("nano-graphrag");
        assertThat(message.path("at").asText()).isNotEmpty();
        assertThat(message.path("host").asText()).isNotEmpty();
        assertThat(message.path("job_id").asText()).isNotEmpty();
    }

    @Test
    void failedBackupIsReportedWithTheReason() throws IOException {
        doThrow(new BackupException(Kind.UNREACHABLE, "The store is gone", "Start it"))
                .when(kv.export)
                .export(any(), any(), any());

        BackupException failure = failure(() -> backup("b1"));

        assertThat(paths).containsExactly("/ping/start ", "/ping/fail " + failure.getMessage());
        assertThat(events()).containsExactly("backup_failed");
        assertThat(messages.get(0).path("kind").asText()).isEqualTo("unreachable");
        assertThat(messages.get(0).path("error").asText()).contains("The store is gone");
    }

    @Test
    void lossOfDataIsReported() {
        for (int n = 0; n < 9; n++) {
            graph.lines.add("entity " + n);
        }
        backup("full");
        graph.lines.clear();
        backup("lost");

        assertThat(events()).containsExactly("backup_succeeded", "data_shrank", "backup_succeeded");
        assertThat(messages.get(1).path("message").asText()).contains("less than half of what full contains");
        assertThat(messages.get(1).path("backup_id").asText()).isEqualTo("lost");

        backup("lost-2");
        assertThat(events()).filteredOn("data_shrank"::equals).hasSize(1);
    }

    @Test
    void damagedArchiveIsReported() throws IOException {
        Path file = file(backup("b1"));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        assertThat(failure(() -> manager().verify(archive(file), job())).kind()).isEqualTo(Kind.CORRUPT);

        assertThat(events()).containsExactly("backup_succeeded", "verification_failed");
        assertThat(messages.get(1).path("archive").asText()).isEqualTo("b1.ngbak");
    }

    @Test
    void restoreIsReportedUnlessAUserDeclinesIt() {
        ArchiveInfo archive = backup("b1");
        messages.clear();
        paths.clear();
        graph.lines.add("new");

        assertThat(failure(() -> manager().restore(archive(archive), RestoreOptions.DEFAULT, plan -> false, job()))
                        .kind())
                .isEqualTo(Kind.UNCONFIRMED);
        assertThat(messages).isEmpty();

        manager().restore(archive(archive), RestoreOptions.DEFAULT, plan -> true, job());
        assertThat(events()).containsExactly("restore_succeeded");
        assertThat(messages.get(0).path("safety_backup_id").asText()).startsWith("pre-restore_");
        assertThat(paths).isEmpty();
    }

    @Test
    void refusedMessageOnlyCausesAWarningWithoutTheUrl() {
        status = 500;

        backup("b1");

        assertThat(log)
                .contains(
                        "A message could not be sent to BACKUP_NOTIFY_URL (HTTP status 500). The job itself is not affected.",
                        "A message could not be sent to BACKUP_PING_URL (HTTP status 500). The job itself is not affected.")
                .noneMatch(line -> line.contains("secret-token") || line.contains("http://"));
        assertThat(messages).as("it is tried again").hasSize(2);
    }

    @Test
    void receiverThatCannotBeReachedOnlyCausesAWarning() throws IOException {
        receiver.stop(0);
        try (ServerSocket bound = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            environment.put("BACKUP_NOTIFY_URL", "http://127.0.0.1:" + bound.getLocalPort());
        }
        environment.remove("BACKUP_PING_URL");

        backup("b1");

        assertThat(log).anyMatch(line -> line.startsWith("A message could not be sent to BACKUP_NOTIFY_URL ("));
        assertThat(manager().list()).hasSize(1);
    }

    @Test
    void otherAddressesAreRefused() {
        environment.put("BACKUP_PING_URL", "ftp://secret@example.org");

        BackupException refused = failure(this::manager);

        assertThat(refused.kind()).isEqualTo(Kind.INVALID);
        assertThat(refused.getMessage()).contains("BACKUP_PING_URL").doesNotContain("secret");
    }
}
