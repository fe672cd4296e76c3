package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes one archive. First, any number of threads add entries, which are compressed and staged. Then {@link
 * #assemble} writes the manifest and all entries. {@link #close} deletes everything that is still staged.
 */
public final class ArchiveWriter implements Closeable {

    private record Staged(ManifestEntry entry, String name, StagedEntry content, long crc) {}

    private final EntryStaging staging;
    private final Compression compression;
    private final int threads = Math.min(Runtime.getRuntime().availableProcessors(), 8);
    private final ExecutorService pool;
    /** Blocks to reuse: most entries are small, and a new block takes 2 MiB. */
    private final Queue<Block> free = new ConcurrentLinkedQueue<>();

    private final Map<String, Staged> staged = new TreeMap<>(ArchivePaths.ORDER);
    /** The first failure of the staging, which the code that writes the content may report as its own. */
    private final AtomicReference<BackupException> stagingFailure = new AtomicReference<>();

    /** @param staging closed by {@link #close} */
    public ArchiveWriter(EntryStaging staging, Compression compression) {
        this.staging = staging;
        this.compression = compression;
        this.pool = Executors.newFixedThreadPool(threads, DaemonThreads.named("ngbak-compress"));
    }

    /** Returns a sink for the files of one store. */
    public EntrySink sink(Role role, String backend) {
        return (name, suffix, contents) ->
                put(role, role.folder(backend) + ArchivePaths.fileName(name, suffix), name, contents);
    }

    /** Adds an entry under the path and the name that it has in another archive. */
    public void putCopy(Role role, EntrySource.Entry entry, EntrySink.Contents contents) throws IOException {
        put(role, entry.path(), entry.name(), contents);
    }

    /** Adds the copy of the configuration. */
    public void putConfig(String json) throws IOException {
        put(null, ArchivePaths.CONFIG, null, out -> out.write(bytes(json)));
    }

    private void put(Role role, String path, String name, EntrySink.Contents contents) throws IOException {
        StagedEntry content = staging.begin(role, path);
        try {
            stage(path, name, content, contents);
        } catch (IOException | RuntimeException | Error e) {
            // Frees the disk space for another attempt.
            content.delete();
            throw e;
        }
    }

    private void stage(String path, String name, StagedEntry content, EntrySink.Contents contents) throws IOException {
        MessageDigest sha256 = ContentDigest.sha256();
        ManifestEntry entry;
        long crc;
        try (content) {
            BlockOutput blocks = new BlockOutput(compression.codec(), pool, threads + 1, free, new Watched(content));
            contents.writeTo(new Unclosed(new DigestOutputStream(blocks, sha256)));
            blocks.finish();
            entry = new ManifestEntry(path, blocks.size(), HexFormat.of().formatHex(sha256.digest()));
            crc = blocks.crc();
        }
        synchronized (staged) {
            if (staged.putIfAbsent(path, new Staged(entry, name, content, crc)) != null) {
                throw new IllegalStateException("two entries of one archive have the path " + path);
            }
        }
    }

    /**
     * Throws the failure of the staging, if there was one. An archive at a service is sent while it is staged, and the failure is
     * then not that of the store whose content was being written.
     */
    public void throwStagingFailure() {
        BackupException failure = stagingFailure.get();
        if (failure != null) {
            throw failure;
        }
    }

    /** Returns the entries so far, ordered by the bytes of their paths, which is their order in the archive. */
    public List<ManifestEntry> files() {
        synchronized (staged) {
            return staged.values().stream().map(Staged::entry).toList();
        }
    }

    /** Returns the size of the archive, give or take the manifest and the headers. */
    public long expectedBytes() {
        synchronized (staged) {
            return staged.values().stream()
                    .mapToLong(file -> file.content().size())
                    .sum();
        }
    }

    /** Returns the original names of one store's files, by path. */
    public Map<String, String> names(Role role, String backend) {
        Map<String, String> names = new TreeMap<>();
        synchronized (staged) {
            for (Staged file : staged.values()) {
                if (file.name() != null && file.entry().path().startsWith(role.folder(backend))) {
                    names.put(file.entry().path(), file.name());
                }
            }
        }
        return names;
    }

    /** Deletes all entries, for another attempt. */
    public void clear() throws IOException {
        clear("");
    }

    /** Deletes the entries of one store, for another attempt. */
    public void clear(Role role, String backend) throws IOException {
        clear(role.folder(backend));
    }

    private void clear(String pathPrefix) throws IOException {
        synchronized (staged) {
            for (Staged file : List.copyOf(staged.values())) {
                if (file.entry().path().startsWith(pathPrefix)) {
                    file.content().delete();
                    staged.remove(file.entry().path());
                }
            }
        }
    }

    /**
     * Writes the whole archive. Staged entries are deleted as they are copied, so that the disk never holds much more
     * than the size of the archive.
     *
     * @param manifest a manifest whose {@code files} are those of {@link #files}
     * @param target the channel, which stays open
     */
    public void assemble(Manifest manifest, WritableByteChannel target) throws IOException {
        assemble(manifest, manifest.text(), target);
    }

    /**
     * Writes the whole archive, like {@link #assemble(Manifest, WritableByteChannel)}.
     *
     * @param text the JSON of the manifest, with a signature if there is one
     */
    public void assemble(Manifest manifest, String text, WritableByteChannel target) throws IOException {
        byte[] json = bytes(text);
        if (ManifestReader.isTooLarge(json)) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive would contain " + manifest.files().size()
                            + " files, which is more than a manifest can list",
                    "Reduce the number of namespaces or collections in scope");
        }
        OutputStream out = Channels.newOutputStream(target);
        TarOutput tar = new TarOutput(out);
        out.write(compression.codec().head());

        String comment =
                "sha256:" + HexFormat.of().formatHex(ContentDigest.sha256().digest(json));
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.writeBytes(TarHeader.of(ArchivePaths.MANIFEST, json.length, manifest.createdAt(), comment));
        first.writeBytes(json);
        first.writeBytes(TarHeader.padding(json.length));
        tar.add(first.toByteArray());

        for (Staged file : List.copyOf(staged.values())) {
            ManifestEntry entry = file.entry();
            tar.add(TarHeader.of(entry.path(), entry.size(), manifest.createdAt(), null));
            file.content().moveTo(target);
            tar.count(file.crc(), entry.size());
            tar.add(TarHeader.padding(entry.size()));
            staged.remove(entry.path());
        }
        tar.add(TarHeader.END);
        out.write(compression.codec().tail(tar.crc, tar.size));
        free.clear();
    }

    /** Stops the compression and closes the staging. */
    @Override
    public void close() throws IOException {
        pool.shutdownNow();
        staging.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes the small parts between the staged entries, and keeps the CRC-32 and the size of the whole tar. */
    private final class TarOutput {
        private final OutputStream out;
        private long crc;
        private long size;

        TarOutput(OutputStream out) {
            this.out = out;
        }

        void add(byte[] part) throws IOException {
            BlockOutput blocks = new BlockOutput(compression.codec(), pool, threads + 1, free, out);
            blocks.write(part, 0, part.length);
            blocks.finish();
            count(blocks.crc(), part.length);
        }

        /** Adds a part that was written elsewhere to the CRC-32 and the size. */
        void count(long partCrc, long partSize) {
            crc = Crc32Combiner.combine(crc, partCrc, partSize);
            size += partSize;
        }
    }

    /** Notes the failures of a staged entry. */
    private final class Watched extends FilterOutputStream {
        Watched(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (BackupException e) {
                stagingFailure.compareAndSet(null, e);
                throw e;
            }
        }
    }

    /** Flushes when it is closed, but stays open: a plugin may wrap its stream and close the wrapper. */
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
