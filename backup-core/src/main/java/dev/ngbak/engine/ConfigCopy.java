package dev.ngbak.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code config/graphrag_config.json}: the settings that a backup was made with, for people to look up; no secret. */
final class ConfigCopy {

    private static final String STARS = "***";

    /** Only what is named here is shown, so that a variable nobody thought of cannot leak. */
    private static final List<String> SHOWN = List.of(
            "GRAPH_BACKEND",
            "VECTOR_BACKEND",
            "KV_BACKEND",
            "WORKING_DIR",
            "NEO4J_URL",
            "NEO4J_USERNAME",
            "NEO4J_DATABASE",
            "NEO4J_GRAPH_NAMESPACE",
            "NEO4J_BACKUP_MODE",
            "QDRANT_URL",
            "QDRANT_GRPC_PORT",
            "QDRANT_NAMESPACE_PREFIX",
            "QDRANT_BACKUP_MODE",
            "REDIS_URL",
            "REDIS_KEY_PREFIX",
            "BACKUP_DIR",
            "BACKUP_RETENTION",
            "BACKUP_COMPRESSION",
            "BACKUP_RETRIES",
            "BACKUP_REQUIRE_QUIESCENT",
            "BACKUP_HOOK_TIMEOUT",
            "NANO_GRAPHRAG_VERSION",
            "GRAPHRAG_CONFIG_FILE");

    /** Hooks are commands or URLs, and may hold a token. */
    private static final List<String> SECRET = List.of(
            "NEO4J_PASSWORD",
            "QDRANT_API_KEY",
            "REDIS_PASSWORD",
            "BACKUP_API_KEY",
            "BACKUP_PAUSE_HOOK",
            "BACKUP_RESUME_HOOK",
            "NEO4J_ADMIN_CMD",
            "NEO4J_STOP_CMD",
            "NEO4J_START_CMD");

    private static final Pattern SECRET_NAME =
            Pattern.compile("(?i).*(passw|secret|token|credential|api_?key|access_?key|private_?key|auth).*");
    private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/@\\s]*@");

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final long LARGEST_FILE = 1 << 20;

    private ConfigCopy() {}

    static String of(Settings settings, Path configFile) {
        ObjectNode root = MAPPER.createObjectNode();
        ObjectNode shown = root.putObject("settings");
        for (String name : SHOWN) {
            String value = settings.text(name, null);
            if (value != null) {
                shown.put(name, withoutUser(value));
            }
        }
        for (String name : SECRET) {
            if (settings.text(name, null) != null || settings.text(name + "_FILE", null) != null) {
                shown.put(name, STARS);
            }
        }
        if (configFile != null) {
            root.set("graphrag_config", redacted(read(configFile)));
        }
        try {
            return MAPPER.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw unusable(file, null);
            }
            JsonNode content = MAPPER.readTree(Files.readAllBytes(file));
            if (!content.isContainerNode()) {
                throw unusable(file, null);
            }
            return content;
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    private static BackupException unusable(Path file, IOException cause) {
        return new BackupException(
                Kind.INVALID,
                "GRAPHRAG_CONFIG_FILE is \"" + file + "\", and that is not a readable JSON file of at most 1 MiB",
                "It must be JSON, so that secrets in it can be told and left out of archives",
                cause);
    }

    private static JsonNode redacted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> member : object.properties()) {
                boolean secret = SECRET_NAME.matcher(member.getKey()).matches()
                        && !member.getValue().isNull()
                        && !member.getValue().isNumber()
                        && !member.getValue().isBoolean();
                member.setValue(secret ? TextNode.valueOf(STARS) : redacted(member.getValue()));
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, redacted(array.get(i)));
            }
        } else if (node.isTextual()) {
            return TextNode.valueOf(withoutUser(node.textValue()));
        }
        return node;
    }

    private static String withoutUser(String value) {
        return USER_INFO.matcher(value).replaceAll("");
    }
}
