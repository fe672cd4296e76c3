package dev.ngbak.files;

import dev.ngbak.files.WorkingFolder.Listing;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Reads the files of one kind in a working folder. */
final class FileExport implements ExportSession {

    private final FileKind kind;
    private final WorkingFolder folder;
    private volatile boolean aborted;

    private FileExport(FileKind kind, WorkingFolder folder) {
        this.kind = kind;
        this.folder = folder;
    }

    static FileExport open(FileKind kind, Settings settings) {
        FileExport export = new FileExport(kind, WorkingFolder.from(settings));
        export.files();
        return export;
    }

    /** The files in scope, once it is sure that there is nothing that would have to be left out. */
    private List<Path> files() {
        Listing listing = folder.list(kind);
        if (kind == FileKind.NANO && !listing.hnswlib().isEmpty()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "VECTOR_BACKEND is nano, but " + WorkingFolder.hnswlib(listing.hnswlib())
                            + ". Nothing was backed up",
                    WorkingFolder.HNSWLIB_REMEDY);
        }
        for (Path stranger : listing.strangers()) {
            if (Files.isSymbolicLink(stranger) && !Files.exists(stranger)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        folder.show(stranger) + " is a link that leads nowhere, so the backup would lack its content."
                                + " Nothing was backed up",
                        "Bring back what the link leads to, or remove the link");
            }
        }
        for (Path file : listing.files()) {
            if (!isSpelled(file)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        folder.show(file) + " has a name that this process cannot spell. Nothing was backed up",
                        "Start ngbak in a UTF-8 locale (LC_ALL=C.UTF-8), or rename the file");
            }
            if (!Files.isReadable(file)) {
                throw unreadable(file, null);
            }
        }
        return listing.files();
    }

    /** Whether the file's name, which may be any bytes, is what its text says. */
    private boolean isSpelled(Path file) {
        try {
            return folder.path().resolve(file.getFileName().toString()).equals(file);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    @Override
    public StoreInfo info() {
        return folder.info(kind);
    }

    @Override
    public StoreCounts counts() throws IOException {
        return pass(null, Progress.NONE, Tally.counting()).counts();
    }

    @Override
    public BackupException scopeProblem() {
        if (!folder.exists()) {
            return new BackupException(
                    Kind.INVALID,
                    folder + ": there is no such folder",
                    "Set WORKING_DIR to the working folder of nano-graphrag, relative to where ngbak is started;"
                            + " for a new system, create it");
        }
        Listing listing = folder.list(kind);
        return listing.empty() && !listing.others().isEmpty()
                ? new BackupException(
                        Kind.INVALID,
                        folder + ": that folder has no file of nano-graphrag in it, but "
                                + WorkingFolder.some(listing.others()),
                        "Set WORKING_DIR to the folder with kv_store_*.json, vdb_*.json and *.graphml in it")
                : null;
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return FileTimes.marker(folder, kind);
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        return pass(sink, progress, Tally.digesting()).summary();
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        return pass(null, progress, Tally.digesting()).summary();
    }

    @Override
    public StoreSummary exportRaw(EntrySink sink, Progress progress) throws IOException {
        Meter meter = new Meter(progress, () -> aborted);
        meter.check();
        for (Path file : files()) {
            meter.expect(file.toFile().length());
            sink.put(kind.nameIn(file.getFileName().toString()), kind.suffix(), out -> {
                try (InputStream in = open(file)) {
                    Passage.copy(in, out, meter);
                }
            });
        }
        return StoreSummary.opaque();
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        pass(null, progress, Tally.showing(visitor));
        return true;
    }

    private Tally pass(EntrySink sink, Progress progress, Tally tally) throws IOException {
        Meter meter = new Meter(progress, () -> aborted);
        meter.check();
        kind.begin(tally);
        List<Path> files = files();
        for (Path file : files) {
            meter.expect(file.toFile().length());
        }
        for (Path file : files) {
            String name = kind.nameIn(file.getFileName().toString());
            if (sink == null) {
                pass(file, name, OutputStream.nullOutputStream(), meter, tally);
            } else {
                sink.put(name, kind.suffix(), out -> pass(file, name, out, meter, tally));
            }
        }
        for (Path stranger : folder.list(kind).strangers()) {
            tally.warn(folder.show(stranger) + " has the name of a file but is none, so it was left out.");
        }
        meter.check();
        return tally;
    }

    private void pass(Path file, String name, OutputStream out, Meter meter, Tally tally) throws IOException {
        try (InputStream in = open(file)) {
            Passage.run(kind, name, in, out, meter, tally);
        } catch (Malformed e) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    folder.show(file) + " " + e.getMessage()
                            + "; it is probably being written, or was cut off when nano-graphrag was stopped"
                            + (tally.visitor() == null ? ". Nothing was backed up" : ""),
                    "Wait until nano-graphrag is done with it and try again; if it stays so, bring the file back from"
                            + " an earlier backup, or let nano-graphrag make it anew",
                    e);
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
        return new BackupException(
                Kind.UNREACHABLE,
                folder.show(file) + " cannot be read"
                        + (Files.exists(file) ? "" : ": it is gone, though it was there a moment ago")
                        + ". Nothing was backed up",
                "Let the user that ngbak runs as read the files in WORKING_DIR, and try again",
                cause);
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
