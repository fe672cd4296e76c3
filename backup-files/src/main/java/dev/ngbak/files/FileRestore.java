package dev.ngbak.files;

import dev.ngbak.files.WorkingDirectory.Listing;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

/** Replaces the files of one kind in a working directory with those of an archive. */
final class FileRestore implements RestoreSession {

    private final FileKind kind;
    private final Settings settings;
    private final WorkingDirectory directory;
    /** The SHA-256 of each file that was restored without being decoded, by its name in the archive. */
    private final Map<String, String> rawDigests = new HashMap<>();

    private boolean restoredRaw;
    private volatile boolean aborted;

    private FileRestore(FileKind kind, Settings settings) {
        this.kind = kind;
        this.settings = settings;
        this.directory = WorkingDirectory.of(kind, settings);
    }

    static FileRestore open(FileKind kind, Settings settings) {
        return new FileRestore(kind, settings);
    }

    @Override
    public StoreInfo info() {
        return directory.info();
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        Preflight.unknownForm(archived, kind.role(), kind.backend(), kind.form(), ExportSession.RAW)
                .ifPresent(problems::add);
        addProblemsOfDirectory(bytes, problems);
        Listing listing = directory.list();
        directory.nativeIndexProblem(listing).ifPresent(problems::add);
        for (Path unexpected : listing.unexpected()) {
            problems.add(incompatible(
                    directory.describe(unexpected)
                            + " has the name of a file to restore, but is not a file, so it cannot be replaced",
                    "Move it away"));
        }
        addProblemsOfLinks(listing.files(), problems);
        return problems;
    }

    private void addProblemsOfDirectory(long bytes, List<BackupException> problems) throws IOException {
        Path written = directory.exists()
                ? directory.path()
                : directory.path().toAbsolutePath().getParent();
        if (written == null || !Files.isDirectory(written)) {
            problems.add(new BackupException(
                    Kind.INVALID,
                    directory + ": neither this folder nor its parent folder exists",
                    "Create the parent folder, or correct " + directory.setting()));
        } else if (!Files.isWritable(written)) {
            problems.add(incompatible(
                    directory + ": that folder is not writable",
                    "Give the user that runs ngbak permission to write to "
                            + (directory.exists() ? "it" : "the folder in which it will be created")));
        } else {
            long available = Files.getFileStore(written).getUsableSpace();
            if (available < bytes) {
                problems.add(new BackupException(
                        Kind.NO_SPACE,
                        directory + ": the new files are written next to the old ones and need " + bytes
                                + " bytes, but only " + available + " are free",
                        "Free space there"));
            }
        }
    }

    private void addProblemsOfLinks(List<Path> files, List<BackupException> problems) throws IOException {
        Map<Path, Path> targets = new HashMap<>();
        for (Path file : files) {
            Path target = file.toRealPath();
            if (!target.getParent().equals(directory.path().toRealPath()) && !Files.isWritable(target.getParent())) {
                problems.add(incompatible(
                        directory.describe(file) + " is a link into a folder that is not writable",
                        "Give the user that runs ngbak permission to write there, or replace the link with the file"));
            }
            Path twin = targets.put(target, file);
            if (twin != null) {
                problems.add(incompatible(
                        directory.describe(file) + " and " + directory.describe(twin)
                                + " are the same file because of a link, and cannot both be replaced",
                        "Replace the link with a copy"));
            }
        }
    }

    private static BackupException incompatible(String problem, String remedy) {
        return new BackupException(Kind.INCOMPATIBLE, problem, remedy);
    }

    @Override
    public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        Preflight.requireNone(problems(source.archived(), 0));
        ProgressMeter meter = ProgressMeter.ofBytes(progress, this::checkAborted);
        meter.check();
        ArchivedFiles archived = new ArchivedFiles(kind, settings, source);
        rawDigests.clear();
        restoredRaw = archived.isRaw();
        try (StagedFiles staged = StagedFiles.in(directory)) {
            archived.read(records, meter, entry -> {
                if (restoredRaw) {
                    rawDigests.put(entry.name(), entry.sha256());
                }
                return staged.create(entry.name());
            });
            meter.flush();
            staged.commit();
            staged.warnings().forEach(records::warn);
        }
    }

    /** Compares the bytes of files that were restored without being decoded. */
    @Override
    public boolean readBack(RecordHandler records, Progress progress) throws IOException {
        if (!restoredRaw) {
            return false;
        }
        records.markOpaque(StoreCounts.NONE);
        ProgressMeter meter = ProgressMeter.ofBytes(progress, this::checkAborted);
        Map<String, String> found = new HashMap<>();
        for (Path file : directory.list().files()) {
            DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), ContentDigest.sha256());
            try (InputStream in = Files.newInputStream(file)) {
                TeeInputStream.copy(in, out, meter);
            }
            found.put(
                    directory.nameIn(file),
                    HexFormat.of().formatHex(out.getMessageDigest().digest()));
        }
        if (!found.equals(rawDigests)) {
            throw new BackupException(
                    Kind.INTERNAL, directory + ": the files are not equal to those of the archive, byte for byte", "");
        }
        return true;
    }

    @Override
    public void clear() {
        if (directory.exists()) {
            try (StagedFiles none = StagedFiles.in(directory)) {
                none.commit();
            }
        }
    }

    private void checkAborted() {
        if (aborted) {
            throw new CancellationException("the restore of files was aborted");
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
