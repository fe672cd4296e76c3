package dev.ngbak.files;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes the records of another backend to files, as the GraphRAG system would have written them. Each file is made in the
 * state directory first, because records of several files may alternate, and then read as an export reads a file of the
 * working directory.
 */
final class FileWriting {

    private final FileKind kind;
    private final Settings settings;
    private final TempFiles temporary;

    /** A file that receives records. */
    interface RecordFile extends Closeable {

        /** Returns the content. Call it after the last record, and once. */
        InputStream content() throws IOException;
    }

    /** Creates a file for records. */
    interface Factory<F extends RecordFile> {
        F create(TempFiles temporary) throws IOException;
    }

    /** The files of one store, in the order in which their first records came. */
    final class RecordFiles<F extends RecordFile> {
        private final Map<String, RecordFile> all;
        private final Factory<F> factory;

        RecordFiles(Map<String, RecordFile> all, Factory<F> factory) {
            this.all = all;
            this.factory = factory;
        }

        /** Returns the file of a graph, a collection or a namespace. */
        @SuppressWarnings("unchecked")
        F get(String name) throws IOException {
            if (!all.containsKey(name)) {
                kind.names(settings).problem(name).ifPresent(problem -> {
                    throw refused("The name " + SafeText.quoted(name) + " " + problem);
                });
                all.put(name, factory.create(temporary));
            }
            return (F) all.get(name);
        }
    }

    FileWriting(FileKind kind, Settings settings) {
        this.kind = kind;
        this.settings = settings;
        this.temporary = TempFiles.of(settings);
    }

    StoreInfo write(RecordSource records, EntrySink sink, RecordHandler written, Progress progress) throws IOException {
        Map<String, RecordFile> files = new LinkedHashMap<>();
        try {
            records.visit(visitor(files));
            kind.announceCounts(written);
            ProgressMeter meter = ProgressMeter.ofBytes(progress, () -> {});
            for (var file : files.entrySet()) {
                put(file.getKey(), file.getValue(), sink, written, meter);
            }
            meter.flush();
        } finally {
            for (RecordFile file : files.values()) {
                file.close();
            }
        }
        return WorkingDirectory.of(kind, settings).info();
    }

    private RecordVisitor visitor(Map<String, RecordFile> files) {
        return switch (kind) {
            case NETWORKX -> new GraphmlVisitor(new RecordFiles<>(files, GraphmlFile::new));
            case NANO -> new VectorVisitor(new RecordFiles<>(files, VectorFile::new));
            case JSON -> new KeyValueVisitor(new RecordFiles<>(files, KeyValueFile::new));
        };
    }

    private void put(String name, RecordFile file, EntrySink sink, RecordHandler written, ProgressMeter meter)
            throws IOException {
        sink.put(
                name,
                kind.names(settings).suffix(),
                out -> TeeInputStream.copy(
                        file.content(), out, meter, content -> kind.read(content, name, settings, written)));
    }

    static BackupException refused(String problem) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive cannot be converted to files. " + problem,
                "Restore the archive into the kind of store that it was taken from");
    }
}
