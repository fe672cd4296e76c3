package dev.ngbak.archive;

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
 * Reads a tar record by record and takes nothing on trust: every checksum, every byte of padding and both records at the
 * end are looked at, links and devices are refused, and no header can ask for more memory than a few kilobytes. Reads
 * ustar, pax and GNU long names, as other people's tars write them. Throws {@link Refused} for what a tar may not be.
 */
final class TarInput implements Closeable {

    /** A regular file's header. */
    record Header(String path, long size, String comment) {}

    /** The tar is not one that we take; the message says why, without the file's name. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    private static final int RECORD = TarHeader.RECORD;
    private static final long LONGEST_EXTENSION = 64 << 10;
    private static final long LONGEST_END = 1 << 20;
    private static final int MOST_DIRECTORIES = 1 << 18;

    /** The keywords of POSIX, and of makers: a header has no checksum, so a damaged keyword must not look like another. */
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

    /** The next regular file, with the one before it skipped; {@code null} behind the last, once the end is checked. */
    Header next() throws IOException {
        skipContent();
        Map<String, String> pax = new HashMap<>();
        String longName = null;
        while (true) {
            readRecord("a header");
            if (isZero(record)) {
                if (!pax.isEmpty() || longName != null) {
                    throw new Refused("the tar ends behind an extended header");
                }
                checkEnd();
                return null;
            }
            if (!TarHeader.sumIsRight(record)) {
                throw new Refused("the checksum of a tar header is wrong");
            }
            char type = (char) record[156];
            long size = number(124, 12, "size");
            switch (type) {
                case 'x' -> {
                    if (!pax.isEmpty()) {
                        throw new Refused("two pax headers in a row");
                    }
                    pax.putAll(paxRecords(extension(size)));
                }
                case 'L' -> {
                    if (longName != null) {
                        throw new Refused("two long names in a row");
                    }
                    longName = cString(extension(size));
                }
                case '0', '\0' -> {
                    String path = path(pax, longName);
                    for (String key : pax.keySet()) {
                        if (key.startsWith("GNU.sparse")) {
                            throw new Refused(named(path) + " is a sparse file");
                        }
                    }
                    long length = pax.containsKey("size") ? decimal(pax.get("size")) : size;
                    left = length;
                    padding = -length & (RECORD - 1);
                    return new Header(path, length, pax.get("comment"));
                }
                case '5' -> {
                    if (size != 0) {
                        throw new Refused("the directory entry " + named(path(pax, longName)) + " has content");
                    }
                    path(pax, longName);
                    if (++directories > MOST_DIRECTORIES) {
                        throw new Refused("it has more than " + MOST_DIRECTORIES + " directory entries");
                    }
                    pax.clear();
                    longName = null;
                }
                default -> throw new Refused(named(path(pax, longName)) + " is " + kind(type));
            }
        }
    }

    /** Reads from the present file; -1 at its end. */
    int read(byte[] bytes, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = in.read(bytes, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw new Refused("the tar is cut off in the middle of a file");
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
                throw new Refused("the padding behind a file is not zero");
            }
        } catch (EOFException e) {
            throw new Refused("the tar is cut off in the middle of a file");
        }
    }

    private void readRecord(String what) throws IOException {
        if (in.readNBytes(record, 0, RECORD) < RECORD) {
            throw new Refused("the tar is cut off where " + what + " should be");
        }
    }

    private void checkEnd() throws IOException {
        readRecord("its second end record");
        if (!isZero(record)) {
            throw new Refused("the tar's end is damaged");
        }
        // Tars are padded with zeros to their blocking factor, 10 KiB by default.
        byte[] rest = new byte[1 << 13];
        long total = 0;
        for (int n; (n = in.read(rest)) > 0; total += n) {
            if (!isZero(Arrays.copyOf(rest, n)) || total + n > LONGEST_END) {
                throw new Refused("there is something behind the end of the tar");
            }
        }
        if (total % RECORD != 0) {
            throw new Refused("the tar's end is not a whole number of records");
        }
    }

    private byte[] extension(long size) throws IOException {
        if (size > LONGEST_EXTENSION) {
            throw new Refused("an extended tar header of " + size + " bytes");
        }
        byte[] content = in.readNBytes((int) size);
        byte[] rest = in.readNBytes((int) (-size & (RECORD - 1)));
        if (content.length < size || rest.length < (-size & (RECORD - 1))) {
            throw new Refused("the tar is cut off in an extended header");
        }
        if (!isZero(rest)) {
            throw new Refused("the padding behind an extended header is not zero");
        }
        return content;
    }

    /** Records of the form {@code length SP key=value LF}. */
    private static Map<String, String> paxRecords(byte[] content) throws IOException {
        Map<String, String> records = new HashMap<>();
        int at = 0;
        while (at < content.length) {
            int space = at;
            while (space < content.length && space - at < 7 && content[space] >= '0' && content[space] <= '9') {
                space++;
            }
            if (space == at || space >= content.length || content[space] != ' ') {
                throw new Refused("a pax header is damaged");
            }
            int length = Integer.parseInt(new String(content, at, space - at, StandardCharsets.US_ASCII));
            int end = at + length;
            if (end > content.length || end <= space + 1 || content[end - 1] != '\n') {
                throw new Refused("a pax header is damaged");
            }
            int equals = space + 1;
            while (equals < end && content[equals] != '=') {
                equals++;
            }
            String key = new String(content, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
            if (equals == end || !PAX_KEY.matcher(key).matches()) {
                throw new Refused("a pax header is damaged");
            }
            // Only these are used; what else tars put here, such as extended attributes, need not be text.
            boolean used = key.equals("path") || key.equals("size") || key.equals("comment");
            String value = used ? utf8(Arrays.copyOfRange(content, equals + 1, end - 1)) : "";
            if (records.put(key, value) != null) {
                throw new Refused("a pax header says the same thing twice");
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
        boolean folder = record[156] == '5';
        if (folder && path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        if (folder && (path.isEmpty() || path.equals("."))) {
            return path;
        }
        String objection = ArchivePaths.objection(path);
        if (objection != null) {
            throw new Refused("it has a file with " + objection + " (" + ArchivePaths.shown(path) + ")");
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
            // said below
        }
        throw new Refused("a tar header has an impossible " + what);
    }

    private static long decimal(String text) throws IOException {
        if (!text.matches("\\d{1,18}")) {
            throw new Refused("a pax header has an impossible size");
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
            throw new Refused("a name in the tar is not UTF-8");
        }
    }

    private static String named(String path) {
        return "\"" + ArchivePaths.shown(path) + "\"";
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
            default -> "of a type that has no place in an archive";
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
