package dev.ngbak.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.SettingCatalog;
import dev.ngbak.spi.SettingSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Compares the metadata for editors with the settings that ngbak and its plugins declare. */
class ConfigurationMetadataTest {

    private static final Path FILE = Path.of("src/main/resources/META-INF/spring-configuration-metadata.json");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static void add(ArrayNode properties, String name, String type, String description, String defaultValue) {
        ObjectNode property = properties.addObject().put("name", name).put("type", type);
        property.put("description", description);
        if (defaultValue != null) {
            property.put("defaultValue", defaultValue);
        }
    }

    private static String metadata() throws IOException {
        ObjectNode root = MAPPER.createObjectNode();
        ArrayNode properties = root.putArray("properties");
        for (SettingSpec setting : SettingCatalog.load()) {
            String text = setting.description().replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1");
            for (String variable : setting.variables()) {
                boolean file = !variable.equals(setting.name());
                add(
                        properties,
                        SettingProperties.name(variable),
                        String.class.getName(),
                        file ? "A file that contains " + SettingProperties.name(setting.name()) + "." : text,
                        file ? null : setting.defaultValue());
            }
        }
        add(properties, "management.health.ngbak.enabled", "java.lang.Boolean", "Whether to report the backups.", null);
        add(
                properties,
                "management.health.ngbak.max-age",
                "java.time.Duration",
                "The health is down if the last backup is older, or if there is none. Without a value, any age is healthy.",
                null);
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    /** To update the file after a change of a setting, run this test with UPDATE_METADATA=true. */
    @Test
    void metadataListsEverySettingWithItsDefault() throws IOException {
        if (Boolean.parseBoolean(System.getenv("UPDATE_METADATA"))) {
            Files.writeString(FILE, metadata());
        }

        assertThat(FILE).content().isEqualTo(metadata());
    }
}
