package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides how a server can hold the archived keys that are not strings: from their DUMPs, or else written with commands. RDB
 * versions up to 11 are common to Redis and Valkey. Versions 12 to 79 belong to Redis, and higher ones to Valkey; neither reads
 * those of the other. Writes nothing.
 */
final class DumpCompatibility {

    static final int FIRST_VALKEY_VERSION = 80;

    static final int LAST_COMMON_VERSION = 11;

    private final RedisConnection connection;
    private final RdbSupport support;

    DumpCompatibility(RedisConnection connection) {
        this.connection = connection;
        this.support = new RdbSupport(connection);
    }

    /** Returns why the archived keys cannot be restored. */
    List<BackupException> problems(StoreInfo archived) {
        Optional<BackupException> forbidden = hasDumps(archived) ? support.restoreProblem() : Optional.empty();
        if (forbidden.isPresent()) {
            return List.of(forbidden.get());
        }
        Optional<ArchivedTypes> types = ArchivedTypes.of(archived);
        if (!isConverted(archived)) {
            return types.flatMap(this::modulesProblem).map(List::of).orElse(List.of());
        }
        return types.map(this::conversionProblems)
                .orElseGet(() -> List.of(incompatible(
                        "The archive contains keys that are not strings. " + reason(archived)
                                + ". This archive does not say which types they have, because an older version of ngbak made it",
                        "Make a new backup with this version of ngbak: it can be restored to either product. Or restore this"
                                + " archive to the product that it was made from (Redis or Valkey), in the same version or a"
                                + " newer one")));
    }

    /** Returns whether keys must be written with commands, because the server does not read their DUMPs. */
    boolean isConverted(StoreInfo archived) {
        return hasDumps(archived) && !support.reads(version(archived));
    }

    /** Returns warnings for an archive without problems. */
    List<String> warnings(StoreInfo archived) {
        Optional<ArchivedTypes> types = ArchivedTypes.of(archived);
        if (types.isEmpty()) {
            return List.of();
        }
        List<String> warnings = new ArrayList<>();
        if (isConverted(archived)) {
            warnings.add(conversion(archived, types.get().portable(), false));
        } else if (mayNeedModules(types.get())
                && (types.get().modules().isEmpty()
                        || ServerModules.of(connection).isEmpty())) {
            warnings.add("ngbak could not check whether "
                    + connection.settings().server() + " has the modules for these keys of the archive: "
                    + ArchivedTypes.text(types.get().dumpOnly())
                    + ". The users of the backup and of the restore need the right to run MODULE LIST for that.");
        }
        return warnings;
    }

    /**
     * Describes keys that are written with commands.
     *
     * @param keys their number by type
     * @param done whether they have been written
     */
    String conversion(StoreInfo archived, Map<String, Long> keys, boolean done) {
        long number = ArchivedTypes.total(keys);
        return (number == 1 ? "1 key that is not a string " : number + " keys that are not strings ")
                + (done ? number == 1 ? "was" : "were" : "will be") + " written with commands ("
                + ArchivedTypes.text(keys) + "). " + reason(archived) + ".";
    }

    private String reason(StoreInfo archived) {
        ServerInfo server = connection.server();
        return connection.settings().server() + " is " + server.product() + " " + SafeText.forMessage(server.version())
                + " and cannot read their RDB version "
                + SafeText.forMessage(archived.scope().get(ArchivedTypes.RDB_VERSION));
    }

    private List<BackupException> conversionProblems(ArchivedTypes types) {
        List<BackupException> problems = new ArrayList<>();
        if (!types.dumpOnly().isEmpty()) {
            problems.add(incompatible(
                    "The archive contains keys that only the product of the archive can read: "
                            + ArchivedTypes.text(types.dumpOnly()) + ". "
                            + connection.settings().server() + " is "
                            + connection.server().product() + " "
                            + SafeText.forMessage(connection.server().version()),
                    "Restore to the product and version that the archive was made from, or a newer version of it. Or"
                            + " delete these keys at the source, and make a new backup"));
        }
        if (types.expiringFields() > 0 && !connection.server().hasFieldExpiry()) {
            problems.add(incompatible(
                    "The archive contains " + types.expiringFields()
                            + (types.expiringFields() == 1 ? " hash" : " hashes")
                            + " whose fields expire one by one. "
                            + connection.settings().server()
                            + " is " + connection.server().product() + " "
                            + SafeText.forMessage(connection.server().version())
                            + ", in which fields cannot expire, so they would stay for ever",
                    "Restore to Redis 7.4 or newer, or to Valkey 9 or newer. Or remove the expiry of the fields at the"
                            + " source (HPERSIST), and make a new backup"));
        }
        if (problems.isEmpty()) {
            CommandProbe.problem(connection, types).ifPresent(problems::add);
        }
        return problems;
    }

    /** Returns a problem if the server lacks a module that wrote a key, or has an older version of it. */
    private Optional<BackupException> modulesProblem(ArchivedTypes types) {
        Map<String, Long> missing = new HashMap<>(types.modules().orElse(Map.of()));
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        ServerModules.of(connection)
                .orElse(types.modules().orElseThrow())
                .forEach((name, version) ->
                        missing.computeIfPresent(name, (same, needed) -> version >= needed ? null : needed));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(incompatible(
                        "The archive contains keys that only modules can read: "
                                + ArchivedTypes.text(types.dumpOnly()) + ". "
                                + connection.settings().server()
                                + " lacks these modules of the server of the archive, or has older versions: "
                                + String.join(
                                        ", ", missing.keySet().stream().sorted().toList()),
                        "Load the modules, or restore to the version of the server that the archive was made from"));
    }

    private static boolean mayNeedModules(ArchivedTypes types) {
        return !types.dumpOnly().keySet().stream().allMatch(LogicalContent::covers);
    }

    private static boolean hasDumps(StoreInfo archived) {
        return archived.scope().containsKey(ArchivedTypes.RDB_VERSION);
    }

    /** Returns the highest RDB version of the archive; a version that no server reads if it is malformed. */
    private static int version(StoreInfo archived) {
        String text = archived.scope().get(ArchivedTypes.RDB_VERSION);
        return text.matches("\\d{1,5}") ? Integer.parseInt(text) : Integer.MAX_VALUE;
    }

    /** Returns whether both products write an RDB version, or only the given one does. */
    static boolean isOfFamily(int version, boolean valkey) {
        return version <= LAST_COMMON_VERSION || version >= FIRST_VALKEY_VERSION == valkey;
    }

    private static BackupException incompatible(String problem, String remedy) {
        return new BackupException(Kind.INCOMPATIBLE, problem, remedy);
    }
}
