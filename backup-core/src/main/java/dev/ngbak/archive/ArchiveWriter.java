package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Role;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Writes one archive. Files are put in first, each spooled compressed beside the others, from any number of threads; then
 * {@link #assemble} puts the manifest in front and makes one file of them, and {@link #publish} lets it appear. Closing
 * without that leaves nothing behind.
 */
public final class ArchiveWriter implements Closeable {

    private record Spooled(ManifestEntry record, String name, EntrySpool content, long crc) {}

    private final Path folder;
    private final Compression compression;
    private final int threads = Math.min(Runtime.getRuntime().availableProcessors(), 8);
    private final ExecutorService pool;
    /** Most files are small, and a block is 2 MiB. */
    private final Queue<Block> free = new ConcurrentLinkedQueue<>();

    private final Map<String, Spooled> spooled =
            new TreeMap<>(Comparator.comparing(ArchiveWriter::bytes, java.util.Arrays::compareUnsigned));
    private Path assembled;

    /**
     * @param folder an empty folder of this writer's own, on the file system where the archive is to appear; deleted by
     *     {@link #close}
     */
    public ArchiveWriter(Path folder, Compression compression) {
        this.folder = folder;
        this.compression = compression;
        this.pool = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "ngbak-compress");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** A sink for the files of one store. */
    public EntrySink sink(Role role, String backend) {
        return (name, suffix, contents) ->
                put(role.folder(backend) + ArchivePaths.fileName(name, suffix), name, contents);
    }

    /** Adds the copy of the settings. */
    public void putConfig(String json) throws IOException {
        put(ArchivePaths.CONFIG, null, out -> out.write(bytes(json)));
    }

    private void put(String path, String name, EntrySink.Contents contents) throws IOException {
        EntrySpool content = new EntrySpool(folder);
        try {
            spool(path, name, content, contents);
        } catch (IOException | RuntimeException | Error e) {
            // Another attempt may follow, and needs the room.
            content.delete();
            throw e;
        }
    }

    private void spool(String path, String name, EntrySpool content, EntrySink.Contents contents) throws IOException {
        MessageDigest sha256 = ContentDigest.sha256();
        ManifestEntry record;
        long crc;
        try (content) {
            BlockOutput blocks = new BlockOutput(compression, pool, threads + 1, free, content);
            contents.writeTo(new Unclosed(new DigestOutputStream(blocks, sha256)));
            blocks.finish();
            record = new ManifestEntry(path, blocks.size(), HexFormat.of().formatHex(sha256.digest()));
            crc = blocks.crc();
        }
        synchronized (spooled) {
            if (spooled.putIfAbsent(path, new Spooled(record, name, content, crc)) != null) {
                throw new IllegalStateException("two files of one archive are named " + path);
            }
        }
    }

    /** The files so far, in the order of their paths' bytes, which is their order in the archive. */
    public List<ManifestEntry> files() {
        synchronized (spooled) {
            return spooled.values().stream().map(Spooled::record).toList();
        }
    }

    /** The true names of one store's files, by path. */
    public Map<String, String> names(Role role, String backend) {
        Map<String, String> names = new TreeMap<>();
        synchronized (spooled) {
            for (Spooled file : spooled.values()) {
                if (file.name() != null && file.record().path().startsWith(role.folder(backend))) {
                    names.put(file.record().path(), file.name());
                }
            }
        }
        return names;
    }

    /** Deletes the files put in so far, to begin again. */
    public void clear() throws IOException {
        clear("");
    }

    /** Deletes one store's files put in so far, to begin it again. */
    public void clear(Role role, String backend) throws IOException {
        clear(role.folder(backend));
    }

    private void clear(String folderInArchive) throws IOException {
        synchronized (spooled) {
            for (Spooled file : List.copyOf(spooled.values())) {
                if (file.record().path().startsWith(folderInArchive)) {
                    file.content().delete();
                    spooled.remove(file.record().path());
                }
            }
        }
    }

    /**
     * Makes one file of the manifest and the spooled files, and forces it to the disk. What is spooled is deleted as
     * it is copied, so that the disk holds little more than the archive at any time.
     *
     * @param manifest whose {@code files} are {@link #files}
     * @return the whole archive, not yet where it belongs
     */
    public Path assemble(Manifest manifest) throws IOException {
        byte[] json = bytes(manifest.text());
        if (ManifestJson.isTooLarge(json)) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive would hold " + manifest.files().size()
                            + " files, and an archive's manifest has no room for so many. No archive was made",
                    "Reduce the number of namespaces or collections in scope");
        }
        Path file = folder.resolve("archive.part");
        try (FileChannel channel = PrivateFiles.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            OutputStream out = Channels.newOutputStream(channel);
            Container container = new Container(out);
            out.write(compression.head());

            String comment =
                    "sha256:" + HexFormat.of().formatHex(ContentDigest.sha256().digest(json));
            ByteArrayOutputStream first = new ByteArrayOutputStream();
            first.writeBytes(TarHeader.of(ArchivePaths.MANIFEST, json.length, manifest.createdAt(), comment));
            first.writeBytes(json);
            first.writeBytes(TarHeader.padding(json.length));
            container.add(first.toByteArray());

            for (Spooled entry : List.copyOf(spooled.values())) {
                ManifestEntry record = entry.record();
                container.add(TarHeader.of(record.path(), record.size(), manifest.createdAt(), null));
                entry.content().moveTo(channel);
                container.skip(entry.crc(), record.size());
                container.add(TarHeader.padding(record.size()));
                spooled.remove(record.path());
            }
            container.add(TarHeader.END);
            out.write(compression.tail(container.crc, container.size));
            channel.force(true);
        }
        free.clear();
        assembled = file;
        return file;
    }

    /** Moves the assembled archive to its place, in one step that lasts. */
    public void publish(Path target) throws IOException {
        Files.move(assembled, target, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel parent = FileChannel.open(target.toAbsolutePath().getParent())) {
            parent.force(true);
        }
    }

    /** Stops the compression and deletes the folder with all that is in it. */
    @Override
    public void close() throws IOException {
        pool.shutdownNow();
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The running CRC and size of the tar, and the small parts between the spooled ones. */
    private final class Container {
        private final OutputStream out;
        private long crc;
        private long size;

        Container(OutputStream out) {
            this.out = out;
        }

        void add(byte[] part) throws IOException {
            BlockOutput blocks = new BlockOutput(compression, pool, threads + 1, free, out);
            blocks.write(part, 0, part.length);
            blocks.finish();
            skip(blocks.crc(), part.length);
        }

        void skip(long partCrc, long partSize) {
            crc = Crc32Combiner.combine(crc, partCrc, partSize);
            size += partSize;
        }
    }

    /** Lets a plugin wrap and close its stream without ending ours. */
    private static final class Unclosed extends java.io.FilterOutputStream {
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
