package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.spi.support.SafeText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares the definition of a restored collection with the archived one. A server ignores what it does not know in a request
 * without an error, so only its own report shows what it took.
 */
final class DefinitionComparison {

    private static final int MAX_RETRIES = 50;
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(200);

    private final QdrantCollections server;
    private final String archivedVersion;

    /** @param archivedVersion the version of the server that reported the archived definitions; may be unknown */
    DefinitionComparison(QdrantCollections server, String archivedVersion) {
        this.server = server;
        this.archivedVersion = archivedVersion;
    }

    /**
     * Compares a collection.
     *
     * @return a warning if settings differ for which the server's version or its own defaults are the reason
     * @throws BackupException {@code INCOMPATIBLE} if other settings differ
     */
    Optional<String> check(CollectionDefinition archived) {
        Optional<ProductVersion> from = ProductVersion.parse(archivedVersion);
        boolean hasSameVersion = from.isPresent() && from.equals(ProductVersion.parse(server.version()));
        List<String> differences = new ArrayList<>();
        List<String> additions = new ArrayList<>();
        compare(archived, differences, additions);
        // A node of a cluster may apply a change after the cluster has confirmed it.
        for (int i = 0;
                i < MAX_RETRIES
                        && hasSameVersion
                        && !differences.isEmpty()
                        && server.nodes().isCluster();
                i++) {
            server.http().pause(RETRY_INTERVAL);
            differences.clear();
            additions.clear();
            compare(archived, differences, additions);
        }
        if (hasSameVersion && !differences.isEmpty()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "After the restore, " + server.displayName() + " reports other settings of the collection "
                            + SafeText.quoted(archived.name()) + " than the archive has: "
                            + PointForm.listed(differences),
                    "Make sure that nothing else changes the collection during the restore, and report it if it happens"
                            + " again");
        }
        if (hasSameVersion) {
            differences.addAll(additions);
        }
        return differences.isEmpty()
                ? Optional.empty()
                : Optional.of("The collection " + SafeText.quoted(archived.name())
                        + " has all points of the archive, but " + server.displayName() + " (version "
                        + server.version() + ") reports other settings than the archive, which comes from version "
                        + SafeText.forMessage(archivedVersion) + ": " + PointForm.listed(differences) + ".");
    }

    private void compare(CollectionDefinition archived, List<String> differences, List<String> additions) {
        CollectionDefinition found = server.definition(archived.name());
        compare("config", comparable(archived), comparable(found), differences, additions);
        compare("payload_schema", archived.schema(), found.schema(), differences, additions);
    }

    /** Returns the configuration without a strict mode that is switched off. */
    private static JsonNode comparable(CollectionDefinition collection) {
        ObjectNode config = Json.object();
        collection.config().fields().forEachRemaining(member -> {
            if (!member.getKey().equals(CollectionDefinition.STRICT_MODE) || collection.isStrict()) {
                config.set(member.getKey(), member.getValue());
            }
        });
        return config;
    }

    private static void compare(
            String path, JsonNode archived, JsonNode found, List<String> differences, List<String> additions) {
        if (archived.isObject() && found.isObject()) {
            Set<String> names = new TreeSet<>();
            archived.fieldNames().forEachRemaining(names::add);
            found.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                compare(path + "." + name, archived.path(name), found.path(name), differences, additions);
            }
        } else if (!isSet(archived)) {
            if (isSet(found)) {
                additions.add(path + " = " + found + " (not set in the archive)");
            }
        } else if (!isEqual(archived, found)) {
            differences.add(path + (isSet(found) ? " = " + found : " is not set") + " (archive: " + archived + ")");
        }
    }

    private static boolean isSet(JsonNode node) {
        return !node.isNull() && !node.isMissingNode();
    }

    private static boolean isEqual(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue()) == 0;
        }
        if (one.isArray() && other.isArray() && one.size() == other.size()) {
            Iterator<JsonNode> others = other.iterator();
            for (JsonNode element : one) {
                if (!isEqual(element, others.next())) {
                    return false;
                }
            }
            return true;
        }
        return one.equals(other);
    }
}
