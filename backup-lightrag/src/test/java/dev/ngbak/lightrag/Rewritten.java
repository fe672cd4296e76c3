package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.util.Map;

/** An archived store that was written again, for another workspace or other paths. */
record Rewritten(InMemoryEntries entries, EntrySource source, StoreSummary summary) {

    static Rewritten of(StorageRestorer restorer, EntrySource archive, Settings target, Map<String, String> paths)
            throws IOException {
        InMemoryEntries entries = new InMemoryEntries(restorer.role().folder(restorer.backend()));
        RecordDigester written = RecordDigester.digesting();
        StoreInfo info = restorer.rewrite(archive, new Rewriting(target, paths), entries, written, Progress.NONE);
        EntrySource source = entries.source(info);
        // The engine puts the first into the manifest, and verifies that it equals the second.
        StoreSummary summary = Summaries.read(restorer, source, target);
        assertThat(written.summary().counts()).isEqualTo(summary.counts());
        assertThat(written.summary().contentDigest())
                .isEqualTo(summary.contentDigest())
                .isNotNull();
        return new Rewritten(entries, source, written.summary());
    }

    /** Backs up the source, writes it again for the target, and restores it there. The target then has its digest. */
    static Rewritten copy(StorageExporter exporter, StorageRestorer restorer, Settings from, Settings to)
            throws IOException {
        InMemoryEntries archived = new InMemoryEntries(restorer.role().folder(restorer.backend()));
        Rewritten copy;
        try (ExportSession session = exporter.open(from)) {
            Summaries.export(session, archived, Progress.NONE);
            copy = of(restorer, archived.source(session.info()), to, Map.of());
        }
        try (RestoreSession session = restorer.open(to)) {
            assertThat(session.problems(copy.source().archived(), 1)).isEmpty();
            Summaries.restore(session, copy.source(), Progress.NONE);
        }
        try (ExportSession session = exporter.open(to)) {
            assertThat(Summaries.read(session, Progress.NONE).contentDigest())
                    .isEqualTo(copy.summary().contentDigest());
        }
        return copy;
    }
}
