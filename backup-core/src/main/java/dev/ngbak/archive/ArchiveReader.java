package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * One pass over an archive, in its own order, checking every byte on the way:
 *
 * <pre>{@code
 * try (ArchiveReader archive = ArchiveReader.open(file)) {
 *     for (ManifestEntry entry = archive.next(); entry != null; entry = archive.next()) {
 *         … archive.content() …
 *     }
 * }
 * }</pre>
 *
 * <p>Once {@link #next} has returned {@code null}, the archive held every file of its manifest once, each with its size
 * and digest, and nothing else. All refusals are {@link BackupException}s of kind {@code CORRUPT} (or {@code
 * INCOMPATIBLE}, for another major version). Nothing is ever written. Not for several threads.
 */
public final class ArchiveReader implements Closeable {

    /** Small, so that a list does not unpack much of what stands behind the manifests. */
    private static final int BEGINNING = 1 << 12;

    /** How many bytes of files a list passes over in the search for a manifest that does not stand first. */
    private static final long MAKER_SEARCH = 16 << 20;

    private final Path file;
    private final TarInput tar;
    private final String manifestText;
    private final Manifest manifest;
    private final Map<String, ManifestEntry> records;
    private final Set<String> seen = new HashSet<>();
    private ManifestEntry current;
    private MessageDigest digest;
    private boolean ended;

    private ArchiveReader(Path file, TarInput tar, String manifestText, Manifest manifest) {
        this.file = file;
        this.tar = tar;
        this.manifestText = manifestText;
        this.manifest = manifest;
        this.records = new HashMap<>();
        manifest.files().forEach(record -> records.put(record.path(), record));
    }

    /**
     * Opens an archive for a pass over its files. Where the manifest does not stand first (somebody packed it again), the
     * tar is read twice.
     */
    public static ArchiveReader open(Path file) {
        return open(file, new ArchiveIndex(), () -> {});
    }

    /**
     * The same, for one of several passes.
     *
     * @param index of this file, empty for the first pass: what {@link #skip} passes over is not unpacked where an earlier
     *     pass has noted the way
     * @param check called at every step of the reading, also of bytes that unpack to nothing; it stops the reading by a
     *     {@link CancellationException}, which this reader throws unchanged
     */
    public static ArchiveReader open(Path file, ArchiveIndex index, Runnable check) {
        TarInput tar = tar(file, it -> Compression.open(it, index, check));
        try {
            TarInput.Header first = tar.next();
            if (first != null && first.path().equals(ArchivePaths.MANIFEST)) {
                return withManifest(file, tar, first);
            }
            for (TarInput.Header later = first; later != null; later = tar.next()) {
                if (later.path().equals(ArchivePaths.MANIFEST)) {
                    ArchiveReader found = withManifest(file, tar, later);
                    tar.close();
                    tar = tar(file, it -> Compression.open(it, index, check));
                    return new ArchiveReader(file, tar, found.manifestText, found.manifest);
                }
            }
            throw new TarInput.Refused("there is no manifest.json in it");
        } catch (IOException | RuntimeException | Error e) {
            throw damaged(file, closing(tar, e));
        }
    }

    /** Opens an archive only as far as its manifest, which must stand first: what a list can afford. */
    public static ArchiveReader openBeginning(Path file) {
        TarInput tar = tar(file, beginning -> Compression.open(Files.newInputStream(beginning), BEGINNING, () -> {}));
        try {
            TarInput.Header first = tar.next();
            if (first == null || !first.path().equals(ArchivePaths.MANIFEST)) {
                checkMaker(file, tar, first);
                throw new TarInput.Refused(
                        "its first file is not manifest.json, so the list cannot show what is in it; inspect reads it whole");
            }
            return withManifest(file, tar, first);
        } catch (IOException | RuntimeException | Error e) {
            throw damaged(file, closing(tar, e));
        }
    }

    /**
     * Throws for an archive of the Python tool, whose manifest never stands first. A list can read no more than a
     * little to find out, so it does not recognize a large one.
     */
    private static void checkMaker(Path file, TarInput tar, TarInput.Header first) throws IOException {
        long left = MAKER_SEARCH;
        for (TarInput.Header header = first; header != null && left >= 0; header = tar.next()) {
            if (header.path().equals(ArchivePaths.MANIFEST)) {
                withManifest(file, tar, header);
                return;
            }
            left -= header.size();
            if (left < 0) {
                return;
            }
        }
    }

    private interface Opening {
        InputStream open(Path file) throws IOException;
    }

    private static TarInput tar(Path file, Opening opening) {
        try {
            if (Files.isDirectory(file)) {
                throw new TarInput.Refused("it is a folder, not a file");
            }
            InputStream tar = opening.open(file);
            if (tar == null) {
                throw new TarInput.Refused(
                        Files.size(file) == 0
                                ? "the file is empty"
                                : "it is neither a tar nor one packed by gzip or zstd");
            }
            return new TarInput(tar);
        } catch (NoSuchFileException e) {
            throw new BackupException(
                    Kind.NOT_FOUND, "There is no archive " + file, "ngbak list shows those there are");
        } catch (AccessDeniedException e) {
            throw new BackupException(
                    Kind.INVALID,
                    "The archive " + name(file) + " must not be read by this user",
                    "Give the user that runs ngbak the right to read it",
                    e);
        } catch (IOException | RuntimeException e) {
            throw damaged(file, e);
        }
    }

    private static ArchiveReader withManifest(Path file, TarInput tar, TarInput.Header header) throws IOException {
        if (header.size() > ManifestJson.LARGEST) {
            throw new TarInput.Refused("its manifest has " + header.size() + " bytes; 16 MiB is the most it may have");
        }
        byte[] json = new byte[(int) header.size()];
        int at = 0;
        while (at < json.length) {
            at += tar.read(json, at, json.length - at);
        }
        String comment = header.comment();
        String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(json));
        if (comment != null && !comment.equals("sha256:" + sha256)) {
            throw new TarInput.Refused("its manifest is not the one that was written");
        }
        Manifest manifest = ManifestJson.read(json);
        ArchiveReader reader = new ArchiveReader(file, tar, new String(json, StandardCharsets.UTF_8), manifest);
        reader.seen.add(ArchivePaths.MANIFEST);
        return reader;
    }

    public Manifest manifest() {
        return manifest;
    }

    /** The manifest's own text, with members that this version does not know. */
    public String manifestText() {
        return manifestText;
    }

    /** The file at hand; {@code null} before the first and after the last. */
    public ManifestEntry current() {
        return current;
    }

    /** Finishes the file at hand and goes to the next; {@code null} behind the last. */
    public ManifestEntry next() {
        return advance(true);
    }

    /** The same, without hashing what is left of the file at hand: for a second pass over an archive that was checked. */
    public ManifestEntry skip() {
        return advance(false);
    }

    private ManifestEntry advance(boolean hashed) {
        if (ended) {
            return null;
        }
        try {
            if (hashed) {
                finishFile();
            }
            TarInput.Header header = tar.next();
            while (header != null && header.path().equals(ArchivePaths.MANIFEST) && seen.add(header.path())) {
                header = tar.next();
            }
            current = header == null ? null : expected(header);
            digest = ContentDigest.sha256();
            if (header == null) {
                ended = true;
                checkComplete();
            }
            return current;
        } catch (IOException | RuntimeException e) {
            throw damaged(file, e);
        }
    }

    private ManifestEntry expected(TarInput.Header header) throws IOException {
        ManifestEntry record = records.get(header.path());
        String name = "\"" + ArchivePaths.shown(header.path()) + "\"";
        if (!seen.add(header.path())) {
            throw new TarInput.Refused(name + " is in it twice");
        }
        if (record == null) {
            throw new TarInput.Refused(name + " is in it, but not in its manifest");
        }
        if (record.size() != header.size()) {
            throw new TarInput.Refused(
                    name + " has " + header.size() + " bytes, but its manifest says " + record.size());
        }
        return record;
    }

    private void checkComplete() throws IOException {
        for (ManifestEntry record : manifest.files()) {
            if (!seen.contains(record.path())) {
                throw new TarInput.Refused("\"" + ArchivePaths.shown(record.path()) + "\" is missing from it");
            }
        }
    }

    /** Reads what is left of the file at hand and checks its digest. Nothing happens where that is done already. */
    void finishFile() throws IOException {
        if (current == null || digest == null) {
            return;
        }
        byte[] buffer = new byte[1 << 16];
        while (read(buffer, 0, buffer.length) >= 0) {
            // reading is all there is to do: read() hashes
        }
        String sha256 = HexFormat.of().formatHex(digest.digest());
        digest = null;
        if (!sha256.equals(current.sha256())) {
            throw new TarInput.Refused("\"" + ArchivePaths.shown(current.path())
                    + "\" is not the file that was written: its SHA-256 is " + sha256 + ", not " + current.sha256());
        }
    }

    /** Finishes the file at hand: what is left of it is read, and its digest is checked. */
    public void finish() {
        try {
            finishFile();
        } catch (IOException | RuntimeException e) {
            throw damaged(file, e);
        }
    }

    private int read(byte[] bytes, int offset, int length) throws IOException {
        int n = tar.read(bytes, offset, length);
        if (n > 0) {
            digest.update(bytes, offset, n);
        }
        return n;
    }

    /**
     * The content of the file at hand, good until {@link #next}; closing it does nothing. Damage that is met in reading is
     * thrown as a {@link BackupException}, so that a decoder does not take it for its own.
     */
    public InputStream content() {
        return new InputStream() {
            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                try {
                    return length == 0 ? 0 : ArchiveReader.this.read(bytes, offset, length);
                } catch (IOException | RuntimeException e) {
                    throw damaged(file, e);
                }
            }
        };
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }

    /**
     * The exception for whatever went wrong while an archive was read.
     *
     * @throws CancellationException for a reading that was stopped: that says nothing about the archive
     */
    private static BackupException damaged(Path file, Throwable cause) {
        if (cause instanceof BackupException e) {
            return e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        if (cause instanceof CancellationException e) {
            throw e;
        }
        if (cause instanceof InterruptedIOException || cause instanceof ClosedByInterruptException) {
            CancellationException cancelled = new CancellationException("interrupted while reading an archive");
            cancelled.initCause(cause);
            throw cancelled;
        }
        if (cause instanceof ManifestJson.OtherFormat) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive " + name(file) + " is of the format " + cause.getMessage()
                            + ", and this program reads " + Manifest.FORMAT,
                    "Use the version of ngbak that made it, or a newer one",
                    cause);
        }
        if (cause instanceof ManifestJson.PythonTool) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive " + name(file) + " was made by the backup tool of nano-graphrag that is written in"
                            + " Python, and this program reads only its own archives",
                    "Restore it with that tool, then make a new backup with this program",
                    cause);
        }
        return refused(file, why(cause), cause);
    }

    /** Decoders complain of damaged bytes in many ways, by unchecked exceptions too, and seldom in words for people. */
    private static String why(Throwable cause) {
        if (cause instanceof TarInput.Refused) {
            return cause.getMessage();
        }
        if (cause instanceof EOFException) {
            return "it cannot be unpacked, since it ends too soon: it was not copied to its end, or bytes in it have changed";
        }
        if (cause instanceof RuntimeException) {
            return "it cannot be unpacked, since bytes in it have changed";
        }
        return "it cannot be unpacked (" + ArchivePaths.shown(String.valueOf(cause.getMessage())) + ")";
    }

    /** The exception for an archive that is refused. */
    public static BackupException refused(Path file, String why, Throwable cause) {
        return new BackupException(
                Kind.CORRUPT,
                "The archive " + name(file) + " is damaged: " + why,
                "Use another archive, or get this one again from where it was copied",
                cause);
    }

    private static String name(Path file) {
        return ArchivePaths.shown(String.valueOf(file.getFileName()));
    }

    private static <E extends Throwable> E closing(Closeable resource, E failure) {
        if (resource != null) {
            try {
                resource.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
        return failure;
    }
}
