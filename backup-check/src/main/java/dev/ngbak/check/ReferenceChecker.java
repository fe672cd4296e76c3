package dev.ngbak.check;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Verifies the rules of a layout. Its visitors receive the records of the three stores in any order, also alternately; any of
 * the three can be left out. With the key-value store first and the vector store last, less has to wait in temporary files.
 * Not thread-safe.
 */
final class ReferenceChecker implements AutoCloseable {

    private final GraphLayout layout;
    private final Findings findings = new Findings();
    private final Tables tables;
    private final ChunkListChecker lists;
    private final KeyValueChecker keyValues;
    private final GraphChecker graph;
    private final VectorChecker vectors;

    /** @param settings for the expected dimension of vectors */
    ReferenceChecker(GraphLayout layout, Settings settings, TempFiles files) throws IOException {
        this.layout = layout;
        this.tables = new Tables(files);
        this.lists = new ChunkListChecker(layout.records(), tables, findings, files);
        this.keyValues = new KeyValueChecker(layout.records(), tables, findings, lists);
        this.graph = new GraphChecker(layout.records(), tables, findings, files);
        this.vectors = new VectorChecker(layout, dimension(settings), tables, findings, files);
    }

    private VectorChecker.Dimension dimension(Settings settings) {
        String setting = layout.embeddingDimension().map(SettingSpec::name).orElse("");
        int size = setting.isEmpty() ? 0 : (int) settings.number(setting, 0, 0, Integer.MAX_VALUE);
        return new VectorChecker.Dimension(setting, size);
    }

    RecordVisitor visitor(Role role) {
        return switch (role) {
            case KV -> keyValues;
            case GRAPH -> graph;
            case VECTOR -> vectors;
        };
    }

    /** Excludes the rules that need a store, because its records cannot be shown. */
    void leaveOut(Role role, String obstacle) {
        findings.leaveOut(role, obstacle);
    }

    /**
     * Returns the report. Called once, after all stores were visited or left out.
     *
     * @param warnings whole sentences that begin the report's warnings
     */
    CheckReport report(List<String> warnings) throws IOException {
        keyValues.finish();
        lists.finish();
        graph.finish();
        vectors.finish();
        List<String> all = new ArrayList<>(warnings);
        all.addAll(keyValues.warnings());
        return findings.report(layout.rules(), all);
    }

    @Override
    public void close() throws IOException {
        lists.close();
        graph.close();
        vectors.close();
        tables.close();
    }
}
