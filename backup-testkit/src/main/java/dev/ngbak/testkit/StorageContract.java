package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.Lookup.EntryLookup;
import dev.ngbak.spi.Lookup.NodeLookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.spi.support.RecordViewer;
import dev.ngbak.testkit.Faults.Trap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The contract of storage plugins, as tests. The test class of a plugin implements this interface and runs it against the
 * real store. It declares by the capability methods what the store cannot do; the contract then expects a clean refusal.
 */
public interface StorageContract {

    StorageExporter exporter();

    StorageRestorer restorer();

    /** Returns the settings of a running store. */
    Settings settings();

    /** Returns settings of a store that cannot be opened, such as a port that refuses connections. */
    Settings deadSettings();

    /** Returns the setting that a message about {@link #deadSettings} must name. */
    String deadSetting();

    /** Fills the scope with exactly this number of awkward records, which are the same for the same seed. */
    void fill(int records, long seed) throws Exception;

    /** Changes one existing record. */
    void change() throws Exception;

    /** Returns the content in scope in a form that can be compared with {@code equals}. */
    Object contents() throws Exception;

    /** Adds foreign data, which must never change. */
    void fillForeign() throws Exception;

    /** Returns the foreign data in a form that can be compared with {@code equals}. */
    Object foreign() throws Exception;

    /**
     * Removes the parts of the store that may be missing when a restore begins, such as its tables or its directory.
     */
    default void remove() throws Exception {
        fill(0, 0);
    }

    /** Returns a number of records that needs several batches. */
    default int many() {
        return 2_500;
    }

    /** Returns whether the store has a change marker. */
    default boolean hasChangeMarker() {
        return true;
    }

    /** Returns whether an export counts and digests the records. */
    default boolean decodesRecords() {
        return true;
    }

    /**
     * Returns whether {@link StorageRestorer#read} can decode the files. Some stores can count and digest what they export
     * into a form that only they can decode.
     */
    default boolean decodesFiles() {
        return decodesRecords();
    }

    /** Returns whether sessions have a {@link Lookup}. */
    default boolean looksUp() {
        return false;
    }

    /** Returns whether a failed restore changes nothing. If not, another restore must repair the store. */
    default boolean replacesAtOnce() {
        return true;
    }

    @Test
    default void isFoundByServiceLoader() {
        assertThat(ServiceLoader.load(StorageExporter.class))
                .anyMatch(found -> found.getClass() == exporter().getClass());
        assertThat(ServiceLoader.load(StorageRestorer.class))
                .anyMatch(found -> found.getClass() == restorer().getClass());
        assertThat(restorer().role()).isEqualTo(exporter().role());
        assertThat(restorer().backend()).isEqualTo(exporter().backend());
    }

    @Test
    default void restoreBringsBackTheSameContent() throws Exception {
        fill(many(), 1);
        Object before = contents();
        Exported exported = exportAll();
        fill(7, 2);

        StoreSummary proved = restoreAndProve(exported.source());

        assertThat(contents()).isEqualTo(before);
        assertSame(proved, exported.summary());
    }

    @Test
    default void restoreReplacesAndDoesNotMerge() throws Exception {
        fill(3, 3);
        Object before = contents();
        Exported exported = exportAll();
        fill(many(), 4);

        restore(exported.source());

        assertThat(contents()).isEqualTo(before);
    }

    @Test
    default void emptyStoreIsRestored() throws Exception {
        fill(0, 0);
        Object before = contents();
        Exported exported = exportAll();
        assertThat(exported.summary().records()).isEqualTo(decodesRecords() ? 0 : -1);
        fill(many(), 5);

        restore(exported.source());

        assertThat(contents()).isEqualTo(before);
    }

    @Test
    default void restoreCreatesAMissingStore() throws Exception {
        fill(many(), 6);
        Object before = contents();
        Exported exported = exportAll();
        remove();

        restore(exported.source());

        assertThat(contents()).isEqualTo(before);
    }

    @Test
    default void restoreCanRunTwice() throws Exception {
        fill(20, 7);
        Object before = contents();
        Exported exported = exportAll();

        restore(exported.source());
        StoreSummary again = restoreAndProve(exported.source());

        assertThat(contents()).isEqualTo(before);
        assertSame(again, exported.summary());
    }

    @Test
    default void clearRemovesEverythingInScopeAndNothingElse() throws Exception {
        fillForeign();
        Object foreign = foreign();
        fill(many(), 40);

        for (int time = 1; time <= 2; time++) {
            try (RestoreSession session = restorer().open(settings())) {
                session.clear();
            }
            try (ExportSession session = exporter().open(settings())) {
                assertThat(session.counts().counts().values()).allMatch(count -> count == 0);
            }
            assertThat(foreign()).isEqualTo(foreign);
        }
    }

