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

    /** Names and defaults. Only what is named here is shown, so that a variable nobody thought of cannot leak. */
    private static final String[][] SHOWN = {
        {"GRAPH_BACKEND", "networkx"},
        {"VECTOR_BACKEND", "nano"},
        {"KV_BACKEND", "json"},
        {"WORKING_DIR", "./api_working_dir"},
        {"NEO4J_URL", "neo4j://localhost:7687"},
        {"NEO4J_USERNAME", "neo4j"},
        {"NEO4J_DATABASE", "neo4j"},
        {"NEO4J_GRAPH_NAMESPACE", "GraphRAG_chunk_entity_relation"},
        {"NEO4J_BACKUP_MODE", "bolt"},
        {"QDRANT_URL", "http://localhost:6333"},
        {"QDRANT_GRPC_PORT", "6334"},
        {"QDRANT_NAMESPACE_PREFIX", null},
        {"QDRANT_BACKUP_MODE", "snapshot"},
        {"REDIS_URL", "redis://localhost:6379"},
        {"REDIS_KEY_PREFIX", "nano_graphrag:"},
        {"BACKUP_DIR", "./backups"},
        {"BACKUP_RETENTION", null},
        {"BACKUP_COMPRESSION", "gzip"},
        {"BACKUP_RETRIES", "2"},
        {"BACKUP_REQUIRE_QUIESCENT", "false"},
        {"BACKUP_HOOK_TIMEOUT", "60s"},
        {"NANO_GRAPHRAG_VERSION", "unknown"},
        {"GRAPHRAG_CONFIG_FILE", null},
    };

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
        for (String[] setting : SHOWN) {
            String value = settings.text(setting[0], setting[1]);
            if (value != null) {
                shown.put(setting[0], withoutUser(value));
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
