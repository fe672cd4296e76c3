package dev.ngbak.archive;

import dev.ngbak.spi.support.SafeText;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarUtils;

/**
 * Reads a tar record by record and trusts nothing: it checks every checksum, every byte of padding and both end records,
 * rejects links and devices, and allocates only a few kilobytes for any header. Reads ustar, pax and GNU long names, as other
 * tar programs write them. Throws {@link RefusedArchiveException} for anything else.
 */
final class TarInput implements Closeable {

    /** The header of a regular file. */
    record Header(String path, long size, String comment) {}

    private static final int RECORD = TarHeader.RECORD;
    private static final long MAX_EXTENSION_BYTES = 64 << 10;
    private static final long MAX_END_BYTES = 1 << 20;
    private static final int MAX_DIRECTORIES = 1 << 18;

    /** The keywords of POSIX and of vendors. A pax header has no checksum, so a damaged keyword must not be accepted. */
    private static final Pattern PAX_KEY =
            Pattern.compile("atime|charset|comment|ctime|gid|gname|hdrcharset|linkpath|mtime"
                    + "|path|size|uid|uname|(realtime|security)\\..+|[A-Z][A-Z0-9]*\\..+");

    private final InputStream in;
    private final byte[] record = new byte[RECORD];
    private long left;
    private long padding;
    private int directories;

    TarInput(InputStream in) {
        this.in = in;
    }

    /**
     * Skips the rest of the current file and returns the next regular file. After the last one, checks the end of the tar and
     * returns {@code null}.
     */
    Header next() throws IOException {
        skipContent();
        Map<String, String> pax = new HashMap<>();
        String longName = null;
        while (true) {
            readRecord("a header");
            if (isZero(record)) {
                if (!pax.isEmpty() || longName != null) {
                    throw new RefusedArchiveException("the tar ends after an extended header");
                }
                checkEnd();
                return null;
            }
            if (!TarHeader.hasValidChecksum(record)) {
                throw new RefusedArchiveException("the checksum of a tar header is wrong");
            }
            char type = (char) record[156];
            long size = number(124, 12, "size");
            switch (type) {
                case 'x' -> {
                    if (!pax.isEmpty()) {
                        throw new RefusedArchiveException("two pax headers in a row");
                    }
                    pax.putAll(paxRecords(extension(size)));
                }
                case 'L' -> {
                    if (longName != null) {
                        throw new RefusedArchiveException("two long names in a row");
                    }
                    longName = cString(extension(size));
                }
                case '0', '\0' -> {
                    String path = path(pax, longName);
                    for (String key : pax.keySet()) {
                        if (key.startsWith("GNU.sparse")) {
                            throw new RefusedArchiveException(named(path) + " is a sparse file");
                        }
                    }
                    long length = pax.containsKey("size") ? decimal(pax.get("size")) : size;
                    left = length;
                    padding = -length & (RECORD - 1);
                    return new Header(path, length, pax.get("comment"));
                }
                case '5' -> {
                    if (size != 0) {
                        throw new RefusedArchiveException(
                                "the directory entry " + named(path(pax, longName)) + " has content");
                    }
                    path(pax, longName);
                    if (++directories > MAX_DIRECTORIES) {
                        throw new RefusedArchiveException("it has more than " + MAX_DIRECTORIES + " directory entries");
                    }
                    pax.clear();
                    longName = null;
                }
                default -> throw new RefusedArchiveException(named(path(pax, longName)) + " is " + kind(type));
            }
        }
    }

    /** Reads from the current file. Returns -1 at its end. */
    int read(byte[] bytes, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = in.read(bytes, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw new RefusedArchiveException("the tar is cut off in the middle of a file");
        }
        left -= n;
        return n;
    }

    private void skipContent() throws IOException {
        try {
            in.skipNBytes(left);
            left = 0;
            byte[] rest = in.readNBytes((int) padding);
            if (rest.length < padding) {
                throw new EOFException("the tar ends in the middle of a file");
            }
            padding = 0;
            if (!isZero(rest)) {
                throw new RefusedArchiveException("the padding after a file is not zero");
            }
        } catch (EOFException e) {
            throw new RefusedArchiveException("the tar is cut off in the middle of a file");
        }
    }

    private void readRecord(String what) throws IOException {
        if (in.readNBytes(record, 0, RECORD) < RECORD) {
            throw new RefusedArchiveException("the tar is cut off where " + what + " should be");
        }
    }

