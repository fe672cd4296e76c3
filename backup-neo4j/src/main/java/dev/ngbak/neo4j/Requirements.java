package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a graph needs that not every Neo4j has: constraints of the Enterprise Edition, newer types of values, newer kinds of
 * indexes. An export collects it for the manifest's scope, so that a preflight knows it without reading the archive.
 */
final class Requirements {

    /** The key in a scope for the kinds of constraints that need the Enterprise Edition. */
    static final String CONSTRAINTS = "requires";

    /** The key in a scope for the types of values that not every server can store. */
    static final String VALUE_TYPES = "value_types";

    /** The key in a scope for the oldest release of Neo4j that can create all constraints and indexes. */
    static final String SCHEMA_SINCE = "schema_since";

    private static final String SEPARATOR = ", ";
    private static final String BLOCK_FORMAT = "block";

    private final Set<String> constraints = new TreeSet<>();
    private final Set<String> valueTypes = new TreeSet<>();
    private String schemaSince = "";

    /** @param source the server that the object comes from, or would be created on */
    void add(SchemaObject object, ServerVersion source) {
        if (object.needsEnterprise()) {
            constraints.add(object.description());
        }
        object.since(source).ifPresent(release -> {
            if (ProductVersion.parse(schemaSince)
                    .filter(known -> known.compareTo(release) >= 0)
                    .isEmpty()) {
                schemaSince = text(release);
            }
        });
    }

    /** Notes the types of values. Types that no archive can contain are for {@link PropertyType#of} to find. */
    void add(PropertyType type) {
        if (type != PropertyType.BASIC) {
            valueTypes.add(type.name());
        }
    }

    /** Returns the types of values that were added. */
    Set<String> valueTypes() {
        return valueTypes;
    }

    /** Returns what belongs into the scope of a manifest. */
    Map<String, String> scope() {
        Map<String, String> scope = new LinkedHashMap<>();
        putUnlessEmpty(scope, CONSTRAINTS, String.join(SEPARATOR, constraints));
        putUnlessEmpty(scope, VALUE_TYPES, String.join(SEPARATOR, valueTypes));
        putUnlessEmpty(scope, SCHEMA_SINCE, schemaSince);
        return scope;
    }

    private static void putUnlessEmpty(Map<String, String> scope, String key, String value) {
        if (!value.isEmpty()) {
            scope.put(key, value);
        }
    }

    /** Returns the value types that the scope of a manifest names. */
    static List<String> valueTypes(Map<String, String> scope) {
        String names = scope.getOrDefault(VALUE_TYPES, "");
        return names.isEmpty() ? List.of() : List.of(names.split(SEPARATOR));
    }

    /**
     * Returns what a server lacks of the things that an archived graph needs.
     *
     * @param storeFormat the format of the target database, or an empty text if the server does not show it
     */
    static List<BackupException> problems(Map<String, String> scope, ServerVersion server, String storeFormat) {
        List<BackupException> problems = new ArrayList<>();
        String constraints = scope.getOrDefault(CONSTRAINTS, "");
        if (!constraints.isEmpty() && server.isCommunity()) {
            problems.add(needsEnterprise(constraints));
        }
        for (String type : valueTypes(scope)) {
            problemWithValues(type, server, storeFormat).ifPresent(problems::add);
        }
        String since = scope.getOrDefault(SCHEMA_SINCE, "");
        if (!since.isEmpty()
                && !ProductVersion.parse(since).filter(server::isAtLeast).isPresent()) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains constraints or indexes that need Neo4j " + SafeText.forMessage(since)
                            + " or later, for example a vector index with filter properties, but the server is Neo4j "
                            + SafeText.forMessage(server.text()),
                    "Restore it into such a version, or drop them in the source and make another backup"));
        }
        return problems;
    }

    private static Optional<BackupException> problemWithValues(String name, ServerVersion server, String storeFormat) {
        Optional<PropertyType> type = PropertyType.ofName(name);
        if (type.isEmpty()) {
            return Optional.of(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains values of the type " + SafeText.quoted(name)
                            + ", which this version of ngbak does not know",
                    "Restore it with a newer version of ngbak"));
        }
        if (!server.isCommunity()
                && server.isAtLeast(type.get().since())
                && (storeFormat.isEmpty() || storeFormat.contains(BLOCK_FORMAT))) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains values of the type " + name + ", which the target cannot store: it is Neo4j "
                        + SafeText.forMessage(server.text()) + ", edition " + SafeText.forMessage(server.edition())
                        + (storeFormat.isEmpty() ? "" : ", with the store format " + SafeText.quoted(storeFormat)),
                "Restore it into Aura, or into a database with the store format block in Neo4j "
                        + text(type.get().since()) + " Enterprise Edition or later"));
    }

    static BackupException needsEnterprise(String constraints) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains constraints that Neo4j Community does not support: "
                        + SafeText.forMessage(constraints),
                "Restore it into Neo4j Enterprise Edition");
    }

    /** Returns a release as Neo4j writes it: {@code 5.26}, {@code 2025.06}. */
    private static String text(ProductVersion release) {
        return release.major() + "." + (release.major() > 1000 ? "%02d" : "%d").formatted(release.minor());
    }
}
