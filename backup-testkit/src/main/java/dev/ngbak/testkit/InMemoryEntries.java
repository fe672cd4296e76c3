package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.StoreInfo;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * The files of one store in memory, instead of in an archive. Keeps the promises of an archive and enforces its rules: a
 * stream is valid during one call only, and a name may be used once.
 */
public final class InMemoryEntries implements EntrySink {

    private final String folder;
    private final List<Item> items = new ArrayList<>();

    private record Item(EntrySource.Entry entry, byte[] bytes) {}

    /** @param folder the folder of the store in an archive, with a slash at the end */
    public InMemoryEntries(String folder) {
        this.folder = folder;
    }

    @Override
    public void put(String name, String suffix, Contents contents) throws IOException {
        if (!suffix.matches("[A-Za-z0-9._-]*")) {
            throw new IllegalArgumentException("not a suffix: " + suffix);
        }
        String path = folder + safe(name) + suffix;
        if (items.stream().anyMatch(item -> item.entry().path().equals(path))) {
            throw new IllegalArgumentException("put twice: " + path);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean[] over = {false};
        contents.writeTo(new FilterOutputStream(bytes) {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                if (over[0]) {
                    throw new IllegalStateException("written to after the contents were done: " + path);
                }
                out.write(from, offset, length);
            }
        });
        over[0] = true;
        byte[] content = bytes.toByteArray();
        String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(content));
        items.add(new Item(new EntrySource.Entry(name, path, content.length, sha256), content));
    }

    /** Adds a file and returns this object. */
    public InMemoryEntries with(String name, String suffix, byte[] content) {
        try {
            put(name, suffix, out -> out.write(content));
            return this;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the total size of all files in bytes. */
    public long size() {
        return items.stream().mapToLong(item -> item.bytes().length).sum();
    }

    /** Returns the paths of all files, in the order in which they were added. */
    public List<String> paths() {
        return items.stream().map(item -> item.entry().path()).toList();
    }

    /** Returns the content of the file with this name. */
    public byte[] content(String name) {
        return items.stream()
                .filter(item -> item.entry().name().equals(name))
                .findFirst()
                .orElseThrow()
                .bytes()
                .clone();
    }

    /** Returns the files as a source for a plugin. */
    public EntrySource source(StoreInfo archived) {
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return archived;
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                for (Item item : List.copyOf(items)) {
                    hand(item, visitor);
                }
            }
        };
    }

    private static void hand(Item item, EntrySource.Visitor visitor) throws IOException {
        MessageDigest digest = ContentDigest.sha256();
        InputStream content = new DigestInputStream(new ByteArrayInputStream(item.bytes()), digest);
        boolean[] over = {false};
        visitor.visit(item.entry(), new FilterInputStream(content) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                if (over[0]) {
                    throw new IllegalStateException(
                            "read after its visit was over: " + item.entry().path());
                }
                return in.read(to, offset, length);
            }

            @Override
            public void close() {
                // The visitor does not own the stream.
            }
        });
        over[0] = true;
        content.transferTo(OutputStream.nullOutputStream());
        if (!HexFormat.of().formatHex(digest.digest()).equals(item.entry().sha256())) {
            throw new BackupException(Kind.CORRUPT, item.entry().path() + " has changed", "");
        }
    }

    private static String safe(String name) {
        StringBuilder safe = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "._-".indexOf(b) >= 0);
            safe.append(plain ? String.valueOf((char) b) : String.format(Locale.ROOT, "%%%02X", b & 0xff));
        }
        return safe.toString();
    }
}