    private void checkEnd() throws IOException {
        readRecord("its second end record");
        if (!isZero(record)) {
            throw new RefusedArchiveException("the tar's end is damaged");
        }
        // A tar is padded with zeros to its blocking factor, 10 KiB by default.
        byte[] rest = new byte[1 << 13];
        long total = 0;
        for (int n; (n = in.read(rest)) > 0; total += n) {
            if (!isZero(Arrays.copyOf(rest, n)) || total + n > MAX_END_BYTES) {
                throw new RefusedArchiveException("there is data after the end of the tar");
            }
        }
        if (total % RECORD != 0) {
            throw new RefusedArchiveException("the zeros at the end of the tar are not a whole number of records");
        }
    }

    private byte[] extension(long size) throws IOException {
        if (size > MAX_EXTENSION_BYTES) {
            throw new RefusedArchiveException("a tar header has an extension of " + size + " bytes");
        }
        byte[] content = in.readNBytes((int) size);
        byte[] rest = in.readNBytes((int) (-size & (RECORD - 1)));
        if (content.length < size || rest.length < (-size & (RECORD - 1))) {
            throw new RefusedArchiveException("the tar is cut off in an extended header");
        }
        if (!isZero(rest)) {
            throw new RefusedArchiveException("the padding after an extended header is not zero");
        }
        return content;
    }

    /** Parses records of the form {@code length SP key=value LF}. */
    private static Map<String, String> paxRecords(byte[] content) throws IOException {
        Map<String, String> records = new HashMap<>();
        int at = 0;
        while (at < content.length) {
            int space = at;
            while (space < content.length && space - at < 7 && content[space] >= '0' && content[space] <= '9') {
                space++;
            }
            if (space == at || space >= content.length || content[space] != ' ') {
                throw new RefusedArchiveException("a pax header is damaged");
            }
            int length = Integer.parseInt(new String(content, at, space - at, StandardCharsets.US_ASCII));
            int end = at + length;
            if (end > content.length || end <= space + 1 || content[end - 1] != '\n') {
                throw new RefusedArchiveException("a pax header is damaged");
            }
            int equals = space + 1;
            while (equals < end && content[equals] != '=') {
                equals++;
            }
            String key = new String(content, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
            if (equals == end || !PAX_KEY.matcher(key).matches()) {
                throw new RefusedArchiveException("a pax header is damaged");
            }
            // Other records, such as extended attributes, need not be text.
            boolean used = key.equals("path") || key.equals("size") || key.equals("comment");
            String value = used ? utf8(Arrays.copyOfRange(content, equals + 1, end - 1)) : "";
            if (records.put(key, value) != null) {
                throw new RefusedArchiveException("a pax header has a record twice");
            }
            at = end;
        }
        return records;
    }

    private String path(Map<String, String> pax, String longName) throws IOException {
        String path = pax.get("path");
        if (path == null) {
            path = longName;
        }
        if (path == null) {
            path = cString(Arrays.copyOfRange(record, 0, 100));
            boolean posix = Arrays.equals(record, 257, 263, new byte[] {'u', 's', 't', 'a', 'r', 0}, 0, 6);
            String prefix = posix ? cString(Arrays.copyOfRange(record, 345, 500)) : "";
            if (!prefix.isEmpty()) {
                path = prefix + "/" + path;
            }
        }
        while (path.startsWith("./")) {
            path = path.substring(2);
        }
        boolean directory = record[156] == '5';
        if (directory && path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        if (directory && (path.isEmpty() || path.equals("."))) {
            return path;
        }
        String objection = ArchivePaths.validate(path);
        if (objection != null) {
            throw new RefusedArchiveException(
                    "it has a file with " + objection + " (" + SafeText.forMessage(path) + ")");
        }
        return path;
    }

    private long number(int offset, int length, String what) throws IOException {
        try {
            long number = TarUtils.parseOctalOrBinary(record, offset, length);
            if (number >= 0) {
                return number;
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw new RefusedArchiveException("a tar header has an impossible " + what);
    }

    private static long decimal(String text) throws IOException {
        if (!text.matches("\\d{1,18}")) {
            throw new RefusedArchiveException("a pax header has an impossible size");
        }
        return Long.parseLong(text);
    }

    private static String cString(byte[] bytes) throws IOException {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return utf8(Arrays.copyOf(bytes, end));
    }

    private static String utf8(byte[] bytes) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(java.nio.ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RefusedArchiveException("a name in the tar is not UTF-8");
        }
    }

    private static String named(String path) {
        return SafeText.quoted(path);
    }

    private static String kind(char type) {
        return switch (type) {
            case '1' -> "a hard link";
            case '2' -> "a symbolic link";
            case '3', '4' -> "a device";
            case '6' -> "a named pipe";
            case 'S' -> "a sparse file";
            case 'K' -> "a link with a long target";
            case 'g' -> "a global pax header";
            default -> "of a type that an archive cannot contain";
        };
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
