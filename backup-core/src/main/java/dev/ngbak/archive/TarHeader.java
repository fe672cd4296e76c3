package dev.ngbak.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The bytes around the files of a tar: POSIX.1-2001 (pax) headers, padding and the end. */
final class TarHeader {

    static final int RECORD = 512;

    /** Two records of zeros. */
    static final byte[] END = new byte[2 * RECORD];

    private TarHeader() {}

    /** The header of a regular file: fixed owner and mode, so that equal content makes equal archives. */
    static byte[] of(String path, long size, Instant time, String comment) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(path);
        entry.setSize(size);
        entry.setMode(0100644);
        entry.setModTime(Date.from(time));
        entry.setIds(0, 0);
        entry.setNames("", "");
        if (comment != null) {
            entry.addPaxHeader("comment", comment);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // Not closed: that would want the file's content, which does not go through here.
        @SuppressWarnings("resource")
        TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, RECORD, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
        tar.putArchiveEntry(entry);
        return bytes.toByteArray();
    }

    /**
     * Whether a record's checksum is right and written in one of the three ways of the tars in use (six digits, NUL, space;
     * six digits, space, NUL; seven digits, NUL), so that no bit of the field is without meaning.
     */
    static boolean sumIsRight(byte[] record) {
        int sum = 0;
        for (int i = 0; i < RECORD; i++) {
            sum += i >= 148 && i < 156 ? ' ' : record[i] & 0xff;
        }
        String field = new String(record, 148, 8, StandardCharsets.ISO_8859_1);
        // 512 * 255 is less than 8^6, so the digit in front is only there to keep the zeros behind it.
        String six = Integer.toOctalString(01000000 + sum).substring(1);
        return field.equals(six + "\0 ") || field.equals(six + " \0") || field.equals("0" + six + "\0");
    }

    /** The zeros that fill the last record of a file. */
    static byte[] padding(long size) {
        return new byte[(int) (-size & (RECORD - 1))];
    }
}