    @Test
    default void exportDoesNotChangeTheStore() throws Exception {
        fill(50, 8);
        Object before = contents();

        exportAll();

        assertThat(contents()).isEqualTo(before);
    }

    @Test
    default void storeAndFilesHaveTheSameSummary() throws Exception {
        fill(many(), 9);
        Exported exported = exportAll();

        assertThat(exported.summary().records()).isEqualTo(decodesRecords() ? many() : -1);
        assertThat(exported.summary().contentDigest() == null).isNotEqualTo(decodesRecords());
        assertSame(exportAll().summary(), exported.summary());
        try (ExportSession session = exporter().open(settings())) {
            assertSame(Summaries.read(session, Progress.NONE), exported.summary());
            assertThat(session.counts()).isEqualTo(exported.summary().counts());
            RecordDigester counting = RecordDigester.counting();
            session.read(counting, Progress.NONE);
            assertThat(counting.summary().counts()).isEqualTo(exported.summary().counts());
        }
        StoreSummary read = Summaries.read(restorer(), exported.source(), settings());
        if (decodesFiles()) {
            assertSame(read, exported.summary());
        } else {
            assertSame(read, StoreSummary.opaque());
        }
    }

    /** A backup checks the records that it digests. */
    @Test
    default void exportDigestsAndShowsTheSameRecords() throws Exception {
        fill(50, 14);
        ContentDump exported = new ContentDump();
        ContentDump read = new ContentDump();
        RecordDigester digester = RecordDigester.digesting();
        RecordHandler both = new ForwardingRecordHandler(digester) {
            @Override
            public Detail detail() {
                return Detail.DIGESTS_AND_CONTENT;
            }

            @Override
            public void add(StoredRecord record) throws IOException {
                super.add(record);
                record.show(exported);
            }
        };
        try (ExportSession session = exporter().open(settings())) {
            session.export(newEntries(), both, Progress.NONE);
        }
        try (ExportSession session = exporter().open(settings())) {
            session.read(new RecordViewer(read), Progress.NONE);
        }

        assertSame(digester.summary(), exportAll().summary());
        if (decodesRecords()) {
            assertThat(exported.lines()).isEqualTo(read.lines()).hasSizeGreaterThanOrEqualTo(50);
        }
    }

    @Test
    default void changedRecordChangesTheDigest() throws Exception {
        fill(50, 10);
        StoreSummary before = exportAll().summary();
        change();
        StoreSummary after = exportAll().summary();

        assertThat(after.records()).isEqualTo(before.records());
        if (decodesRecords()) {
            assertThat(after.contentDigest()).isNotEqualTo(before.contentDigest());
        }
    }

    @Test
    default void sessionsDescribeTheStore() throws Exception {
        fill(many(), 11);
        Exported exported = exportAll();

        assertThat(exported.archived().product()).isNotBlank();
        assertThat(exported.archived().version()).isNotBlank();
        assertThat(exported.archived().form()).isNotBlank();
        assertThat(exported.archived().bytes() < 0
                        || exported.archived().bytes() >= exported.entries().size())
                .isTrue();
        try (RestoreSession session = restorer().open(settings())) {
            assertThat(session.info().form()).isEqualTo(exported.archived().form());
            assertThat(session.problems(exported.archived(), exported.entries().size()))
                    .isEmpty();
        }
    }

