package dev.ngbak.lightrag;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.NeutralForm;
import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.layout.UniqueNodes;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.spi.support.RecordViewer;
import dev.ngbak.spi.support.TempFiles;
import dev.ngbak.testkit.InMemoryEntries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/** A conversion of one store as a restore does it, but of records in memory and without a server. */
record Conversion(String system, Role role, String from, String to) {

    /**
     * What came of some records.
     *
     * @param expected what the target can hold of them, in the neutral form
     * @param written what was read back from the written files
     * @param losses what the plan of a restore would list
     * @param summary of what was written
     * @param readSummary of what was read back
     * @param files what was written
     */
    record Result(
            List<String> expected,
            List<String> written,
            Set<String> losses,
            StoreSummary summary,
            StoreSummary readSummary,
            InMemoryEntries files) {}

    private Settings settings() {
        return Settings.of(Map.of(
                "GRAPHRAG_SYSTEM",
                system,
                role.setting(),
                to,
                "EMBEDDING_MODEL",
                "stub",
                "NEO4J_PASSWORD",
                "unused",
                "WORKING_DIR",
                Path.of("target", "working_dir").toString()));
    }

    Result run(RecordSource source) throws IOException {
        Settings settings = settings();
        GraphLayout layout = GraphLayout.of(settings);
        NeutralForm decoded = layout.neutralForm(role, from, settings).orElseThrow();
        NeutralForm encoded = layout.neutralForm(role, to, settings).orElseThrow();
        Set<String> losses = new TreeSet<>();
        Losses noted = (what, record) -> losses.add(what);
        try (UniqueNodes unique = new UniqueNodes(encoded, TempFiles.of(settings))) {
            boolean reduced = encoded.hasUniqueNodes() && !decoded.hasUniqueNodes();
            if (reduced) {
                source.visit(decoded.decoder(unique.scan(noted), Losses.IGNORED));
            }
            RecordTexts expected = new RecordTexts(decoded.isDirected());
            RecordVisitor limited = encoded.limiter(expected, noted);
            source.visit(decoded.decoder(reduced ? unique.filter(limited) : limited, noted));
            RecordSource neutral = visitor -> {
                RecordVisitor target = encoded.limiter(encoded.encoder(visitor), Losses.IGNORED);
                source.visit(decoded.decoder(reduced ? unique.filter(target) : target, Losses.IGNORED));
            };
            InMemoryEntries files = new InMemoryEntries(role.folder(to));
            RecordDigester digester = RecordDigester.digesting();
            StoreInfo info = exporter().write(neutral, settings, files, digester, Progress.NONE);
            RecordTexts written = new RecordTexts(decoded.isDirected());
            restorer()
                    .read(
                            files.source(info),
                            settings,
                            new RecordViewer(encoded.decoder(written, Losses.IGNORED)),
                            Progress.NONE);
            RecordDigester read = RecordDigester.digesting();
            restorer().read(files.source(info), settings, read, Progress.NONE);
            return new Result(expected.sorted(), written.sorted(), losses, digester.summary(), read.summary(), files);
        }
    }

    private StorageExporter exporter() {
        return ServiceLoader.load(StorageExporter.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(plugin -> plugin.role() == role && plugin.backend().equals(to))
                .findFirst()
                .orElseThrow();
    }

    private StorageRestorer restorer() {
        return ServiceLoader.load(StorageRestorer.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(plugin -> plugin.role() == role && plugin.backend().equals(to))
                .findFirst()
                .orElseThrow();
    }
}
