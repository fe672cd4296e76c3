package dev.ngbak.archive;

import dev.ngbak.spi.ContentDigest;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads Ed25519 keys from PEM, and signs with them. */
final class Ed25519 {

    private static final String ALGORITHM = "Ed25519";
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----\\s+([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private Ed25519() {}

    /** Returns the private key in a PEM file, as {@code openssl genpkey -algorithm ed25519} writes it. */
    static PrivateKey privateKey(String pem) throws GeneralSecurityException {
        List<byte[]> blocks = blocks(pem, "PRIVATE KEY");
        if (blocks.size() != 1) {
            throw new GeneralSecurityException("not exactly one private key");
        }
        return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(blocks.get(0)));
    }

    /** Returns the public keys in a PEM file. */
    static List<PublicKey> publicKeys(String pem) throws GeneralSecurityException {
        List<PublicKey> keys = new ArrayList<>();
        for (byte[] block : blocks(pem, "PUBLIC KEY")) {
            keys.add(KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(block)));
        }
        return keys;
    }

    private static List<byte[]> blocks(String pem, String type) throws GeneralSecurityException {
        List<byte[]> blocks = new ArrayList<>();
        Matcher matcher = PEM.matcher(pem);
        while (matcher.find()) {
            if (!matcher.group(1).equals(type)) {
                throw new GeneralSecurityException("a block of another type");
            }
            try {
                blocks.add(Base64.getMimeDecoder().decode(matcher.group(2)));
            } catch (IllegalArgumentException e) {
                throw new GeneralSecurityException("not Base64", e);
            }
        }
        return blocks;
    }

    /** Returns the public key that belongs to a private one. */
    static PublicKey publicKey(PrivateKey key) throws GeneralSecurityException {
        byte[] seed = ((EdECPrivateKey) key)
                .getBytes()
                .orElseThrow(() -> new GeneralSecurityException("the key does not show its bytes"));
        // The JDK computes a public key only while it generates a pair, from these "random" bytes.
        KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
        generator.initialize(NamedParameterSpec.ED25519, new SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
        });
        PublicKey derived = generator.generateKeyPair().getPublic();
        byte[] message = {1};
        if (!isValid(derived, message, sign(key, message))) {
            throw new GeneralSecurityException("the public key cannot be derived");
        }
        return derived;
    }

    /** Returns the name of a key in signatures: the SHA-256 of the public key in DER, in hexadecimal digits. */
    static String id(PublicKey key) {
        return HexFormat.of().formatHex(ContentDigest.sha256().digest(key.getEncoded()));
    }

    static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(ALGORITHM);
        signature.initSign(key);
        signature.update(message);
        return signature.sign();
    }

    static boolean isValid(PublicKey key, byte[] message, byte[] value) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(value);
        } catch (GeneralSecurityException e) {
            return false; // The value is not even a point of the curve.
        }
    }
}
