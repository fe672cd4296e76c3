package dev.ngbak.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.jobs.Json;
import dev.ngbak.spi.Role;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** The JSON that requests bring. Members that are unknown, repeated or of another type are refused. */
final class JsonBody {

    private static final String JSON = "application/json";
    private static final int MOST_JSON = 64 << 10;
    private static final ObjectReader READER = Json.MAPPER
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private JsonBody() {}

    /** Reads the JSON object of a request; an empty one where the request has no body. */
    static ObjectNode of(Context ctx, Set<String> members) throws IOException {
        byte[] bytes = MinimumRate.of(ctx.bodyInputStream()).readNBytes(MOST_JSON + 1);
        if (bytes.length > MOST_JSON) {
            throw new ProblemException(
                    413, "The JSON of the request is too large", "Archives are sent as multipart/form-data");
        }
        if (bytes.length == 0) {
            return Json.MAPPER.createObjectNode();
        }
        if (ctx.contentType() != null && !isType(ctx, JSON)) {
            throw new ProblemException(
                    415,
                    "The content type of the request is not supported",
                    "Send Content-Type: application/json, or an archive as multipart/form-data");
        }
        JsonNode node = parse(bytes);
        known(node, "request", members);
        return (ObjectNode) node;
    }

    static boolean isType(Context ctx, String type) {
        String given = ctx.contentType();
        return given != null && given.split(";", 2)[0].strip().equalsIgnoreCase(type);
    }

    /** Parses JSON in UTF-8. */
    static JsonNode parse(byte[] json) {
        try {
            // Jackson would take other encodings for what they are, and broken UTF-8 for something.
            return READER.readTree(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new ProblemException(400, "The JSON of the request is not UTF-8", "Send it as UTF-8");
        } catch (JsonProcessingException e) {
            throw new ProblemException(
                    400,
                    "The JSON of the request cannot be read, or names a member twice",
                    "Check its commas, quotes and braces, and give each member once");
        }
    }

    private static void known(JsonNode node, String what, Set<String> members) {
        if (!node.isObject()) {
            throw new ProblemException(400, "The " + what + " is not a JSON object", "Put it in braces, such as {}");
        }
        node.fieldNames().forEachRemaining(name -> {
            if (!members.contains(name)) {
                throw new ProblemException(
                        400,
                        "The " + what + " has a member that is not known here",
                        members.isEmpty()
                                ? "It has no members"
                                : "It may have "
                                        + String.join(
                                                ", ", members.stream().sorted().toList()));
            }
        });
    }

    /** Returns a member that is text, or {@code null} where it is missing or null. */
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

    /** Reads the options of a restore; the defaults where the request has none. */
    static RestoreOptions options(JsonNode node) {
        if (node == null || node.isNull()) {
            return RestoreOptions.DEFAULT;
        }
        known(node, "object \"options\"", Set.of("backends", "safety_backup", "verify"));
        JsonNode safety = node.path("safety_backup");
        if (!safety.isMissingNode() && !safety.isBoolean()) {
            throw new ProblemException(
                    400, "The option \"safety_backup\" has a value that cannot be used", "It is true or false");
        }
        JsonNode verify = node.path("verify");
        if (!verify.isMissingNode()
                && !(verify.isTextual() && Set.of("full", "counts").contains(verify.asText()))) {
            throw new ProblemException(
                    400, "The option \"verify\" has a value that cannot be used", "It is \"full\" or \"counts\"");
        }
        return new RestoreOptions(
                roles(node.path("backends")), verify.asText().equals("counts"), safety.asBoolean(true));
    }

    private static Set<Role> roles(JsonNode names) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        if (names.isMissingNode()) {
            return roles;
        }
        if (!names.isArray() || names.isEmpty()) {
            throw badBackends();
        }
        for (JsonNode name : names) {
            roles.add(Arrays.stream(Role.values())
                    .filter(role -> name.isTextual() && role.id().equals(name.asText()))
                    .findFirst()
                    .orElseThrow(JsonBody::badBackends));
        }
        return roles;
    }

    private static ProblemException badBackends() {
        return new ProblemException(
                400,
                "The option \"backends\" has a value that cannot be used",
                "It is a list of graph, vector and kv; leave it out to restore all");
    }
}
