package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Finds the problems that would make a restore fail. Writes nothing. */
final class RestorePreflight {

    /** How many random keys are tried to find one for each master of a cluster. */
    private static final int MAX_TRIES = 10_000;

    private static final String KEY_PREFIX = RedisSettings.KEY_PREFIX.name();

    private final RedisConnection connection;
    private final RedisSettings settings;

    RestorePreflight(RedisConnection connection) {
        this.connection = connection;
        this.settings = connection.settings();
    }

    /**
     * @param records the number of archived keys, or -1 if it is not known
     * @param bytes the size of the archived files, or 0 if the memory limit does not matter
     */
    List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        Preflight.unknownForm(archived, Role.KV, RedisExporter.BACKEND, NamespaceReader.FORM, NamespaceReader.FORM_2)
                .ifPresent(problems::add);
        scopeProblem(archived).ifPresent(problems::add);
        problems.addAll(new DumpCompatibility(connection).problems(archived));
        writeProblem().ifPresent(problems::add);
        Optional<BackupException> cluster = clusterProblem();
        cluster.ifPresent(problems::add);
        if (bytes > 0 && cluster.isEmpty()) {
            for (MemoryBudget budget : MemoryBudget.of(connection)) {
                budget.problem(records, bytes).ifPresent(problems::add);
            }
        }
        return problems;
    }

    List<String> warnings(StoreInfo archived, long records, long bytes) throws IOException {
        List<String> warnings = new ArrayList<>(new DumpCompatibility(connection).warnings(archived));
        if (bytes > 0 && connection.topology().isStable()) {
            for (MemoryBudget budget : MemoryBudget.of(connection)) {
                warnings.addAll(budget.warnings(records, bytes));
            }
        }
        return warnings;
    }

    /** Returns a problem if slots are being moved, or if the masters might not all read what the oldest of them reads. */
    private Optional<BackupException> clusterProblem() {
        try {
            connection.stableTopology();
        } catch (BackupException e) {
            return Optional.of(e);
        }
        List<String> versions = connection.infos().values().stream()
                .map(ServerInfo::version)
                .distinct()
                .toList();
        return versions.size() == 1
                ? Optional.empty()
                : Optional.of(new BackupException(
                        Kind.INCOMPATIBLE,
                        "The masters of the cluster of " + settings.server() + " have different versions: "
                                + versions.stream().map(SafeText::forMessage).collect(Collectors.joining(", ")),
                        "Complete the upgrade of the cluster, and run the restore again"));
    }

    /**
     * Returns a problem if only the archive, or only the setting, covers a whole database, because keys without a
     * prefix do not fit below one. Two different prefixes are no problem, unless the prefix names a workspace.
     */
    private Optional<BackupException> scopeProblem(StoreInfo archived) {
        String archivedPrefix = archived.scope().getOrDefault(KEY_PREFIX, settings.prefix());
        if (!settings.namespaces().isEmpty() && !archivedPrefix.equals(settings.prefix())) {
            return Optional.of(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains keys with the prefix " + SafeText.quoted(archivedPrefix)
                            + ", but the settings select keys with the prefix " + SafeText.quoted(settings.prefix()),
                    "Correct " + settings.scopeSetting()));
        }
        if (settings.isWholeDatabase() == archivedPrefix.equals(RedisSettings.WHOLE_DATABASE)) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The archive was made with " + KEY_PREFIX + "=" + SafeText.forMessage(archivedPrefix) + ", and "
                        + KEY_PREFIX + " is " + SafeText.forMessage(settings.prefix())
                        + " now. A whole database cannot be restored below a prefix, nor keys with a prefix to a"
                        + " whole database",
                "Set " + KEY_PREFIX + " as it was when the archive was made"));
    }

    /** Runs the commands of a restore on keys that do not exist, so that they have no effect. */
    private Optional<BackupException> writeProblem() {
        if (connection.server().isReplica()) {
            return Optional.of(RedisErrors.replica(settings.server(), null));
        }
        return unusedKeys(connection).values().stream()
                .map(this::writeProblem)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<BackupException> writeProblem(byte[] key) {
        connection.send(Command.SET, key, new byte[0], RedisConnection.bytes("XX"));
        connection.send(Command.PEXPIREAT, key, RedisConnection.bytes(0));
        connection.send(Command.UNLINK, key);
        // The restore frees memory before it writes. MemoryBudget checks whether that is enough.
        return Stream.of(connection.receiveOrError(), connection.receiveOrError(), connection.receiveOrError())
                .filter(JedisDataException.class::isInstance)
                .map(JedisDataException.class::cast)
                .filter(e -> !RedisConnection.message(e).startsWith("OOM"))
                .findFirst()
                .map(connection::translate);
    }

    /** Returns a new key in scope for each master, except for those that can own no key in scope. */
    static Map<RedisNode, byte[]> unusedKeys(RedisConnection connection) {
        Map<RedisNode, byte[]> keys = new LinkedHashMap<>();
        int masters = connection.masters().all().size();
        for (int i = 0; i < MAX_TRIES && keys.size() < masters; i++) {
            byte[] key = unusedKey(connection.settings());
            keys.put(connection.masters().owner(key), key);
        }
        return keys;
    }

    /** Returns a new key in scope, for commands that must have no effect. */
    static byte[] unusedKey(RedisSettings settings) {
        return RedisConnection.concat(settings.prefixBytes(), RedisConnection.bytes("ngbak:" + UUID.randomUUID()));
    }
}
