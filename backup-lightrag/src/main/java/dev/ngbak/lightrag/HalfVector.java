package dev.ngbak.lightrag;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** The member {@code vector} of a row in a file: the embedding in 16-bit floats, compressed by zlib, in Base64. */
final class HalfVector {

    private HalfVector() {}

    static String encode(float[] values) {
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(halves(values));
            deflater.finish();
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 13];
            while (!deflater.finished()) {
                compressed.write(buffer, 0, deflater.deflate(buffer));
            }
            return Base64.getEncoder().encodeToString(compressed.toByteArray());
        } finally {
            deflater.end();
        }
    }

    /** Returns whether a row's member follows from its vector. */
    static boolean matches(Object member, float[] values) {
        byte[] expected = halves(values);
        byte[] found = new byte[expected.length + 1];
        if (!(member instanceof String text)) {
            return false;
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(Base64.getDecoder().decode(text));
            int length = 0;
            while (length < found.length && !inflater.finished() && !inflater.needsInput()) {
                length += inflater.inflate(found, length, found.length - length);
            }
            return length == expected.length && Arrays.equals(expected, 0, length, found, 0, length);
        } catch (DataFormatException | IllegalArgumentException e) {
            return false;
        } finally {
            inflater.end();
        }
    }

    private static byte[] halves(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(half(value));
        }
        return bytes.array();
    }

    /** Rounds to the nearest 16-bit float, and a value in the middle to the even one, as NumPy does. */
    static short half(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fff_ffff;
        if (magnitude > 0x7f80_0000) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 0x4780_0000) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x3880_0000) {
            // The result is subnormal: a multiple of 2^-24. The multiplication is exact, and rint rounds to even.
            return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
        }
        int rounded = magnitude + 0x0fff + (magnitude >>> 13 & 1);
        return (short) (sign | rounded - 0x3800_0000 >>> 13);
    }
}
