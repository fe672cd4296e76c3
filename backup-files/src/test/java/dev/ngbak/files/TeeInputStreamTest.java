package dev.ngbak.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.Progress;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

final class TeeInputStreamTest {

    private static final ProgressMeter METER = ProgressMeter.ofBytes(Progress.NONE, () -> {});

    private static InputStream file() {
        return new ByteArrayInputStream("0123456789".getBytes(UTF_8));
    }

    @Test
    void copiesAlsoWhatTheDecoderDoesNotRead() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TeeInputStream.copy(file(), out, METER, in -> assertThat(in.read()).isEqualTo('0'));
        assertThat(out.toString(UTF_8)).isEqualTo("0123456789");
    }

    @Test
    void failureOfTheOutputIsNotTakenForMalformedContent() {
        IOException full = new IOException("full");
        OutputStream out = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw full;
            }
        };
        assertThatThrownBy(() -> TeeInputStream.copy(file(), out, METER, TeeInputStreamTest::readAndWrapFailures))
                .isSameAs(full);
    }

    @Test
    void abortIsNotTakenForMalformedContent() {
        CancellationException aborted = new CancellationException();
        ProgressMeter meter = ProgressMeter.ofBytes(Progress.NONE, () -> {
            throw aborted;
        });
        assertThatThrownBy(() -> TeeInputStream.copy(
                        file(), OutputStream.nullOutputStream(), meter, TeeInputStreamTest::readAndWrapFailures))
                .isSameAs(aborted);
    }

    private static void readAndWrapFailures(InputStream in) throws IOException {
        try {
            in.readAllBytes();
        } catch (IOException | RuntimeException e) {
            throw new IOException("the decoder failed", e);
        }
    }

    @Test
    void failureOfTheDecoderComesOutUnchanged() {
        IOException failure = new IOException("from the handler");
        assertThatThrownBy(() -> TeeInputStream.copy(file(), OutputStream.nullOutputStream(), METER, in -> {
                    throw failure;
                }))
                .isSameAs(failure);
    }
}
