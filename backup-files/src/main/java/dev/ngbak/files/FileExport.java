package dev.ngbak.files;

import dev.ngbak.files.TeeInputStream.Decoder;
import dev.ngbak.files.WorkingDirectory.Listing;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Reads the files of one kind in a working directory. */
final class FileExport implements ExportSession {

    private final FileKind kind;
    private final Settings settings;
    private final WorkingDirectory directory;
    private volatile boolean aborted;

    private FileExport(FileKind kind, Settings settings) {
        this.kind = kind;
        this.settings = settings;
        this.directory = WorkingDirectory.of(kind, settings);
    }

    static FileExport open(FileKind kind, Settings settings) {
        FileExport export = new FileExport(kind, settings);
        export.checkedListing();
        return export;
    }

    /** Lists the directory. Throws if a file in scope cannot be read, because nothing may be skipped silently. */
    private Listing checkedListing() {
        Listing listing = directory.list();
        directory.nativeIndexProblem(listing).ifPresent(problem -> {
            throw problem;
        });
        for (Path unexpected : listing.unexpected()) {
            if (Files.isSymbolicLink(unexpected) && !Files.exists(unexpected)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        directory.describe(unexpected) + " is a dangling link, so the backup would lack its content",
                        "Restore the target of the link, or remove the link");
            }
        }
        for (Path file : listing.files()) {
            if (!hasDecodableName(file)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        directory.describe(file) + " has a name that this process cannot decode",
                        "Start ngbak in a UTF-8 locale (LC_ALL=C.UTF-8), or rename the file");
            }
            if (!Files.isReadable(file)) {
                throw FileErrors.unreadable(directory.describe(file), Files.exists(file), null);
            }
        }
        return listing;
    }

    private boolean hasDecodableName(Path file) {
        try {
            return directory.path().resolve(file.getFileName().toString()).equals(file);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    @Override
    public StoreInfo info() {
        return directory.info();
    }

    @Override
    public StoreCounts counts() throws IOException {
        RecordDigester records = RecordDigester.counting();
        read(records, Progress.NONE);
        return records.counts();
    }

    @Override
    public Optional<BackupException> scopeProblem() {
        if (!directory.exists()) {
            return Optional.of(new BackupException(
                    Kind.INVALID,
                    directory + ": there is no such folder",
                    "Set " + directory.setting() + " to the working directory of " + directory.system()
                            + ", relative to the directory in which ngbak is started. For a new system, create it"));
        }
        Listing listing = directory.list();
        if (listing.recognized() || listing.foreign().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INVALID,
                directory + ": that folder contains no file of " + directory.system() + ", but "
                        + WorkingDirectory.someNames(listing.foreign()),
                "Set " + directory.setting() + " to the folder that contains "
                        + kind.names(settings).pattern()));
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return FileChangeMarker.of(directory);
    }

    @Override
    public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        walk(
                records,
                progress,
                (file, name, meter) ->
                        sink.put(name, directory.names().suffix(), out -> decode(file, out, meter, records)));
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        walk(records, progress, (file, name, meter) -> decode(file, OutputStream.nullOutputStream(), meter, records));
    }

    @Override
    public void exportRaw(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        forEachFile(
                checkedListing(),
                progress,
                (file, name, meter) ->
                        sink.put(name, directory.names().suffix(), out -> copy(file, out, meter, in -> {})));
    }

    private interface FileVisitor {
        void visit(Path file, String name, ProgressMeter meter) throws IOException;
    }

    private void walk(RecordHandler records, Progress progress, FileVisitor visitor) throws IOException {
        Listing listing = checkedListing();
        kind.announceCounts(records);
        forEachFile(listing, progress, visitor);
        for (Path unexpected : listing.unexpected()) {
            records.warn(directory.describe(unexpected) + " is not a file, so it was left out.");
        }
    }

    private void forEachFile(Listing listing, Progress progress, FileVisitor visitor) throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, this::checkAborted);
        meter.check();
        for (Path file : listing.files()) {
            meter.expect(file.toFile().length());
        }
        for (Path file : listing.files()) {
            visitor.visit(file, directory.nameIn(file), meter);
        }
        meter.flush();
    }

    private void decode(Path file, OutputStream out, ProgressMeter meter, RecordHandler records) throws IOException {
        try {
            copy(file, out, meter, in -> kind.read(in, directory.nameIn(file), settings, records));
        } catch (MalformedContentException e) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    directory.describe(file) + " " + e.getMessage()
                            + ". It is probably being written, or was truncated when " + directory.system()
                            + " was stopped",
                    "Wait until " + directory.system() + " has written the file, and try again. If the problem remains,"
                            + " restore the file from an earlier backup, or let " + directory.system() + " rebuild it",
                    e);
        }
    }

    private void copy(Path file, OutputStream out, ProgressMeter meter, Decoder decoder) throws IOException {
        try (InputStream in = open(file)) {
            TeeInputStream.copy(in, out, meter, decoder);
        }
    }

    private InputStream open(Path file) {
        try {
            return new FilterInputStream(Files.newInputStream(file)) {
                @Override
                public int read(byte[] bytes, int offset, int length) {
                    try {
                        return in.read(bytes, offset, length);
                    } catch (IOException e) {
                        throw unreadable(file, e);
                    }
                }
            };
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private BackupException unreadable(Path file, IOException cause) {
        return FileErrors.unreadable(directory.describe(file), Files.exists(file), cause);
    }

    private void checkAborted() {
        if (aborted) {
            throw new CancellationException("the export of files was aborted");
        }
    }

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public void close() {
        // No file stays open between calls.
    }
}
