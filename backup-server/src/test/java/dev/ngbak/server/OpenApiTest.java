package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** openapi.json tells of every route, and of no other. That answers are as it says is checked in all other tests. */
class OpenApiTest {

    @TempDir
    Path temp;

    @Test
    void theDocumentHasTheRoutesAndNoOther() throws Exception {
        Set<String> documented = new TreeSet<>();
        for (var path : new OpenApiSchemas().document.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                if (!Set.of("parameters", "servers").contains(operation.getKey())) {
                    documented.add(operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                }
            }
        }

        assertThat(documented)
                .isEqualTo(Api.ROUTES.stream()
                        .map(route -> route.method().name() + " " + route.path().replaceFirst("^\\.", ""))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void everyReferenceLeadsSomewhere() throws Exception {
        JsonNode document = new OpenApiSchemas().document;
        for (JsonNode reference : document.findValues("$ref")) {
            assertThat(document.at(reference.asText().substring(1)).isMissingNode())
                    .as(reference.asText())
                    .isFalse();
        }
    }

    @Test
    void itIsServedWithThePrefixThatIsSet() throws Exception {
        try (ApiClient client = new ApiClient(temp, "API_PREFIX", "/other/api")) {
            JsonNode document = client.get("//openapi.json").json();
            assertThat(document.path("servers").path(0).path("url").asText()).isEqualTo("./other/api");
            String rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            assertThat(client.raw("GET /other/api/backup" + rest)).startsWith("HTTP/1.1 200");
            assertThat(client.raw("GET /api/v1/backup" + rest)).startsWith("HTTP/1.1 404");
        }
    }
}
