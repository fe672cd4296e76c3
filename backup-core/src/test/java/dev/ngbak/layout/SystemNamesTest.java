package dev.ngbak.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No text in core, check and server names a backend, a plugin's setting, or a field of a GraphRAG system. */
class SystemNamesTest {

    private static final List<String> MODULES = List.of("backup-core", "backup-check", "backup-server");

    private static final List<String> ALL_MODULES = Stream.concat(
                    MODULES.stream(), Stream.of("backup-files", "backup-neo4j", "backup-qdrant", "backup-redis"))
            .toList();

    private static final Pattern LIGHTRAG = Pattern.compile("(?i)lightrag|\\bworkspace_id\\b|(?-i:WORKSPACE)");

    private static final Set<String> BACKENDS = Set.of("neo4j", "qdrant", "redis", "networkx", "nano");

    private static final Pattern SETTING =
            Pattern.compile("\\b(?:NEO4J|QDRANT|REDIS|NANO_GRAPHRAG|EMBEDDING)_[A-Z_]+\\b|\\bWORKING_DIR\\b");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** Names that are also ordinary words. */
    private static final Pattern UNMISTAKABLE = Pattern.compile("\\w*(?:_|[a-z][A-Z])\\w*");

    private static final Set<String> EXEMPT = Set.of(
            // The manifest of format 1 names a member and a statistic after nano-graphrag.
            "ManifestReader.java",
            "ManifestWriter.java",
            "EngineSettings.java",
            // nano-graphrag's own backup tool names a statistic in another way.
            "ToolManifest.java",
            // The demo runs on a sample of nano-graphrag.
            "DemoCommand.java");

    @Test
    void onlyLayoutsAndPluginsNamePartsOfASystem() throws IOException {
        Set<String> fields = fields();
        assertThat(fields).contains("full_docs", "source_id", "entity_name", "communityIds");
        List<String> found = new ArrayList<>();
        for (Path source : sources(MODULES)) {
            for (String literal : literals(Files.readString(source))) {
                if (BACKENDS.contains(literal)
                        || SETTING.matcher(literal).find()
                        || Stream.of(literal.split("\\W+")).anyMatch(fields::contains)) {
                    found.add(source + ": " + literal);
                }
            }
        }
        assertThat(found).isEmpty();
    }

    /** LightRAG has a module of its own. The default layout alone also reads what LightRAG left in a migrated system. */
    @Test
    void onlyItsLayoutNamesPartsOfLightRag() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources(ALL_MODULES)) {
            for (String literal : literals(Files.readString(source))) {
                if (LIGHTRAG.matcher(literal).find()) {
                    found.add(source + ": " + literal);
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void everyExemptFileExists() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
                files.forEach(file -> names.add(file.getFileName().toString()));
            }
        }
        assertThat(names).containsAll(EXEMPT);
    }

    private static List<Path> sources(List<String> modules) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : modules) {
            Path main = Path.of("..", module, "src/main/java");
            try (Stream<Path> files = Files.walk(main)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.startsWith(main.resolve("dev/ngbak/layout")))
                        .filter(file -> !EXEMPT.contains(file.getFileName().toString()))
                        .forEach(sources::add);
            }
        }
        assertThat(sources).hasSizeGreaterThan(100);
        return sources;
    }

    private static List<String> literals(String source) {
        String code = source.lines()
                .filter(line -> !line.strip().startsWith("*") && !line.strip().startsWith("//"))
                // What an option's value is called is not the name of a setting.
                .filter(line -> !line.strip().startsWith("paramLabel ="))
                .collect(Collectors.joining("\n"))
                .replace("'\"'", "");
        Matcher matcher = LITERAL.matcher(code);
        List<String> literals = new ArrayList<>();
        while (matcher.find()) {
            literals.add(matcher.group(1));
        }
        return literals;
    }

    /** Returns the names in the default layout that no other code can mean. */
    private static Set<String> fields() {
        RecordNames names = new NanoGraphRagLayout().names();
        Set<String> fields = new TreeSet<>(names.namespaces());
        fields.addAll(names.nodeIds());
        for (Class<?> type : List.of(NanoGraphRagLayout.class, NanoGraphRagRecords.class)) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getType() == String.class) {
                    fields.add(constant(field));
                }
            }
        }
        fields.removeIf(field -> !UNMISTAKABLE.matcher(field).matches());
        return fields;
    }

    private static String constant(Field field) {
        try {
            field.setAccessible(true);
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
