package dev.ngbak.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes {@code config/graphrag_config.json}: the settings of a backup, for people who want to look them up. It contains
 * no secret.
 */
final class ConfigCopy {

    private static final String STARS = "***";

    private static final Pattern SECRET_NAME =
            Pattern.compile("(?i).*(passw|secret|token|credential|api_?key|access_?key|private_?key|auth).*");
    private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/@\\s]*@");

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final long MAX_FILE_BYTES = 1 << 20;

    private ConfigCopy() {}

    /**
     * Returns the JSON of the copy.
     *
     * @param specs the settings to copy; other variables are left out, so that they cannot leak
     * @param configFile a JSON file to include, or {@code null}
     */
    static String of(Settings settings, List<SettingSpec> specs, Path configFile) {
        ObjectNode root = MAPPER.createObjectNode();
        ObjectNode copied = root.putObject("settings");
        for (SettingSpec spec : specs) {
            if (spec.isSecret()) {
                if (spec.variables().stream().anyMatch(name -> settings.text(name) != null)) {
                    copied.put(spec.name(), STARS);
                }
            } else {
                Optional.ofNullable(settings.text(spec.name()))
                        .or(() -> GraphLayout.defaultValue(spec, settings))
                        .ifPresent(value -> copied.put(spec.name(), withoutUser(value)));
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
            if (Files.size(file) > MAX_FILE_BYTES) {
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
                "GRAPHRAG_CONFIG_FILE is \"" + file + "\", which is not a readable JSON file of at most 1 MiB",
                "It must be JSON, so that ngbak can find the secrets in it and leave them out of archives",
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
