package dev.ngbak.s3;

import dev.ngbak.archive.EntrySpool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Sends the bytes of an archive that were not sent before, in parts whose numbers are between those of the entries that were. For
 * one thread.
 */
final class ArchiveChannel implements WritableByteChannel {

    private final S3Staging staging;
    private final PartSender.Lane lane;
    private final long partBytes;
    private final List<CompletedPart> inserted = new ArrayList<>();
    private PartFile part;
    private int number = 1;
    private boolean closed;

    /** @param partBytes the size of all parts but the last, as long as there are enough numbers */
    ArchiveChannel(S3Staging staging, long partBytes) {
        this.staging = staging;
        this.lane = staging.newLane();
        this.partBytes = partBytes;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        int count = bytes.remaining();
        while (bytes.hasRemaining()) {
            boolean lastNumber = number + 1 >= staging.numbers().nextStart(number);
            long limit = lastNumber ? PartNumbers.MAX_PART_BYTES : partBytes;
            append(bytes, limit);
            if (part.size() >= limit) {
                send();
            }
        }
        return count;
    }

    private void append(ByteBuffer bytes, long limit) throws IOException {
        if (part == null) {
            part = staging.newPart();
        }
        int count = (int) Math.max(0, Math.min(bytes.remaining(), limit - part.size()));
        part.write(bytes.slice().limit(count));
        bytes.position(bytes.position() + count);
    }

    private void send() throws IOException {
        if (number >= staging.numbers().nextStart(number - 1)) {
            throw new IOException("the archive needs more than " + PartNumbers.MAX_NUMBER + " parts");
        }
        lane.send(number++, part);
        part = null;
    }

    /**
     * Adds an entry whose parts have been sent already.
     *
     * @param head the bytes of the entry before its first part, long enough for a part
     * @param first the number of its first part
     * @param parts of the entry
     */
    void insert(EntrySpool head, int first, List<CompletedPart> parts) throws IOException {
        // The head and the bytes before it become one part. A cut could leave a part that is too small.
        head.moveTo(new Uncut());
        send();
        inserted.addAll(parts);
        number = first + parts.size();
    }

    private final class Uncut implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            append(bytes, Long.MAX_VALUE);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /** Sends the last part, waits until all parts have arrived, and returns them in the order of their numbers. */
    List<CompletedPart> finish() throws IOException {
        if (part == null && number == 1) {
            part = staging.newPart(); // An upload has at least one part.
        }
        if (part != null) {
            send();
        }
        List<CompletedPart> all = new ArrayList<>(inserted);
        all.addAll(lane.finish());
        all.sort(Comparator.comparing(CompletedPart::partNumber));
        return all;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
