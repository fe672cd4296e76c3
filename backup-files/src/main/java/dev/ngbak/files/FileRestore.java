package dev.ngbak.files;

import dev.ngbak.files.WorkingFolder.Listing;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Replaces the files of one kind in a working folder by those of an archive. */
final class FileRestore implements RestoreSession {

    private final FileKind kind;
    private final WorkingFolder folder;
    private final Map<String, String> raw = new HashMap<>();
    private boolean restoredRaw;
    private volatile boolean aborted;

    private FileRestore(FileKind kind, WorkingFolder folder) {
        this.kind = kind;
        this.folder = folder;
    }

    static FileRestore open(FileKind kind, Settings settings) {
        return new FileRestore(kind, WorkingFolder.from(settings));
    }

    /** Decodes all archived files of a kind, writing nothing. */
    static StoreSummary read(FileKind kind, EntrySource source, Progress progress) throws IOException {
        Meter meter = new Meter(progress, () -> false);
        return decode(kind, source, meter, Tally.digesting(), name -> OutputStream.nullOutputStream());
    }

    /** Shows all archived records of a kind. */
    static boolean visit(FileKind kind, EntrySource source, RecordVisitor visitor, Progress progress)
            throws IOException {
        if (source.archived().form().equals(ExportSession.RAW)) {
            return false;
        }
        Meter meter = new Meter(progress, () -> false);
        decode(kind, source, meter, Tally.showing(visitor), name -> OutputStream.nullOutputStream());
        return true;
    }

    private static boolean isKnown(FileKind kind, StoreInfo archived) {
        return archived.form().equals(kind.form()) || archived.form().equals(ExportSession.RAW);
    }

    @Override
    public StoreInfo info() {
        return folder.info(kind);
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        if (!isKnown(kind, archived)) {
            problems.add(unfit(unknownForm(kind, archived), "Restore it with the version of ngbak that made it"));
        }
        Path place =
                folder.exists() ? folder.path() : folder.path().toAbsolutePath().getParent();
        if (place == null || !Files.isDirectory(place)) {
            problems.add(new BackupException(
                    Kind.INVALID,
                    folder + ", and the folder to create it in is not there either",
                    "Create it, or correct WORKING_DIR"));
        } else if (!Files.isWritable(place)) {
            problems.add(unfit(
                    folder + ": nothing can be written there",
                    "Let the user that ngbak runs as write to "
                            + (folder.exists() ? "it" : "the folder it is to be created in")));
        } else {
            long room = Files.getFileStore(place).getUsableSpace();
            if (room < bytes) {
                problems.add(new BackupException(
                        Kind.NO_SPACE,
                        folder + ": the new files are written beside the old ones, which takes " + bytes
                                + " bytes, and there are " + room,
                        "Make room there"));
            }
        }
        Listing listing = folder.list(kind);
        if (kind == FileKind.NANO && !listing.hnswlib().isEmpty()) {
            problems.add(unfit(
                    "VECTOR_BACKEND is nano, but " + WorkingFolder.hnswlib(listing.hnswlib()),
                    WorkingFolder.HNSWLIB_REMEDY));
        }
        for (Path stranger : listing.strangers()) {
            problems.add(unfit(
                    folder.show(stranger) + " is not a file, though it has the name of one, and cannot be replaced",
                    "Move it away"));
        }
        addProblems(listing.files(), problems);
        return problems;
    }

    private static BackupException unfit(String problem, String remedy) {
        return new BackupException(Kind.INCOMPATIBLE, problem, remedy);
    }

    private void addProblems(List<Path> files, List<BackupException> problems) throws IOException {
        Set<Path> mounted = MountPoints.now();
        Map<Path, Path> targets = new HashMap<>();
        for (Path file : files) {
            Path target = file.toRealPath();
            if (mounted.contains(target)) {
                problems.add(unfit(
                        folder.show(file) + " is a mount of its own, so it cannot be replaced",
                        "Mount the folder instead of the file"));
            }
            if (!target.getParent().equals(folder.path().toRealPath()) && !Files.isWritable(target.getParent())) {
                problems.add(unfit(
                        folder.show(file) + " is a link into a folder that cannot be written to",
                        "Let the user that ngbak runs as write there, or replace the link by the file"));
            }
            Path twin = targets.put(target, file);
            if (twin != null) {
                problems.add(unfit(
                        folder.show(file) + " and " + folder.show(twin)
                                + " are one file by a link, and cannot both be replaced",
                        "Replace the link by a copy"));
            }
        }
    }

