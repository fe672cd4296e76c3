package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shows an archive that nano-graphrag's own backup tool left in the folder of archives. The client validates each answer against
 * openapi.json.
 */
class OtherToolTest {

    private static final Path GOLDEN = Path.of("../backup-core/src/test/resources/golden/nano-graphrag-backup.ngbak");

    @TempDir
    Path temp;

    private ApiClient client;

    @BeforeEach
    void start() throws Exception {
        client = new ApiClient(temp);
        Files.createDirectories(client.backups());
        Files.copy(GOLDEN, client.backups().resolve("tool.ngbak"));
    }

    @AfterEach
    void stop() {
        client.close();
    }

    @Test
    void archiveIsListedInspectedAndVerified() throws Exception {
        JsonNode listed = client.get("/backup").json().path(0);
        assertThat(listed.path("backup_id").asText()).isEqualTo("tool");
        assertThat(listed.path("created_at").asText()).isEqualTo("2025-10-06T14:30:00Z");
        assertThat(listed.at("/storage_backends/vector").asText()).isEqualTo("qdrant");

        JsonNode inspected = client.get("/backup/tool").json();
        assertThat(inspected.path("format").asText()).isEqualTo("nano-graphrag-backup");
        assertThat(inspected.path("files")).hasSize(8);

        JsonNode verified = client.ended(client.post("/backup/tool/verify", null));
        assertThat(verified.path("status").asText()).as(verified.toString()).isEqualTo("completed");
        assertThat(verified.at("/metadata/decoded")).hasSize(2);
        assertThat(verified.at("/metadata/warnings").toString())
                .contains("its statistics say 2 documents, but it contains 1");
        assertThat(verified.toString()).contains("passwords in clear text").doesNotContain("not-a-real-password");
    }

    @Test
    void restoreIntoOtherBackendsIsRefused() throws Exception {
        List<String> before = fileNames();

        JsonNode plan = client.post("/restore?dry_run=true", "{\"backup_id\": \"tool\"}")
                .json();
        assertThat(plan.toString()).contains("The archive's graph store is from neo4j, but GRAPH_BACKEND is networkx");
        JsonNode restored = client.ended(client.post("/restore", "{\"backup_id\": \"tool\"}"));
        assertThat(restored.path("status").asText()).isEqualTo("failed");
        assertThat(restored.path("error").asText()).contains("GRAPH_BACKEND is networkx");

        assertThat(fileNames()).isEqualTo(before);
    }

    private List<String> fileNames() throws Exception {
        try (var files = Files.list(client.workingDir())) {
            return files.map(Path::toString).sorted().toList();
        }
    }
}
