package dev.ngbak.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.Check;
import dev.ngbak.repository.DataLoss.Count;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What counts as a loss of data, and what does not. */
class DataLossTest {

    private static final String JSON = "json";

    private final List<ArchiveInfo> oldestFirst = new ArrayList<>();
    private final Map<Role, Manifest.Store> stores = new EnumMap<>(Role.class);
    private boolean acknowledged;

    private static Manifest.Store store(String backend, StoreSummary summary) {
        return new Manifest.Store(backend, new StoreInfo("Test", "1", "test", Map.of(), -1), summary, Map.of());
    }

    private static Manifest.Store counted(String backend) {
        return store(backend, new StoreSummary(1, StoreCounts.NONE, null, List.of()));
    }

    /** Adds an archive of three stores, as far as {@link #stores} does not say otherwise. */
    private ArchiveInfo archive(Map<String, Long> statistics) {
        Map<Role, Manifest.Store> all = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            all.put(role, stores.getOrDefault(role, counted(JSON)));
        }
        all.values().removeIf(store -> store.backend().isEmpty());
        String id = "b" + oldestFirst.size();
        Manifest manifest = new Manifest(
                new BackupId(id),
                Instant.EPOCH,
                "test",
                new Manifest.SourceSystem("nano-graphrag", "unknown", null),
                null,
                statistics,
                (Check) null,
                all,
                new Manifest.Consistency(Manifest.Grade.FUZZY, Map.of()),
                0,
                List.of(),
                "");
        ArchiveInfo archive = new ArchiveInfo(
                id,
                "/" + id,
                1,
                Instant.EPOCH,
                Instant.EPOCH.plusSeconds(oldestFirst.size()),
                manifest,
                "",
                null,
                null,
                new ArchiveMarks(null, false, acknowledged, List.of()));
        oldestFirst.add(archive);
        return archive;
    }

    private Optional<DataLoss> find() {
        List<ArchiveInfo> newestFirst = new ArrayList<>(oldestFirst);
        Collections.reverse(newestFirst);
        return DataLoss.find(newestFirst);
    }

    @Test
    void lossStaysUntilTheDataIsBack() {
        ArchiveInfo full = archive(Map.of("documents", 1200L));
        archive(Map.of("documents", 36L));
        ArchiveInfo newest = archive(Map.of("documents", 40L));

        assertThat(find())
                .contains(new DataLoss(full, newest, List.of(new Count("documents", 1200, 40))))
                .map(DataLoss::text)
                .contains("documents 1,200 before, 40 now (-97 %)");

        archive(Map.of("documents", 700L));
        assertThat(find()).isEmpty();
    }

    @Test
    void lossEndsWithAnAcknowledgementAndTheNextOneIsComparedWithIt() {
        archive(Map.of("documents", 1200L));
        acknowledged = true;
        ArchiveInfo confirmed = archive(Map.of("documents", 36L));
        acknowledged = false;
        assertThat(find()).isEmpty();

        archive(Map.of("documents", 3L));
        assertThat(find()).map(DataLoss::before).contains(confirmed);
    }

    @Test
    void slowDecreaseIsNoLoss() {
        for (long count = 1000; count > 100; count = count * 6 / 10) {
            archive(Map.of("documents", count));
        }

        assertThat(find()).isEmpty();
    }

    @Test
    void storeThatCannotBeDecodedLostNothing() {
        archive(Map.of("documents", 1200L, "entities", 50L));
        stores.put(Role.GRAPH, store(JSON, StoreSummary.opaque()));
        archive(Map.of("documents", 1200L, "entities", 0L));

        assertThat(find()).isEmpty();
    }

    @Test
    void storeThatIsMissingLostNothing() {
        archive(Map.of("documents", 1200L, "communities", 9L, "kv.full_docs", 1200L));
        stores.put(Role.KV, counted(""));
        archive(Map.of("documents", 0L, "communities", 0L));

        assertThat(find()).isEmpty();
    }

    @Test
    void archiveWithoutCountsLostNothing() {
        archive(Map.of("documents", 1200L));
        for (Role role : Role.values()) {
            stores.put(role, counted(""));
        }
        archive(Map.of());

        assertThat(find()).isEmpty();
    }

    /** Otherwise a single archive without counts would end a loss, and retention would delete the last good archive. */
    @Test
    void archiveWithoutCountsDoesNotEndALoss() {
        archive(Map.of("documents", 1200L));
        archive(Map.of("documents", 36L));
        for (Role role : Role.values()) {
            stores.put(role, counted(""));
        }
        archive(Map.of());
        assertThat(find()).isPresent();

        stores.clear();
        archive(Map.of("documents", 36L));
        assertThat(find()).isPresent();
    }

    @Test
    void namespaceThatVanishedIsALoss() {
        archive(Map.of("kv.full_docs", 12L, "vectors.chunks", 5L));
        archive(Map.of());

        assertThat(find().orElseThrow().counts())
                .containsExactlyInAnyOrder(new Count("kv.full_docs", 12, 0), new Count("vectors.chunks", 5, 0));
    }

    @Test
    void anotherBackendMayNameItsCollectionsOtherwise() {
        archive(Map.of("vectors.chunks", 500L, "entities", 50L));
        stores.put(Role.VECTOR, counted("qdrant"));
        archive(Map.of("vectors.mine_chunks", 500L, "entities", 50L));
        assertThat(find()).isEmpty();

        archive(Map.of("vectors.mine_chunks", 5L, "entities", 5L));
        assertThat(find().orElseThrow().counts())
                .extracting(Count::name)
                .containsExactlyInAnyOrder("vectors.mine_chunks", "entities");
    }

    @Test
    void countOfAnotherVersionIsComparedWhereItIsKnown() {
        archive(Map.of("claims", 10L));
        archive(Map.of());
        assertThat(find()).isEmpty();

        archive(Map.of("claims", 1L));
        assertThat(find()).isPresent();
    }

    @Test
    void onlyAFurtherCountExceedsALoss() {
        archive(Map.of("documents", 100L, "entities", 100L));
        archive(Map.of("documents", 1L, "entities", 100L));
        Optional<DataLoss> first = find();
        archive(Map.of("documents", 0L, "entities", 100L));
        Optional<DataLoss> second = find();
        archive(Map.of("documents", 0L, "entities", 1L));
        Optional<DataLoss> third = find();

        assertThat(first.orElseThrow().exceeds(Optional.empty())).isTrue();
        assertThat(second.orElseThrow().exceeds(first)).isFalse();
        assertThat(third.orElseThrow().exceeds(second)).isTrue();
        assertThat(third.orElseThrow().before()).isEqualTo(oldestFirst.get(0));
    }
}
