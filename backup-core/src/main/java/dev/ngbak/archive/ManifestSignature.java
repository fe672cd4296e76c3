package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The member {@code signature} of a manifest. It signs the bytes of the manifest with {@link #BLANK} in place of the value.
 *
 * @param key the id of the key that made it
 * @param message the signed bytes
 * @param value the signature itself
 */
record ManifestSignature(String key, byte[] message, byte[] value) {

    private static final String MEMBER = "signature";
    private static final String ALGORITHM = "ed25519";

    /** As long as a signature of 64 bytes in Base64. */
    private static final String BLANK = "A".repeat(88);

    private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9+/]{86}==");
    private static final String END = "\n}\n";

    /** Returns the text of a manifest with a signature as its last member. */
    static String addTo(String manifest, PrivateKey key, PublicKey publicKey) {
        if (!manifest.endsWith(END)) {
            throw new IllegalArgumentException("not the text of a manifest");
        }
        String blank = manifest.substring(0, manifest.length() - END.length())
                + """
                ,
                  "signature": {
                    "algorithm": "%s",
                    "key": "%s",
                    "value": "%s"
                  }
                }
                """.formatted(ALGORITHM, Ed25519.id(publicKey), BLANK);
        try {
            byte[] value = Ed25519.sign(key, blank.getBytes(StandardCharsets.UTF_8));
            int at = blank.lastIndexOf(BLANK);
            return blank.substring(0, at)
                    + Base64.getEncoder().encodeToString(value)
                    + blank.substring(at + BLANK.length());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the signing key does not sign", e);
        }
    }

    /**
     * Returns the signature of a manifest, or {@code null} if there is none. Does not verify it.
     *
     * @param json a valid manifest
     * @throws RefusedArchiveException if the member has not the form that FORMAT.md specifies
     */
    static @Nullable ManifestSignature of(byte[] json) throws IOException {
        Map<String, String> members = null;
        try (JsonParser parser = ManifestReader.parser(json)) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                boolean found = parser.currentName().equals(MEMBER);
                parser.nextToken();
                if (found && members != null) {
                    throw malformed("there are two");
                }
                if (found) {
                    members = texts(parser);
                } else {
                    parser.skipChildren();
                }
            }
        }
        return members == null ? null : of(json, members);
    }

    private static Map<String, String> texts(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw malformed("it is not an object");
        }
        Map<String, String> texts = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            boolean isText = parser.nextToken() == JsonToken.VALUE_STRING;
            if (texts.put(name, isText ? parser.getText() : "") != null) {
                throw malformed("it has two members " + SafeText.quoted(name));
            }
            parser.skipChildren();
        }
        return texts;
    }

    private static ManifestSignature of(byte[] json, Map<String, String> members) throws IOException {
        String algorithm = members.getOrDefault("algorithm", "");
        String key = members.getOrDefault("key", "");
        String value = members.getOrDefault("value", "");
        if (!algorithm.equals(ALGORITHM)) {
            throw malformed("its algorithm is " + SafeText.quoted(algorithm) + ", not " + ALGORITHM);
        }
        if (!KEY.matcher(key).matches() || !VALUE.matcher(value).matches()) {
            throw malformed("its key or its value is malformed");
        }
        byte[] decoded = Base64.getDecoder().decode(value);
        if (!Base64.getEncoder().encodeToString(decoded).equals(value)) {
            throw malformed("its value has bits that mean nothing");
        }
        // Latin-1 keeps the position of every byte.
        String text = new String(json, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(value);
        if (at < 0 || text.indexOf(value, at + 1) >= 0) {
            throw malformed("its value does not occur exactly once in the manifest");
        }
        byte[] message = json.clone();
        System.arraycopy(BLANK.getBytes(StandardCharsets.ISO_8859_1), 0, message, at, BLANK.length());
        return new ManifestSignature(key, message, decoded);
    }

    private static RefusedArchiveException malformed(String why) {
        return new RefusedArchiveException("the signature in its manifest cannot be used: " + why);
    }

    /** Returns whether a key made this signature for this manifest. */
    boolean isValid(PublicKey publicKey) {
        return Ed25519.isValid(publicKey, message, value);
    }
}
