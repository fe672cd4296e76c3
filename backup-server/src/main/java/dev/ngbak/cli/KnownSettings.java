package dev.ngbak.cli;

import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** All settings in docs/SETTINGS.md, with their defaults and how they can be displayed without revealing secrets. */
final class KnownSettings {

    private enum Kind {
        PLAIN,
        FOLDER,
        /** May contain a user, a password or a token. */
        URL,
        /** Displayed as {@link #STARS}. */
        HIDDEN,
        /** Like {@link #HIDDEN}; can also be given as {@code NAME_FILE}. */
        SECRET
    }

    /**
     * The effective value of one setting.
     *
     * @param value safe to display, or {@code null} if the setting is not set and has no default
     */
    record EffectiveSetting(String name, String value, boolean isDefault) {}

    private record Known(String name, String defaultValue, Kind kind) {}

    private static final String STARS = "***";
    private static final String FILE = "_FILE";
    private static final int MAX_DISTANCE = 2;

    /** Variables of the launcher, which are not misspelled settings. */
    private static final List<String> LAUNCHER_VARIABLES = List.of("NGBAK_JAVA_OPTS", "NGBAK_DEBUG", "JAVA_HOME");

    private static final List<Known> ALL = List.of(
            plain("GRAPH_BACKEND", "networkx"),
            plain("VECTOR_BACKEND", "nano"),
            plain("KV_BACKEND", "json"),
            new Known("WORKING_DIR", "./api_working_dir", Kind.FOLDER),
            new Known("REDIS_URL", "redis://localhost:6379", Kind.URL),
            new Known("REDIS_PASSWORD", null, Kind.SECRET),
            plain("REDIS_KEY_PREFIX", "nano_graphrag:"),
            new Known("NEO4J_URL", "neo4j://localhost:7687", Kind.URL),
            plain("NEO4J_USERNAME", "neo4j"),
            new Known("NEO4J_PASSWORD", null, Kind.SECRET),
            plain("NEO4J_DATABASE", "neo4j"),
            plain("NEO4J_GRAPH_NAMESPACE", "GraphRAG_chunk_entity_relation"),
            plain("NEO4J_BACKUP_MODE", "bolt"),
            hidden("NEO4J_ADMIN_CMD"),
            hidden("NEO4J_STOP_CMD"),
            hidden("NEO4J_START_CMD"),
            new Known("QDRANT_URL", "http://localhost:6333", Kind.URL),
            plain("QDRANT_GRPC_PORT", "6334"),
            new Known("QDRANT_API_KEY", null, Kind.SECRET),
            plain("QDRANT_NAMESPACE_PREFIX", "last part of WORKING_DIR"),
            plain("QDRANT_BACKUP_MODE", "snapshot"),
            new Known("BACKUP_DIR", "./backups", Kind.FOLDER),
            plain("BACKUP_RETENTION", null),
            plain("BACKUP_COMPRESSION", "gzip"),
            plain("BACKUP_RETRIES", "2"),
            plain("BACKUP_REQUIRE_QUIESCENT", "false"),
            hidden("BACKUP_PAUSE_HOOK"),
            hidden("BACKUP_RESUME_HOOK"),
            plain("BACKUP_HOOK_TIMEOUT", "60s"),
            plain("HOST", "127.0.0.1"),
            plain("PORT", "8080"),
            plain("API_PREFIX", "/api/v1"),
            new Known("BACKUP_API_KEY", null, Kind.SECRET),
            plain("BACKUP_ALLOWED_HOSTS", null),
            plain("BACKUP_MAX_UPLOAD", "free space"),
            plain("LOG_FORMAT", "text"),
            plain("EMBEDDING_DIMENSION", null),
            plain("NANO_GRAPHRAG_VERSION", "unknown"),
            plain("GRAPHRAG_CONFIG_FILE", null));

    private static final Pattern CREDENTIALS = Pattern.compile("(?<=://).*@");
    private static final Pattern QUERY = Pattern.compile("\\?.*");

    private KnownSettings() {}

    private static Known plain(String name, String defaultValue) {
        return new Known(name, defaultValue, Kind.PLAIN);
    }

    private static Known hidden(String name) {
        return new Known(name, null, Kind.HIDDEN);
    }

    /** Returns the effective values of all settings, in the order of the documentation. */
    static List<EffectiveSetting> effective(Settings settings) {
        return ALL.stream().map(known -> effective(known, settings)).toList();
    }

    private static EffectiveSetting effective(Known known, Settings settings) {
        String value = settings.text(known.name(), null);
        if (value == null && known.kind() == Kind.SECRET) {
            value = settings.text(known.name() + FILE, null);
        }
        boolean isDefault = value == null;
        String effective = isDefault ? known.defaultValue() : value;
        return new EffectiveSetting(
                known.name(), effective == null ? null : display(known.kind(), effective), isDefault);
    }

    private static String display(Kind kind, String value) {
        return switch (kind) {
            case PLAIN -> value;
            case FOLDER -> Format.path(Path.of(value));
            case URL ->
                QUERY.matcher(CREDENTIALS.matcher(value).replaceAll(STARS + "@"))
                        .replaceAll("?" + STARS);
            case HIDDEN, SECRET -> STARS;
        };
    }

    /** Returns variables that are not settings but spelled much like one, each with the name of that setting. */
    static Map<String, String> misspelled(Settings settings) {
        Map<String, String> misspelled = new TreeMap<>();
        for (String name : settings.names()) {
            if (!isKnown(name)) {
                nearest(name).ifPresent(known -> misspelled.put(name, known));
            }
        }
        return misspelled;
    }

    private static boolean isKnown(String name) {
        return LAUNCHER_VARIABLES.contains(name)
                || ALL.stream()
                        .anyMatch(known -> known.name().equals(name)
                                || (known.kind() == Kind.SECRET && name.equals(known.name() + FILE)));
    }

    private static Optional<String> nearest(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        String nearest = null;
        int least = MAX_DISTANCE + 1;
        for (Known known : ALL) {
            for (String candidate :
                    known.kind() == Kind.SECRET ? List.of(known.name(), known.name() + FILE) : List.of(known.name())) {
                int distance = distance(upper, candidate);
                // Short names are close to too many others, such as HOME to HOST.
                if (distance < least && distance <= candidate.length() / 5) {
                    least = distance;
                    nearest = candidate;
                }
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Returns the Levenshtein distance. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
