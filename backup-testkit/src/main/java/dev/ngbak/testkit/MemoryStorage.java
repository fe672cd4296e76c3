package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stores in memory for all three roles, and their plugins: the backend {@code memory}. The setting {@code MEMORY_STORE}
 * selects the stores. Collections whose names begin with {@code foreign} are out of scope. Closing the stores fails if a
 * session was left open.
 *
 * <pre>{@code
 * try (MemoryStorage storage = MemoryStorage.named("here")) {
 *     storage.put(Role.KV, "full_docs", "doc-1", "a text");
 *     … BackupManager … storage.settings() …
 * }
 * }</pre>
 */
public final class MemoryStorage implements AutoCloseable {

    public static final String BACKEND = "memory";
    public static final String SETTING = "MEMORY_STORE";
    static final String FOREIGN = "foreign";

    /** Plugins find their stores by a name in the settings, because a ServiceLoader passes no parameters. */
    private static final Map<String, MemoryStorage> NAMED = new ConcurrentHashMap<>();

    private final String name;
    private final Map<Role, NavigableMap<String, NavigableMap<String, String>>> stores = new EnumMap<>(Role.class);
    private final Map<Role, Long> writes = new EnumMap<>(Role.class);
    private int open;

    private MemoryStorage(String name) {
        this.name = name;
        for (Role role : Role.values()) {
            stores.put(role, new TreeMap<>());
            writes.put(role, 0L);
        }
    }

    /** Creates empty stores with a name that is not in use. */
    public static MemoryStorage named(String name) {
        MemoryStorage storage = new MemoryStorage(name);
        if (NAMED.putIfAbsent(name, storage) != null) {
            throw new IllegalStateException("in use: " + name);
        }
        return storage;
    }

    static MemoryStorage of(Settings settings) {
        String name = settings.text(SETTING, "");
        MemoryStorage storage = NAMED.get(name);
        if (storage == null) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    "There are no stores in memory with the name \"" + name + "\"",
                    "Create them, or correct " + SETTING);
        }
        return storage;
    }

    /** Returns settings that select these stores for all three roles. */
    public Settings settings() {
        Settings settings = Settings.of(Map.of(SETTING, name));
        for (Role role : Role.values()) {
            settings = settings.with(role.setting(), BACKEND);
        }
        return settings;
    }

    /** Returns the plugin that reads the store of a role. */
    public static StorageExporter exporter(Role role) {
        return switch (role) {
            case GRAPH -> new MemoryPlugins.GraphExporter();
            case VECTOR -> new MemoryPlugins.VectorExporter();
            case KV -> new MemoryPlugins.KvExporter();
        };
    }

    /** Returns the plugin that writes the store of a role. */
    public static StorageRestorer restorer(Role role) {
        return switch (role) {
            case GRAPH -> new MemoryPlugins.GraphRestorer();
            case VECTOR -> new MemoryPlugins.VectorRestorer();
            case KV -> new MemoryPlugins.KvRestorer();
        };
    }

    /** Writes one record. */
    public synchronized void put(Role role, String collection, String key, String value) {
        stores.get(role).computeIfAbsent(collection, any -> new TreeMap<>()).put(key, value);
        writes.merge(role, 1L, Long::sum);
    }

    /** Deletes every collection of a role that is in scope. */
    public synchronized void clear(Role role) {
        replace(role, new TreeMap<>());
    }

    /** Returns a copy of the whole store of a role, by collection and key, including foreign collections. */
    public synchronized NavigableMap<String, NavigableMap<String, String>> contents(Role role) {
        NavigableMap<String, NavigableMap<String, String>> copy = new TreeMap<>();
        stores.get(role).forEach((collection, records) -> copy.put(collection, new TreeMap<>(records)));
        return copy;
    }

    synchronized NavigableMap<String, NavigableMap<String, String>> scope(Role role) {
        NavigableMap<String, NavigableMap<String, String>> scope = contents(role);
        scope.keySet().removeIf(collection -> collection.startsWith(FOREIGN));
        return scope;
    }

    synchronized void replace(Role role, NavigableMap<String, NavigableMap<String, String>> scope) {
        NavigableMap<String, NavigableMap<String, String>> store = stores.get(role);
        store.keySet().removeIf(collection -> !collection.startsWith(FOREIGN));
        store.putAll(scope);
        writes.merge(role, 1L, Long::sum);
    }

    synchronized long writes(Role role) {
        return writes.get(role);
    }

    synchronized void opened(int difference) {
        open += difference;
    }

    /** Returns the number of open sessions. */
    public synchronized int openSessions() {
        return open;
    }

    @Override
    public String toString() {
        return "memory \"" + name + "\"";
    }

    /** Deletes the stores. */
    @Override
    public void close() {
        NAMED.remove(name, this);
        if (openSessions() != 0) {
            throw new IllegalStateException(openSessions() + " sessions were left open");
        }
    }
}
