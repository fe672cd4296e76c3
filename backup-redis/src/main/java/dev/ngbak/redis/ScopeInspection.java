package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Looks for signs that the prefix of the scope is wrong. */
final class ScopeInspection {

    private static final int MAX_EXAMPLES = 5;
    private static final long MAX_EXAMINED_KEYS = 100_000;
    private static final String KEY_PREFIX = RedisSettings.KEY_PREFIX.name();

    private final RedisConnection connection;
    private final RedisSettings settings;
    private final KeyScanner scanner;

    ScopeInspection(RedisConnection connection) {
        this.connection = connection;
        this.settings = connection.settings();
        this.scanner = new KeyScanner(connection);
    }

    /** Returns a problem if no key is in scope, but the database contains keys that the system does not write. */
    Optional<BackupException> problem() throws IOException {
        if (settings.isWholeDatabase() || connection.size() == 0 || !scanner.scanScope(keys -> false)) {
            return Optional.empty();
        }
        Set<String> others = new LinkedHashSet<>();
        scanner.scan(new byte[0], keys -> {
            for (byte[] key : keys) {
                String name = RedisConnection.text(key);
                if (others.size() < MAX_EXAMPLES && !isWrittenBySystem(name)) {
                    int colon = name.indexOf(':');
                    others.add(
                            colon < 0
                                    ? "keys without a colon"
                                    : SafeText.forMessage(name.substring(0, colon + 1)) + "…");
                }
            }
            return others.size() < MAX_EXAMPLES;
        });
        if (others.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INVALID,
                settings.server() + ", database " + settings.database() + ", contains no key with the prefix "
                        + SafeText.quoted(settings.prefix()) + namespaces() + ", but others: "
                        + String.join(", ", others),
                remedy() + ", or correct the database in " + RedisSettings.URL.name()));
    }

    private String namespaces() {
        return settings.namespaces().isEmpty()
                ? ""
                : " and one of the namespaces "
                        + settings.namespaces().stream().sorted().collect(Collectors.joining(", "));
    }

    private String remedy() {
        return settings.scopeSetting().equals(KEY_PREFIX)
                ? "Set " + KEY_PREFIX + " to the prefix of the GraphRAG system's keys (* for the whole database)"
                : "Correct " + settings.scopeSetting();
    }

    private boolean isWrittenBySystem(String name) {
        return settings.names().foreignKeyPrefixes().stream().anyMatch(name::startsWith);
    }

    /**
     * Returns a warning if the prefix includes a namespace of the system, such as {@code full_docs:}, and keys of its other
     * namespaces exist.
     */
    List<String> warnings() throws IOException {
        if (settings.isWholeDatabase() || !settings.namespaces().isEmpty()) {
            return List.of();
        }
        Set<String> found = new TreeSet<>();
        for (String systemPrefix : possibleSystemPrefixes()) {
            scanner.scan(RedisConnection.bytes(systemPrefix), MAX_EXAMINED_KEYS, keys -> {
                for (byte[] key : keys) {
                    String name = RedisConnection.text(key);
                    int colon = name.indexOf(':', systemPrefix.length());
                    if (colon >= 0
                            && !name.startsWith(settings.prefix())
                            && settings.names().namespaces().contains(name.substring(systemPrefix.length(), colon))) {
                        found.add(name.substring(0, colon + 1));
                    }
                }
                return true;
            });
        }
        if (found.isEmpty()) {
            return List.of();
        }
        return List.of("Only keys with the prefix " + SafeText.quoted(settings.prefix())
                + " are backed up. Keys of the same system with the prefixes "
                + found.stream().map(SafeText::quoted).collect(Collectors.joining(", "))
                + " ARE LEFT OUT. Set " + KEY_PREFIX
                + " to the prefix that all of them have in common, or to * for the whole database.");
    }

    /** Returns every beginning of the prefix after which a namespace of the system may follow. */
    private Set<String> possibleSystemPrefixes() {
        String prefix = settings.prefix();
        Set<String> prefixes = new TreeSet<>();
        for (int at = 0; at < prefix.length(); at++) {
            String rest = prefix.substring(at);
            if (settings.names().namespaces().stream()
                    .anyMatch(name -> (name + ":").startsWith(rest) || rest.startsWith(name + ":"))) {
                prefixes.add(prefix.substring(0, at));
            }
        }
        return prefixes;
    }
}
