package dev.ngbak.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A self-signed certificate for {@code 127.0.0.1}.
 *
 * @param certificate the certificate in PEM, for servers
 * @param key its private key in PEM
 * @param trustStore the file for {@code javax.net.ssl.trustStore}, with the password {@link #PASSWORD}
 */
public record TestCertificate(Path certificate, Path key, Path trustStore) {

    public static final String PASSWORD = "for-tests";

    private static final String ALIAS = "server";

    /** Creates a certificate with the keytool of the running Java. */
    public static TestCertificate make(Path folder) throws IOException {
        Path store = folder.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore both = KeyStore.getInstance("PKCS12");
            both.load(in, PASSWORD.toCharArray());
            Path key = pem(
                    folder.resolve("key.pem"),
                    "PRIVATE KEY",
                    both.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
            Path certificate = pem(
                    folder.resolve("certificate.pem"),
                    "CERTIFICATE",
                    both.getCertificate(ALIAS).getEncoded());
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry(ALIAS, both.getCertificate(ALIAS));
            Path trustStore = folder.resolve("trust.p12");
            try (var out = Files.newOutputStream(trustStore)) {
                trusted.store(out, PASSWORD.toCharArray());
            }
            return new TestCertificate(certificate, key, trustStore);
        } catch (GeneralSecurityException e) {
            throw new IOException(said, e);
        }
    }

    private static Path pem(Path file, String what, byte[] content) throws IOException {
        return Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                        + "\n-----END " + what + "-----\n");
    }
}
