package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Validates real answers against openapi.json. */
final class OpenApiSchemas {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    final JsonNode document;
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    OpenApiSchemas() throws IOException {
        try (InputStream in = OpenApiSchemas.class.getResourceAsStream("/openapi.json")) {
            document = MAPPER.readTree(in);
        }
    }

    /** Fails for an answer that the document does not describe. Paths are relative to the prefix, or outside of it. */
    void check(String method, String path, int status, String contentType, String body) {
        if (method.equals("HEAD") || path.equals("/")) {
            return;
        }
        String template = template(path);
        if (template == null) {
            assertThat(status).as(method + " " + path).isIn(400, 401, 404);
            return;
        }
        JsonNode operation = document.path("paths").path(template).path(method.toLowerCase(java.util.Locale.ROOT));
        if (operation.isMissingNode()) {
            assertThat(status).as(method + " " + path).isIn(400, 403, 404, 405);
            return;
        }
        JsonNode response = operation.path("responses").path(Integer.toString(status));
        assertThat(response.isMissingNode() && status < 500)
                .as(method + " " + template + " answered " + status + ", which openapi.json does not describe: " + body)
                .isFalse();
        if (response.isMissingNode()) {
            response = operation.path("responses").path("default");
        }
        if (response.has("$ref")) {
            response = document.at(response.path("$ref").asText().substring(1));
        }
        if (!response.has("content")) {
            assertThat(body).as(method + " " + path).isEmpty();
            return;
        }
        String type = contentType.split(";")[0];
        assertThat(response.path("content").has(type))
                .as(method + " " + template + " " + status + " has the content type " + type)
                .isTrue();
        if (type.endsWith("json")) {
            var errors = schema(
                            template + " " + method + " " + status,
                            response.path("content").path(type).path("schema"))
                    .validate(body, InputFormat.JSON);
            assertThat(errors)
                    .as(method + " " + template + " " + status + ": " + body)
                    .isEmpty();
        }
    }

    private Schema schema(String key, JsonNode schema) {
        return schemas.computeIfAbsent(key, any -> {
            ObjectNode root = MAPPER.createObjectNode();
            root.set("components", document.path("components"));
            root.putArray("allOf").add(schema);
            return registry.getSchema(root.toString(), InputFormat.JSON);
        });
    }

    private String template(String path) {
        String found = null;
        for (var entry : document.path("paths").properties()) {
            String template = entry.getKey();
            if (template.equals(path)) {
                return template;
            }
            if (path.matches(template.replaceAll("\\{[a-z]+}", "[^/]+"))) {
                found = template;
            }
        }
        return found;
    }
}
