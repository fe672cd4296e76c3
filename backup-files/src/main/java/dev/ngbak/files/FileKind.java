package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
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
    JSON(Role.KV, "json", "nano-graphrag JSON files", "json");

    private final Role role;
    private final String backend;
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

    String product() {
        return product;
    }

    String form() {
        return form;
    }

    /** Returns the names that the layout gives to files of this kind. */
    FileNames names(Settings settings) {
        return new FileNames(GraphLayout.of(settings).scope(role, settings).files());
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
