package dev.ngbak.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** Builds a tar without any validation, so that it can be malformed. */
final class RawTar {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    RawTar file(String name, byte[] content) {
        return entry('0', name, content);
    }

    RawTar file(String name, String content) {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    RawTar entry(char type, String name, byte[] content) {
        return header(type, name.getBytes(StandardCharsets.UTF_8), octal(content.length))
                .content(content);
    }

    /** Adds a pax header with {@code key=value} records. */
    RawTar pax(String... records) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String record : records) {
            byte[] text = (" " + record + "\n").getBytes(StandardCharsets.UTF_8);
            int length = text.length + 1;
            while (length < text.length + Integer.toString(length).length()) {
                length++;
            }
            all.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
            all.writeBytes(text);
        }
        return entry('x', "PaxHeaders/x", all.toByteArray());
    }

    /** Adds a header without content. The name has at most 100 bytes, the size is any 12 bytes. */
    RawTar header(char type, byte[] name, byte[] size) {
        byte[] header = new byte[512];
        System.arraycopy(name, 0, header, 0, name.length);
        put(header, 100, "0000644\0" + "0000000\0" + "0000000\0");
        System.arraycopy(size, 0, header, 124, 12);
        put(header, 136, "00000000000\0" + "        ");
        header[156] = (byte) type;
        put(header, 157, type == '1' || type == '2' ? "/etc/passwd" : "");
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        bytes.writeBytes(header);
        return this;
    }

    RawTar content(byte[] content) {
        bytes.writeBytes(content);
        bytes.writeBytes(TarHeader.padding(content.length));
        return this;
    }

    RawTar raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    /** Returns the tar without end records. */
    byte[] withoutEnd() {
        return bytes.toByteArray();
    }

    /** Returns the tar with its end records. */
    byte[] complete() {
        return raw(TarHeader.END).withoutEnd();
    }

    static byte[] octal(long size) {
        return String.format(Locale.ROOT, "%011o\0", size).getBytes(StandardCharsets.US_ASCII);
    }

    /** Encodes a size that does not fit into octal digits as GNU tar does: in binary, with the top bit set. */
    static byte[] binary(long high, long low) {
        byte[] size = ByteBuffer.allocate(12).putInt((int) high).putLong(low).array();
        size[0] |= (byte) 0x80;
        return size;
    }

    static byte[] gzip(byte[]... members) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] member : members) {
            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(member);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return out.toByteArray();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static void put(byte[] header, int at, String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, header, at, ascii.length);
    }
}