    @Test
    default void unknownFormIsRefused() throws Exception {
        fill(5, 12);
        Object before = contents();
        Exported exported = exportAll();
        EntrySource strange = exported.entries().source(new StoreInfo("Strange", "1", "strange", Map.of(), -1));

        assertThat(catchThrowable(() -> Summaries.read(restorer(), strange, settings())))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE));
        try (RestoreSession session = restorer().open(settings())) {
            assertThat(session.problems(strange.archived(), 0)).isNotEmpty();
        }
        assertThatThrownBy(() -> restore(strange)).isInstanceOf(BackupException.class);
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    default void foreignDataIsNeverChanged() throws Exception {
        fillForeign();
        fill(10, 13);
        Object before = foreign();
        Exported exported = exportAll();
        fill(5, 14);
        restore(exported.source());

        assertThat(foreign()).isEqualTo(before);
        assertThat(exported.summary().records()).isEqualTo(decodesRecords() ? 10 : -1);
    }

    @Test
    default void cancellationStopsAnExport() throws Exception {
        fill(many(), 15);
        int last = exportAll().steps();
        for (int step : new int[] {1, last}) {
            try (ExportSession session = exporter().open(settings())) {
                assertThatThrownBy(() -> Summaries.export(session, newEntries(), Faults.cancelledAt(step)))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("cancelled at step " + step);
            }
        }
        assertThat(exportAll().summary().records()).isEqualTo(decodesRecords() ? many() : -1);
    }

    @Test
    default void cancellationStopsARestore() throws Exception {
        fill(many(), 16);
        Object wanted = contents();
        Exported exported = exportAll();
        Steps steps = new Steps();
        try (RestoreSession session = restorer().open(settings())) {
            Summaries.restore(session, exported.source(), steps);
        }
        for (int step : new int[] {1, steps.count}) {
            fill(9, 17);
            Object old = contents();
            try (RestoreSession session = restorer().open(settings())) {
                assertThatThrownBy(() -> Summaries.restore(session, exported.source(), Faults.cancelledAt(step)))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("cancelled at step " + step);
            }
            assertOldOrRepairable(old, wanted, exported);
        }
    }

    @Test
    default void exceptionOfTheSinkIsPassedOn() throws Exception {
        fill(many(), 18);
        long size = exportAll().entries().size();
        IOException boom = new IOException("the disk is full");
        for (long place : new long[] {0, size / 2, size - 1}) {
            try (ExportSession session = exporter().open(settings())) {
                EntrySink broken = Faults.sink(newEntries(), place, Trap.failing(boom));
                assertThatThrownBy(() -> Summaries.export(session, broken, Progress.NONE))
                        .isSameAs(boom);
            }
        }
    }

    @Test
    default void exceptionOfTheSourceIsPassedOn() throws Exception {
        fill(many(), 19);
        Object wanted = contents();
        Exported exported = exportAll();
        IOException boom = new IOException("the disk is broken");
        for (long place :
                new long[] {0, exported.entries().size() / 2, exported.entries().size() - 1}) {
            fill(9, 20);
            Object old = contents();
            EntrySource broken = Faults.source(exported.source(), place, Trap.failing(boom));
            assertThatThrownBy(() -> Summaries.read(restorer(), broken, settings()))
                    .isSameAs(boom);
            EntrySource brokenAgain = Faults.source(exported.source(), place, Trap.failing(boom));
            assertThatThrownBy(() -> restore(brokenAgain)).isSameAs(boom);
            assertOldOrRepairable(old, wanted, exported);
        }
    }

    @Test
    default void truncatedFilesAreRefused() throws Exception {
        fill(many(), 21);
        Object wanted = contents();
        Exported exported = exportAll();
        for (long place :
                new long[] {0, exported.entries().size() / 2, exported.entries().size() - 1}) {
            fill(9, 22);
            Object old = contents();
            assertDamaged(() -> Summaries.read(restorer(), Faults.cut(exported.source(), place), settings()));
            assertDamaged(() -> restore(Faults.cut(exported.source(), place)));
            assertOldOrRepairable(old, wanted, exported);
        }
    }

    @Test
    @Timeout(120)
    default void abortEndsAnExport() throws Exception {
        fill(many(), 23);
        Gate gate = new Gate();
        try (ExportSession session = exporter().open(settings())) {
            FutureTask<StoreSummary> export = inBackground(
                    () -> Summaries.export(session, Faults.sink(newEntries(), 0, Trap.hanging(gate)), Progress.NONE));
            gate.awaitArrival();
            session.abort();
            session.abort();
            gate.open();
            assertAborted(export);
        }
    }

    @Test
    @Timeout(120)
    default void abortEndsARestore() throws Exception {
        fill(many(), 24);
        Object wanted = contents();
        Exported exported = exportAll();
        fill(9, 25);
        Object old = contents();
        Gate gate = new Gate();
        try (RestoreSession session = restorer().open(settings())) {
            FutureTask<StoreSummary> restore = inBackground(() ->
                    Summaries.restore(session, Faults.source(exported.source(), 0, Trap.hanging(gate)), Progress.NONE));
            gate.awaitArrival();
            session.abort();
            session.abort();
            gate.open();
            assertAborted(restore);
        }
        assertOldOrRepairable(old, wanted, exported);
    }

    @Test
    @Timeout(120)
    default void unreachableStoreIsReportedWithItsSetting() {
        assertThat(catchThrowable(() -> exporter().open(deadSettings()))).satisfies(this::namesDeadSetting);
        assertThat(catchThrowable(() -> restorer().open(deadSettings()))).satisfies(this::namesDeadSetting);
    }

    @Test
    default void markerChangesWithEveryWrite() throws Exception {
        fill(20, 26);
        try (ExportSession session = exporter().open(settings())) {
            ChangeMarker before = session.marker();
            assertThat(before.until(session.marker()))
                    .isEqualTo(hasChangeMarker() ? Comparison.UNCHANGED : Comparison.UNKNOWN);
            for (int i = 0; i < 5; i++) {
                change();
                ChangeMarker after = session.marker();
                assertThat(before.until(after)).isNotEqualTo(Comparison.UNCHANGED);
                before = after;
            }
            fill(21, 27);
            assertThat(before.until(session.marker())).isNotEqualTo(Comparison.UNCHANGED);
        }
    }

    @Test
    default void sessionsCanBeClosedTwice() throws Exception {
        fill(1, 28);
        ExportSession export = exporter().open(settings());
        export.close();
        export.close();
        RestoreSession restore = restorer().open(settings());
        restore.close();
        restore.close();
    }

    @Test
    default void visitorSeesTheSameRecordsInTheStoreAndInTheFiles() throws Exception {
        fill(many(), 29);
        Exported exported = exportAll();
        ContentDump live = new ContentDump();
        try (ExportSession session = exporter().open(settings())) {
            RecordViewer records = new RecordViewer(live);
            session.read(records, Progress.NONE);
            assertThat(records.isComplete()).isTrue();
        }
        ContentDump archived = new ContentDump();
        RecordViewer archivedRecords = new RecordViewer(archived);

        restorer().read(exported.source(), settings(), archivedRecords, Progress.NONE);
        assertThat(archivedRecords.isComplete()).isEqualTo(decodesFiles());

        // Communities are properties of records.
        long records = exported.summary().counts().counts().entrySet().stream()
                .filter(count ->
                        exporter().role() != Role.GRAPH || !count.getKey().equals("communities"))
                .mapToLong(Map.Entry::getValue)
                .sum();
        assertThat(live.lines()).hasSize((int) records);
        assertThat(archived.lines()).isEqualTo(decodesFiles() ? live.lines() : List.of());
    }

    @Test
    default void lookupFindsSingleRecords() throws Exception {
        fill(20, 31);
        try (ExportSession session = exporter().open(settings())) {
            Optional<Lookup> lookup = session.lookup();
            assertThat(lookup.isPresent()).as("has a lookup").isEqualTo(looksUp());
            if (lookup.isEmpty()) {
                return;
            }
            switch (exporter().role()) {
                case GRAPH -> findsNodes(session, (NodeLookup) lookup.get());
                case VECTOR -> findsEntities((EntitySearch) lookup.get());
                case KV -> findsEntries(session, (EntryLookup) lookup.get());
            }
        }
    }

    private static void findsNodes(ExportSession session, NodeLookup lookup) throws IOException {
        Keys keys = Keys.of(session);
        // Several nodes may have the same id. All of them are shown for one request.
        assertFound(keys, (any, ids, visitor) -> lookup.nodes(new TreeSet<>(ids), visitor));
    }

    private static void findsEntries(ExportSession session, EntryLookup lookup) throws IOException {
        assertFound(Keys.of(session), lookup::entries);
    }

    /** Finds records by their namespaces and keys. */
    interface Finder {
        void find(String namespace, Collection<String> keys, RecordVisitor visitor) throws IOException;
    }

    private static void assertFound(Keys keys, Finder finder) throws IOException {
        ContentDump found = new ContentDump();
        ContentDump nothing = new ContentDump();
        int expected = 0;
        for (var each : keys.found().entrySet()) {
            finder.find(each.getKey(), each.getValue(), found);
            finder.find(each.getKey(), List.of("no record has this key"), nothing);
            expected += each.getValue().size();
        }
        assertThat(keys.found()).isNotEmpty();
        assertThat(found.lines()).hasSize(expected);
        assertThat(nothing.lines()).isEmpty();
    }

    /** Few awkward points are entities, so the contract checks little. A plugin's own tests check what is found. */
    private static void findsEntities(EntitySearch lookup) throws IOException {
        List<EntitySearch.Probe> probes = lookup.sample(3);
        assertThat(probes).hasSizeLessThanOrEqualTo(3);
        assertThat(lookup.search(probes)).hasSameSizeAs(probes);
    }

    @Test
    default void exceptionOfTheHandlerIsPassedOn() throws Exception {
        fill(20, 30);
        IOException boom = new IOException("seen enough");
        try (ExportSession session = exporter().open(settings())) {
            RecordHandler failing = Faults.handler(new RecordViewer(new ContentDump()), 10, Trap.failing(boom));
            assertThatThrownBy(() -> session.read(failing, Progress.NONE)).isSameAs(boom);
        }
        if (decodesFiles()) {
            RecordHandler failing = Faults.handler(new RecordViewer(new ContentDump()), 10, Trap.failing(boom));
            EntrySource source = exportAll().source();
            assertThatThrownBy(() -> restorer().read(source, settings(), failing, Progress.NONE))
                    .isSameAs(boom);
        }
    }

    /** The files of an export, and what an archive would contain about them. */
    record Exported(InMemoryEntries entries, StoreInfo archived, StoreSummary summary, int steps) {

        /** Returns the files for a restorer. */
        public EntrySource source() {
            return entries.source(archived);
        }
    }

    /** Exports the scope. */
    default Exported exportAll() throws IOException {
        InMemoryEntries entries = newEntries();
        Steps steps = new Steps();
        try (ExportSession session = exporter().open(settings())) {
            StoreInfo info = session.info();
            return new Exported(entries, info, Summaries.export(session, entries, steps), steps.count);
        }
    }

    /** Restores into the running store. */
    default StoreSummary restore(EntrySource source) throws IOException {
        try (RestoreSession session = restorer().open(settings())) {
            return Summaries.restore(session, source, Progress.NONE);
        }
    }

    /** Restores as the engine does: what was written must be equal to what is read back. */
    private StoreSummary restoreAndProve(EntrySource source) throws IOException {
        try (RestoreSession session = restorer().open(settings());
                ExportSession live = exporter().open(settings())) {
            StoreSummary written = Summaries.restore(session, source, Progress.NONE);
            Optional<StoreSummary> readBack = Summaries.readBack(session, Progress.NONE);
            StoreSummary found = readBack.isPresent() ? readBack.get() : Summaries.read(live, Progress.NONE);
            assertThat(written.records()).isIn(-1L, found.records());
            assertThat(written.contentDigest()).isIn(null, found.contentDigest());
            return found;
        }
    }

    private InMemoryEntries newEntries() {
        return new InMemoryEntries(exporter().role().folder(exporter().backend()));
    }

    private void assertOldOrRepairable(Object old, Object wanted, Exported exported) throws Exception {
        if (replacesAtOnce()) {
            assertThat(contents()).isEqualTo(old);
        }
        restore(exported.source());
        assertThat(contents()).isEqualTo(wanted);
    }

    private void namesDeadSetting(Throwable thrown) {
        assertThat(thrown).isInstanceOf(BackupException.class).hasMessageContaining(deadSetting());
        assertThat(((BackupException) thrown).kind()).isIn(Kind.UNREACHABLE, Kind.INVALID);
    }

    private static void assertSame(StoreSummary one, StoreSummary other) {
        assertThat(one.records()).isEqualTo(other.records());
        assertThat(one.counts()).isEqualTo(other.counts());
        assertThat(one.contentDigest()).isEqualTo(other.contentDigest());
    }

    private static void assertDamaged(ThrowingCallable call) {
        assertThat(catchThrowable(call))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }

    private static FutureTask<StoreSummary> inBackground(Callable<StoreSummary> call) {
        FutureTask<StoreSummary> task = new FutureTask<>(call);
        new Thread(task, "contract").start();
        return task;
    }

    private static void assertAborted(FutureTask<StoreSummary> task) {
        assertThatThrownBy(() -> task.get(90, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfAny(CancellationException.class, BackupException.class);
    }

    /** Collects the ids of nodes, and the keys of entries by their namespaces. */
    record Keys(Map<String, List<String>> found) implements RecordVisitor {

        static Keys of(ExportSession session) throws IOException {
            Keys keys = new Keys(new TreeMap<>());
            session.read(new RecordViewer(keys), Progress.NONE);
            return keys;
        }

        @Override
        public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
            if (id != null) {
                found.computeIfAbsent("", any -> new ArrayList<>()).add(id);
            }
        }

        @Override
        public void entry(String namespace, String key, byte[] value, long expires) {
            // A key that is not UTF-8 cannot be looked up by its text.
            if (key.indexOf('\ufffd') < 0) {
                found.computeIfAbsent(namespace, any -> new ArrayList<>()).add(key);
            }
        }
    }

    /** Counts the steps of progress and checks that they are plausible. */
    final class Steps implements Progress {

        private final List<String> units = new ArrayList<>();
        private int count;

        @Override
        public void expect(long total, String unit) {
            assertThat(total).isNotNegative();
            units.add(unit);
            assertThat(units).containsOnly(unit);
        }

        @Override
        public void advance(long amount) {
            assertThat(amount).isNotNegative();
            count++;
        }
    }
}
