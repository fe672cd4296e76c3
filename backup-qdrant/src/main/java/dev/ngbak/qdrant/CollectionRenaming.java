package dev.ngbak.qdrant;

import dev.ngbak.spi.StoreInfo;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Gives collections and their aliases other names, and back: those of a drill's scratch store.
 *
 * @param from the prefix in the original, or {@code *} for all collections
 * @param to the prefix of the scratch store
 */
record CollectionRenaming(String from, String to) {

    /** The member of an archived scope that names the original prefix of snapshots, whose digest is that of the original. */
    static final String ORIGINAL = "original_prefix";

    private static final String ALL = "*";

    /** Returns the renaming of an archive with renamed snapshots. */
    static Optional<CollectionRenaming> ofArchive(StoreInfo archived) {
        return Optional.ofNullable(archived.scope().get(ORIGINAL))
                .map(from -> new CollectionRenaming(from, prefixOf(archived)));
    }

    static String prefixOf(StoreInfo archived) {
        return archived.scope().getOrDefault(QdrantSettings.PREFIX.name(), "");
    }

    /** Returns the name of a collection in the scratch store. */
    String renamed(String collection) {
        if (from.equals(ALL)) {
            return to + "_" + collection;
        }
        if (!collection.startsWith(from + "_")) {
            throw QdrantErrors.corrupt(
                    "The archive contains a collection \"" + collection + "\" outside its own scope");
        }
        return to + collection.substring(from.length());
    }

    /** Returns a definition of the original with the names in the scratch store. */
    CollectionDefinition renamed(CollectionDefinition original) {
        return with(original, renamed(original.name()), alias -> to + "_" + alias);
    }

    /** Returns a definition of the scratch store with the names in the original. */
    CollectionDefinition original(CollectionDefinition scratch) {
        String name = from.equals(ALL)
                ? withoutPrefix(scratch.name())
                : from + scratch.name().substring(to.length());
        return with(scratch, name, this::withoutPrefix);
    }

    private String withoutPrefix(String name) {
        return name.startsWith(to + "_") ? name.substring(to.length() + 1) : name;
    }

    private static CollectionDefinition with(
            CollectionDefinition collection, String name, UnaryOperator<String> alias) {
        return new CollectionDefinition(
                name,
                collection.config(),
                collection.schema(),
                collection.aliases().stream().map(alias).sorted().toList(),
                collection.shardKeys());
    }
}
