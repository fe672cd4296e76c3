package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.support.MalformedContentException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Strings are looked at eight bytes at a time: so everything is tried at every place in such a word. */
final class JsonCursorTest {

    private static final String[] GOOD = {
        "",
        "\\u00e9",
        "\\u00E9\\uFfFf",
        "\\ud83d\\ude80",
        "\\n",
        "\\\"\\\\\\/",
        "\u00e9",
        "\u4e2d",
        "\ud83d\ude80",
        "\u007f",
        "!#[]^_{}~",
        "\\u0000"
    };

    private static final String[] BAD = {
        "\"",
        "\\",
        "\\x",
        "\\u00g0",
        "\\u12",
        "\\u00 9",
        "\\ud800",
        "\\udc00",
        "\\ud83d\\u0041",
        "\n",
        "\u0000",
        "\u001f",
        "\\U0041"
    };

    @Test
    void knowsAStringAtEveryPlace() throws IOException {
        for (int before = 0; before < 20; before++) {
            for (int after = 0; after < 20; after++) {
                for (String good : GOOD) {
                    byte[] text = string(before, good.getBytes(StandardCharsets.UTF_8), after);
                    String shown = new String(text, StandardCharsets.UTF_8);
                    assertThat(JsonCursor.isValue(text)).as(shown).isTrue();
                    assertThat(new JsonCursor(slow(text)).value()).as(shown).isEqualTo(text);
                }
                for (String bad : BAD) {
                    refuses(string(before, bad.getBytes(StandardCharsets.UTF_8), after));
                }
                for (int b : new int[] {0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe4, 0xf0, 0xf5, 0xff}) {
                    refuses(string(before, new byte[] {(byte) b}, after));
                }
            }
        }
    }

    @Test
    void tellsWhatAStringSays() throws IOException {
        for (int before = 0; before < 10; before++) {
            String filler = "x".repeat(before);
            byte[] spelled = ('"' + filler + "\\u00e9\\ud83d\\ude80\\n\\\"\\u0041" + filler + '"')
                    .getBytes(StandardCharsets.UTF_8);
            assertThat(new String(new JsonCursor(slow(spelled)).text(1_000), StandardCharsets.UTF_8))
                    .isEqualTo(filler + "\u00e9\ud83d\ude80\n\"A" + filler);
        }
    }

    private static void refuses(byte[] text) {
        assertThat(JsonCursor.isValue(text))
                .as(new String(text, StandardCharsets.ISO_8859_1))
                .isFalse();
        JsonCursor cursor = new JsonCursor(slow(text));
        assertThat(catchThrowable(() -> {
                    cursor.value();
                    cursor.end();
                }))
                .isInstanceOf(MalformedContentException.class);
    }

    private static byte[] string(int before, byte[] middle, int after) {
        byte[] text = new byte[before + middle.length + after + 2];
        java.util.Arrays.fill(text, (byte) 'x');
        text[0] = '"';
        text[text.length - 1] = '"';
        System.arraycopy(middle, 0, text, before + 1, middle.length);
        return text;
    }

    /** Hands out five bytes at a time, so that what belongs together comes apart. */
    private static InputStream slow(byte[] text) {
        return new ByteArrayInputStream(text) {
            @Override
            public synchronized int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, 5));
            }
        };
    }
}
