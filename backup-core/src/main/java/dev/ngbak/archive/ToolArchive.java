package dev.ngbak.archive;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An archive of nano-graphrag's own backup tool, read once from its first byte to its last. The manifest of such an archive
 * lists no files, so this finds them, checks the tool's one checksum over all of them, and describes the archive by a {@link
 * Manifest}, with which an {@link ArchiveReader} reads it as any other.
 */
final class ToolArchive {

    /** The tool writes nine files. More than these would be hashed in too many passes. */
    private static final int MAX_FILES = 64;

    /** An archive may unpack to this many times its size, and to {@link #UNPACKED_BYTES} in any case. */
    private static final long UNPACKED_RATIO = 200;

    /** A snapshot may contain a write-ahead log of zeros, which packs to nearly nothing. */
    private static final long UNPACKED_BYTES = 1L << 30;

    /** The order in which the tool hashes files: folder by folder, and in each by the code points of the names. */
    private static final Comparator<String> TOOL_ORDER = Comparator.comparing(
            path -> path.replace('/', '\0').getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    /** Opens the tar of the archive at its beginning. */
    interface Opening {
        TarInput open();
    }

    private final Opening opening;
    private final long maxBytes;
    private final Map<String, ManifestEntry> files = new TreeMap<>(TOOL_ORDER);
    private final MessageDigest checksum = ContentDigest.sha256();
    private long bytes;
    private byte @Nullable [] manifestJson;
    private ToolManifest manifest;

    private ToolArchive(Opening opening, long maxBytes) {
        this.opening = opening;
        this.maxBytes = maxBytes;
    }

    /**
     * Reads the whole archive.
     *
     * @throws RefusedArchiveException if it is not as the tool writes it, or does not match its checksum
     */
    static ToolArchive read(ReadableArchive archive, Opening opening) throws IOException {
        return read(opening, UNPACKED_BYTES + UNPACKED_RATIO * archive.size());
    }

    /** @param maxBytes to which the archive may unpack */
    static ToolArchive read(Opening opening, long maxBytes) throws IOException {
        ToolArchive archive = new ToolArchive(opening, maxBytes);
        boolean inOrder = archive.findFiles();
        archive.manifest = ToolManifest.read(archive.manifestJson);
        if (!inOrder) {
            archive.hashInOrder();
        }
        archive.compareChecksum();
        return archive;
    }

    /** Returns the description, with the paths that ngbak gives to the files. */
    Manifest manifest() throws IOException {
        List<ManifestEntry> own = new ArrayList<>();
        for (ManifestEntry file : files.values()) {
            own.add(new ManifestEntry(manifest.ownPath(file.path()), file.size(), file.sha256()));
        }
        return manifest.describe(own);
    }

    /** Returns the path that ngbak gives to a file of the archive. */
    String ownPath(String path) throws IOException {
        return manifest.ownPath(path);
    }

    /** Collects all files, and hashes them. Returns whether their order was that of the checksum. */
    private boolean findFiles() throws IOException {
        boolean inOrder = true;
        String previous = "";
        try (TarInput tar = opening.open()) {
            for (TarInput.Header header = tar.next(); header != null; header = tar.next()) {
                String path = header.path();
                inOrder &= TOOL_ORDER.compare(previous, path) < 0;
                previous = path;
                MessageDigest sha256 = ContentDigest.sha256();
                if (path.equals(ArchivePaths.MANIFEST)) {
                    readManifest(tar, header);
                } else {
                    addFile(path, header.size(), hash(tar, path, sha256), sha256);
                }
            }
        }
        if (manifestJson == null) {
            throw new RefusedArchiveException("it does not contain manifest.json");
        }
        return inOrder;
    }

    private void readManifest(TarInput tar, TarInput.Header header) throws IOException {
        if (manifestJson != null) {
            throw new RefusedArchiveException("it contains manifest.json twice");
        }
        if (header.size() > ToolManifest.MAX_BYTES) {
            throw new RefusedArchiveException(
                    "its manifest has " + header.size() + " bytes, more than the tool writes");
        }
        manifestJson = new byte[(int) header.size()];
        for (int at = 0; at < manifestJson.length; ) {
            at += tar.read(manifestJson, at, manifestJson.length - at);
        }
        hashManifest();
    }

    /** The checksum covers the manifest as it was before the checksum was added to it. */
    private void hashManifest() throws IOException {
        checksum.update(ArchivePaths.MANIFEST.getBytes(StandardCharsets.UTF_8));
        checksum.update(ToolManifest.withoutChecksum(manifestJson));
    }

    private void addFile(String path, long size, long found, MessageDigest sha256) throws IOException {
        if (found != size) {
            throw new RefusedArchiveException("the tar is cut off in the middle of a file");
        }
        ManifestEntry entry = new ManifestEntry(path, size, HexFormat.of().formatHex(sha256.digest()));
        if (files.put(path, entry) != null) {
            throw new RefusedArchiveException("it contains " + SafeText.quoted(path) + " twice");
        }
        if (files.size() > MAX_FILES) {
            throw new RefusedArchiveException("it has more than " + MAX_FILES + " files");
        }
    }

    /** Adds the current file to the checksum and to its own digest. Returns its size. */
    private long hash(TarInput tar, String path, MessageDigest sha256) throws IOException {
        checksum.update(path.getBytes(StandardCharsets.UTF_8));
        byte[] block = new byte[1 << 16];
        long size = 0;
        for (int n = tar.read(block, 0, block.length); n >= 0; n = tar.read(block, 0, block.length)) {
            checksum.update(block, 0, n);
            sha256.update(block, 0, n);
            size += n;
            bytes += n;
            if (bytes > maxBytes) {
                throw new RefusedArchiveException("it unpacks to more than " + maxBytes
                        + " bytes, which is more than such an archive of this size can contain");
            }
        }
        return size;
    }

    /** Hashes the files again in the order of the checksum, because somebody packed them in another order. */
    private void hashInOrder() throws IOException {
        checksum.reset();
        List<String> order = new ArrayList<>(files.keySet());
        order.add(ArchivePaths.MANIFEST);
        order.sort(TOOL_ORDER);
        int next = 0;
        while (next < order.size()) {
            bytes = 0;
            try (TarInput tar = opening.open()) {
                for (TarInput.Header header = tar.next(); header != null; header = tar.next()) {
                    if (next == order.size() || !header.path().equals(order.get(next))) {
                        continue;
                    }
                    if (header.path().equals(ArchivePaths.MANIFEST)) {
                        hashManifest();
                    } else {
                        hash(tar, header.path(), ContentDigest.sha256());
                    }
                    next++;
                }
            }
        }
    }

    private void compareChecksum() throws IOException {
        String found = "sha256:" + HexFormat.of().formatHex(checksum.digest());
        if (!found.equals(manifest.checksum())) {
            throw new RefusedArchiveException(
                    "the names and bytes of its files have the checksum " + found + ", but its"
                            + " manifest says " + SafeText.forMessage(manifest.checksum())
                            + ". This checksum covers all files together, so it does not show which one differs");
        }
    }
}
