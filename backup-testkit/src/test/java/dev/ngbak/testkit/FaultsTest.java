package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.StoredRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class FaultsTest {

    private static final StoreInfo ARCHIVED = new StoreInfo("Memory", "1", "memory", Map.of(), -1);

    private final InMemoryEntries entries =
            new InMemoryEntries("kv/").with("a", ".json", bytes("0123")).with("b/c", "", bytes("4567"));

    @Test
    void entriesHaveThePathsOfAnArchive() {
        assertThat(entries.paths()).containsExactly("kv/a.json", "kv/b%2Fc");
        assertThat(entries.size()).isEqualTo(8);
        assertThat(entries.content("b/c")).isEqualTo(bytes("4567"));
        assertThatThrownBy(() -> entries.put("a", ".json", out -> {})).hasMessageContaining("put twice");
    }

    @Test
    void streamsOfEntriesAreValidDuringOneCallOnly() throws IOException {
        OutputStream[] kept = new OutputStream[1];
        entries.put("kept", "", out -> kept[0] = out);
        assertThatThrownBy(() -> kept[0].write(1)).hasMessageContaining("after the contents were done");
        entries.source(ARCHIVED)
                .forEach((entry, content) -> assertThat(content.read()).isNotEqualTo(-2));
    }

    @Test
    void sourceIsTruncatedAndFlippedAtItsPlace() throws IOException {
        assertThat(read(entries.source(ARCHIVED))).isEqualTo("01234567");
        assertThat(read(Faults.flipped(entries.source(ARCHIVED), 5))).isEqualTo("01234467");
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        assertThatThrownBy(() ->
                        Faults.cut(entries.source(ARCHIVED), 5).forEach((entry, content) -> content.transferTo(seen)))
                .isInstanceOf(BackupException.class);
        assertThat(seen).hasToString("01234");
    }

    @Test
    void nthCallFails() throws IOException {
        IllegalStateException boom = new IllegalStateException("boom");
        try (MemoryStorage storage = MemoryStorage.named("failing")) {
            StorageExporter exporter =
                    Faults.exporter(MemoryStorage.exporter(Role.KV), session -> Faults.failing(session, 2, boom));
            try (ExportSession session = exporter.open(storage.settings())) {
                assertThat(session.info().product()).isEqualTo("Memory");
                assertThatThrownBy(session::marker).isSameAs(boom);
                assertThat(session.counts().counts()).isEmpty();
            }
            StorageRestorer restorer =
                    Faults.restorer(MemoryStorage.restorer(Role.KV), session -> Faults.failing(session, 1, boom));
            try (RestoreSession session = restorer.open(storage.settings())) {
                assertThatThrownBy(() -> session.problems(ARCHIVED, 0)).isSameAs(boom);
                assertThat(session.problems(ARCHIVED, 0)).isEmpty();
            }
        }
    }

    @Test
    void sessionLiesAboutItsRecords() throws IOException {
        try (MemoryStorage storage = MemoryStorage.named("lying")) {
            storage.put(Role.KV, "full_docs", "doc-1", "text");
            UnaryOperator<RecordHandler> lie = records -> new ForwardingRecordHandler(records) {
                @Override
                public void add(StoredRecord record) {}
            };
            InMemoryEntries entries = new InMemoryEntries("");
            try (ExportSession session =
                    Faults.lying(MemoryStorage.exporter(Role.KV).open(storage.settings()), lie)) {
                assertThat(Summaries.export(session, entries, Progress.NONE).records())
                        .isZero();
            }
            assertThat(entries.size()).isPositive();
            try (RestoreSession session =
                    Faults.lying(MemoryStorage.restorer(Role.KV).open(storage.settings()), lie)) {
                assertThat(Summaries.restore(session, entries.source(ARCHIVED), Progress.NONE)
                                .records())
                        .isZero();
            }
        }
    }

    @Test
    void sessionHangsUntilItIsAborted() throws Exception {
        try (MemoryStorage storage = MemoryStorage.named("hanging")) {
            storage.put(Role.KV, "full_docs", "doc-1", "text");
            Gate gate = new Gate();
            try (ExportSession session =
                    Faults.hanging(MemoryStorage.exporter(Role.KV).open(storage.settings()), gate)) {
                FutureTask<StoreSummary> export =
                        new FutureTask<>(() -> Summaries.export(session, new InMemoryEntries(""), Progress.NONE));
                new Thread(export).start();
                gate.awaitArrival();
                assertThat(export.isDone()).isFalse();
                session.abort();
                assertThatThrownBy(() -> export.get(30, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(CancellationException.class);
            }
        }
    }

    @Test
    void openSessionIsDetected() {
        MemoryStorage storage = MemoryStorage.named("leaking");
        ExportSession session = MemoryStorage.exporter(Role.GRAPH).open(storage.settings());
        assertThat(storage.openSessions()).isEqualTo(1);
        assertThatThrownBy(storage::close).hasMessageContaining("1 sessions were left open");
        session.close();
        assertThat(storage.openSessions()).isZero();
    }

    private static String read(EntrySource source) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        source.forEach((entry, content) -> content.transferTo(all));
        return all.toString(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
