package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreScope.FileScope;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.io.InputStream;

/** The three kinds of files. The names of forms and products are part of archives and restore journals. */
enum FileKind {
    NETWORKX(Role.GRAPH, "networkx", "NetworkX GraphML files", "graphml"),
    NANO(Role.VECTOR, "nano", "NanoVectorDB files", "nano-vectordb"),
    JSON(Role.KV, "json", "%s JSON files", "json");

    private final Role role;
    private final String backend;
    /** With a placeholder for the name of the GraphRAG system, if it is a part of the name. */
    private final String product;

    private final String form;

    FileKind(Role role, String backend, String product, String form) {
        this.role = role;
        this.backend = backend;
        this.product = product;
        this.form = form;
    }

    Role role() {
        return role;
    }

    String backend() {
        return backend;
    }

    String product(Settings settings) {
        return String.format(product, GraphLayout.of(settings).name());
    }

    String form() {
        return form;
    }

    /** Returns what the layout says about files of this kind. */
    FileScope scope(Settings settings) {
        return GraphLayout.of(settings).scope(role, settings).files();
    }

    /** Returns the names that the layout gives to files of this kind. */
    FileNames names(Settings settings) {
        return new FileNames(scope(settings).names());
    }

    /** Announces the counts that a store of this kind has even if it is empty. */
    void announceCounts(RecordHandler records) {
        if (this == NETWORKX) {
            GraphRecords.announceCounts(records);
        }
    }

    /** Decodes one file and hands its records to the handler. */
    void read(InputStream in, String name, Settings settings, RecordHandler records) throws IOException {
        switch (this) {
            case NETWORKX -> new GraphRecords(in, name, GraphLayout.of(settings).names(), records).read();
            case NANO -> new VectorRecords(in, name, TempFiles.of(settings), records).read();
            case JSON -> new KeyValueRecords(in, name, records).read();
        }
    }
}
