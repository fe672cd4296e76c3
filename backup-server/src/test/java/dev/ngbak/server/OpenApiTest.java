package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that openapi.json describes exactly the routes. All other tests validate answers against it. */
class OpenApiTest {

    @TempDir
    Path temp;

    @Test
    void documentDescribesExactlyTheRoutes() throws Exception {
        Set<String> documented = new TreeSet<>();
        for (var path : new OpenApiSchemas().document.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                if (!Set.of("parameters", "servers").contains(operation.getKey())) {
                    documented.add(operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                }
            }
        }

        try (ApiClient client = new ApiClient(temp)) {
            assertThat(documented)
                    .isEqualTo(client.server.routes().stream()
                            .map(route -> route.method().name() + " " + route.pathBelow(""))
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    void everyReferenceResolves() throws Exception {
        JsonNode document = new OpenApiSchemas().document;
        for (JsonNode reference : document.findValues("$ref")) {
            assertThat(document.at(reference.asText().substring(1)).isMissingNode())
                    .as(reference.asText())
                    .isFalse();
        }
    }

    @Test
    void documentIsServedWithTheConfiguredPrefix() throws Exception {
        try (ApiClient client = new ApiClient(temp, "API_PREFIX", "/other/api")) {
            JsonNode document = client.get("//openapi.json").json();
            assertThat(document.path("servers").path(0).path("url").asText()).isEqualTo("./other/api");
            String rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            assertThat(client.raw("GET /other/api/backup" + rest)).startsWith("HTTP/1.1 200");
            assertThat(client.raw("GET /api/v1/backup" + rest)).startsWith("HTTP/1.1 404");
        }
    }
}
