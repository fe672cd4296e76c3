package dev.ngbak.files;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Generates a file larger than the memory of the tests: a start, one byte repeated many times, and an end. */
final class Endless extends InputStream {

    private final byte[] start;
    private final byte middle;
    private final byte[] end;
    private final long length;
    private long at;

    Endless(String start, char middle, long times, String end) {
        this.start = start.getBytes(StandardCharsets.UTF_8);
        this.middle = (byte) middle;
        this.end = end.getBytes(StandardCharsets.UTF_8);
        this.length = this.start.length + times + this.end.length;
    }

    long length() {
        return length;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int wanted) {
        long ending = length - end.length;
        if (at == length) {
            return -1;
        }
        int n;
        if (at < start.length) {
            n = (int) Math.min(wanted, start.length - at);
            System.arraycopy(start, (int) at, bytes, offset, n);
        } else if (at < ending) {
            n = (int) Math.min(wanted, ending - at);
            Arrays.fill(bytes, offset, offset + n, middle);
        } else {
            n = (int) Math.min(wanted, length - at);
            System.arraycopy(end, (int) (at - ending), bytes, offset, n);
        }
        at += n;
        return n;
    }
}
