package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.qdrant.Shards.Shard;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * Reads and writes the form {@code shards}: for each collection a JSON file with its definition and the list of its shards, and
 * after it an opaque file for each shard. An archive orders files by their paths, so the suffixes make this order. They have the
 * same length, because the archive shortens a long name by the length of the suffix.
 */
final class ShardFiles {

    static final String DEFINITION_SUFFIX = ".collection-in-shards.json";

    private static final String FORMAT = "ngbak-qdrant-shards/1";
    private static final Pattern SHARD_PATH = Pattern.compile(".*\\.shard-(\\d{10})\\.snapshot");
    private static final int MAX_DEFINITION_BYTES = 64 << 20;

    private ShardFiles() {}

    /**
     * A collection in an archive.
     *
     * @param points the number of points of each shard when its backup began, by the id of the shard
     * @param keys the key of each shard; empty for a shard without one
     */
    record Collection(CollectionDefinition definition, Map<Long, Long> points, Map<Long, Optional<ShardKey>> keys) {

        String name() {
            return definition.name();
        }
    }

    /** Receives the content of an archived store. */
    interface Receiver {

        void collection(Collection collection) throws IOException;

        /** Receives a shard of a collection that was received before. Its content is verified only after this returns. */
        void shard(Collection collection, long shard, EntrySource.Entry entry, InputStream content) throws IOException;
    }

    static String suffix(long shard) {
        return String.format(Locale.ROOT, ".shard-%010d.snapshot", shard);
    }

    /** Writes the definition of a collection. */
    static void writeDefinition(EntrySink sink, CollectionDefinition definition, Shards shards, Map<Long, Long> points)
            throws IOException {
        ObjectNode file = Json.object().put("format", FORMAT);
        definition.writeTo(file);
        for (Shard shard : shards.all()) {
            ObjectNode member = file.withArray("/shards").addObject().put("id", shard.id());
            shard.key().ifPresent(key -> key.restrict(member));
            member.put("points", points.getOrDefault(shard.id(), 0L));
        }
        byte[] bytes = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(file);
        sink.put(definition.name(), DEFINITION_SUFFIX, out -> out.write(bytes));
    }

    /** Hands over only the shards of an archived store, with the same checks. */
    static void read(EntrySource source, EntrySource.Visitor shards) throws IOException {
        read(source, new Receiver() {
            @Override
            public void collection(Collection collection) {}

            @Override
            public void shard(Collection collection, long shard, EntrySource.Entry entry, InputStream content)
                    throws IOException {
                shards.visit(entry, content);
            }
        });
    }

    /**
     * Hands over an archived store, and checks that each collection has exactly the shards of its definition.
     *
     * @return the collections in the order of the archive
     * @throws BackupException {@code CORRUPT} if the files do not match
     */
    static java.util.Collection<Collection> read(EntrySource source, Receiver receiver) throws IOException {
        Map<String, Collection> collections = new LinkedHashMap<>();
        Map<String, Set<Long>> missing = new HashMap<>();
        source.forEach((entry, content) -> {
            Matcher shard = SHARD_PATH.matcher(entry.path());
            if (entry.path().endsWith(DEFINITION_SUFFIX)) {
                Collection collection = readDefinition(entry, content);
                if (collections.put(entry.name(), collection) != null) {
                    throw QdrantErrors.corrupt(
                            "The collection " + SafeText.quoted(entry.name()) + " is in the archive twice");
                }
                missing.put(entry.name(), new HashSet<>(collection.keys().keySet()));
                receiver.collection(collection);
            } else if (shard.matches()) {
                long id = Long.parseLong(shard.group(1));
                if (!missing.getOrDefault(entry.name(), new HashSet<>()).remove(id)) {
                    throw QdrantErrors.corrupt(SafeText.quoted(entry.path())
                            + " in the archive is not a shard that the definition of its collection lists before it");
                }
                receiver.shard(collections.get(entry.name()), id, entry, content);
            } else {
                throw QdrantErrors.corrupt(
                        SafeText.quoted(entry.path()) + " in the archive is neither a collection nor a shard");
            }
        });
        missing.forEach((name, ids) -> {
            if (!ids.isEmpty()) {
                throw QdrantErrors.corrupt(
                        "The shards " + ids + " of " + SafeText.quoted(name) + " are missing in the archive");
            }
        });
        return collections.values();
    }

    private static Collection readDefinition(EntrySource.Entry entry, InputStream content) throws IOException {
        byte[] bytes = content.readNBytes(MAX_DEFINITION_BYTES);
        JsonNode file;
        try {
            file = Json.MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw QdrantErrors.corrupt(
                    SafeText.quoted(entry.path()) + " in the archive is truncated or not valid JSON", e);
        }
        if (!file.isObject()) {
            throw QdrantErrors.corrupt(SafeText.quoted(entry.path()) + " in the archive is not a JSON object");
        }
        if (!FORMAT.equals(file.path("format").asText())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    SafeText.quoted(entry.path()) + " in the archive does not have the format \"" + FORMAT + "\"",
                    "Restore it with the version of ngbak that made it");
        }
        CollectionDefinition definition = CollectionDefinition.ofArchive(file);
        if (!definition.name().equals(entry.name())) {
            throw QdrantErrors.corrupt(SafeText.quoted(entry.path()) + " in the archive defines another collection");
        }
        PointForm.requireKnownInArchive(definition);
        Map<Long, Long> points = new LinkedHashMap<>();
        Map<Long, Optional<ShardKey>> keys = new LinkedHashMap<>();
        for (JsonNode shard : file.path("shards")) {
            long id = shard.path("id").asLong(-1);
            points.put(id, shard.path("points").asLong());
            keys.put(id, ShardKey.of(shard.path(ShardKey.MEMBER)));
        }
        if (keys.size() != file.path("shards").size() || !canBeCreated(definition, keys)) {
            throw QdrantErrors.corrupt(SafeText.quoted(entry.path())
                    + " in the archive lists other shards than the collection has according to its definition");
        }
        return new Collection(definition, points, keys);
    }

    /** Returns whether a restore can create a collection with exactly these shards. */
    static boolean canBeCreated(CollectionDefinition definition, Map<Long, Optional<ShardKey>> shards) {
        if (definition.hasCustomShards()) {
            return ShardGroup.canBeCreated(definition.shardKeys(), shards);
        }
        int number = definition.config().path("params").path("shard_number").asInt();
        return shards.size() == number
                && LongStream.range(0, number).allMatch(id -> Optional.empty().equals(shards.get(id)));
    }
}
