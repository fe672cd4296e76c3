package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LimitedBufferTest {

    @Test
    void takeBytesReturnsAllPieces() throws IOException {
        byte[] expected = new byte[300_000];
        Random random = new Random(1);
        random.nextBytes(expected);
        LimitedBuffer buffer = new LimitedBuffer(expected.length);
        for (int at = 0; at < expected.length; ) {
            int length = Math.min(expected.length - at, random.nextInt(5_000));
            buffer.accept(expected, at, length);
            at += length;
        }
        assertThat(buffer.takeBytes()).isEqualTo(expected);
    }

    @Test
    void takeBytesReturnsAnEmptyArrayWithoutPieces() throws IOException {
        assertThat(new LimitedBuffer(10).takeBytes()).isEmpty();
    }

    @Test
    void takeBytesFailsBeyondTheLimitAndReportsTheWholeLength() {
        byte[] bytes = new byte[100_000];
        Arrays.fill(bytes, (byte) 1);
        LimitedBuffer buffer = new LimitedBuffer(bytes.length);
        buffer.accept(bytes, 0, bytes.length);
        buffer.accept(bytes, 0, 1);
        buffer.accept(bytes, 0, 7);
        ValueTooLargeException e = catchThrowableOfType(ValueTooLargeException.class, buffer::takeBytes);
        assertThat(e.bytes()).isEqualTo(100_008);
    }
}
