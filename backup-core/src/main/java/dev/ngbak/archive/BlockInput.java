package dev.ngbak.archive;

import dev.ngbak.archive.ArchiveIndex.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The reverse of {@link BlockOutput}: cuts an archive into the blocks that it was written in, lets threads of its own unpack
 * them, and hands them out in order; a few are in memory. It only ever takes what it is sure of: where anything is not as we
 * write it, be it somebody else's packing or damage, the ordinary reader reads the file again from its start, comes to
 * the same place and goes on, and has the last word.
 */
final class BlockInput extends InputStream {

    /** The most that a packed block can have. */
    private static final int LARGEST = new Block().packed.length - Compression.SPARE;

    /** Writing a file of one byte makes three blocks of 1,024 bytes; smaller ones on average cost more than they are worth. */
    private static final int SMALLEST_AVERAGE = 256;

    /** From this many blocks on, their average size matters. */
    private static final int FEW_BLOCKS = 1024;

    /** How many parts that look like blocks may be joined to one. */
    private static final int MOST_PARTS = 16;

    private final Path file;
    private final Compression compression;
    private final int window = Math.min(Runtime.getRuntime().availableProcessors(), 8) + 1;
    private final ExecutorService pool;
    private final Deque<Future<Block>> pending = new ArrayDeque<>();
    private final Deque<Block> free = new ArrayDeque<>();
    private final ArchiveIndex index;
    private final Runnable check;
    private final FileChannel channel;
    private final InputStream packed;
    private final byte[] ahead = new byte[2 * LARGEST];
    private int from;
    private int to;
    private Block current;
    private int at;
    private long crc;
    private long size;
    private long blocks;
    private InputStream ordinary;

    /**
     * @param compression that of the file, by its first bytes
     * @param index what is known of the file's blocks; those that are met are noted in it
     * @param check called at every step; stops the reading by an exception of its own
     */
    BlockInput(Path file, Compression compression, ArchiveIndex index, Runnable check) throws IOException {
        this.file = file;
        this.compression = compression;
        this.index = index;
        this.check = check;
        this.channel = FileChannel.open(file);
        this.packed = Channels.newInputStream(channel);
        this.pool = Executors.newFixedThreadPool(window - 1, task -> {
            Thread thread = new Thread(task, "ngbak-unpack");
            thread.setDaemon(true);
            return thread;
        });
        try {
            byte[] head = compression.head();
            if (!Arrays.equals(packed.readNBytes(head.length), head)) {
                readOrdinarily();
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether the ordinary reader has taken over. */
    boolean isOrdinary() {
        return ordinary != null;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (ordinary == null && (current == null || at == current.length) && !advance()) {
            return -1;
        }
        if (ordinary != null) {
            return ordinary.read(bytes, offset, length);
        }
        int n = Math.min(length, current.length - at);
        System.arraycopy(current.raw, at, bytes, offset, n);
        at += n;
        return n;
    }

    @Override
    public long skip(long wanted) throws IOException {
        if (ordinary != null) {
            return ordinary.skip(wanted);
        }
        if (wanted <= 0) {
            return 0;
        }
        long left = current == null ? 0 : current.length - at;
        Place block = index.at(size - left + wanted);
        if (block != null && block.position() - size > (long) window * Block.SIZE) {
            long skipped = block.position() - size + left;
            goTo(block);
            return skipped;
        }
        if ((left == 0 && !advance()) || ordinary != null) {
            return 0;
        }
        int n = (int) Math.min(wanted, current.length - at);
        at += n;
        return n;
    }

    private void goTo(Place place) throws IOException {
        while (!pending.isEmpty()) {
            free.push(oldest());
        }
        if (current != null) {
            free.push(current);
            current = null;
        }
        from = 0;
        to = 0;
        channel.position(place.packed());
        size = place.position();
        crc = place.crc();
    }

    /** Goes to the next block, or to the ordinary reader; false at the end. */
    private boolean advance() throws IOException {
        if (current != null) {
            free.push(current);
            current = null;
        }
        do {
            UnpackedInput.check(check);
            if (blocks > FEW_BLOCKS + size / SMALLEST_AVERAGE) {
                readOrdinarily();
                return true;
            }
            submit();
            if (pending.isEmpty()) {
                if (Arrays.equals(Arrays.copyOfRange(ahead, from, to), compression.tail(crc, size))) {
                    return false;
                }
                readOrdinarily();
                return true;
            }
            Block block = oldest();
            // The end that was seen may be a part of the block that looks like one.
            int parts = 1;
            for (submit(); block.length < 0 && !pending.isEmpty(); submit()) {
                Block rest = oldest();
                if (++parts > MOST_PARTS || block.packedLength + rest.packedLength > LARGEST) {
                    break;
                }
                System.arraycopy(rest.packed, 0, block.packed, block.packedLength, rest.packedLength);
                block.packedLength += rest.packedLength;
                compression.unpack(block);
                free.push(rest);
            }
            if (block.length < 0) {
                readOrdinarily();
                return true;
            }
            index.note(new Place(size, block.place, crc));
            crc = Crc32Combiner.combine(crc, block.crc, block.length);
            size += block.length;
            blocks++;
            current = block;
            at = 0;
        } while (current.length == 0);
        return true;
    }

    private void submit() throws IOException {
        while (pending.size() < window) {
            long place = channel.position() - (to - from);
            int end = end(place);
            if (end < 0 && to - from < LARGEST) {
                System.arraycopy(ahead, from, ahead, 0, to - from);
                to -= from;
                from = 0;
                int n = packed.readNBytes(ahead, to, ahead.length - to);
                to += n;
                if (n > 0) {
                    continue;
                }
            }
            if (end < 0 || end - from > LARGEST) {
                return;
            }
            Block block = free.isEmpty() ? new Block() : free.pop();
            block.place = place;
            block.packedLength = end - from;
            System.arraycopy(ahead, from, block.packed, 0, block.packedLength);
            from = end;
            pending.add(pool.submit(() -> compression.unpack(block), block));
        }
    }

    /** Where the next block ends in what was read, by what an earlier pass has met or else by its looks; -1 where it does not. */
    private int end(long place) {
        long next = index.behind(place);
        if (next < 0) {
            return compression.cut(ahead, from, to);
        }
        return next - place <= to - from ? from + (int) (next - place) : -1;
    }

    private Block oldest() throws IOException {
        try {
            return pending.remove().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while unpacking");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a block could not be unpacked", e.getCause());
        }
    }

    private void readOrdinarily() throws IOException {
        stop();
        pending.clear();
        free.clear();
        ordinary = Compression.open(Files.newInputStream(file), Compression.BUFFER, check);
        ordinary.skipNBytes(size);
    }

    private void stop() throws IOException {
        pool.shutdownNow();
        packed.close();
    }

    @Override
    public void close() throws IOException {
        stop();
        if (ordinary != null) {
            ordinary.close();
        }
    }
}
