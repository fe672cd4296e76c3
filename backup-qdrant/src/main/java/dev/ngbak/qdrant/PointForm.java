package dev.ngbak.qdrant;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.List;
import java.util.stream.Collectors;

/** Decides whether the form {@code scroll} can hold a collection, so that no archive is made that cannot be restored. */
final class PointForm {

    private static final int MAX_LISTED = 5;

    private final QdrantSettings settings;

    PointForm(QdrantSettings settings) {
        this.settings = settings;
    }

    /**
     * Throws if a collection has settings that ngbak does not know. A snapshot of a shard does not contain them either, because a
     * restore creates the collection first.
     */
    void requireKnown(CollectionDefinition collection) {
        List<String> unknown = KnownDefinition.of(collection).unknown();
        if (!unknown.isEmpty()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collection " + SafeText.quoted(collection.name()) + " at " + settings.displayName()
                            + " has settings that this version of ngbak does not know and could not restore: "
                            + listed(unknown),
                    "Use a newer version of ngbak");
        }
    }

    /** Throws if an archived collection has settings that ngbak does not know. */
    static void requireKnownInArchive(CollectionDefinition collection) {
        List<String> unknown = KnownDefinition.of(collection).unknown();
        if (!unknown.isEmpty()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archived collection " + SafeText.quoted(collection.name())
                            + " has settings that this version of ngbak does not know and could not restore: "
                            + listed(unknown),
                    "Restore it with a newer version of ngbak");
        }
    }

    /** @throws BackupException {@code INCOMPATIBLE} if a restore of the points would not give the same collection */
    void require(CollectionDefinition collection) {
        List<String> unknown = KnownDefinition.of(collection).unknown();
        if (!unknown.isEmpty()) {
            throw refused(
                    collection,
                    "has settings that this version of ngbak does not know and cannot restore from points: "
                            + listed(unknown),
                    ", or use a newer version of ngbak");
        }
        List<String> requantized = collection.requantizedVectors();
        if (!requantized.isEmpty()) {
            throw refused(
                    collection,
                    "keeps only quantised values (datatype " + CollectionDefinition.REQUANTIZED + ") of "
                            + requantized.stream()
                                    .map(name ->
                                            name.isEmpty() ? "its vectors" : "the vectors " + SafeText.quoted(name))
                                    .collect(Collectors.joining(", "))
                            + ", and changes them when points are written again",
                    "");
        }
    }

    private BackupException refused(CollectionDefinition collection, String why, String otherwise) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The collection " + SafeText.quoted(collection.name()) + " at " + settings.displayName() + " " + why,
                remedy() + otherwise);
    }

    private String remedy() {
        String snapshots = QdrantSettings.MODE.name() + "=" + ArchiveForm.SNAPSHOT.id();
        if (settings.tenant().sharesCollections()) {
            return "Make a backup of the whole collections, with the points of all tenants: set "
                    + GraphLayout.SYSTEM.name() + "=" + GraphLayout.SYSTEM.defaultValue() + ", "
                    + QdrantSettings.PREFIX.name() + " and " + snapshots;
        }
        return settings.mode() == ArchiveForm.SNAPSHOT
                // The state is broken, and points are the last resort of a safety archive.
                ? "Repair the server so that it makes snapshots, or restore with --no-safety-backup, which allows no rollback"
                : "Set " + snapshots + ", because a native snapshot contains the collection as it is";
    }

    /**
     * Throws if a collection does not have this definition any more. Vectors can be added and dropped at any time. Shard keys
     * are not compared, because they contain where replicas are.
     */
    void requireUnchanged(CollectionDefinition collection, QdrantCollections collections) {
        CollectionDefinition now = collections.definition(collection.name());
        if (!now.withShardKeys(List.of()).equals(collection.withShardKeys(List.of()))) {
            throw changed(collection.name());
        }
    }

    /** Returns the error for a collection that got another definition while it was read. */
    BackupException changed(String collection) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The definition of the collection " + SafeText.quoted(collection) + " at " + settings.displayName()
                        + " was changed while it was being read, so its points may not fit it",
                "Do not add or drop vectors, indexes and settings during a backup, and try again");
    }

    static String listed(List<String> paths) {
        String listed = paths.stream().limit(MAX_LISTED).map(SafeText::quoted).collect(Collectors.joining(", "));
        return paths.size() <= MAX_LISTED ? listed : listed + " and " + (paths.size() - MAX_LISTED) + " more";
    }
}
