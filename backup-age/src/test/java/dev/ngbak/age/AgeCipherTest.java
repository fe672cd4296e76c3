package dev.ngbak.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.ngbak.archive.ArchiveCipher.Decrypted;
import dev.ngbak.archive.ArchiveCipher.Encryption;
import dev.ngbak.archive.ArchiveCipher.Identity;
import dev.ngbak.archive.ArchiveCipher.NoIdentityException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeCipherTest {

    private static final byte[] INFO = "{\"format\":\"ngbak/1\"}".getBytes(StandardCharsets.US_ASCII);

    private final AgeCipher cipher = new AgeCipher();
    private final Identity identity = cipher.newIdentity();

    @TempDir
    private Path folder;

    private byte[] encrypt(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Encryption encryption = cipher.encrypt(Channels.newChannel(out), List.of(identity.recipient()), INFO)) {
            for (int at = 0; at < plain.length; at += 50_000) {
                encryption.channel().write(ByteBuffer.wrap(plain, at, Math.min(50_000, plain.length - at)));
            }
            encryption.finish();
        }
        return out.toByteArray();
    }

    private Decrypted open(byte[] packed, Identity with) throws IOException {
        return cipher.decrypt(new ByteArrayInputStream(packed), List.of(with.secret()));
    }

    private byte[] decrypt(byte[] packed) throws IOException {
        try (InputStream content = open(packed, identity).content()) {
            return content.readAllBytes();
        }
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_535, 65_536, 65_537, 131_072, 1 << 20, (1 << 20) + 1, 2 << 20, 5_000_000})
    void ageReadsWhatIsEncryptedAndTheOtherWayRound(int length) throws Exception {
        Programs.require("age");
        byte[] plain = noise(length);
        assertThat(decrypt(encrypt(plain))).isEqualTo(plain);

        Path packed = Files.write(folder.resolve("packed"), encrypt(plain));
        Path key = Files.writeString(folder.resolve("key"), identity.secret().reveal() + "\n");
        Path unpacked = folder.resolve("unpacked");
        assertThat(Programs.run("age", "-d", "-i", key.toString(), "-o", unpacked.toString(), packed.toString()))
                .isEqualTo(0);
        assertThat(Files.readAllBytes(unpacked)).isEqualTo(plain);

        Path theirs = folder.resolve("theirs");
        assertThat(Programs.run("age", "-r", identity.recipient(), "-o", theirs.toString(), unpacked.toString()))
                .isEqualTo(0);
        assertThat(decrypt(Files.readAllBytes(theirs))).isEqualTo(plain);
    }

    @Test
    void emptyArchiveIsEncryptedAndDecrypted() throws IOException {
        assertThat(decrypt(encrypt(new byte[0]))).isEmpty();
    }

    @Test
    void anyIdentityOfTheFileMayMatch() throws IOException {
        byte[] packed = encrypt(noise(100));
        Decrypted decrypted = cipher.decrypt(
                new ByteArrayInputStream(packed), List.of(cipher.newIdentity().secret(), identity.secret()));
        assertThat(decrypted.content().readAllBytes()).isEqualTo(noise(100));
        assertThat(decrypted.info()).isEqualTo(INFO);
    }

    @Test
    void identityOfSomebodyElseIsToldApartFromDamage() {
        assertThatIOException()
                .isThrownBy(() -> open(encrypt(noise(100)), cipher.newIdentity()))
                .isInstanceOf(NoIdentityException.class);
    }

    @Test
    void fileKeyOpensItsArchiveOnly() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Encryption encryption = cipher.encrypt(Channels.newChannel(out), List.of(identity.recipient()), INFO)) {
            encryption.channel().write(ByteBuffer.wrap(noise(100)));
            encryption.finish();
            assertThat(cipher.decrypt(new ByteArrayInputStream(out.toByteArray()), encryption.fileKey())
                            .content()
                            .readAllBytes())
                    .isEqualTo(noise(100));
            assertThatIOException()
                    .isThrownBy(
                            () -> cipher.decrypt(new ByteArrayInputStream(encrypt(noise(100))), encryption.fileKey()))
                    .withMessageContaining("header");
        }
    }

    @Test
    void publicPartIsReadWithoutAKeyAndFromTheBeginningOnly() throws IOException {
        byte[] packed = encrypt(noise(200_000));
        assertThat(cipher.info(new ByteArrayInputStream(packed, 0, 2000))).contains(INFO);
    }

    @Test
    void everyFlippedBitIsFound() throws IOException {
        byte[] packed = encrypt(noise(300));
        for (int bit = 0; bit < packed.length * 8; bit++) {
            byte[] flipped = packed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatIOException().as("bit " + bit).isThrownBy(() -> decrypt(flipped));
        }
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        byte[] packed = encrypt(noise(150_000));
        for (int length = 0; length < packed.length; length += length < 1000 ? 1 : 997) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatIOException().as("length " + length).isThrownBy(() -> decrypt(cut));
        }
        int chunk = ChunkCipher.PACKED_BYTES;
        int header = packed.length - 150_000 - 3 * ChunkCipher.TAG_BYTES;
        for (int length : new int[] {header, header + chunk, header + 2 * chunk}) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatIOException().as("length " + length).isThrownBy(() -> decrypt(cut));
        }
    }

    @Test
    void bytesAfterTheEndAndExchangedChunksAreFound() throws IOException {
        byte[] packed = encrypt(noise(150_000));
        assertThatIOException().isThrownBy(() -> decrypt(Arrays.copyOf(packed, packed.length + 1)));
        int first = packed.length - 150_000 - 3 * ChunkCipher.TAG_BYTES;
        byte[] exchanged = packed.clone();
        System.arraycopy(packed, first, exchanged, first + ChunkCipher.PACKED_BYTES, ChunkCipher.PACKED_BYTES);
        System.arraycopy(packed, first + ChunkCipher.PACKED_BYTES, exchanged, first, ChunkCipher.PACKED_BYTES);
        assertThatIOException().isThrownBy(() -> decrypt(exchanged));
    }

    @Test
    void hugeHeaderIsRefusedAfterABoundedNumberOfBytes() {
        InputStream endless = new InputStream() {
            private int read;

            @Override
            public int read() {
                assertThat(++read).isLessThan(200_000);
                return 'A';
            }
        };
        assertThatIOException().isThrownBy(() -> cipher.info(endless)).withMessageContaining("64 KiB");
    }

    @Test
    void recipientsAndIdentitiesAreToldApart() {
        assertThat(cipher.isRecipient(identity.recipient())).isTrue();
        assertThat(cipher.isIdentity(identity.secret().reveal())).isTrue();
        for (String text : List.of("", "age1", "age1xyz", identity.secret().reveal(), "ssh-ed25519 AAAA")) {
            assertThat(cipher.isRecipient(text)).as(text).isFalse();
        }
        for (String text : List.of("", "AGE-SECRET-KEY-1", identity.recipient(), "AGE-PLUGIN-YUBIKEY-1X")) {
            assertThat(cipher.isIdentity(text)).as(text).isFalse();
        }
    }
}
