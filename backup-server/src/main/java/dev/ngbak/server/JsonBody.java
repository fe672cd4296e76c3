package dev.ngbak.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Role;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Parses the JSON of requests. Unknown, repeated and mistyped members are refused. */
final class JsonBody {

    /** The largest JSON that a request may have, in bytes. */
    static final int MAX_SIZE = 64 << 10;

    private static final String JSON = "application/json";
    private static final ObjectReader READER = Json.MAPPER
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private JsonBody() {}

    /** Reads the JSON object of a request. Returns an empty object if the request has no body. */
    static ObjectNode of(Context ctx, Set<String> members) throws IOException {
        byte[] bytes = new RequestBody(ctx).readNBytes(MAX_SIZE + 1);
        if (bytes.length > MAX_SIZE) {
            throw new ProblemException(
                    413, "The JSON of the request is too large", "Send an archive as multipart/form-data");
        }
        if (bytes.length == 0) {
            return Json.MAPPER.createObjectNode();
        }
        if (ctx.contentType() != null && !hasType(ctx, JSON)) {
            throw new ProblemException(
                    415,
                    "Unsupported content type",
                    "Send Content-Type: application/json, or an archive as multipart/form-data");
        }
        JsonNode node = parse(bytes);
        checkMembers(node, "request", members);
        return (ObjectNode) node;
    }

    static boolean hasType(Context ctx, String type) {
        String given = ctx.contentType();
        return given != null && given.split(";", 2)[0].strip().equalsIgnoreCase(type);
    }

    /** Parses JSON in UTF-8. */
    static JsonNode parse(byte[] json) {
        try {
            // Jackson would detect other encodings, and accept malformed UTF-8.
            return READER.readTree(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new ProblemException(400, "The JSON of the request is not valid UTF-8", "Encode it as UTF-8");
        } catch (JsonProcessingException e) {
            throw new ProblemException(
                    400,
                    "The JSON of the request is malformed, or repeats a member",
                    "Check commas, quotes and braces, and give each member once");
        }
    }

    private static void checkMembers(JsonNode node, String what, Set<String> members) {
        if (!node.isObject()) {
            throw new ProblemException(400, "The " + what + " is not a JSON object", "Put it in braces, such as {}");
        }
        node.fieldNames().forEachRemaining(name -> {
            if (!members.contains(name)) {
                throw new ProblemException(
                        400,
                        "The " + what + " has an unknown member",
                        members.isEmpty()
                                ? "It may not have any members"
                                : "It may have "
                                        + String.join(
                                                ", ", members.stream().sorted().toList()));
            }
        });
    }

    /** Returns a member that is text, or {@code null} if it is missing or null. */
    static String text(ObjectNode body, String member) {
        JsonNode value = body.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new ProblemException(400, "The member \"" + member + "\" is not a string", "Put it in quotes");
        }
        return value.asText();
    }

    /** Returns the options of a restore, or the defaults if there are none. */
    static RestoreOptions options(JsonNode node) {
        if (node == null || node.isNull()) {
            return RestoreOptions.DEFAULT;
        }
        checkMembers(
                node,
                "object \"options\"",
                Set.of("backends", "safety_backup", "verify", "workspace", "replace", "convert", "paths"));
        JsonNode verify = node.path("verify");
        if (!verify.isMissingNode()
                && !(verify.isTextual() && Set.of("full", "counts").contains(verify.asText()))) {
            throw invalidOption("verify", "Use \"full\" or \"counts\"");
        }
        return new RestoreOptions(
                        roles(node.path("backends")),
                        verify.asText().equals("counts"),
                        flag(node, "safety_backup", true))
                .to(target(node));
    }

    private static RestoreTarget target(JsonNode node) {
        JsonNode workspace = node.path("workspace");
        if (!workspace.isMissingNode() && !workspace.isTextual()) {
            throw invalidOption("workspace", "Use the name of a workspace, or \"\" for the unnamed one");
        }
        Map<String, String> paths = new HashMap<>();
        JsonNode given = node.path("paths");
        if (!given.isMissingNode() && !given.isObject()) {
            throw invalidPaths();
        }
        given.fields().forEachRemaining(path -> {
            if (!path.getValue().isTextual()) {
                throw invalidPaths();
            }
            paths.put(path.getKey(), path.getValue().asText());
        });
        return new RestoreTarget(
                workspace.textValue(), flag(node, "replace", false), flag(node, "convert", false), paths);
    }

    private static ProblemException invalidPaths() {
        return invalidOption("paths", "Use an object of absolute paths, such as {\"/old/inputs\": \"/new/inputs\"}");
    }

    private static boolean flag(JsonNode node, String name, boolean fallback) {
        JsonNode flag = node.path(name);
        if (!flag.isMissingNode() && !flag.isBoolean()) {
            throw invalidOption(name, "Use true or false");
        }
        return flag.asBoolean(fallback);
    }

    private static Set<Role> roles(JsonNode names) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        if (names.isMissingNode()) {
            return roles;
        }
        if (!names.isArray() || names.isEmpty()) {
            throw invalidBackends();
        }
        for (JsonNode name : names) {
            roles.add(Arrays.stream(Role.values())
                    .filter(role -> name.isTextual() && role.id().equals(name.asText()))
                    .findFirst()
                    .orElseThrow(JsonBody::invalidBackends));
        }
        return roles;
    }

    private static ProblemException invalidBackends() {
        return invalidOption("backends", "Use a list of graph, vector and kv, or leave it out to restore all stores");
    }

    private static ProblemException invalidOption(String name, String remedy) {
        return new ProblemException(400, "The option \"" + name + "\" has an invalid value", remedy);
    }
}
