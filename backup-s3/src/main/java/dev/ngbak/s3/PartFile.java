package dev.ngbak.s3;

import dev.ngbak.archive.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * One part of an upload. It is a file until it is sent, so that it can be sent again and takes no memory. For one thread at a
 * time.
 */
final class PartFile {

    private final Path file;
    private final FileChannel channel;
    private final MessageDigest md5 = newMd5();
    private long size;

    /** Creates the file. */
    PartFile(Path file) throws IOException {
        this.file = file;
        this.channel = PrivateFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Appends all bytes. */
    void write(ByteBuffer bytes) throws IOException {
        size += bytes.remaining();
        md5.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Ends the part. */
    void close() throws IOException {
        channel.close();
    }

    Path file() {
        return file;
    }

    long size() {
        return size;
    }

    /** Returns the MD5 of the closed part in Base64. Call it once. */
    String md5() {
        return Base64.getEncoder().encodeToString(md5.digest());
    }

    /** Appends the closed part to a channel, and deletes it. */
    void moveTo(WritableByteChannel target) throws IOException {
        try (FileChannel source = FileChannel.open(file)) {
            long at = 0;
            while (at < size) {
                at += source.transferTo(at, size - at, target);
            }
        }
        delete();
    }

    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }

    private static MessageDigest newMd5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
