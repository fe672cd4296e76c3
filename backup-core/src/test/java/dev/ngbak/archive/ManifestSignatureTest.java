package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Signs manifests, and finds every change of a signed one. */
class ManifestSignatureTest {

    private KeyPair pair;
    private Manifest manifest;
    private byte[] signed;

    @BeforeEach
    void sign() throws GeneralSecurityException {
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        manifest = new Manifest(
                new BackupId("mine"),
                TestArchives.TIME,
                "ngbak",
                new Manifest.SourceSystem("nano-graphrag", "1", null),
                "ä".repeat(3),
                Map.of("documents", 0L),
                Map.of(),
                new Manifest.Consistency(Manifest.Grade.QUIESCENT, Map.of()),
                17,
                List.of(),
                Manifest.checksumOf(List.of()));
        signed = ManifestSignature.addTo(manifest.text(), pair.getPrivate(), pair.getPublic())
                .getBytes(StandardCharsets.UTF_8);
    }

    private boolean isValid(byte[] json) {
        try {
            ManifestReader.read(json);
            ManifestSignature signature = ManifestSignature.of(json);
            return signature != null
                    && signature.key().equals(Ed25519.id(pair.getPublic()))
                    && signature.isValid(pair.getPublic());
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void signatureIsValidAndReadersThatDoNotKnowItSkipIt() throws IOException {
        assertThat(isValid(signed)).isTrue();
        assertThat(ManifestReader.read(signed)).isEqualTo(manifest);
        assertThat(ManifestSignature.of(manifest.text().getBytes(StandardCharsets.UTF_8)))
                .isNull();
    }

    /** Flips one bit of each byte, and all bits of the end, where the signature is. */
    @Test
    void flippedBitIsFound() {
        int end = signed.length - 24;
        for (int at = 0; at < signed.length; at++) {
            for (int bit = at < end ? at % 8 : 0; bit <= (at < end ? at % 8 : 7); bit++) {
                byte[] flipped = signed.clone();
                flipped[at] ^= (byte) (1 << bit);
                assertThat(isValid(flipped)).as("bit " + bit + " of byte " + at).isFalse();
            }
        }
    }

    @Test
    void signatureInPlaceOfTheBlanksInANoteIsFound() {
        String text = new String(signed, StandardCharsets.UTF_8);
        int at = text.indexOf("\"value\": \"") + 10;
        String value = text.substring(at, at + 88);
        String blank = "A".repeat(88);
        String moved = text.replace(value, blank).replace("\"ngbak\"", "\"" + value + "\"");
        assertThat(isValid(moved.getBytes(StandardCharsets.UTF_8))).isFalse();
    }

    @Test
    void publicKeyIsDerivedFromThePrivateOne() throws GeneralSecurityException {
        assertThat(Ed25519.publicKey(pair.getPrivate())).isEqualTo(pair.getPublic());
    }
}
