package dev.ngbak.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes the bytes around the files of a tar: POSIX.1-2001 (pax) headers, padding and the end. */
final class TarHeader {

    static final int RECORD = 512;

    /** The end of a tar: two records of zeros. */
    static final byte[] END = new byte[2 * RECORD];

    private TarHeader() {}

    /** Returns the header of a regular file. Owner and mode are fixed, so that equal content makes equal archives. */
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
        // Not closed, because closing requires the content of the file, which is written elsewhere.
        @SuppressWarnings("resource")
        TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, RECORD, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
        tar.putArchiveEntry(entry);
        return bytes.toByteArray();
    }

    /**
     * Returns whether the checksum of a record is right and has one of the three spellings in use (six digits, NUL, space; six
     * digits, space, NUL; seven digits, NUL), so that every bit of the field has a meaning.
     */
    static boolean hasValidChecksum(byte[] record) {
        int sum = 0;
        for (int i = 0; i < RECORD; i++) {
            sum += i >= 148 && i < 156 ? ' ' : record[i] & 0xff;
        }
        String field = new String(record, 148, 8, StandardCharsets.ISO_8859_1);
        // The sum is at most 512 * 255, which is less than 8^6. Adding 8^6 preserves its leading zeros.
        String six = Integer.toOctalString(01000000 + sum).substring(1);
        return field.equals(six + "\0 ") || field.equals(six + " \0") || field.equals("0" + six + "\0");
    }

    /** Returns the zeros that fill the last record of a file. */
    static byte[] padding(long size) {
        return new byte[(int) (-size & (RECORD - 1))];
    }
}