    @Override
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        List<BackupException> problems = problems(source.archived(), 0);
        if (!problems.isEmpty()) {
            BackupException first = problems.get(0);
            throw new BackupException(first.kind(), first.problem() + ". Nothing was changed", first.remedy());
        }
        Meter meter = new Meter(progress, () -> aborted);
        meter.check();
        try (Staging staging = Staging.prepare(kind, folder)) {
            restoredRaw = source.archived().form().equals(ExportSession.RAW);
            raw.clear();
            StoreSummary summary = decode(
                    kind,
                    source,
                    meter,
                    Tally.digesting(),
                    restoredRaw
                            ? name -> new Hashed(staging.create(name), hash -> raw.put(name, hash))
                            : staging::create);
            meter.check();
            staging.commit();
            List<String> warnings = new ArrayList<>(summary.warnings());
            warnings.addAll(staging.warnings());
            return new StoreSummary(summary.records(), summary.counts(), summary.contentDigest(), warnings);
        }
    }

    /** What was put back raw cannot be decoded, so its bytes are compared. */
    @Override
    public StoreSummary readBack(Progress progress) throws IOException {
        if (!restoredRaw) {
            return null;
        }
        Meter meter = new Meter(progress, () -> aborted);
        Map<String, String> found = new HashMap<>();
        for (Path file : folder.list(kind).files()) {
            String name = kind.nameIn(file.getFileName().toString());
            try (InputStream in = Files.newInputStream(file);
                    OutputStream out = new Hashed(OutputStream.nullOutputStream(), hash -> found.put(name, hash))) {
                Passage.copy(in, out, meter);
            }
        }
        if (!found.equals(raw)) {
            throw new BackupException(
                    Kind.INTERNAL, folder + ": its files are not, byte for byte, those that were put back", "");
        }
        return StoreSummary.opaque();
    }

    /** Tells the SHA-256 of what passed when it is closed. */
    private static final class Hashed extends DigestOutputStream {
        private final Consumer<String> told;

        Hashed(OutputStream out, Consumer<String> told) {
            super(out, ContentDigest.sha256());
            this.told = told;
        }

        @Override
        public void close() throws IOException {
            super.close();
            told.accept(HexFormat.of().formatHex(getMessageDigest().digest()));
        }
    }

    /** Opens the output for one archived file. */
    private interface Outputs {
        OutputStream open(String name) throws IOException;
    }

    private static StoreSummary decode(FileKind kind, EntrySource source, Meter meter, Tally tally, Outputs outputs)
            throws IOException {
        if (!isKnown(kind, source.archived())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    unknownForm(kind, source.archived()) + ". Nothing was changed",
                    "Use the version of ngbak that made the archive");
        }
        boolean isRaw = source.archived().form().equals(ExportSession.RAW);
        kind.begin(tally);
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> {
            String objection = kind.objection(entry.name());
            if (objection != null || !names.add(entry.name())) {
                throw damaged(
                        "The name \"" + Malformed.shown(entry.name()) + "\" of " + entry.path() + " in the archive "
                                + (objection == null ? "is that of another file in it" : objection),
                        null);
            }
            meter.expect(entry.size());
            if (isRaw) {
                try (OutputStream out = outputs.open(entry.name())) {
                    Passage.copy(content, out, meter);
                }
            } else {
                decode(kind, entry, content, outputs, meter, tally);
            }
        });
        return isRaw ? StoreSummary.opaque() : tally.summary();
    }

    private static void decode(
            FileKind kind, EntrySource.Entry entry, InputStream content, Outputs outputs, Meter meter, Tally tally)
            throws IOException {
        try (OutputStream out = outputs.open(entry.name())) {
            Passage.run(kind, entry.name(), content, out, meter, tally);
        } catch (Malformed e) {
            throw damaged(Malformed.shown(entry.path()) + " in the archive " + e.getMessage(), e);
        }
    }

    private static BackupException damaged(String problem, Malformed cause) {
        return new BackupException(Kind.CORRUPT, problem + ". Nothing was changed", "Use another archive", cause);
    }

    private static String unknownForm(FileKind kind, StoreInfo archived) {
        return "The archive holds its " + kind.role().id() + " in the form \"" + Malformed.shown(archived.form())
                + "\", and " + kind.role().setting() + "=" + kind.backend() + " reads \"" + kind.form() + "\"";
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
