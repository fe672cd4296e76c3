package dev.ngbak.redis;

import dev.ngbak.spi.StoreInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Counts the keys of an archive that are not strings. The counts are members of the archived scope, so a preflight knows
 * without reading the archive whether a server can hold its keys.
 */
final class ArchivedTypes {

    /** The highest RDB version of the DUMPs. Missing if there are none. */
    static final String RDB_VERSION = "rdb_version";

    /** How many keys of each type can be written with commands, too. Missing in archives of older versions of ngbak. */
    static final String PORTABLE = "portable";

    /** How many keys of each type only a DUMP can carry. */
    static final String DUMP_ONLY = "dump_only";

    /** How many hashes have fields that expire. */
    static final String EXPIRING_FIELDS = "expiring_fields";

    /** The modules of the server with their versions, if a key has a type that may be that of a module. */
    static final String MODULES = "modules";

    /** Stands for a server without modules. */
    private static final String NO_MODULES = "none";

    private static final Pattern NUMBER_BY_NAME = Pattern.compile("([!-<>-~]{1,100})=(\\d{1,18})(?: |$)");

    private final Map<String, Long> portable;
    private final Map<String, Long> dumpOnly;
    private Map<String, Long> modules;
    private int rdbVersion;
    private long expiringFields;
    private boolean hasFullContent;

    ArchivedTypes() {
        this(new TreeMap<>(), new TreeMap<>());
    }

    private ArchivedTypes(Map<String, Long> portable, Map<String, Long> dumpOnly) {
        this.portable = portable;
        this.dumpOnly = dumpOnly;
    }

    /** Reads the counts of an archive. Returns empty if it was made by a version of ngbak that did not count. */
    static Optional<ArchivedTypes> of(StoreInfo archived) {
        Map<String, String> scope = archived.scope();
        if (!scope.containsKey(PORTABLE) && !scope.containsKey(DUMP_ONLY)) {
            return Optional.empty();
        }
        ArchivedTypes types = new ArchivedTypes(parse(scope.get(PORTABLE)), parse(scope.get(DUMP_ONLY)));
        types.modules = scope.containsKey(MODULES) ? parse(scope.get(MODULES)) : null;
        String hashes = scope.getOrDefault(EXPIRING_FIELDS, "0");
        types.expiringFields = hashes.matches("\\d{1,18}") ? Long.parseLong(hashes) : Long.MAX_VALUE;
        return Optional.of(types);
    }

    /** Returns whether a name can be a part of the scope. The names of all types that are known can. */
    static boolean isName(String type) {
        return NUMBER_BY_NAME.matcher(type + "=1").matches();
    }

    /**
     * Counts a key.
     *
     * @param isPortable whether commands can write it, too
     */
    void add(String type, int version, boolean isPortable) {
        (isPortable ? portable : dumpOnly).merge(type, 1L, Long::sum);
        rdbVersion = Math.max(rdbVersion, version);
    }

    /** Counts a hash with fields that expire. */
    void addExpiringFields() {
        expiringFields++;
    }

    /** Notes a key whose content includes what only a DUMP has. */
    void note(KeyValue value) {
        hasFullContent |= value.isFull();
    }

    void setModules(Map<String, Long> versions) {
        modules = versions;
    }

    Map<String, Long> portable() {
        return portable;
    }

    Map<String, Long> dumpOnly() {
        return dumpOnly;
    }

    /** Returns the modules of the server by name. Empty if they are not known, or do not matter. */
    Optional<Map<String, Long>> modules() {
        return Optional.ofNullable(modules);
    }

    /** Returns how many keys of each type have a DUMP. */
    Map<String, Long> all() {
        Map<String, Long> all = new TreeMap<>(portable);
        dumpOnly.forEach((type, count) -> all.merge(type, count, Long::sum));
        return all;
    }

    /** Returns the number of hashes with fields that expire. */
    long expiringFields() {
        return expiringFields;
    }

    /** Returns the name of the form of an archive with these keys. */
    String form() {
        return hasFullContent ? NamespaceReader.FORM_2 : NamespaceReader.FORM;
    }

    /** Returns the members of the scope. */
    Map<String, String> scope() {
        Map<String, String> scope = new LinkedHashMap<>();
        if (rdbVersion > 0) {
            scope.put(RDB_VERSION, Integer.toString(rdbVersion));
        }
        put(scope, PORTABLE, portable);
        put(scope, DUMP_ONLY, dumpOnly);
        if (expiringFields > 0) {
            scope.put(EXPIRING_FIELDS, Long.toString(expiringFields));
        }
        if (modules != null) {
            scope.put(MODULES, NO_MODULES);
            put(scope, MODULES, modules);
        }
        return scope;
    }

    private static void put(Map<String, String> scope, String name, Map<String, Long> numbers) {
        if (!numbers.isEmpty()) {
            scope.put(
                    name,
                    numbers.entrySet().stream()
                            .map(number -> number.getKey() + "=" + number.getValue())
                            .collect(Collectors.joining(" ")));
        }
    }

    private static Map<String, Long> parse(String text) {
        Map<String, Long> numbers = new TreeMap<>();
        if (text != null) {
            for (Matcher next = NUMBER_BY_NAME.matcher(text); next.find(); ) {
                numbers.put(next.group(1), Long.parseLong(next.group(2)));
            }
        }
        return numbers;
    }

    static long total(Map<String, Long> numbers) {
        return numbers.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns the numbers as messages show them, such as "12 hash, 1 stream". */
    static String text(Map<String, Long> numbers) {
        return numbers.entrySet().stream()
                .map(number -> number.getValue() + " " + number.getKey())
                .collect(Collectors.joining(", "));
    }
}
