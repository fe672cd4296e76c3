package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProductVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What archived points need from a server: the settings of their collections that only servers from some version on know. An
 * older server ignores them without an error, so a restore asks before it writes anything.
 */
final class ServerNeeds {

    /** The member of a store's scope in the manifest. */
    private static final String MEMBER = "requires";

    private static final TypeReference<TreeMap<String, List<String>>> TYPE = new TypeReference<>() {};

    /** The maximum number of settings to name for each version. */
    private static final int MAX_PATHS = 20;

    private final Map<String, List<String>> pathsByVersion = new TreeMap<>();

    /** Adds those of a collection. */
    void add(CollectionDefinition collection) {
        KnownDefinition.of(collection).needs().forEach((version, paths) -> {
            List<String> named = pathsByVersion.computeIfAbsent(version, any -> new ArrayList<>());
            paths.stream()
                    .limit(Math.max(0, MAX_PATHS - named.size()))
                    .map(path -> collection.name() + ": " + path)
                    .forEach(named::add);
        });
    }

    /** Returns the store's description with the needs in its scope, if there are any. */
    StoreInfo addTo(StoreInfo info) {
        if (pathsByVersion.isEmpty()) {
            return info;
        }
        Map<String, String> scope = new LinkedHashMap<>(info.scope());
        scope.put(MEMBER, Json.MAPPER.valueToTree(pathsByVersion).toString());
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }

    /**
     * Returns a problem if a server is older than an archived store needs. A server whose version is not known passes; the
     * comparison after the restore finds what it did not keep.
     *
     * @throws BackupException {@code CORRUPT} for a malformed scope
     */
    static Optional<BackupException> problem(StoreInfo archived, QdrantCollections server) {
        Optional<ProductVersion> version = ProductVersion.parse(server.version());
        List<String> missing = new ArrayList<>();
        ProductVersion needed = new ProductVersion(0, 0);
        for (var need : ofArchive(archived).entrySet()) {
            ProductVersion since = ProductVersion.parse(need.getKey()).orElseThrow(() -> malformed(null));
            if (version.isPresent() && version.get().compareTo(since) < 0) {
                missing.addAll(need.getValue());
                needed = since.compareTo(needed) > 0 ? since : needed;
            }
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(new BackupException(
                        Kind.INCOMPATIBLE,
                        server.displayName() + " has version " + server.version()
                                + " and does not know settings of the archived collections, which it would ignore: "
                                + PointForm.listed(missing),
                        "Restore the archive on Qdrant " + needed.major() + "." + needed.minor() + " or newer"));
    }

    /** Copies the needs of an archived store to the scope of another one with the same collections. */
    static void copy(StoreInfo archived, Map<String, String> scope) {
        String needs = archived.scope().get(MEMBER);
        if (needs != null) {
            scope.put(MEMBER, needs);
        }
    }

    private static Map<String, List<String>> ofArchive(StoreInfo archived) {
        String text = archived.scope().get(MEMBER);
        if (text == null) {
            return Map.of();
        }
        Map<String, List<String>> needs;
        try {
            needs = Json.MAPPER.readValue(text, TYPE);
        } catch (JsonProcessingException e) {
            throw malformed(e);
        }
        if (needs == null || needs.containsValue(null)) {
            throw malformed(null);
        }
        return needs;
    }

    private static BackupException malformed(Exception cause) {
        return QdrantErrors.corrupt("What the archive requires from a server is malformed in its manifest", cause);
    }
}
