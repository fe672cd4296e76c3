package dev.ngbak.age;

import com.exceptionfactory.jagged.FileKey;
import com.exceptionfactory.jagged.RecipientStanza;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.framework.crypto.CipherKey;
import com.exceptionfactory.jagged.framework.format.StandardPayloadKeyReader;
import com.exceptionfactory.jagged.framework.format.StandardPayloadKeyWriter;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import dev.ngbak.archive.ArchiveCipher;
import dev.ngbak.spi.Secret;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Encrypts for X25519 recipients of age. The library jagged makes and opens the header; {@link ChunkCipher} does the rest. */
public final class AgeCipher implements ArchiveCipher {

    /** A stanza that no identity opens, and that every implementation of age ignores. */
    private record InfoStanza(byte[] body) implements RecipientStanza {

        @Override
        public String getType() {
            return AgeHeader.INFO_TYPE;
        }

        @Override
        public List<String> getArguments() {
            return List.of(AgeHeader.INFO_VERSION);
        }

        @Override
        public byte[] getBody() {
            return body;
        }
    }

    /** Reports that no identity opened a stanza, while other failures mean damage. */
    private static final class NoMatchException extends GeneralSecurityException {
        private static final long serialVersionUID = 1;
    }

    @Override
    public boolean isRecipient(String text) {
        try {
            X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(text);
            return true;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public boolean isIdentity(String text) {
        try {
            X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(text);
            return true;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public Identity newIdentity() {
        try {
            KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
            return new Identity(
                    new Secret(pair.getPrivate().toString()), pair.getPublic().toString());
        } catch (GeneralSecurityException e) {
            throw unsupported(e);
        }
    }

    @Override
    public Encryption encrypt(WritableByteChannel target, Collection<String> recipients, byte[] info)
            throws IOException {
        byte[][] fileKey = new byte[1][];
        List<RecipientStanzaWriter> writers = new ArrayList<>();
        ByteBuffer header = ByteBuffer.allocate(AgeHeader.MAX_BYTES);
        ChunkCipher cipher;
        try {
            for (String recipient : recipients) {
                writers.add(X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(recipient));
            }
            writers.add(key -> {
                fileKey[0] = key.getEncoded().clone();
                return List.of(new InfoStanza(info));
            });
            CipherKey payload = new StandardPayloadKeyWriter().writeFileHeader(header, writers);
            cipher = new ChunkCipher(payload.getEncoded().clone());
            payload.destroy();
        } catch (GeneralSecurityException e) {
            throw unsupported(e);
        }
        header.flip();
        while (header.hasRemaining()) {
            target.write(header);
        }
        ChunkOutput output = new ChunkOutput(target, cipher);
        return new Encryption() {
            @Override
            public WritableByteChannel channel() {
                return output;
            }

            @Override
            public byte[] fileKey() {
                return fileKey[0];
            }

            @Override
            public void finish() throws IOException {
                output.finish();
            }

            @Override
            public void close() {
                output.close();
            }
        };
    }

    @Override
    public Decrypted decrypt(InputStream archive, List<Secret> identities) throws IOException {
        List<RecipientStanzaReader> readers = new ArrayList<>();
        try {
            for (Secret identity : identities) {
                readers.add(X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(identity.reveal()));
            }
        } catch (GeneralSecurityException e) {
            archive.close();
            throw unsupported(e);
        }
        return decrypt(archive, stanzas -> {
            for (RecipientStanzaReader reader : readers) {
                try {
                    return reader.getFileKey(stanzas);
                } catch (GeneralSecurityException e) {
                    continue; // It is the identity of somebody else.
                }
            }
            throw new NoMatchException();
        });
    }

    @Override
    public Decrypted decrypt(InputStream archive, byte[] fileKey) throws IOException {
        return decrypt(archive, (RecipientStanzaReader) stanzas -> new FileKey(fileKey.clone()));
    }

    private static Decrypted decrypt(InputStream archive, RecipientStanzaReader reader) throws IOException {
        try {
            InputStream in = new BufferedInputStream(archive);
            AgeHeader header = AgeHeader.read(in);
            Optional<byte[]> info = header.info();
            CipherKey payload =
                    new StandardPayloadKeyReader().getPayloadKey(ByteBuffer.wrap(header.bytes()), List.of(reader));
            ChunkCipher cipher = new ChunkCipher(payload.getEncoded().clone());
            payload.destroy();
            return new Decrypted(new ChunkInput(in, cipher), info.orElse(null));
        } catch (NoMatchException e) {
            archive.close();
            throw new NoIdentityException();
        } catch (GeneralSecurityException e) {
            archive.close();
            throw new IOException("the header of its encryption was changed", e);
        } catch (IOException | RuntimeException e) {
            archive.close();
            throw e;
        }
    }

    @Override
    public Optional<byte[]> info(InputStream archive) throws IOException {
        return AgeHeader.read(new BufferedInputStream(archive)).info();
    }

    private static IllegalStateException unsupported(GeneralSecurityException e) {
        return new IllegalStateException("this Java does not support the algorithms of age", e);
    }
}
