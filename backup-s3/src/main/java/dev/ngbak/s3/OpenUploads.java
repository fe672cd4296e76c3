package dev.ngbak.s3;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/**
 * Remembers in the state directory which archives are being uploaded, so that the next job can abort what a killed process
 * left: parts of an upload are invisible, but cost money for ever. An entry is written before its upload begins and names the
 * archive, not the upload, because the answer that contains the upload's id can get lost.
 */
final class OpenUploads {

    /** @param file the file that remembers the upload */
    record Entry(Path file, S3Location target) {}

    private final S3Connection connection;
    private final String bucket;
    private final Path directory;

    OpenUploads(S3Connection connection, String bucket, StateDirectory state) {
        this.connection = connection;
        this.bucket = bucket;
        this.directory = state.resolve("s3-uploads");
    }

    /** Remembers that an archive is about to be uploaded, durably. */
    Entry add(S3Location target) throws IOException {
        PrivateFiles.createDirectories(directory);
        Path file = directory.resolve(UUID.randomUUID().toString());
        try (FileChannel channel = PrivateFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(target.toString().getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        return new Entry(file, target);
    }

    /** Settles what killed processes left in this bucket. The lock must be held. What fails is tried again by the next job. */
    void settleAll() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String address = Files.readString(file);
                if (address.isEmpty()) {
                    Files.delete(file); // Its process was killed before it had sent anything.
                } else if (address.startsWith(new S3Location(bucket, "") + "/")) {
                    settle(new Entry(file, S3Location.of(address)));
                }
            }
        } catch (NoSuchFileException e) {
            return; // Nothing was ever uploaded.
        }
    }

    /** Aborts every upload of an archive that is still there, and forgets the archive. Keeps the entry if that fails. */
    void settle(Entry entry) throws IOException {
        try {
            String key = entry.target().path();
            connection
                    .call(
                            "look for abandoned uploads",
                            s3 -> s3
                                    .listMultipartUploadsPaginator(
                                            r -> r.bucket(bucket).prefix(key))
                                    .uploads()
                                    .stream()
                                    .filter(upload -> upload.key().equals(key))
                                    .map(MultipartUpload::uploadId)
                                    .toList())
                    .forEach(id -> abort(entry.target(), id));
        } catch (BackupException e) {
            return;
        }
        Files.deleteIfExists(entry.file());
    }

    /** Aborts one upload, if it is still there. */
    void abort(S3Location target, String uploadId) {
        try {
            connection.call(
                    "abort an upload",
                    s3 -> s3.abortMultipartUpload(
                            r -> r.bucket(bucket).key(target.path()).uploadId(uploadId)));
        } catch (BackupException e) {
            return; // It is gone, or the next job aborts it.
        }
    }
}
