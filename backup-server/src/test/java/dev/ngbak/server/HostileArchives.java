package dev.ngbak.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Builds archives that are small to send and expensive to read. */
public final class HostileArchives {

    private static final byte[] GZIP_HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final byte[] EMPTY_BLOCK = {0, 0, 0, -1, -1};
    private static final byte[] EMPTY_FRAME = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x20, 0, 1, 0, 0};

    private HostileArchives() {}

    /** Returns an archive without files whose manifest has this creation time. */
    public static byte[] madeAt(String time) {
        return packed(manifest(time, ""));
    }

    /** Returns an archive whose manifest has an array of strings. */
    public static byte[] ofStrings(int number) {
        return packed(manifest("2025-10-06T14:30:00Z", ", \"x\": [" + "\"a\",".repeat(number) + "0]"));
    }

    /** Returns an archive whose manifest has an array of objects. */
    public static byte[] ofObjects(int number) {
        return packed(manifest("2025-10-06T14:30:00Z", ", \"x\": [" + "{\"a\":1},".repeat(number) + "0]"));
    }

    /** Returns a gzip stream that begins with empty blocks. */
    public static byte[] ofEmptyBlocks(int number) {
        return repeated(GZIP_HEAD, EMPTY_BLOCK, number);
    }

    /** Returns empty zstd frames. */
    public static byte[] ofEmptyFrames(int number) {
        return repeated(new byte[0], EMPTY_FRAME, number);
    }

    private static byte[] repeated(byte[] head, byte[] unit, int number) {
        byte[] bytes = new byte[head.length + unit.length * number];
        System.arraycopy(head, 0, bytes, 0, head.length);
        for (int at = head.length; at < bytes.length; at += unit.length) {
            System.arraycopy(unit, 0, bytes, at, unit.length);
        }
        return bytes;
    }

    private static String manifest(String time, String more) {
        return "{\"format\": \"ngbak/1\", \"backup_id\": \"forged\", \"created_at\": \"" + time
                + "\", \"created_by\": \"somebody\", \"nano_graphrag_version\": \"unknown\", \"note\": null,"
                + " \"storage_backends\": {}, \"statistics\": {}, \"stores\": {},"
                + " \"consistency\": {\"grade\": \"fuzzy\", \"stores\": {}}, \"duration_ms\": 0, \"files\": [],"
                + " \"checksum\": \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""
                + more + "}";
    }

    private static byte[] packed(String manifest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            byte[] json = manifest.getBytes(StandardCharsets.UTF_8);
            TarArchiveEntry entry = new TarArchiveEntry("manifest.json");
            entry.setSize(json.length);
            tar.putArchiveEntry(entry);
            tar.write(json);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
