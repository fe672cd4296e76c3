package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Looks for signs that the scope is wrong. */
final class ScopeInspection {

    private static final int MAX_LISTED = 5;

    private final QdrantSettings settings;
    private final QdrantCollections collections;

    ScopeInspection(QdrantSettings settings, QdrantCollections collections) {
        this.settings = settings;
        this.collections = collections;
    }

    /**
     * Returns a problem if no collection of a non-empty server is in scope, if only other tenants have points, or if an
     * alias leads out of the scope.
     */
    Optional<BackupException> problem() {
        List<String> all = collections.all();
        if (!all.isEmpty() && all.stream().noneMatch(settings::includes)) {
            return Optional.of(new BackupException(
                    Kind.INVALID,
                    collections.displayName() + " has no collection whose name begins with \"" + settings.prefix()
                            + "_\". It has: " + summary(all),
                    "Set QDRANT_NAMESPACE_PREFIX to the part before the \"_\" in the names of the system's collections, or"
                            + " to * for all collections"));
        }
        return settings.tenant().sharesCollections() ? tenantProblem() : aliasProblem();
    }

    private Optional<BackupException> tenantProblem() {
        if (!collections.scope().isEmpty()) {
            return Optional.empty();
        }
        for (String name : collections.included()) {
            for (String field : settings.tenant().fields().keySet()) {
                List<String> others = TenantFields.readValues(collections.http(), name, field);
                if (!others.isEmpty()) {
                    return Optional.of(new BackupException(
                            Kind.INVALID,
                            "The collection \"" + name + "\" at " + collections.displayName() + " has no point with "
                                    + settings.tenant().displayName() + ", but of others: "
                                    + TenantFields.quoted(others),
                            "Correct " + settings.scopeSetting()));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<BackupException> aliasProblem() {
        return collections.aliases().entrySet().stream()
                .filter(alias -> settings.includes(alias.getKey()) && !settings.includes(alias.getValue()))
                .findFirst()
                .map(alias -> new BackupException(
                        Kind.INVALID,
                        "The alias \"" + alias.getKey() + "\" at " + collections.displayName()
                                + " leads to the collection \"" + alias.getValue()
                                + "\", whose name does not begin with \"" + settings.prefix()
                                + "_\", so a backup would not contain it",
                        "Set QDRANT_NAMESPACE_PREFIX so that the collection is in scope, or to * for all collections"));
    }

    private static String summary(List<String> names) {
        String listed = names.stream().limit(MAX_LISTED).collect(Collectors.joining(", "));
        return names.size() <= MAX_LISTED ? listed : listed + " and " + (names.size() - MAX_LISTED) + " more";
    }
}
