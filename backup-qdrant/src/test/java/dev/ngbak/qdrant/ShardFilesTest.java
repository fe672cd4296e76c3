package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.qdrant.Shards.Shard;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The form {@code shards}: only complete and plausible files are accepted. */
class ShardFilesTest {

    private static final byte[] CONTENT = "opaque".getBytes(StandardCharsets.UTF_8);

    private static InMemoryEntries archive(int... shards) throws IOException {
        InMemoryEntries entries = Fixtures.newEntries();
        ObjectNode config = Json.object();
        config.putObject("params").put("shard_number", 2);
        CollectionDefinition definition = new CollectionDefinition(COLLECTION, config, Json.object(), List.of("alias"));
        List<Shard> all = IntStream.range(0, 2)
                .mapToObj(id -> new Shard(id, Optional.empty(), Map.of(1L, "Active")))
                .toList();
        ShardFiles.writeDefinition(entries, definition, new Shards(all, List.of()), Map.of(0L, 3L, 1L, 4L));
        for (int shard : shards) {
            entries.with(COLLECTION, ShardFiles.suffix(shard), CONTENT);
        }
        return entries;
    }

    private static void read(InMemoryEntries entries) throws IOException {
        StoreInfo info = new StoreInfo("Qdrant", "1.18.3", "shards", Map.of(), -1);
        Summaries.read(new QdrantRestorer(), entries.source(info), Settings.of(Map.of()));
    }

    @Test
    void completeArchiveIsAccepted() throws Exception {
        read(archive(0, 1));
    }

    @Test
    void missingShardIsRefused() {
        assertFails(() -> read(archive(0)), Kind.CORRUPT, "[1]", COLLECTION);
    }

    @Test
    void unlistedShardIsRefused() {
        assertFails(() -> read(archive(0, 1, 2)), Kind.CORRUPT, "shard-0000000002");
    }

    @Test
    void shardBeforeItsCollectionIsRefused() {
        InMemoryEntries entries = Fixtures.newEntries().with(COLLECTION, ShardFiles.suffix(0), CONTENT);
        assertFails(() -> read(entries), Kind.CORRUPT, "lists before it");
    }

    @Test
    void otherFileIsRefused() {
        assertFails(() -> read(archive(0, 1).with("x", ".snapshot", CONTENT)), Kind.CORRUPT, "x.snapshot");
    }

    @Test
    void laterFormatIsIncompatible() {
        InMemoryEntries entries = Fixtures.newEntries()
                .with(
                        COLLECTION,
                        ShardFiles.DEFINITION_SUFFIX,
                        "{\"format\":\"ngbak-qdrant-shards/2\"}".getBytes(StandardCharsets.UTF_8));
        assertFails(() -> read(entries), Kind.INCOMPATIBLE, "ngbak-qdrant-shards/1");
    }

    @Test
    void definitionOfAnotherCollectionIsRefused() throws Exception {
        ObjectNode definition = (ObjectNode) Json.MAPPER.readTree(archive().content(COLLECTION));
        definition.put("name", "other");
        InMemoryEntries entries = Fixtures.newEntries()
                .with(COLLECTION, ShardFiles.DEFINITION_SUFFIX, Json.MAPPER.writeValueAsBytes(definition));
        assertFails(() -> read(entries), Kind.CORRUPT, "another collection");
    }

    @Test
    void listOfShardsThatARestoreCouldNotCreateIsRefused() throws Exception {
        ObjectNode definition = (ObjectNode) Json.MAPPER.readTree(archive().content(COLLECTION));
        definition.withObject("/config/params").put("shard_number", 3);
        InMemoryEntries entries = Fixtures.newEntries()
                .with(COLLECTION, ShardFiles.DEFINITION_SUFFIX, Json.MAPPER.writeValueAsBytes(definition));
        assertFails(() -> read(entries), Kind.CORRUPT, "other shards");
    }

    /** The archive orders files by path, and shortens a long name by the length of the suffix. */
    @Test
    void definitionComesBeforeTheShardsInAnArchive() {
        assertThat(ShardFiles.DEFINITION_SUFFIX)
                .hasSameSizeAs(ShardFiles.suffix(0))
                .hasSameSizeAs(ShardFiles.suffix(4_294_967_295L))
                .isLessThan(ShardFiles.suffix(0));
    }

    private static ShardGroup group(String key, long firstId, int shards) {
        return new ShardGroup(new ShardKey(key, false), firstId, shards, 1);
    }

    @Test
    void fillersGiveShardsTheirIds() {
        // The key with one shard may get another id, so only one filler is needed.
        assertThat(ShardGroup.withFillers(List.of(group("a", 3, 1), group("b", 9, 2))))
                .extracting(ShardGroup::firstId, ShardGroup::shards)
                .containsExactly(tuple(3L, 1), tuple(2L, 7), tuple(9L, 2));
        assertThat(ShardGroup.withFillers(List.of(group("a", 3, 1)))).containsExactly(group("a", 3, 1));
    }

    @Test
    void shardsThatCannotGetTheirIdsAreRecognized() {
        assertThat(canBeCreated(List.of(group("a", 1, 2)), 1, 2)).isTrue();
        assertThat(canBeCreated(List.of(group("a", 20, 2)), 20, 21)).isTrue();
        assertThat(canBeCreated(List.of(group("a", 100, 2)), 100, 101))
                .as("many fillers")
                .isFalse();
        assertThat(canBeCreated(List.of(group("a", 1, 2)), 1, 7))
                .as("ids with a gap")
                .isFalse();
        assertThat(canBeCreated(List.of(group("a", 1, Integer.MAX_VALUE)), 1)).isFalse();
        assertThat(canBeCreated(List.of(group("a", 1, 1), group("a", 1, 2)), 1, 2))
                .as("one key twice")
                .isFalse();
    }

    private static boolean canBeCreated(List<ShardGroup> groups, long... ids) {
        Map<Long, Optional<ShardKey>> shards = new HashMap<>();
        for (long id : ids) {
            shards.put(id, Optional.of(new ShardKey("a", false)));
        }
        return ShardGroup.canBeCreated(groups, shards);
    }
}
