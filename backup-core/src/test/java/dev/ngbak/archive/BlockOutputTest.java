package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockOutputTest {

    private final ThreadPoolExecutor pool = (ThreadPoolExecutor) Executors.newFixedThreadPool(4);

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    void blocksKeepTheirOrderSizeAndCrc(Compression compression) throws IOException {
        byte[] bytes = TestArchives.random(5 * Block.SIZE + 4711);
        java.util.Arrays.fill(bytes, Block.SIZE, 2 * Block.SIZE, (byte) 7);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        BlockOutput blocks = new BlockOutput(compression.codec(), pool, 3, new ArrayDeque<>(), packed);
        for (int at = 0; at < bytes.length; ) {
            int n = Math.min(bytes.length - at, 1 + at % 99_991);
            blocks.write(bytes, at, n);
            at += n;
        }
        blocks.finish();

        CRC32 crc = new CRC32();
        crc.update(bytes);
        assertThat(blocks.size()).isEqualTo(bytes.length);
        assertThat(blocks.packedSize()).isEqualTo(packed.size());
        assertThat(blocks.crc()).isEqualTo(compression == Compression.GZIP ? crc.getValue() : 0);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(compression.codec().head());
        whole.writeBytes(packed.toByteArray());
        whole.writeBytes(compression.codec().tail(blocks.crc(), blocks.size()));
        byte[] unpacked = compression
                .codec()
                .unpack(new ByteArrayInputStream(whole.toByteArray()))
                .readAllBytes();
        assertThat(TestArchives.sha256(unpacked)).isEqualTo(TestArchives.sha256(bytes));
    }

    @Test
    void singleBytesAreWritten() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BlockOutput blocks = new BlockOutput(Compression.NONE.codec(), pool, 3, new ArrayDeque<>(), out);
        blocks.write(0x1ff);
        blocks.write(2);
        blocks.finish();
        assertThat(out.toByteArray()).containsExactly(0xff, 2);
    }

    @Test
    void emptyOutputWritesNothing() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BlockOutput blocks = new BlockOutput(Compression.GZIP.codec(), pool, 3, new ArrayDeque<>(), out);
        blocks.finish();
        assertThat(out.size()).isZero();
        assertThat(blocks.crc()).isZero();
    }

    @Test
    void slowPoolBlocksTheWriter() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        ThreadPoolExecutor slow = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        try {
            slow.execute(() -> {
                try {
                    busy.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BlockOutput blocks = new BlockOutput(Compression.NONE.codec(), slow, 3, new ArrayDeque<>(), out);
            Thread writer = new Thread(() -> {
                try {
                    blocks.write(new byte[10 * Block.SIZE]);
                    blocks.finish();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            writer.start();
            while (writer.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertThat(slow.getQueue()).hasSizeLessThanOrEqualTo(3);
            busy.countDown();
            writer.join();
            assertThat(out.size()).isEqualTo(10 * Block.SIZE);
        } finally {
            slow.shutdownNow();
        }
    }

    @Test
    void interruptEndsTheWait() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        ThreadPoolExecutor stuck = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        try {
            stuck.execute(() -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            BlockOutput blocks = new BlockOutput(
                    Compression.NONE.codec(), stuck, 1, new ArrayDeque<>(), new ByteArrayOutputStream());
            blocks.write(1);
            Thread.currentThread().interrupt();
            assertThatThrownBy(blocks::finish).isInstanceOf(java.io.InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            stuck.shutdownNow();
        }
    }
}
