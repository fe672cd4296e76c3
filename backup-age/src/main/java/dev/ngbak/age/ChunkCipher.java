package dev.ngbak.age;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.Destroyable;

/** Encrypts and decrypts the chunks of a payload, each independently of the others. Thread-safe. */
final class ChunkCipher implements Destroyable {

    /** The size of all chunks but the last. */
    static final int PLAIN_BYTES = 64 << 10;

    static final int TAG_BYTES = 16;
    static final int PACKED_BYTES = PLAIN_BYTES + TAG_BYTES;

    private static final int NONCE_BYTES = 12;

    private final byte[] key;

    ChunkCipher(byte[] key) {
        this.key = key;
    }

    /**
     * Encrypts consecutive chunks.
     *
     * @param first the number of the first chunk
     * @param last whether the archive ends with them
     */
    byte[] encrypt(byte[] plain, int length, long first, boolean last) throws GeneralSecurityException {
        return run(Cipher.ENCRYPT_MODE, plain, length, PLAIN_BYTES, PACKED_BYTES, first, last);
    }

    /** Decrypts consecutive chunks, like {@link #encrypt}. Fails if a bit of them is wrong. */
    byte[] decrypt(byte[] packed, int length, long first, boolean last) throws GeneralSecurityException {
        boolean isOnly = first == 0 && length < PACKED_BYTES;
        if (last && !isOnly && length % PACKED_BYTES == TAG_BYTES) {
            throw new GeneralSecurityException("an empty last chunk");
        }
        return run(Cipher.DECRYPT_MODE, packed, length, PACKED_BYTES, PLAIN_BYTES, first, last);
    }

    private byte[] run(int mode, byte[] in, int length, int from, int to, long first, boolean last)
            throws GeneralSecurityException {
        int chunks = Math.max(1, (length + from - 1) / from);
        byte[] out = new byte[chunks * to];
        int size = 0;
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        SecretKeySpec secret = new SecretKeySpec(key, "ChaCha20");
        for (int i = 0; i < chunks; i++) {
            boolean end = last && i == chunks - 1;
            byte[] nonce = ByteBuffer.allocate(NONCE_BYTES)
                    .putLong(3, first + i)
                    .put(NONCE_BYTES - 1, (byte) (end ? 1 : 0))
                    .array();
            cipher.init(mode, secret, new IvParameterSpec(nonce));
            size += cipher.doFinal(in, i * from, Math.min(from, length - i * from), out, size);
        }
        return size == out.length ? out : Arrays.copyOf(out, size);
    }

    /** Overwrites the key. */
    @Override
    public void destroy() {
        Arrays.fill(key, (byte) 0);
    }
}
