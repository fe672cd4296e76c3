package dev.ngbak.s3;

import dev.ngbak.archive.EntrySpool;
import dev.ngbak.archive.StagedEntry;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Sends an entry while it is being written, except for its first and its last bytes: they go into parts together with the bytes
 * before and after the entry, which are not known yet. An entry that gets no part numbers stays on the local disk.
 */
final class StreamedEntry extends StagedEntry {

    private final S3Staging staging;
    private final Role role;
    private final String path;
    private final EntrySpool head;
    private final PartSender.Lane lane;
    private PartNumbers.Run numbers;
    private int sent;
    /** The bytes after the last part that was sent. */
    private PartFile part;

    /** The bytes after {@link #part}, once there are no numbers. */
    private EntrySpool rest;

    private long size;

    StreamedEntry(S3Staging staging, Role role, String path) {
        this.staging = staging;
        this.role = role;
        this.path = path;
        this.head = new EntrySpool(staging.directory());
        this.lane = staging.newLane();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            at += writeSome(bytes, at, end - at);
        }
        size += length;
    }

    /** Returns how many bytes were written. */
    private int writeSome(byte[] bytes, int offset, int length) throws IOException {
        if (rest != null) {
            rest.write(bytes, offset, length);
            return length;
        }
        if (head.size() < PartNumbers.MIN_PART_BYTES) {
            int count = (int) Math.min(length, PartNumbers.MIN_PART_BYTES - head.size());
            head.write(bytes, offset, count);
            return count;
        }
        if (part == null) {
            part = staging.newPart();
        }
        int count = (int) Math.min(length, PartNumbers.partBytes(sent) - part.size());
        part.write(ByteBuffer.wrap(bytes, offset, count));
        if (part.size() == PartNumbers.partBytes(sent)) {
            send();
        }
        return count;
    }

    private void send() throws IOException {
        if (numbers == null) {
            numbers = staging.numbers().start(role, path).orElse(null);
        }
        if (numbers == null || !numbers.hasNext()) {
            rest = new EntrySpool(staging.directory());
            return;
        }
        lane.send(numbers.next(), part);
        part = null;
        sent++;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void close() throws IOException {
        head.close();
        if (part != null) {
            part.close();
        }
        if (rest != null) {
            rest.close();
        }
    }

    @Override
    public void moveTo(WritableByteChannel archive) throws IOException {
        if (numbers == null) {
            head.moveTo(archive);
        } else {
            staging.archive().insert(head, numbers.first(), lane.finish());
        }
        if (part != null) {
            part.moveTo(archive);
            part = null;
        }
        if (rest != null) {
            rest.moveTo(archive);
        }
    }

    @Override
    public void delete() throws IOException {
        close();
        lane.cancel();
        head.delete();
        if (part != null) {
            part.delete();
            part = null;
        }
        if (rest != null) {
            rest.delete();
        }
        if (numbers != null) {
            numbers.drop();
            numbers = null;
        }
    }
}
