package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.SafeText;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive once, in its own order, and checks every byte:
 *
 * <pre>{@code
 * try (ArchiveReader reader = ArchiveReader.open(archive)) {
 *     for (ManifestEntry entry = reader.next(); entry != null; entry = reader.next()) {
 *         … reader.content() …
 *     }
 * }
 * }</pre>
 *
 * <p>When {@link #next} has returned {@code null}, the archive contains every file of its manifest once, each with its size
 * and digest, and nothing else. It rejects an archive with a {@link BackupException} of kind {@code CORRUPT}, or {@code
 * INCOMPATIBLE} for another major version. Not thread-safe.
 */
public final class ArchiveReader implements Closeable {

    /** Small, so that listing archives unpacks little more than their manifests. */
    private static final int LIST_BUFFER_BYTES = 1 << 12;

    /** The number of bytes of an archive that a listing skips in search of a manifest that is not the first file. */
    private static final long MAX_MANIFEST_SEARCH_BYTES = 16 << 20;

    private final ReadableArchive archive;
    private final TarSource source;
    private final TarInput tar;
    private @Nullable ManifestSignature signature;
    private SignatureStatus signatureStatus = SignatureStatus.UNSIGNED;
    private final String manifestText;
    private final Manifest manifest;
    private final Map<String, ManifestEntry> entries;
    private final Paths paths;
    private final Set<String> seen = new HashSet<>();
    private ManifestEntry current;
    private MessageDigest digest;
    private boolean ended;

    /** Returns the path in the manifest of a file in the tar. */
    private interface Paths {
        String of(String path) throws IOException;
    }

    private ArchiveReader(TarSource source, String manifestText, Manifest manifest, Paths paths) {
        this.archive = source.archive();
        this.source = source;
        this.tar = source.tar();
        this.manifestText = manifestText;
        this.manifest = manifest;
        this.entries = new HashMap<>();
        manifest.files().forEach(entry -> entries.put(entry.path(), entry));
        this.paths = paths;
    }

    /**
     * Opens an archive. If the manifest is not its first file, because another program packed it again, the tar is read
     * twice. An archive of nano-graphrag's own backup tool is read completely first, because its manifest lists no files.
     */
    public static ArchiveReader open(ReadableArchive archive) {
        return open(archive, () -> {});
    }

    /**
     * Opens an archive so that the caller can stop the reading.
     *
     * @param check called at every step, even while bytes unpack to nothing; it may stop the reading with a {@link
     *     CancellationException}, which this reader throws unchanged
     */
    public static ArchiveReader open(ReadableArchive archive, Runnable check) {
        ArchiveReader reader = openAny(archive, check);
        try {
            archive.keys().requireSignature(archive, reader.signatureStatus, reader.signature);
            return reader;
        } catch (BackupException e) {
            throw closing(reader, e);
        }
    }

    private static ArchiveReader openAny(ReadableArchive archive, Runnable check) {
        TarSource source = TarSource.open(archive, it -> Compression.open(it, check));
        try {
            TarInput.Header first = source.tar().next();
            if (first != null && first.path().equals(ArchivePaths.MANIFEST)) {
                return withManifest(source, first);
            }
            for (TarInput.Header later = first;
                    later != null;
                    later = source.tar().next()) {
                if (later.path().equals(ArchivePaths.MANIFEST)) {
                    ArchiveReader found = withManifest(source, later);
                    source.close();
                    source = TarSource.open(archive, it -> Compression.open(it, check));
                    ArchiveReader again = new ArchiveReader(source, found.manifestText, found.manifest, path -> path);
                    again.signature = found.signature;
                    again.signatureStatus = found.signatureStatus;
                    return again;
                }
            }
            throw new RefusedArchiveException("it does not contain manifest.json");
        } catch (ManifestReader.OtherToolException e) {
            closing(source, e);
            return openOtherTool(archive, check);
        } catch (IOException | RuntimeException | Error e) {
            throw ReadFailures.translate(archive, closing(source, e));
        }
    }

    private static ArchiveReader openOtherTool(ReadableArchive archive, Runnable check) {
        TarSource source = null;
        try {
            TarSource.Opening opening = it -> Compression.open(it, check);
            ToolArchive contents = ToolArchive.read(
                    archive, () -> TarSource.open(archive, opening).tar());
            Manifest manifest = contents.manifest();
            source = TarSource.open(archive, opening);
            return new ArchiveReader(source, manifest.text(), manifest, contents::ownPath);
        } catch (IOException | RuntimeException | Error e) {
            throw ReadFailures.translate(archive, closing(source, e));
        }
    }

    /**
     * Opens an archive and reads only its manifest, which must be the first file. This is cheap enough to list many archives.
     * The manifest of nano-graphrag's own backup tool is never the first file. It is found if it lies near the beginning; what
     * this returns then has no files. Does not demand a signature, but tells what it proves.
     */
    public static ArchiveReader openManifest(ReadableArchive archive) {
        TarSource source = TarSource.open(archive, it -> Compression.open(it.read(0), LIST_BUFFER_BYTES, () -> {}));
        try {
            TarInput.Header first = source.tar().next();
            if (first == null || !first.path().equals(ArchivePaths.MANIFEST)) {
                findManifestOfOtherTool(source, first);
                throw new RefusedArchiveException(
                        "its first file is not manifest.json, so a listing cannot show its content, but ngbak"
                                + " inspect can");
            }
            return withManifest(source, first);
        } catch (ManifestReader.OtherToolException e) {
            return listed(source, e);
        } catch (IOException | RuntimeException | Error e) {
            throw ReadFailures.translate(archive, closing(source, e));
        }
    }

    /** Returns what an encrypted archive says in clear text, if it has such a part. Needs no identity. */
    public static Optional<PublicInfo> publicInfo(ReadableArchive archive) {
        try {
            return archive.keys().info(archive);
        } catch (IOException | RuntimeException e) {
            throw ReadFailures.translate(archive, e);
        }
    }

    /** Returns a reader of an archive of nano-graphrag's own backup tool that knows only its manifest. */
    private static ArchiveReader listed(TarSource source, ManifestReader.OtherToolException found) {
        try {
            Manifest manifest = ToolManifest.read(found.manifest()).describe();
            return new ArchiveReader(source, manifest.text(), manifest, path -> path);
        } catch (IOException | RuntimeException e) {
            throw ReadFailures.translate(source.archive(), closing(source, e));
        }
    }

    /**
     * Throws {@link ManifestReader.OtherToolException} if this is an archive of nano-graphrag's own backup tool. Gives up if the
     * manifest does not come within the first {@link #MAX_MANIFEST_SEARCH_BYTES}, because a listing must stay cheap.
     */
    private static void findManifestOfOtherTool(TarSource source, TarInput.Header first) throws IOException {
        long left = MAX_MANIFEST_SEARCH_BYTES;
        for (TarInput.Header header = first;
                header != null && left >= 0;
                header = source.tar().next()) {
            if (header.path().equals(ArchivePaths.MANIFEST)) {
                withManifest(source, header);
                return;
            }
            left -= header.size();
            if (left < 0) {
                return;
            }
        }
    }

    private static ArchiveReader withManifest(TarSource source, TarInput.Header header) throws IOException {
        if (header.size() > ManifestReader.MAX_BYTES) {
            throw new RefusedArchiveException(
                    "its manifest has " + header.size() + " bytes, more than the limit of 16 MiB");
        }
        byte[] json = new byte[(int) header.size()];
        int at = 0;
        while (at < json.length) {
            at += source.tar().read(json, at, json.length - at);
        }
        String comment = header.comment();
        String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(json));
        if (comment != null && !comment.equals("sha256:" + sha256)) {
            throw new RefusedArchiveException("its manifest was changed after the archive was written");
        }
        Manifest manifest = ManifestReader.read(json);
        if (source.decrypted() != null && source.decrypted().info() != null) {
            PublicInfo.requireCopy(source.decrypted().info(), json);
        }
        ArchiveReader reader =
                new ArchiveReader(source, new String(json, StandardCharsets.UTF_8), manifest, path -> path);
        reader.signature = ManifestSignature.of(json);
        reader.signatureStatus = source.archive().keys().status(reader.signature);
        reader.seen.add(ArchivePaths.MANIFEST);
        return reader;
    }

    public Manifest manifest() {
        return manifest;
    }

    /** Returns whether the archive is encrypted. */
    public boolean isEncrypted() {
        return source.decrypted() != null;
    }

    /** Returns what the signature of the archive proves, according to its keys. */
    public SignatureStatus signature() {
        return signatureStatus;
    }

    /** Returns the JSON of the manifest, including members that this version does not know. */
    public String manifestText() {
        return manifestText;
    }

    /** Returns the current file; {@code null} before the first and after the last. */
    public @Nullable ManifestEntry current() {
        return current;
    }

    /** Reads the rest of the current file and moves to the next. Returns {@code null} after the last. */
    public @Nullable ManifestEntry next() {
        if (ended) {
            return null;
        }
        try {
            finishFile();
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
            throw ReadFailures.translate(archive, e);
        }
    }

    private ManifestEntry expected(TarInput.Header header) throws IOException {
        String path = paths.of(header.path());
        ManifestEntry entry = entries.get(path);
        String name = SafeText.quoted(path);
        if (!seen.add(path)) {
            throw new RefusedArchiveException("it contains " + name + " twice");
        }
        if (entry == null) {
            throw new RefusedArchiveException("it contains " + name + ", which its manifest does not list");
        }
        if (entry.size() != header.size()) {
            throw new RefusedArchiveException(
                    name + " has " + header.size() + " bytes, but its manifest says " + entry.size());
        }
        return entry;
    }

    private void checkComplete() throws IOException {
        for (ManifestEntry entry : manifest.files()) {
            if (!seen.contains(entry.path())) {
                throw new RefusedArchiveException(SafeText.quoted(entry.path()) + " is missing from it");
            }
        }
    }

    /** Reads the rest of the current file and checks its digest. Does nothing if it was checked before. */
    void finishFile() throws IOException {
        if (current == null || digest == null) {
            return;
        }
        byte[] buffer = new byte[1 << 16];
        while (read(buffer, 0, buffer.length) >= 0) {
            // read() updates the digest.
        }
        String sha256 = HexFormat.of().formatHex(digest.digest());
        digest = null;
        if (!sha256.equals(current.sha256())) {
            throw new RefusedArchiveException(SafeText.quoted(current.path())
                    + " is not the file that was written: its SHA-256 is " + sha256 + ", not " + current.sha256());
        }
    }

    /** Reads the rest of the current file and checks its digest. */
    public void finish() {
        try {
            finishFile();
        } catch (IOException | RuntimeException e) {
            throw ReadFailures.translate(archive, e);
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
     * Returns the content of the current file, valid until {@link #next}. Closing the stream does nothing. Reports
     * damage as a {@link BackupException}, so that a decoder does not mistake the damage for an error of its own.
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
                    throw ReadFailures.translate(archive, e);
                }
            }
        };
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }

    /** Returns the exception for a damaged archive. */
    public static BackupException refused(ReadableArchive archive, String why, Throwable cause) {
        return ReadFailures.refused(archive, why, cause);
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
